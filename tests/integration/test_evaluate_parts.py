"""`answerable evaluate guards|pii|cache|router` as it is typed, on small samples made by hand (tests/data/parts).

The samples are too few to say how good a part is; they say that it runs, and that it has not become senseless.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from answerable.cli import app

SAMPLES = Path(__file__).parents[1] / "data" / "parts"


def evaluate(part: str, folder: Path, *more: str) -> str:
    environment = {"COLUMNS": "80", "ANSWERABLE_DATA": str(folder)}
    result = CliRunner().invoke(app, ["evaluate", part, str(SAMPLES / f"{part}.jsonl"), *more], env=environment)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def makes_sense_of_guards(found: Any) -> bool:
    wrong = max(row["share"] for row in found["sources"] if not row["attack"])
    return bool(found["surfaces"]["user"]["recall"]["share"] >= 0.8 and wrong <= 0.2)


def makes_sense_of_pii(found: Any) -> bool:
    kinds = found["kinds"]
    return all(kinds[kind]["recall"]["share"] == kinds[kind]["precision"]["share"] == 1.0 for kind in ("card", "iban"))


def makes_sense_of_cache(found: Any) -> bool:
    chosen = found["chosen"]
    return bool(chosen["precision"]["value"] >= 0.9 and chosen["recall"]["value"] > 0)


def makes_sense_of_router(found: Any) -> bool:
    return bool(found["curves"]["router"]["area"] > 0.7)


@pytest.mark.parametrize(
    ("part", "makes_sense"),
    [
        ("guards", makes_sense_of_guards),
        ("pii", makes_sense_of_pii),
        ("cache", makes_sense_of_cache),
        ("router", makes_sense_of_router),
    ],
)
def test_a_part_is_measured_on_its_sample(part: str, makes_sense: Callable[[Any], bool], tmp_path: Path) -> None:
    found = json.loads(evaluate(part, tmp_path, "--json"))
    assert makes_sense(found), found
    shown = evaluate(part, tmp_path)
    assert max(map(len, shown.splitlines())) <= 80
