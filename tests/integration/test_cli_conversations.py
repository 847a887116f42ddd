"""`answerable conversations` as it is typed."""

import json
from pathlib import Path

import pytest

from tests.support.exports import as_zip, chatgpt
from tests.support.typed import Cli


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path / "data", ("conversations",))


@pytest.fixture
def export(tmp_path: Path) -> str:
    file = tmp_path / "export.zip"
    file.write_bytes(as_zip(conversations=[chatgpt("c1"), {"title": "Broken", "mapping": {}}]).getvalue())
    return str(file)


def test_an_export_is_imported_listed_shown_found_and_deleted(cli: Cli, export: str) -> None:
    assert cli("list") == "no conversations\n"
    report = cli.json("import", export)
    assert (report["imported"], report["messages"], report["failed"]) == (1, 3, 1)
    assert "already there: 1" in cli("import", export)
    (row,) = cli.json("list")["conversations"]
    assert row["title"] == "Sky"
    assert row["id"] in cli("list")
    assert [one["content"] for one in cli.json("show", row["id"])["messages"]] == [
        "Why is the sky blue?",
        "Because of Rayleigh scattering.",
    ]
    shown = cli("show", row["id"])
    assert "Rayleigh" in shown
    assert "gpt-4o" in shown
    assert "earlier messages" in cli("show", row["id"], "--limit", "1")
    assert cli.json("search", "rayl*")["hits"][0]["conversation"] == row["id"]
    assert "Rayleigh" in cli("search", "rayleigh", "--best")
    assert cli("search", "nowhere") == "nothing found\n"
    assert cli.json("delete", row["id"]) == {"deleted": row["id"]}
    assert "there is no conversation" in cli("show", row["id"], code=1)
    assert "there is no conversation" in cli("delete", row["id"], code=1)


def test_what_goes_out_is_what_came_in(cli: Cli, export: str, tmp_path: Path) -> None:
    cli("import", export)
    (row,) = cli.json("list")["conversations"]
    file = tmp_path / "all.json"
    assert cli.json("export", "--to", str(file))["bytes"] == file.stat().st_size
    assert json.loads(file.read_text("utf-8")) == json.loads(cli("export"))
    assert "bytes written" in cli("export", "--to", str(file), "--format", "jsonl")
    assert json.loads(cli("export", row["id"]))["title"] == "Sky"
    assert cli("export", row["id"], "--format", "markdown").startswith("# Sky\n")
    other = Cli(tmp_path / "other", ("conversations",))
    assert "imported: 1 conversations with 3 messages" in other("import", str(file))


def test_a_mistake_is_one_line_and_an_exit_code(cli: Cli, tmp_path: Path) -> None:
    assert "cannot be read" in cli("import", str(tmp_path / "nothing.json"), code=2)
    (tmp_path / "x.json").write_text("{}")
    assert "neither ChatGPT" in cli("import", str(tmp_path / "x.json"), code=2)
    for words in (("--format", "markdown"), ("conv_0", "--format", "jsonl")):
        assert "all go out as json or jsonl" in cli("export", *words, code=2)
