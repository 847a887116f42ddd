import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from answerable.cli import app
from answerable.core.errors import InvalidRequest
from answerable.core.ports import Embedder
from answerable.flows.measures import Options, measure

TEXT = "Card 4111111111111111 of ann@example.com, order 17"


def no_embedder() -> Embedder:
    raise AssertionError


def write(path: Path, *rows: Any) -> Path:
    path.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    return path


def test_recall_and_precision_are_counted_by_kind(tmp_path: Path) -> None:
    spans = [{"type": "CREDIT_CARD", "start": 5, "end": 21}, {"type": "PERSON", "start": 25, "end": 28}]
    missed = {"text": "born 1990", "spans": [{"type": "US_SSN", "start": 5, "end": 9}]}
    found = measure("pii", write(tmp_path / "r.jsonl", {"text": TEXT, "spans": spans}, missed), Options(no_embedder))
    kinds = found.as_json["kinds"]
    assert (kinds["card"]["recall"]["share"], kinds["card"]["precision"]["share"]) == (1.0, 1.0)
    assert (kinds["email"]["reported"], kinds["email"]["right"], kinds["email"]["recall"]["share"]) == (1, 0, None)
    assert kinds["ssn"]["found"] == 0
    assert kinds["structured"]["marked"] == 2
    assert found.as_json["latency_us_2kb"]["p99"] > 0


def test_the_command_prints_a_table_of_80_columns_and_json(tmp_path: Path) -> None:
    path = write(tmp_path / "r.jsonl", {"text": TEXT, "spans": []})
    environment = {"COLUMNS": "80", "ANSWERABLE_DATA": str(tmp_path)}
    shown = CliRunner().invoke(app, ["evaluate", "pii", str(path)], env=environment)
    assert shown.exit_code == 0, shown.output
    assert all(len(line) <= 80 for line in shown.stdout.splitlines())
    told = CliRunner().invoke(app, ["evaluate", "pii", str(path), "--json", "--limit", "1"], env=environment)
    assert json.loads(told.stdout)["rows"] == 1


@pytest.mark.parametrize("row", [{"text": 1, "spans": []}, {"text": "a"}, {"text": "a", "spans": [{"type": "EMAIL"}]}])
def test_a_row_that_does_not_fit_is_named(tmp_path: Path, row: Any) -> None:
    with pytest.raises(InvalidRequest, match="line 1"):
        measure("pii", write(tmp_path / "r.jsonl", row), Options(no_embedder))
