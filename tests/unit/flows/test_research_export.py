"""A report becomes a file of the form that its name asks for, whole or not at all."""

from pathlib import Path

import pytest

from answerable.core.errors import InvalidRequest
from answerable.flows import research_export
from tests.unit.core.test_report_json import REPORT


@pytest.mark.parametrize("name", ["report", "report.exe", "report.PDFX"])
def test_a_form_that_there_is_not_is_said_before_the_work(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidRequest, match="pdf"):
        research_export.form_of(tmp_path / name)


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="no folder"):
        research_export.form_of(tmp_path / "nowhere" / "report.md")


@pytest.mark.parametrize("form", ["md", "html", "pdf", "docx"])
def test_every_form_is_written_and_replaces_what_was_there(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"report.{form}"
    path.write_text("old")
    research_export.write(REPORT, path)
    assert path.read_bytes() == research_export.renderer_of(form).render(REPORT)
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_an_unknown_form_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="no form"):
        research_export.renderer_of("exe")
