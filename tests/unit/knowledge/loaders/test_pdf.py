"""PDF: order, structure, healing, and refusals."""

from pathlib import Path

import pytest

from answerable.core.documents import LoadedDocument
from answerable.core.errors import UnreadableDocument
from answerable.knowledge.loaders import pdf as pdf_loader
from answerable.knowledge.loaders.base.limits import Limits
from tests.data.samples import pdf, show


def load(folder: Path, data: bytes, limits: Limits | None = None) -> LoadedDocument:
    path = folder / "a.pdf"
    path.write_bytes(data)
    [document] = pdf_loader.build(pdf_loader.Config(limits=limits or Limits())).load(path, "a.pdf")
    return document


def prose(*lines: str, x: float = 72, top: float = 700) -> str:
    return "".join(show(line, x, top - 12 * n) for n, line in enumerate(lines))


def test_pages_and_headings_are_kept(tmp_path: Path) -> None:
    first = show("Opening hours", 72, 740, size=18) + prose("We open at nine every day of the week,", "also on Sunday.")
    document = load(tmp_path, pdf(first, prose("We close at six.")))
    assert document.title == "Opening hours"
    assert [(block.kind, block.page) for block in document.blocks] == [("heading", 1), ("prose", 1), ("prose", 2)]
    assert document.blocks[2].heading_path == ("Opening hours",)
    assert "every day of the week, also on Sunday." in document.text


def test_word_cut_at_a_line_end_is_healed(tmp_path: Path) -> None:
    document = load(tmp_path, pdf(prose("The kettle is an elec-", "trical device with a well-", "known name.")))
    assert "electrical device" in document.text


def test_running_header_and_page_numbers_are_removed(tmp_path: Path) -> None:
    pages = [show("Acme manual", 72, 770) + prose(f"Body {n}.") + show(str(n), 300, 30) for n in range(1, 5)]
    document = load(tmp_path, pdf(*pages))
    assert "Acme manual" not in document.text
    assert document.text.split("\n\n") == [f"Body {n}." for n in range(1, 5)]


def test_two_columns_written_row_by_row_are_read_column_by_column(tmp_path: Path) -> None:
    rows = [
        show(f"Left column line number {n} here", 72, 700 - 12 * n)
        + show(f"Right column line number {n} too", 330, 700 - 12 * n)
        for n in range(12)
    ]
    text = load(tmp_path, pdf("".join(rows))).text
    assert text.index("Left column line number 11") < text.index("Right column line number 0")


def test_table_without_borders_becomes_rows(tmp_path: Path) -> None:
    rows = [("Item", "Price", "Stock"), ("Tea", "3", "10"), ("Coffee", "4", "7")]
    content = "".join(
        show(cell, 72 + 150 * column, 700 - 14 * line)
        for line, row in enumerate(rows)
        for column, cell in enumerate(row)
    )
    document = load(tmp_path, pdf(content))
    assert document.text == "| Item | Price | Stock |\n| Tea | 3 | 10 |\n| Coffee | 4 | 7 |"
    assert document.blocks[0].kind == "table"


def test_invisible_text_is_kept_with_a_warning(tmp_path: Path) -> None:
    document = load(tmp_path, pdf(show("Scanned words", 72, 700, mode=3)))
    assert document.text == "Scanned words"
    assert "invisible text" in document.warnings[0]


def test_page_without_text_is_named(tmp_path: Path) -> None:
    assert load(tmp_path, pdf(prose("Words."), "")).warnings == ("no text (scanned?) on page 2",)


def test_picture_of_text_needs_ocr(tmp_path: Path) -> None:
    picture = "q 100 0 0 100 72 600 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \x80 EI Q"
    with pytest.raises(UnreadableDocument, match="run OCR") as caught:
        load(tmp_path, pdf(picture))
    assert caught.value.reason == "needs_ocr"


def test_blank_page_is_empty(tmp_path: Path) -> None:
    with pytest.raises(UnreadableDocument) as caught:
        load(tmp_path, pdf(""))
    assert caught.value.reason == "empty"


def test_too_many_pages_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableDocument, match="has 3 pages; the limit is 2"):
        load(tmp_path, pdf("", "", ""), Limits(pages=2))
