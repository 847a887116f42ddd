from collections.abc import Iterator

import pytest
from fpdf import FPDF

from answerable.agents.exports._pdf_pages import WIDTH, Fill
from answerable.agents.exports._pdf_parts import ACCENT, Setter
from answerable.agents.exports._pdf_type import Glyphs, Type
from answerable.agents.exports.base.parts import Beam, Cite, Figure, Heading, Items, Prose, Source, Table, Words


@pytest.fixture
def setter() -> Iterator[Setter]:
    kind = Type(FPDF(unit="pt"))
    yield Setter(kind)
    kind.close()


def test_a_heading_is_bound_to_what_follows_and_is_a_bookmark(setter: Setter) -> None:
    strips = setter.part(Heading("A heading " * 20, 1, "h1"))
    assert len(strips) > 1
    assert all(strip.keep for strip in strips)
    assert (strips[0].anchor, strips[0].bookmark) == ("h1", ("A heading " * 20, 0))


def test_no_line_of_a_paragraph_is_left_alone(setter: Setter) -> None:
    strips = setter.part(Prose((Words("A sentence that goes on. " * 40),)))
    assert [strip.keep for strip in strips] == [True, *[False] * (len(strips) - 3), True, False]


def test_citations_link_to_their_reference_and_unknown_ones_do_not(setter: Setter) -> None:
    (strip,) = setter.part(Prose((Words("So.", (Cite(1, "q", True), Cite(9, "q", False)), own=True),)))
    found = [(op.text, op.style.link) for op in strip.ops if isinstance(op, Glyphs)]
    assert found == [("So.", ""), ("[1]", "#r1"), ("[9]", ""), ("†", "#own")]


def test_columns_fill_the_page_and_short_ones_keep_their_line(setter: Setter) -> None:
    rows = tuple((Words("2024"), Words("long text of a cell " * 30)) for _ in range(3))
    table = Table("Table 1", "", ("Year", "Text"), rows)
    for strip in setter.part(table):
        for op in strip.ops:
            assert op.x >= 0
            assert op.x + op.width <= WIDTH + 0.01
    firsts = [op for strip in setter.part(table) for op in strip.ops if isinstance(op, Glyphs) and op.text == "2024"]
    assert len(firsts) == 3


def test_many_columns_with_long_words_stay_on_the_page(setter: Setter) -> None:
    row = tuple(Words("incomprehensibilities" * 3) for _ in range(12))
    for strip in setter.part(Table("Table 1", "", ("Head",) * 12, (row,))):
        assert all(op.x + op.width <= WIDTH + 0.01 for op in strip.ops)


def test_a_long_row_may_go_on_over_the_page(setter: Setter) -> None:
    strips = setter.part(Table("Table 1", "", ("A",), ((Words("word " * 2_000),),)))
    assert sum(not strip.keep for strip in strips) > 50


def test_bars_are_as_long_as_their_values(setter: Setter) -> None:
    beams = (Beam("a", "4", 0.0, 1.0), Beam("b", "2", 0.0, 0.5), Beam("c", "0", 0.0, 0.0))
    strips = setter.part(Figure("Figure 1", "", beams))
    bars = [op.width for strip in strips for op in strip.ops if isinstance(op, Fill) and op.colour == ACCENT]
    assert bars == [pytest.approx(WIDTH * 0.44), pytest.approx(WIDTH * 0.22), 0.5]


def test_items_hang_behind_their_numbers(setter: Setter) -> None:
    strips = setter.part(Items((Words("one"), Words("two")), numbered=True))
    assert [[op.text for op in strip.ops if isinstance(op, Glyphs)] for strip in strips] == [
        ["one", "1."],
        ["two", "2."],
    ]
    texts = [op for strip in strips for op in strip.ops if isinstance(op, Glyphs)]
    assert texts[0].x > texts[1].x + texts[1].width


def test_a_reference_is_where_citations_lead(setter: Setter) -> None:
    (strip,) = setter.part(Source(7, "Title", "", "https://example.org", (), ()))
    assert strip.anchor == "r7"
    assert [(op.text, op.style.link) for op in strip.ops if isinstance(op, Glyphs)] == [
        ("Title", "https://example.org"),
        ("[7]", ""),
    ]
