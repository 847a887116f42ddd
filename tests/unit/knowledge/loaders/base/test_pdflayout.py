"""Healing of words and order of lines, on plain values."""

from collections import Counter

import pytest

from answerable.knowledge.loaders.base.pdflayout import Line, Segment, join_lines, reading_order, table_cells


@pytest.mark.parametrize(
    ("lines", "known", "expected"),
    [
        (["candi-", "date"], {}, "candidate"),
        (["dual-", "encoder"], {"dual": 2, "encoder": 2}, "dual-encoder"),
        (["well-", "known"], {"well-known": 1}, "well-known"),
        (["Anglo-", "Saxon"], {}, "Anglo-Saxon"),
        (["東京は", "首都"], {}, "東京は首都"),
        (["two", "lines"], {}, "two lines"),
    ],
)
def test_lines_are_joined_as_a_reader_would(lines: list[str], known: dict[str, int], expected: str) -> None:
    assert join_lines(lines, Counter(known)) == expected


def line(text: str, left: float, right: float, top: float) -> Line:
    return Line((Segment(text, left, right),), top - 10, top, 10)


def test_pieces_of_one_row_become_one_line_with_cells() -> None:
    [row] = reading_order([line("a", 50, 60, 700), line("b", 200, 210, 700)], 600)
    assert [segment.text for segment in row.segments] == ["a", "b"]


def test_raised_text_joins_its_word() -> None:
    [row] = reading_order([line("word", 50, 80, 700), Line((Segment("2", 80, 84),), 694, 702, 6)], 600)
    assert row.text == "word2"


def test_cells_fall_into_the_columns_of_their_header() -> None:
    head = Line((Segment("Item", 50, 90), Segment("Price", 150, 190)), 690, 700, 10)
    row = Line((Segment("3", 170, 180),), 675, 685, 10)
    assert table_cells([head, row]) == [["Item", "Price"], ["", "3"]]
