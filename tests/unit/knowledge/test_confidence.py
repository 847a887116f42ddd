"""Confidence: what each number measures, and that more evidence never lowers the trust."""

from dataclasses import replace

import numpy as np
import pytest

from answerable.core.documents import ChunkId, CollectionName, DocumentId, Passage, VersionId
from answerable.knowledge.confidence import (
    OPERATING_POINTS,
    THRESHOLD,
    Features,
    features,
    judge,
    probability,
    threshold_for,
)
from answerable.knowledge.fuse import Ranking, convex
from answerable.knowledge.retriever import Found
from answerable.knowledge.trace import Trace


def passage(position: int, text: str) -> Passage:
    return Passage(
        chunk_id=ChunkId(position),
        document_id=DocumentId(str(position)),
        version_id=VersionId(1),
        collection=CollectionName("c"),
        source="s",
        title="Picture",
        text=text,
        start=0,
        end=len(text),
    )


def ranking(ids: list[int], scores: list[float]) -> Ranking:
    return Ranking.of(np.array(ids, np.int64), np.array(scores))


NOTHING = ranking([], [])
SURE = Features(nearest=0.75, closeness=0.6, coverage=1.0, agreement=0.5)
UNSURE = Features(nearest=0.2, closeness=0.15, coverage=0.2, agreement=0.1)


def found(*passages: Passage, keyword: Ranking = NOTHING, vector: Ranking = NOTHING) -> Found:
    return Found(passages, keyword, vector, convex(keyword, vector), np.zeros(4, np.float32))


def test_the_numbers_are_read_off_both_lists_and_the_first_passages() -> None:
    measured = features(
        "How do I change the picture mode?",
        [passage(1, "Change the mode."), passage(2, "Other.")],
        ranking([1, 3], [8.0, 2.0]),
        ranking([1, 2, 4], [0.7, 0.5, 0.1]),
    )
    assert measured.nearest == pytest.approx(0.7)
    assert measured.closeness == pytest.approx(0.6)
    assert measured.coverage == pytest.approx(1.0)
    assert measured.agreement == pytest.approx(0.1)


def test_a_passage_beyond_the_vector_list_counts_as_far_as_its_last() -> None:
    measured = features("mode", [passage(9, "mode")], ranking([9], [1.0]), ranking([1, 2], [0.7, 0.3]))
    assert measured.closeness == pytest.approx(0.3)


def test_evidence_decides() -> None:
    assert probability(SURE) > 0.95
    assert probability(UNSURE) < 0.05


@pytest.mark.parametrize("name", ["nearest", "closeness", "coverage"])
def test_more_evidence_never_lowers_the_probability(name: str) -> None:
    values = [probability(replace(UNSURE, **{name: value})) for value in np.linspace(0, 1, 11).tolist()]
    assert values == sorted(values)


def test_without_vectors_the_words_decide() -> None:
    assert probability(replace(UNSURE, coverage=1.0), has_vectors=False) > 0.8
    assert probability(replace(SURE, coverage=0.1), has_vectors=False) < 0.2


def test_nothing_found_is_no_confidence() -> None:
    assert judge("anything", found()) == 0.0


def test_the_trace_holds_the_value_and_its_reasons() -> None:
    trace = Trace("change mode")
    hits = ranking([1, 2], [0.8, 0.2])
    value = judge("change mode", found(passage(1, "Change the mode."), keyword=hits, vector=hits), trace)
    recorded = trace.as_json()["confidence"]
    assert recorded["value"] == value > THRESHOLD
    assert recorded["features"]["coverage"] == 1.0


def test_the_threshold_follows_the_error_that_is_allowed() -> None:
    assert threshold_for(0.04) == THRESHOLD
    assert threshold_for(0.02) > threshold_for(0.10)
    assert threshold_for(0.001) == 1.0
    assert [row[0] for row in OPERATING_POINTS] == sorted(row[0] for row in OPERATING_POINTS)
