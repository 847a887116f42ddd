import ctypes
import io
import re
from typing import Any

import pypdfium2

from answerable.agents.exports import pdf
from answerable.agents.exports._pdf_type import MISSING
from answerable.core.report import Grid, Paragraph, Reference, Report, Section
from tests.support.reports import bare, fact, full, hostile


def opened(report: Report) -> Any:
    return pypdfium2.PdfDocument(io.BytesIO(pdf.build().render(report)))


def text_of(document: Any, page: int) -> str:
    return " ".join(document[page].get_textpage().get_text_range().split())


def long() -> Report:
    words = tuple(
        fact(f"Sentence {i} of a section tells of the ferry, its fares and its passengers.", 1) for i in range(40)
    )
    rows = tuple((fact(f"row {i}", 1), fact("a value that needs some room " * 6)) for i in range(60))
    sections = [Section(f"s{i}", f"Section number {i}", 1 + i % 2, (Paragraph(words),)) for i in range(9)]
    table = Section("t", "The table", 1, (Grid("Rows", ("Leftmost", "Rightmost"), rows),))
    return bare(sections=(*sections, table))


def test_what_cannot_be_shown_is_a_box_and_the_first_page_says_so() -> None:
    hindi = "हिन्दी"
    document = opened(bare(Paragraph((fact("नमस्ते", 1),)), title=f"On {hindi}", references=()))
    first = text_of(document, 0)
    assert f"On {MISSING * len(hindi)}" in first
    assert "characters of this report are of scripts or signs that this PDF cannot show" in first
    assert "cannot show" not in text_of(opened(bare(Paragraph((fact("All is well: □ é 漢.", 1),)))), 0)


def test_a_table_repeats_its_head_on_every_page() -> None:
    document = opened(long())
    pages = [text_of(document, i) for i in range(len(document))]
    with_rows = [page for page in pages if re.search(r"row \d+\[1\]", page)]
    assert len(with_rows) > 3
    assert all("Leftmost Rightmost" in page for page in with_rows)


def test_no_page_ends_with_a_heading() -> None:
    document = opened(long())
    for i in range(1, len(document)):
        body = re.sub(r"A title \d+ / \d+$", "", text_of(document, i)).rstrip()
        assert not re.search(r"(Section number \d|The table|References)$", body)


def test_contents_bookmarks_and_page_numbers_agree() -> None:
    document = opened(long())
    marks = [(one.get_title(), one.level, one.get_dest().get_index()) for one in document.get_toc()]
    assert [(title, level) for title, level, _ in marks][:3] == [
        ("Section number 0", 0),
        ("Section number 1", 1),
        ("Section number 2", 0),
    ]
    contents = text_of(document, 0)
    for title, _, page in marks:
        assert title in text_of(document, page)
        assert f"{title} {page + 1}" in contents
    assert all(f"{i + 1} / {len(document)}" in text_of(document, i) for i in range(len(document)))


def links(document: Any) -> tuple[list[str], int]:
    """Addresses outside, and how many links lead to a place inside."""
    raw = pypdfium2.raw
    outside, inside = [], 0
    for page in document:
        for i in range(raw.FPDFPage_GetAnnotCount(page)):
            link = raw.FPDFAnnot_GetLink(raw.FPDFPage_GetAnnot(page, i))
            action = raw.FPDFLink_GetAction(link)
            if action and raw.FPDFAction_GetType(action) == raw.PDFACTION_URI:
                address = ctypes.create_string_buffer(raw.FPDFAction_GetURIPath(document, action, None, 0))
                raw.FPDFAction_GetURIPath(document, action, address, len(address))
                outside.append(address.value.decode())
            else:
                inside += bool(raw.FPDFLink_GetDest(document, link))
    return outside, inside


def test_citations_and_contents_lead_inside_and_references_outside() -> None:
    outside, inside = links(opened(full()))
    cites = sum(len(one.numbers) for one in full().summary)
    assert inside > cites + 9
    assert set(outside) == {
        full().references[1].address,
        "https://ru.wikipedia.org/wiki/%D0%9F%D0%B0%D0%BD%D0%B3%D1%80%D0%B0%D0%BC%D0%BC%D0%B0",
    }


def test_only_addresses_that_cannot_run_something_are_links() -> None:
    references = tuple(
        Reference(i, "k", f"t{i}", a) for i, a in enumerate(("javascript:alert(1)", "file:///etc/passwd"), 1)
    )
    assert links(opened(bare(Paragraph((fact("x", 1),)), references=references)))[0] == []


def test_hostile_words_are_only_text() -> None:
    data = pdf.build().render(hostile())
    assert not re.search(rb"/(JavaScript|JS|Launch|EmbeddedFile|SubmitForm)\b", data)


def test_the_file_says_what_it_is_and_is_as_old_as_the_report() -> None:
    found = opened(full()).get_metadata_dict()
    assert found["Title"] == full().title
    assert found["CreationDate"].startswith("D:20261126000000")
