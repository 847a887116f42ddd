"""Workbooks: values as people see them, declared sizes ignored, hidden sheets left out."""

from pathlib import Path

from answerable.core.documents import LoadedDocument
from answerable.knowledge.loaders import xlsx as xlsx_loader
from tests.data.samples import xlsx


def load(folder: Path, data: bytes) -> LoadedDocument:
    path = folder / "a.xlsx"
    path.write_bytes(data)
    [document] = xlsx_loader.build(xlsx_loader.Config()).load(path, "a.xlsx")
    return document


def test_dates_percentages_and_numbers_read_as_shown(tmp_path: Path) -> None:
    row = '<row><c r="A1"><v>0.1</v></c><c r="B1" s="1"><v>45292</v></c><c r="C1" s="2"><v>0.25</v></c></row>'
    document = load(tmp_path, xlsx(row, formats='<xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="9"/>'))
    assert "| 0.1 | 2024-01-01 | 25% |" in document.text


def test_far_cell_of_an_inflated_range_costs_nothing(tmp_path: Path) -> None:
    row = '<row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="1048576"><c r="XFD1048576" t="s"><v>1</v></c></row>'
    document = load(tmp_path, xlsx(row, strings=("near", "far")))
    assert document.text.startswith("Prices\n\n| near |  |\n|  | far |")
    assert [block.page for block in document.blocks] == [1, 1, 2, 2]


def test_hidden_sheet_is_left_out_with_a_warning(tmp_path: Path) -> None:
    document = load(tmp_path, xlsx('<row><c r="A1"><v>1</v></c></row>', state="hidden"))
    assert document.text == "Notes\n\nA note"
    assert document.warnings == ("the hidden sheet 'Prices' was left out",)
