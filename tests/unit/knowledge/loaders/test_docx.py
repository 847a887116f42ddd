"""Word: styles, lists, tables, Strict namespaces, tracked changes."""

from pathlib import Path

from answerable.core.documents import LoadedDocument
from answerable.knowledge.loaders import docx as docx_loader
from tests.data.samples import docx, paragraph


def load(folder: Path, data: bytes) -> LoadedDocument:
    path = folder / "a.docx"
    path.write_bytes(data)
    [document] = docx_loader.build(docx_loader.Config()).load(path, "a.docx")
    return document


def cell(text: str, span: int = 1) -> str:
    return f'<w:tc><w:tcPr><w:gridSpan w:val="{span}"/></w:tcPr>{paragraph(text)}</w:tc>'


def test_heading_style_and_a_style_based_on_it_are_headings(tmp_path: Path) -> None:
    document = load(tmp_path, docx(paragraph("One", "H1") + paragraph("Text.") + paragraph("Two", "Mine")))
    assert [block.kind for block in document.blocks] == ["heading", "prose", "heading"]
    assert document.blocks[1].heading_path == ("One",)


def test_strict_document_is_read(tmp_path: Path) -> None:
    namespace = "http://purl.oclc.org/ooxml/wordprocessingml/main"
    assert load(tmp_path, docx(paragraph("Some text"), namespace=namespace)).text == "Some text"


def test_numbered_paragraphs_become_one_list(tmp_path: Path) -> None:
    deep = '<w:numPr><w:ilvl w:val="1"/><w:numId w:val="1"/></w:numPr>'
    body = paragraph("tea", extra='<w:numPr><w:numId w:val="1"/></w:numPr>') + paragraph("green", extra=deep)
    document = load(tmp_path, docx(body))
    assert document.text == "- tea\n  - green"
    assert document.blocks[0].kind == "list"


def test_table_rows_keep_their_columns(tmp_path: Path) -> None:
    rows = f"<w:tr>{cell('a')}{cell('b')}{cell('c')}</w:tr><w:tr>{cell('wide', 2)}{cell('x|y')}</w:tr>"
    assert load(tmp_path, docx(f"<w:tbl>{rows}</w:tbl>")).text == "| a | b | c |\n| wide |  | x\\|y |"


def test_deleted_text_is_left_out_and_inserted_text_kept(tmp_path: Path) -> None:
    body = "<w:p><w:ins><w:r><w:t>new</w:t></w:r></w:ins><w:del><w:r><w:delText>old</w:delText></w:r></w:del></w:p>"
    assert load(tmp_path, docx(body)).text == "new"
