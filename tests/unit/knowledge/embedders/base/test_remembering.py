"""Each text is embedded once, whoever asks."""

import numpy as np

from answerable.knowledge.embedders.base.remembering import Remembering
from tests.support.embedding import HashEmbedder


def test_a_text_is_embedded_once() -> None:
    embedder = HashEmbedder()
    remembering = Remembering(embedder)
    first = remembering.embed(["a", "b", "a"])
    second = remembering.embed(["b", "c"])
    assert embedder.embedded == ["a", "b", "c"]
    assert np.array_equal(first[1], second[0])
    assert np.array_equal(first[0], first[2])


def test_only_the_texts_seen_last_are_kept() -> None:
    embedder = HashEmbedder()
    remembering = Remembering(embedder, kept=2)
    remembering.embed(["a", "b"])
    remembering.embed(["a", "c"])
    remembering.embed(["a"])
    assert embedder.embedded == ["a", "b", "c"]
    remembering.embed(["b"])
    assert embedder.embedded == ["a", "b", "c", "b"]


def test_more_texts_than_are_kept_are_all_returned() -> None:
    texts = [str(number) for number in range(20)]
    assert Remembering(HashEmbedder(), kept=3).embed(texts).shape == (20, HashEmbedder.dimensions)


def test_no_text_gives_no_row() -> None:
    assert Remembering(HashEmbedder()).embed([]).shape == (0, HashEmbedder.dimensions)


def test_everything_else_is_the_embedder_s() -> None:
    embedder = HashEmbedder()
    same = Remembering(embedder)
    assert (same.name, same.dimensions, same.max_tokens, same.local) == (
        embedder.name,
        embedder.dimensions,
        embedder.max_tokens,
        embedder.local,
    )
    assert same.count("one two") == embedder.count("one two")
    assert same.spans("one two") == embedder.spans("one two")
