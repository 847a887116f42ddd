from dataclasses import replace
from typing import TypeVar

import pytest

from answerable.agents.exports.base.parts import (
    Document,
    Figure,
    Heading,
    Items,
    Part,
    Prose,
    Remark,
    Source,
    Table,
    document_of,
    scaled,
)
from answerable.core.report import Bar, Grid, Paragraph, Report, Section, Sentence
from tests.support.reports import bare, fact, full, own, span

T = TypeVar("T", bound=Part)


def of_kind(document: Document, kind: type[T]) -> list[T]:
    return [part for part in document.parts if isinstance(part, kind)]


def test_parts_come_in_the_order_of_a_report() -> None:
    headings = [one.text for one in document_of(full()).headings]
    assert headings == [
        "Main findings",
        "How often the ferry runs",
        "Prices and passengers",
        "Scripts",
        "Winter",
        "Where sources disagree",
        "What was looked for and not found",
        "About this report",
        "References",
    ]


def test_tables_and_figures_are_numbered_through() -> None:
    document = document_of(full())
    assert [one.label for one in of_kind(document, Table)] == [f"Table {i}" for i in range(1, 6)]
    assert [one.label for one in of_kind(document, Figure)] == ["Figure 1"]


def test_what_is_empty_makes_no_heading() -> None:
    assert document_of(Report("T", "T", (), (), ())) == Document("T", "", (), ())


def test_a_section_that_misses_something_says_what() -> None:
    report = bare(sections=(Section("s1", "Winter", 1, missing="the budget was spent"),))
    assert Remark("Missing: the budget was spent") in document_of(report).parts


def test_citations_are_ascending_and_each_comes_once() -> None:
    sentence = Sentence("x", (span(3, "c"), span(1, "a"), span(3, "d")))
    (prose,) = of_kind(document_of(bare(Paragraph((sentence,)))), Prose)
    assert [(c.number, c.quote, c.known) for c in prose.sentences[0].cites] == [(1, "a", True), (3, "c", False)]


def test_a_reference_lists_each_passage_once() -> None:
    twice = (fact("One.", 1, page=2), fact("One.", 1, page=2), fact("Two.", 1))
    (source,) = of_kind(document_of(bare(Paragraph(twice))), Source)
    assert [(one.text, one.page) for one in source.quotes] == [
        ("Source 1 says: One.", "page 2"),
        ("Source 1 says: Two.", ""),
    ]


def test_the_mark_is_explained_only_where_it_stands() -> None:
    def remarks(*sentences: Sentence) -> list[str]:
        return [one.text for one in of_kind(document_of(bare(Paragraph(sentences))), Remark)]

    assert "†" in remarks(fact("a", 1), own("b"))[0]
    assert "†" not in remarks(fact("a", 1))[0]


def test_sides_of_a_conflict_are_rows_of_one_table() -> None:
    table = next(one for one in of_kind(document_of(full()), Table) if one.caption.startswith("What sources say"))
    assert [[cell.text for cell in row] for row in table.rows] == [
        ["Passengers in 2025", "61,300", "It carried 61,300 people."],
        ["Passengers in 2025", "58,900", "58,900 people came."],
    ]


def test_queries_of_a_gap_are_told() -> None:
    table = next(one for one in of_kind(document_of(full()), Table) if one.head[0] == "Question")
    assert table.rows[0][1].text == "price of a ferry; second boat Lismore cost"


def test_no_cell_of_an_uneven_table_is_lost() -> None:
    rows = ((fact("a"), fact("b")), (fact("c"),))
    (table,) = of_kind(document_of(bare(Grid("Uneven", ("A",), rows))), Table)
    assert table.head == ("A", "")
    assert [[cell.text for cell in row] for row in table.rows] == [["a", "b"], ["c", ""]]


@pytest.mark.parametrize(
    ("values", "places"),
    [
        ([10, 5], [(0, 1), (0, 0.5)]),
        ([-5, 5], [(0, 0.5), (0.5, 0.5)]),
        ([-4, -2], [(0, 1), (0.5, 0.5)]),
        ([0, 0], [(0, 0), (0, 0)]),
        ([float("nan"), float("inf"), 2], [(0, 0), (0, 0), (0, 1)]),
        ([], []),
    ],
)
def test_bars_begin_at_zero(values: list[float], places: list[tuple[float, float]]) -> None:
    assert scaled([Bar("", value) for value in values]) == places


def test_the_topic_is_left_out_where_it_is_the_title() -> None:
    assert document_of(replace(full(), topic=full().title)).topic == ""


def test_all_texts_of_a_document_are_walked() -> None:
    texts = set(document_of(full()).texts())
    assert {"Winter", "June", "7,412 people", "CC BY 4.0", "page 4", "8.4 of 10"} <= texts


def test_items_of_the_summary_come_first() -> None:
    first, second = document_of(full()).parts[:2]
    assert first == Heading("Main findings", 1, "h1")
    assert isinstance(second, Items)
    assert len(second.items) == 2
