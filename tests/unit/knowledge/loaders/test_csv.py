"""CSV: delimiters, encodings, ragged rows."""

from pathlib import Path

import pytest

from answerable.knowledge.loaders import csv as csv_loader


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_delimiter_and_encoding_are_found_out(delimiter: str, encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(
        delimiter.join(["Käse", "Preis\n"]).encode(encoding)
        + delimiter.join(["Brie", "3\n"]).encode(
            encoding.replace("-sig", "").replace("16", "16-le").replace("32", "32-le")
        )
    )
    [document] = csv_loader.build(csv_loader.Config()).load(path, "a.csv")
    assert document.text == "| Käse | Preis |\n| Brie | 3 |"


def test_ragged_rows_are_padded_and_reported(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2,3\n")
    [document] = csv_loader.build(csv_loader.Config()).load(path, "a.csv")
    assert document.text == "| a | b |  |\n| 1 | 2 | 3 |"
    assert document.warnings == ("rows have 2 to 3 cells; short rows were padded",)
