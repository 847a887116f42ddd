"""A report is stored and read back whole."""

import json

import pytest

from answerable.core.report import (
    Bar,
    Bullets,
    Chart,
    Conflict,
    Gap,
    Grid,
    Listing,
    Paragraph,
    Reference,
    Report,
    Score,
    Section,
    Sentence,
    Side,
    Span,
)
from answerable.core.report_json import report_from_json, report_to_json, section_from_json

SPAN = Span(1, "e1", "doc_1", 3, 10, 25, "fifteen letters", 0.9, 2)
FACT = Sentence("Fifteen letters.", (SPAN,))
REPORT = Report(
    "Title", "topic", (FACT,),
    (
        Section(
            "s1", "One", 1,
            (
                Paragraph((FACT, Sentence("And so on.", (), "synthesis"))),
                Bullets((FACT,), numbered=True),
                Listing("x = 1", "python", (SPAN,)),
                Grid("Table", ("a", "b"), ((FACT, Sentence("2", (SPAN,))),)),
                Chart("Chart", "ms", (Bar("a", 1.5, (SPAN,)),)),
            ),
        ),
        Section("s2", "Two", 1, (), "too little"),
    ),
    (Reference(1, "collections", "Doc", "doc.md", 2, "2026-01-02"),),
    (Conflict("its length", (Side("15", FACT), Side("16", FACT))),),
    (Gap("why?", ("why",), "nothing"),),
    ("a note",), Score(8.5, 1, 1, 0.8, 0.7, 1, 0.9), "2026-11-26", "extractive", {"team": "research"},
)  # fmt: skip


def test_a_report_reads_back_from_its_json() -> None:
    assert report_from_json(json.loads(json.dumps(report_to_json(REPORT)))) == REPORT


def test_the_numbers_of_a_sentence_are_its_sources_each_once() -> None:
    spans = tuple(Span(number, "e", "d", 1, 0, 1, "q", 1.0) for number in (3, 1, 3))
    assert Sentence("x", spans).numbers == (1, 3)


def test_a_block_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="no block 'video'"):
        section_from_json({"id": "s", "heading": "h", "level": 1, "missing": "", "blocks": [{"type": "video"}]})
