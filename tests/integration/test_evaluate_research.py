"""`answerable evaluate research FOLDER` as it is typed, on a set of three topics."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from answerable.cli import app

CORPUS: list[dict[str, Any]] = [
    {
        "id": "lamps",
        "title": "Street lamps",
        "metadata": {"format": "markdown"},
        "text": "# Street lamps\n\nThe street lamp of the north quarter burns for 12,000 hours. Two workers replace "
        "the street lamp of the north quarter in 20 minutes.",
    },
    {
        "id": "power",
        "title": "Power of street lamps",
        "text": "The street lamp of the north quarter needs 35 watts. It is fed by the harbour line at night.",
    },
    {
        "id": "trams",
        "title": "Trams",
        "text": "The tram of the harbour line carries 180 passengers. The tram of the harbour line runs every seven "
        "minutes. Drivers of the tram are trained for 14 weeks.",
    },
]
TOPICS: list[dict[str, Any]] = [
    {
        "id": "lamps",
        "topic": "The street lamp of the north quarter",
        "facts": [
            {"id": "l1", "text": "A lamp burns for 12,000 hours.", "all": [["12000 hours"]], "document": "lamps"},
            {"id": "l2", "text": "A lamp needs 35 watts.", "all": [["35 watts"]], "document": "power"},
        ],
    },
    {
        "id": "trams",
        "topic": "The tram of the harbour line",
        "split": "held_out",
        "facts": [{"id": "t1", "text": "It carries 180.", "all": [["180 passengers"], ["tram"]], "document": "trams"}],
        "conflicts": [
            {
                "id": "c1",
                "document": "trams",
                "said": "The tram of the harbour line carries 180 passengers.",
                "counter": "The tram of the harbour line carries 260 passengers.",
            }
        ],
    },
    {"id": "none", "topic": "Antivenom for bites of coral snakes", "answerable": False},
]


def evaluate(*words: str | Path) -> Result:
    result = CliRunner().invoke(app, ["evaluate", "research", *(str(word) for word in words)], env={"COLUMNS": "80"})
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("topics") / "set"
    path.mkdir()
    for name, rows in (("corpus", CORPUS), ("topics", TOPICS)):
        (path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


@pytest.fixture(scope="module")
def saved(folder: Path) -> Path:
    """A report of the set, beside it the articles and the data folder that it was measured in."""
    path = folder.parent / "report.json"
    done = evaluate(
        folder, "--save", path, "--export", folder.parent / "articles.jsonl", "--data", folder.parent / "data"
    )
    assert done.exit_code == 0, done.output
    assert "fact coverage" in done.stdout
    assert "2 topics, 1 unanswerable" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    return path


def test_true_reports_of_quotations_have_perfect_citations(saved: Path) -> None:
    report: Any = json.loads(saved.read_text())
    for part in report["systems"]:
        assert part["metrics"]["citation precision"]["value"] == 1.0
        assert part["metrics"]["citation recall"]["value"] == 1.0
        assert part["metrics"]["fabricated citations"]["value"] == 0.0
        assert part["metrics"]["answered"]["value"] == 1.0
    dev = next(part for part in report["systems"] if part["name"] == "dev")
    assert dev["values"]["fact coverage"]["lamps"] > 0
    assert dev["values"]["honest"] == {"none": 1.0}
    assert dev["latency_ms"]["p95"] > 0


def test_reports_leave_in_the_form_of_public_benchmarks(saved: Path) -> None:
    rows = [json.loads(line) for line in saved.with_name("articles.jsonl").read_text("utf-8").splitlines()]
    assert [set(row) for row in rows] == [{"id", "prompt", "article"}] * 3
    assert rows[0]["prompt"] == TOPICS[0]["topic"]
    assert rows[0]["article"].startswith("# ")
    assert "12,000 hours" in rows[0]["article"]


def test_the_same_again_is_no_worse_and_leaves_no_runs_behind(folder: Path, saved: Path) -> None:
    done = evaluate(folder, "--baseline", saved, "--data", folder.parent / "data", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["comparison"]["regressed"] is False
    listed = CliRunner().invoke(app, ["reports", "list", "--json", "--data", str(folder.parent / "data")])
    assert json.loads(listed.stdout) in ([], {"data": []}), listed.stdout


def test_what_got_worse_ends_with_1(folder: Path, saved: Path) -> None:
    better: Any = json.loads(saved.read_text())
    for part in better["systems"]:
        part["values"]["fact coverage"] = dict.fromkeys(part["values"]["fact coverage"], 2.0)
    path = saved.with_name("better.json")
    path.write_text(json.dumps(better))
    assert evaluate(folder, "--baseline", path, "--data", folder.parent / "data").exit_code == 1


def test_a_malformed_folder_is_told_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "corpus.jsonl").write_text(json.dumps(CORPUS[0]), "utf-8")
    (tmp_path / "topics.jsonl").write_text('{"id": "t"}', "utf-8")
    done = evaluate(tmp_path)
    assert done.exit_code == 2
    assert "topics.jsonl, line 1" in " ".join(done.stderr.split())
