"""Each text is embedded once, whoever asks."""

import numpy as np

from answerable.providers.extraction.research.vectors import Remembered
from tests.support.embedding import HashEmbedder


def test_a_text_is_embedded_once() -> None:
    embedder = HashEmbedder()
    remembered = Remembered(embedder)
    first = remembered.embed(["a", "b", "a"])
    second = remembered.embed(["b", "c"])
    assert embedder.embedded == ["a", "b", "c"]
    assert np.array_equal(first[1], second[0])
    assert np.array_equal(first[0], first[2])


def test_only_the_texts_seen_last_are_kept() -> None:
    embedder = HashEmbedder()
    remembered = Remembered(embedder, kept=2)
    remembered.embed(["a", "b"])
    remembered.embed(["a", "c"])
    remembered.embed(["a"])
    assert embedder.embedded == ["a", "b", "c"]
    remembered.embed(["b"])
    assert embedder.embedded == ["a", "b", "c", "b"]


def test_more_texts_than_are_kept_are_all_returned() -> None:
    texts = [str(number) for number in range(20)]
    assert Remembered(HashEmbedder(), kept=3).embed(texts).shape == (20, HashEmbedder.dimensions)


def test_no_text_gives_no_row() -> None:
    assert Remembered(HashEmbedder()).embed([]).shape == (0, HashEmbedder.dimensions)
