"""`answerable evaluate` as it is typed: tables, JSON, a saved report, and a baseline that stops what got worse."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from answerable.cli import app
from tests.support.labelled import write_set


def evaluate(*words: str | Path) -> Result:
    result = CliRunner().invoke(app, ["evaluate", *(str(word) for word in words)], env={"COLUMNS": "80"})
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_set(tmp_path_factory.mktemp("labelled") / "set")


@pytest.fixture(scope="module")
def saved(folder: Path) -> Path:
    """A report of the set, and beside it the data folder that it was measured in."""
    path = folder.parent / "report.json"
    done = evaluate(folder, "--save", path, "--data", folder.parent / "data")
    assert done.exit_code == 0, done.output
    assert "rerank" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    return path


def test_the_same_again_is_no_worse_than_the_baseline(folder: Path, saved: Path) -> None:
    done = evaluate(folder, "--baseline", saved, "--data", folder.parent / "data", "--json")
    assert done.exit_code == 0, done.output
    report: Any = json.loads(done.stdout)
    assert report["comparison"]["regressed"] is False
    assert report["answers"]["metrics"]["citation_resolution"]["value"] == 1.0


def test_what_got_worse_ends_with_1(folder: Path, saved: Path) -> None:
    better: Any = json.loads(saved.read_text())
    hybrid = next(part for part in better["systems"] if part["name"] == "hybrid")
    hybrid["values"]["ndcg@10"] = dict.fromkeys(hybrid["values"]["ndcg@10"], 2.0)
    path = saved.with_name("better.json")
    path.write_text(json.dumps(better))
    done = evaluate(folder, "--baseline", path, "--data", folder.parent / "data")
    assert done.exit_code == 1
    assert "worse" in done.stdout


def test_a_baseline_that_is_no_report_is_bad_usage_before_anything_is_measured(folder: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text("{}")
    done = evaluate(folder, "--baseline", wrong)
    assert done.exit_code == 2
    assert "wrong.json" in done.stderr
    assert evaluate(folder, "--baseline", tmp_path / "missing.json").exit_code == 2


def test_a_folder_that_is_no_dataset_is_named(tmp_path: Path) -> None:
    done = evaluate(tmp_path)
    assert done.exit_code == 2
    assert "corpus" in done.stderr


def test_the_fit_is_told(folder: Path) -> None:
    done = evaluate(folder, "--fit", "--data", folder.parent / "data")
    assert done.exit_code == 0, done.output
    assert "fitted weight" in done.stdout
