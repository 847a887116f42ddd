"""Options that commands of every group have."""

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[Path | None, typer.Option("--data", help="Data folder; else ANSWERABLE_DATA, else ~/.answerable")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines")]
