"""The offline reranker: what each part rewards, and its edges. A toy embedder stands in for the model."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from answerable.core.documents import ChunkId, CollectionName, DocumentId, Passage, VersionId
from answerable.core.ports import Reranker
from answerable.knowledge.rerankers.offline import Config, OfflineReranker, build
from answerable.knowledge.terms import terms


class WordEmbedder:
    """Cosine of word counts; records what it was given."""

    name, dimensions, max_tokens = "words", 256, 256
    local = True

    def __init__(self) -> None:
        self.given: list[str] = []

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.given = list(texts)
        out = np.zeros((len(texts), self.dimensions), np.float32)
        for row, text in enumerate(texts):
            for word in terms(text):
                out[row, sum(map(ord, word)) % self.dimensions] += 1
        return np.asarray(out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9), np.float32)

    def spans(self, text: str) -> list[tuple[int, int]]:
        return []

    def count(self, text: str) -> int:
        return len(text.split())


def passage(position: int, text: str, score: float = 0.5, title: str = "") -> Passage:
    return Passage(
        chunk_id=ChunkId(position),
        document_id=DocumentId(str(position)),
        version_id=VersionId(1),
        collection=CollectionName("c"),
        source="s",
        title=title,
        text=text,
        start=0,
        end=len(text),
        score=score,
    )


def ranked(query: str, *texts: str, **config: float) -> list[int]:
    reranker = build(Config(**config), WordEmbedder())  # type: ignore[arg-type]
    scores = reranker.rerank(query, [passage(i, text) for i, text in enumerate(texts)])
    return sorted(range(len(texts)), key=lambda i: -scores[i])


def test_it_keeps_the_contract() -> None:
    reranker = build(Config(), WordEmbedder())
    assert isinstance(reranker, Reranker)
    assert reranker.rerank("anything", []) == []
    assert len(reranker.rerank("alpha", [passage(0, "alpha"), passage(1, "")])) == 2


def test_words_side_by_side_beat_the_same_words_apart() -> None:
    apart = "The screen saver hides the menu. The mode is slow. A backlight is behind the screen."
    together = "Set the screen mode here. The saver is in a menu, and a backlight is behind it."
    assert ranked("screen mode", apart, together, focus_weight=0.0, point_weight=0.0) == [1, 0]


def test_the_best_sentences_are_compared_not_the_whole_text() -> None:
    noise = " ".join(f"Filler{n} talks about topic{n}." for n in range(30))
    embedder = WordEmbedder()
    build(Config(), embedder).rerank("pair the remote", [passage(0, f"{noise} To pair it, hold the remote. {noise}")])
    assert "To pair it, hold the remote." in embedder.given[1]
    assert len(embedder.given[1].split()) < 20


def test_a_title_counts_as_text() -> None:
    parts = OfflineReranker(Config(), WordEmbedder()).parts(
        "screen mode", [passage(0, "Choose one.", title="Screen mode"), passage(1, "Choose one.", title="Other")]
    )
    assert parts[0, 1] > parts[1, 1]


def test_only_the_first_passages_are_embedded() -> None:
    embedder = WordEmbedder()
    passages = [passage(i, f"text {i} about remote", score=1 - i / 50) for i in range(40)]
    build(Config(focus_depth=5), embedder).rerank("remote", passages)
    assert len(embedder.given) == 6  # focus and point are the same text here


def test_the_best_sentence_is_also_read_under_its_headings() -> None:
    embedder = WordEmbedder()
    text = "Hold the remote. It pairs at once. Nothing else is needed."
    build(Config(), embedder).rerank("pair the remote", [passage(0, text, title="Pairing")])
    assert any(given.startswith("Pairing\n") for given in embedder.given)


def test_weak_phrases_do_not_decide_because_the_others_are_weaker() -> None:
    query = "aspirin lowers heart attack risk in older women"
    weak = passage(1, "Older women were studied. Aspirin was given. Risk of a heart attack fell.", 0.5)
    parts = OfflineReranker(Config(), WordEmbedder()).parts(query, [passage(0, "Aspirin helps.", 0.9), weak])
    assert 0.0 < parts[1, 1] < 0.5


def test_equal_passages_get_equal_scores_and_the_first_stage_decides_otherwise() -> None:
    reranker = build(Config(), WordEmbedder())
    assert len(set(reranker.rerank("remote", [passage(i, "the remote") for i in range(4)]))) == 1
    better = reranker.rerank("remote", [passage(0, "the remote", 0.1), passage(1, "the remote", 0.9)])
    assert better[1] > better[0]


@pytest.mark.parametrize("query", ["", "?", "the of and", "検索", "a" * 5000])
def test_odd_questions_are_ranked_without_failing(query: str) -> None:
    scores = build(Config(), WordEmbedder()).rerank(query, [passage(0, "one"), passage(1, "検索する 方法。次へ")])
    assert np.isfinite(scores).all()


def test_a_long_run_without_sentence_ends_is_cut() -> None:
    embedder = WordEmbedder()
    build(Config(), embedder).rerank("remote", [passage(0, "remote " * 5000)])
    assert len(embedder.given[1].split()) <= 120
