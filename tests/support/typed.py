"""The command line as it is typed, without a process of its own."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from answerable.cli import app

FAST = '{"accounts": {"passwords": {"memory_kib": 8, "passes": 1, "lanes": 1}}}'
"""Policies under which a password is hashed at once."""


@dataclass(frozen=True)
class Cli:
    """`answerable`, or one group of its commands, on a data folder and on 80 columns."""

    data: Path
    group: tuple[str, ...] = ()

    def __call__(self, *words: str, code: int = 0) -> str:
        """What it prints; with another exit code than 0, what it says on the error's stream."""
        environment = {"COLUMNS": "80", "ANSWERABLE_DATA": str(self.data), "ANSWERABLE_POLICIES": FAST}
        result = CliRunner().invoke(app, [*self.group, *words], env=environment)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, result.output
        return result.stdout if not code else result.stderr

    def json(self, *words: str) -> Any:
        """The same for machines."""
        return json.loads(self(*words, "--json"))
