"""OpenDocument: structure, and locks."""

from pathlib import Path

import pytest

from answerable.core.documents import LoadedDocument
from answerable.core.errors import UnreadableDocument
from answerable.knowledge.loaders import odt as odt_loader
from tests.data.samples import odt


def load(folder: Path, data: bytes) -> LoadedDocument:
    path = folder / "a.odt"
    path.write_bytes(data)
    [document] = odt_loader.build(odt_loader.Config()).load(path, "a.odt")
    return document


def test_headings_lists_and_tables_are_read(tmp_path: Path) -> None:
    cell = "<b:table-cell><t:p>{}</t:p></b:table-cell>"
    row = f"<b:table-row>{cell}{cell}</b:table-row>"
    body = '<t:h t:outline-level="1">A</t:h><t:list><t:list-item><t:p>x</t:p></t:list-item></t:list>'
    document = load(tmp_path, odt(f"{body}<b:table>{row.format('h', 'i')}{row.format(1, 2)}</b:table>"))
    assert document.text == "A\n\n- x\n\n| h | i |\n| 1 | 2 |"
    assert document.blocks[2].heading_path == ("A",)


def test_locked_document_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableDocument) as caught:
        load(tmp_path, odt("", manifest="<manifest><encryption-data/></manifest>"))
    assert caught.value.reason == "encrypted"
