"""The cross-encoder reranker on a tiny random model (made by scripts/export_minilm.py, see its RECORD.md)."""

import shutil
from pathlib import Path

import pytest

from answerable.core.documents import ChunkId, CollectionName, DocumentId, Passage, VersionId
from answerable.core.errors import SetupError
from answerable.core.ports import Reranker
from answerable.knowledge.embedders import minilm
from answerable.knowledge.rerankers import cross_encoder

TINY = Path(__file__).parents[3] / "fixtures" / "tiny_cross_encoder"


def passage(text: str) -> Passage:
    return Passage(
        ChunkId(1), DocumentId("d"), VersionId(1), CollectionName("c"), "s", "t", text=text, start=0, end=len(text)
    )


PASSAGES = [
    passage(text) for text in ("battery last eight hours", "screen is bright", "", "hold the power button " * 30)
]


@pytest.fixture
def reranker() -> Reranker:
    return cross_encoder.build(cross_encoder.Config(str(TINY), threads=2))


def test_each_passage_gets_its_own_score_whatever_its_neighbours(reranker: Reranker) -> None:
    scores = reranker.rerank("how long does the battery last", PASSAGES)
    assert len(set(scores)) == len(PASSAGES)
    backwards = reranker.rerank("how long does the battery last", PASSAGES[::-1])
    assert backwards[::-1] == scores


def test_the_score_is_that_of_the_pair(reranker: Reranker) -> None:
    """[CLS] long does the [SEP] last eight hours [SEP]: 0.1238 in transformers (float32), 0.1271 here (int8)."""
    assert reranker.rerank("long does the", [passage("last eight hours")])[0] == pytest.approx(0.1271, abs=0.004)


def test_the_query_changes_the_scores(reranker: Reranker) -> None:
    assert reranker.rerank("reset", PASSAGES[:1]) != reranker.rerank("warranty two years", PASSAGES[:1])


def test_a_query_longer_than_the_window_leaves_room_for_the_passage(reranker: Reranker) -> None:
    first, second = reranker.rerank("how long does the battery last " * 40, PASSAGES[:2])
    assert first != second


def test_no_passages_give_no_scores(reranker: Reranker) -> None:
    assert reranker.rerank("how", []) == []


def test_a_name_is_found_in_the_models_folder(tmp_path: Path) -> None:
    shutil.copytree(TINY, tmp_path / "ms-marco-MiniLM-L-6-v2")
    built = cross_encoder.build(cross_encoder.Config(models_folder=str(tmp_path)))
    assert built.name == "cross-encoder/ms-marco-MiniLM-L-6-v2"
    assert len(built.rerank("reset", PASSAGES)) == len(PASSAGES)


def test_a_missing_model_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"export_minilm\.py .* 'offline'"):
        cross_encoder.build(cross_encoder.Config(models_folder=str(tmp_path)))


def test_an_embedder_is_no_cross_encoder() -> None:
    with pytest.raises(SetupError, match="embedder"):
        cross_encoder.build(cross_encoder.Config(str(minilm.MODEL)))
