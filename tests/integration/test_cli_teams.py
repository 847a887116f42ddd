"""`answerable teams` as it is typed."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from answerable.cli import app


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("teams")
    manual = folder / "lamp.md"
    manual.write_text("# Lamp\n\nTo reset the Lumo lamp, hold the brass button for nine seconds.\n", "utf-8")
    assert call(folder / "data", "add", str(manual)).exit_code == 0
    return folder / "data"


def call(data: Path, *words: str) -> Result:
    result = CliRunner().invoke(app, list(words), env={"COLUMNS": "80", "ANSWERABLE_DATA": str(data)})
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_teams_are_listed_and_one_works(data: Path) -> None:
    listed = call(data, "teams").stdout
    assert [name for name in ("content", "code", "support", "panel") if name in listed]
    assert "Needs a language model." in " ".join(listed.split())
    (support,) = [one for one in json.loads(call(data, "teams", "--json").stdout)["data"] if one["name"] == "support"]
    assert support["budget"] == {"tokens": 60_000, "usd": "0.2", "seconds": 120.0}
    done = call(data, "teams", "run", "support", "How do I reset the Lumo lamp?", "--budget-tokens", "50000")
    assert done.exit_code == 0
    assert "brass button" in done.stdout
    assert "[1]" in done.stdout
    found = json.loads(call(data, "teams", "run", "support", "I want to speak to a person", "--json").stdout)
    assert "speak to a person" in found["report"]["sections"][0]["missing"]
    assert found["run"]["settings"]["team"] == "support"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("code", "Sort a list"), 1, "needs a language model"),
        (("sales", "Sell it"), 1, "there is no team 'sales'; teams: code, content, panel, support"),
        (("support", "How?", "--budget-tokens", "0"), 2, "budget_tokens is between"),
    ],
)
def test_what_cannot_be_done_is_said(data: Path, words: tuple[str, ...], code: int, said: str) -> None:
    result = call(data, "teams", "run", *words)
    assert result.exit_code == code
    assert said in result.stderr
