"""Every embedder that can be built offline keeps the contract of `core.ports.Embedder`."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from answerable.core import loading
from answerable.core.ports import Embedder
from answerable.knowledge.embedders import minilm

PACKAGE = "answerable.knowledge.embedders"
OPTIONS: dict[str, dict[str, object]] = {"minilm": {}, "onnx": {"path": str(minilm.MODEL)}}
NEEDS_A_SERVER = {"openai"}
TEXTS = [
    "How do I reset the television?",
    "a",
    "",
    "Ελληνικά, 日本語のテキスト, العربية, हिन्दी 🙂",
    "The warranty covers parts and labour for two years. " * 12,
    "naïve café Ǻ ﬁne\tnew\nline",
]


@pytest.fixture(scope="module", params=sorted(set(loading.names(PACKAGE)) - NEEDS_A_SERVER))
def embedder(request: pytest.FixtureRequest) -> Embedder:
    part = loading.load(PACKAGE, request.param)
    built = part.build(part.Config(**OPTIONS[request.param]))
    assert isinstance(built, Embedder)
    return built


def test_vectors_are_unit_length_float32_of_the_stated_width(embedder: Embedder) -> None:
    vectors = embedder.embed(TEXTS)
    assert vectors.shape == (len(TEXTS), embedder.dimensions)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_an_empty_list_gives_no_rows(embedder: Embedder) -> None:
    assert embedder.embed([]).shape == (0, embedder.dimensions)


def test_a_text_has_the_same_vector_alone_and_in_any_batch(embedder: Embedder) -> None:
    together, backwards = embedder.embed(TEXTS), embedder.embed(TEXTS[::-1])[::-1]
    for text, first, second in zip(TEXTS, together, backwards, strict=True):
        alone = embedder.embed([text])[0]
        assert float(alone @ first) >= 0.9999
        assert float(alone @ second) >= 0.9999


def test_threads_get_the_vectors_of_a_single_caller(embedder: Embedder) -> None:
    expected = embedder.embed(TEXTS)
    with ThreadPoolExecutor(4) as callers:
        for found in callers.map(embedder.embed, [TEXTS] * 8):
            assert np.allclose(found, expected, atol=1e-5)


def test_text_beyond_the_window_is_cut_at_max_tokens(embedder: Embedder) -> None:
    words = ["water"] * (embedder.max_tokens + 50)
    fits = " ".join(words[: embedder.max_tokens])
    assert embedder.count(fits) == embedder.max_tokens
    whole, cut = embedder.embed([" ".join(words), fits])
    assert float(whole @ cut) >= 0.9999


def test_the_last_token_of_the_window_still_counts(embedder: Embedder) -> None:
    start = "water " * (embedder.max_tokens - 1)
    one, other = embedder.embed([start + "fire", start + "music"])
    assert float(one @ other) < 0.99999


@pytest.mark.parametrize("text", TEXTS)
def test_spans_are_in_order_within_the_text_and_as_many_as_counted(embedder: Embedder, text: str) -> None:
    spans = embedder.spans(text)
    assert len(spans) == embedder.count(text)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert spans == sorted(spans)


def test_spans_count_characters_not_bytes(embedder: Embedder) -> None:
    text = "Ünïcode 日本 ok"
    assert [text[start:end] for start, end in embedder.spans(text)][-3:] == ["日", "本", "ok"]


def test_like_meanings_are_closer_than_unlike_ones(embedder: Embedder) -> None:
    sat, sits, physics = embedder.embed(
        ["A cat sat on the mat.", "The cat is sitting on a rug.", "Quarks have colour."]
    )
    assert float(sat @ sits) > float(sat @ physics) + 0.3


def test_every_embedder_is_covered_here() -> None:
    assert set(loading.names(PACKAGE)) == set(OPTIONS) | NEEDS_A_SERVER
    assert Path(str(OPTIONS["onnx"]["path"])).is_dir()
