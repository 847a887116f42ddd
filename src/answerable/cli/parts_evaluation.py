"""`evaluate PART FILE`: measures one part of the request path on labelled rows and prints its tables."""

from pathlib import Path

from rich.markup import escape
from rich.table import Table

from answerable.cli.running import out, print_json, settings_for, stop
from answerable.core.errors import AnswerableError, InvalidRequest
from answerable.flows import measures
from answerable.flows.measures import Grid, Measured
from answerable.wiring import build_embedder


def run_part(part: str, file: Path, limit: int | None, data: Path | None, as_json: bool) -> None:
    """Measure and print. Bad usage is said in one line, with exit code 2."""
    settings = settings_for(data)
    try:
        if part not in measures.PARTS:
            known = ", ".join(measures.PARTS)
            raise InvalidRequest(f"'{part}' with a file: what is measured on a file is one of {known}", param="dataset")
        measured = measures.measure(part, file, measures.Options(lambda: build_embedder(settings), limit))
    except AnswerableError as error:
        stop(error)
    if as_json:
        print_json(dict(measured.as_json))
    else:
        _show(measured)


def refuse_part_without_file(part: str) -> None:
    """The name of a part alone is bad usage, unless a folder has that name."""
    if part in measures.PARTS and not Path(part).is_dir():
        stop(InvalidRequest(f"'{part}' needs a file: answerable evaluate {part} FILE.jsonl.gz", param="file"))


def _show(measured: Measured) -> None:
    out.print(f"[bold]{escape(measured.title)}[/bold]")
    for grid in measured.tables:
        if grid.title:
            out.print(f"\n{escape(grid.title)}")
        out.print(_table(grid))
    for note in measured.notes:
        out.print(escape(note))


def _table(grid: Grid) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for number, column in enumerate(grid.columns):
        table.add_column(escape(column), justify="right" if number else "left", overflow="fold")
    for row in grid.rows:
        table.add_row(*(escape(cell) for cell in row))
    return table
