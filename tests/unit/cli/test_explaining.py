from typing import Any

import pytest

from answerable.cli.explaining import print_trace

TRACE: dict[str, Any] = {
    "question": "How do I reset it?",
    "rewritten": "How do I reset the television?",
    "collection": "tv",
    "filter": None,
    "steps": [
        {"name": "embed", "ms": 4.25},
        {"name": "fuse", "ms": 1.0, "detail": {"method": "convex", "alpha": 0.512}},
    ],
    "fused": [
        {"chunk_id": n, "rank": n, "score": 1 / n, "keyword_rank": n, "vector_rank": None, "title": f"Title [{n}]"}
        for n in range(1, 16)
    ],
    "reranked": [{"chunk_id": 2, "rank": 1, "score": 2.0}, {"chunk_id": 1, "rank": 2, "score": 1.0}],
    "context": [{"number": 1, "chunk_id": 2, "tokens": 40}],
    "confidence": {"value": 0.91, "threshold": 0.5, "features": {"nearest": 0.7}},
    "sentences": [{"text": "Hold the button.", "support": 0.98, "citations": [{"number": 1}, {"number": 1}]}],
    "dropped_sentences": [{"text": "It costs 900 francs.", "reason": "number"}],
    "dropped": [{"chunk_id": n, "reason": "only 8 passages are used"} for n in (3, 4)],
    "ms": 123.4,
}


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COLUMNS", "80")
    print_trace(TRACE)
    return capsys.readouterr().out


def test_passages_are_listed_in_their_last_order_with_all_their_ranks(printed: str) -> None:
    rows = [line.split() for line in printed.splitlines() if "Title" in line]
    assert [row[:6] for row in rows[:3]] == [
        ["1", "1", "2", "2", "-", "2"],
        ["-", "2", "1", "1", "-", "1"],
        ["-", "-", "3", "3", "-", "3"],
    ]
    assert len(rows) == 12
    assert "+3" in printed
    assert "Title [1]" in printed


def test_steps_reasons_and_the_confidence_are_in_words(printed: str) -> None:
    assert "123 ms" in printed
    assert "How do I reset the television?" in printed
    assert "alpha 0.51" in printed
    assert "confidence 0.91, threshold 0.50" in printed
    assert "support 0.98 [1]" in printed
    assert "dropped: number" in printed
    assert "not read: 2 passages: only 8 passages are used" in printed
    assert max(map(len, printed.splitlines())) <= 80


def test_a_trace_of_nothing_found_is_printed_too(capsys: pytest.CaptureFixture[str]) -> None:
    print_trace({"question": "x", "steps": [], "ms": 1})
    assert "how this came about" in capsys.readouterr().out
