"""`evaluate PART FILE`: measures one part of the request path on labelled rows and prints its tables."""

from dataclasses import dataclass
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from answerable.cli.running import out, print_json, settings_for, stop
from answerable.config import Settings
from answerable.core.errors import AnswerableError, InvalidRequest
from answerable.flows import measures
from answerable.flows.measures import Grid, Measured
from answerable.gateway.route_policy import ModelCard
from answerable.gateway_wiring import card_of
from answerable.wiring import build_embedder


@dataclass(frozen=True, slots=True)
class Wanted:
    """What `evaluate PART FILE` was told; `models` is a cheap and a strong one, with a comma between them."""

    part: str
    file: Path
    limit: int | None = None
    models: str | None = None


def run_part(wanted: Wanted, data: Path | None, as_json: bool) -> None:
    """Measure and print. Bad usage is said in one line, with exit code 2."""
    settings, part = settings_for(data), wanted.part
    try:
        if part not in measures.PARTS:
            known = ", ".join(measures.PARTS)
            raise InvalidRequest(f"'{part}' with a file: what is measured on a file is one of {known}", param="dataset")
        cards = _cards(wanted.models, settings) if wanted.models else None
        options = measures.Options(lambda: build_embedder(settings), wanted.limit, cards)
        measured = measures.measure(part, wanted.file, options)
    except AnswerableError as error:
        stop(error)
    if as_json:
        print_json(dict(measured.as_json))
    else:
        _show(measured)


def _cards(names: str, settings: Settings) -> tuple[ModelCard, ModelCard]:
    """The two models with their prices. Raises InvalidRequest."""
    given = [name.strip() for name in names.split(",")]
    if len(given) != 2:
        raise InvalidRequest("--models takes a cheap and a strong model: --models cheap,strong", param="models")
    if unknown := [name for name in given if name not in settings.models]:
        known = ", ".join(settings.models)
        raise InvalidRequest(f"there is no model '{unknown[0]}'; models: {known}", param="models")
    cheap, strong = (card_of(name, settings.models[name]) for name in given)
    return cheap, strong


def is_research(name: Path, folder: Path | None) -> bool:
    """Whether research is to be measured. A folder of that name alone is a dataset, like those of the other parts."""
    return str(name) == "research" and (folder is not None or not name.is_dir())


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
