"""Tables inside of passages, as rows of cells: only whole ones with a head and a column of values of one kind."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from answerable.agents.claims.values import Value, find_values
from answerable.core.facts import read
from answerable.core.outline import plain

_RULE = re.compile(r"^\s*\|?\s*:?-{2,}")
_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")
_CODE = re.compile(r"[{}=;<>\\]|\w\(|__|\w_\w|&H")
_EMPHASIS = re.compile(r"(?<!\w)_([^_]+)_(?!\w)|`([^`]*)`")
_LONGEST_CELL = 60
_MOST_COLUMNS = 5


@dataclass(frozen=True, slots=True)
class Row:
    """A row at [start, end) of the text."""

    cells: tuple[str, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Table:
    """A head, its rows, the words above it; `amounts` are the second column's numbers in `unit` where it has them."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[Row, ...]
    amounts: tuple[float, ...] = ()
    unit: str = ""


def find_tables(text: str, fewest: int) -> Iterator[Table]:
    """The tables of a text with `fewest` rows or more, a head, and a column that holds a value in every row."""
    lines, at = [], 0
    for line in text.splitlines(keepends=True):
        lines.append((line, at))
        at += len(line)
    above = ""
    for is_row, group in groupby(lines, key=lambda one: one[0].lstrip().startswith("|")):
        block = list(group)
        if is_row:
            table = _table(block, above, fewest)
            if table is not None:
                yield table
        else:
            above = _line_above([line for line, _ in block])


def _line_above(lines: Sequence[str]) -> str:
    """The line that introduces a table, where it is a paragraph of its own."""
    said = [at for at, line in enumerate(lines) if line.strip()]
    alone = bool(said) and (said[-1] == 0 or not lines[said[-1] - 1].strip())
    return _shown(lines[said[-1]]) if alone and lines[said[-1]].lstrip()[:1].isupper() else ""


def _shown(cell: str) -> str:
    return _EMPHASIS.sub(lambda found: found[1] or found[2] or "", plain(cell))


def _table(block: Sequence[tuple[str, int]], above: str, fewest: int) -> Table | None:
    rows = [
        Row(tuple(_shown(cell) for cell in line.strip().strip("|").split("|")), at, at + len(line.rstrip()))
        for line, at in block
        if not _RULE.match(line)
    ]
    if len(rows) <= fewest:
        return None
    head, body = rows[0].cells, rows[1:]
    labels = [row.cells[0] for row in body]
    fits = 2 <= len(head) <= _MOST_COLUMNS and all(len(row.cells) == len(head) for row in body)
    if not fits or len({*labels}) != len(labels) or not all(labels) or _NUMBER.search(" ".join(head[1:])):
        return None
    if any(len(cell) > _LONGEST_CELL or _CODE.search(cell) for row in body for cell in row.cells):
        return None
    columns = [_column([row.cells[number] for row in body]) for number in range(1, len(head))]
    if not any(columns):
        return None
    caption = above.rstrip(":") if 0 < len(above) <= 2 * _LONGEST_CELL and not above.endswith(".") else ""
    amounts, unit = columns[0] or ((), "")
    return Table(caption, head, tuple(body), amounts, unit)


def _column(cells: Sequence[str]) -> tuple[tuple[float, ...], str] | None:
    """The numbers of a column and their unit; None where a cell is no exact value, or the units are not one."""
    found = [_amount(cell) for cell in cells]
    if any(one is None for one in found):
        return None
    units = {one[1] for one in found if one is not None}
    return (tuple(one[0] for one in found if one is not None), units.pop()) if len(units) == 1 else None


def _amount(cell: str) -> tuple[float, str] | None:
    number = _NUMBER.search(cell)
    if number is None:
        return None
    rest = (cell[: number.start()] + cell[number.end() :]).strip()
    values: list[Value] = find_values(f"is {cell}", read(f"is {cell}"))
    exact = len(values) == 1 and not values[0].limit and not values[0].vague and values[0].kind not in ("date", "clock")
    if not exact or len(rest.split()) > 2 or values[0].low != values[0].high:
        return None
    return float(number[0].replace(",", "")), rest
