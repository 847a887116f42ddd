from pathlib import Path

import pytest
from typer.testing import CliRunner

from answerable.cli import app
from answerable.core.errors import SetupError
from answerable.core.ports import Embedder
from answerable.flows import measures


def no_embedder() -> Embedder:
    raise AssertionError


def test_an_unknown_part_is_said_with_the_known_ones() -> None:
    with pytest.raises(SetupError, match="unknown measure 'weather'"):
        measures.measure("weather", Path("rows.jsonl"), measures.Options(no_embedder))


def test_a_part_without_a_file_is_bad_usage() -> None:
    result = CliRunner().invoke(app, ["evaluate", "guards"])
    assert result.exit_code == 2
    assert "answerable evaluate guards FILE.jsonl.gz" in result.stderr


def test_a_file_without_a_known_part_is_bad_usage(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["evaluate", str(tmp_path), "rows.jsonl"], env={"ANSWERABLE_DATA": str(tmp_path)})
    assert result.exit_code == 2
    assert "cache, guards, pii, router" in " ".join(result.stderr.split())


@pytest.mark.parametrize(
    ("models", "said"), [("small", "a cheap and a strong model"), ("small,large", "there is no model 'small'")]
)
def test_models_that_are_not_two_known_ones_are_bad_usage(tmp_path: Path, models: str, said: str) -> None:
    arguments = ["evaluate", "router", "rows.jsonl", "--models", models]
    result = CliRunner().invoke(app, arguments, env={"ANSWERABLE_DATA": str(tmp_path)})
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())
