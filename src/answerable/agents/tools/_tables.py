"""Tables of a document in an in-memory SQLite that can do nothing but SELECT from them, within bounds."""

import contextlib
import csv
import io
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from answerable.core.errors import ToolFailed

MAX_CELLS: Final = 1_000_000
_MAX_TEXT = 20_000_000
_MAX_COLUMNS = 500
_MAX_CELL = 20_000
_MAX_RESULT = 2_000_000
_STEPS = 1_000
_MAX_STEPS = 20_000_000
_NUMBER = re.compile(r"[+-]?(?:\d{1,18}|\d{0,15}\.\d{1,15})(?:[eE][+-]?\d{1,3})?")
_CELL = re.compile(r"(?<!\\)\|")

_FUNCTIONS: Final = frozenset(
    (
        "abs", "avg", "ceil", "coalesce", "concat", "concat_ws", "count", "cume_dist", "date", "datetime", "dense_rank",
        "exp", "first_value", "floor", "format", "glob", "group_concat", "ifnull", "iif", "instr", "julianday", "lag",
        "last_value", "lead", "length", "like", "ln", "log", "lower", "ltrim", "max", "min", "mod", "ntile", "nullif",
        "percent_rank", "pow", "power", "printf", "rank", "replace", "round", "row_number", "rtrim", "sign", "sqrt",
        "strftime", "string_agg", "substr", "substring", "sum", "time", "total", "trim", "typeof", "unicode", "upper",
    )
)  # fmt: skip
_LIMITS: Final = (
    (sqlite3.SQLITE_LIMIT_LENGTH, 200_000),
    (sqlite3.SQLITE_LIMIT_SQL_LENGTH, 10_000),
    (sqlite3.SQLITE_LIMIT_EXPR_DEPTH, 100),
    (sqlite3.SQLITE_LIMIT_COMPOUND_SELECT, 10),
    (sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 200),
    (sqlite3.SQLITE_LIMIT_ATTACHED, 0),
    (sqlite3.SQLITE_LIMIT_COLUMN, 1_000),
)


@dataclass(slots=True)
class Stop:
    """Says that the work must end: its caller is gone, or its time is up (`deadline` in seconds of the clock)."""

    deadline: float
    asked: threading.Event = field(default_factory=threading.Event)

    @property
    def now(self) -> bool:
        """Whether to stop."""
        return self.asked.is_set() or time.monotonic() > self.deadline


@dataclass(frozen=True, slots=True)
class Table:
    """A table as text; the first row names the columns."""

    name: str
    columns: tuple[str, ...]
    rows: list[list[str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows of a query; `is_whole` is false where there are more."""

    columns: tuple[str, ...]
    rows: list[tuple[object, ...]]
    is_whole: bool


def find_tables(text: str, media_type: str) -> list[Table]:
    """The tables of a document: blocks of `| a | b |` lines, named by the line above them; or CSV text as it is."""
    if len(text) > _MAX_TEXT:
        raise ToolFailed(f"the file has more than {_MAX_TEXT:,} characters; split it")
    found: list[Table] = []
    heading, block = "", list[str]()
    for line in (*text.split("\n"), ""):
        if line.startswith("|") and line.endswith("|") and len(line) > 2:
            block.append(line)
            continue
        if len(block) > 1:
            found.append(_table(heading, [_cells(one) for one in block], len(found)))
        block = []
        heading = line if line.strip() else heading
    if not found and media_type in ("text/csv", "text/tab-separated-values"):
        found = [_table("", list(_delimited(text, media_type)), 0)]
    if not found:
        raise ToolFailed("the file holds no table; query_table needs a CSV or a workbook")
    if len(found) == 1:
        found = [Table("data", found[0].columns, found[0].rows)]
    if sum(len(table.rows) * len(table.columns) for table in found) > MAX_CELLS:
        raise ToolFailed(f"the tables hold more than {MAX_CELLS:,} cells; split the file")
    return found


def run_query(tables: Sequence[Table], sql: str, max_rows: int, stop: Stop) -> Answer:
    """The first rows of one SELECT. Blocks the calling thread. Raises ToolFailed that says what SQLite said."""
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
        for table in tables:
            _load(database, table, stop)
        for limit, value in _LIMITS:
            database.setlimit(limit, value)
        steps = iter(range(_MAX_STEPS // _STEPS))
        database.set_progress_handler(lambda: stop.now or next(steps, None) is None, _STEPS)
        database.set_authorizer(_judge({table.name.lower() for table in tables}))
        try:
            cursor = database.execute(sql)
            rows = _first_rows(cursor, max_rows + 1)
        except sqlite3.Error as error:
            raise ToolFailed(_explained(str(error), tables)) from error
        except sqlite3.Warning as error:
            raise ToolFailed("send one SELECT at a time") from error
        if cursor.description is None:
            raise ToolFailed("send a SELECT")
        columns = tuple(str(one[0]) for one in cursor.description)
        return Answer(columns, rows[:max_rows], len(rows) <= max_rows)


def _first_rows(cursor: sqlite3.Cursor, most: int) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    size = 0
    for row in cursor:
        rows.append(row)
        size += sum(len(cell) if isinstance(cell, str | bytes) else 8 for cell in row)
        if len(rows) >= most:
            break
        if size > _MAX_RESULT:
            raise ToolFailed("the result is too large; select fewer columns or aggregate")
    return rows


def kind_of(table: Table, column: int) -> str:
    """INTEGER, REAL or TEXT: the narrowest that all its cells are; blank cells are NULL."""
    kind = "INTEGER"
    for row in table.rows:
        cell = row[column].strip()
        if not cell or (kind == "INTEGER" and cell.lstrip("+-").isdecimal() and len(cell) <= 18):
            continue
        if not _NUMBER.fullmatch(cell):
            return "TEXT"
        kind = "REAL"
    return kind if any(row[column].strip() for row in table.rows) else "TEXT"


def _judge(names: set[str]) -> Callable[[int, str | None, str | None, str | None, str | None], int]:
    """An authorizer that lets nothing through but reading these tables."""

    def judge(action: int, first: str | None, second: str | None, *_: str | None) -> int:
        if action == sqlite3.SQLITE_SELECT:
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_READ and (first or "").lower() in names | {""}:
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in _FUNCTIONS:
            return sqlite3.SQLITE_OK
        return sqlite3.SQLITE_DENY

    return judge


def _explained(message: str, tables: Sequence[Table]) -> str:
    if "interrupted" in message:
        return "the query took too long; filter or aggregate more, and do not join without a condition"
    if "not authorized" in message or "prohibited" in message:
        return f"only a SELECT from these tables is allowed: {', '.join(table.name for table in tables)} ({message})"
    known = "; ".join(f"{table.name}({', '.join(table.columns[:30])})" for table in tables[:10])
    return f"SQLite said: {message[:200]}; the tables are {known[:1_500]}"


def _load(database: sqlite3.Connection, table: Table, stop: Stop) -> None:
    kinds = [kind_of(table, column) for column in range(len(table.columns))]
    names = ", ".join(f'"{name}" {kind}' for name, kind in zip(table.columns, kinds, strict=True))
    database.execute(f'CREATE TABLE "{table.name}" ({names})')
    marks = ", ".join("?" * len(kinds))

    def rows() -> Iterator[list[str | None]]:
        for row in table.rows:
            if stop.now:
                raise ToolFailed("the table is too large to be read in time")
            yield [cell if cell.strip() else None for cell in row]

    database.execute("BEGIN")
    database.executemany(f'INSERT INTO "{table.name}" VALUES ({marks})', rows())  # noqa: S608  names are ours: _named
    database.execute("COMMIT")


def _table(heading: str, rows: list[list[str]], number: int) -> Table:
    if not rows or len(rows[0]) > _MAX_COLUMNS:
        raise ToolFailed(f"a table needs a header row of 1 to {_MAX_COLUMNS} columns")
    columns = _distinct([_named(cell) or f"column_{at}" for at, cell in enumerate(rows[0], 1)])
    width = len(columns)
    filled = [[cell[:_MAX_CELL] for cell in (*row, *[""] * (width - len(row)))][:width] for row in rows[1:]]
    name = _named(heading)[:40]
    return Table(f"{name}_{number + 1}" if name else f"table_{number + 1}", tuple(columns), filled)


def _named(text: str) -> str:
    """A name that needs no quotes in SQL: letters, digits and underscores, in lower case."""
    plain = "".join(c if c.isalnum() else " " for c in text.strip().lower()[:200])
    name = "_".join(plain.split())[:60]
    return f"n_{name}" if name and not (name[0].isalpha()) else name


def _distinct(names: Sequence[str]) -> list[str]:
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name}__{seen[name]}")
    return found


def _cells(line: str) -> list[str]:
    if "\\" not in line:
        return [cell.strip() for cell in line[1:-1].split("|")]
    return [cell.strip().replace("\\|", "|") for cell in _CELL.split(line[1:-1])]


def _delimited(text: str, media_type: str) -> Iterator[list[str]]:
    first = text.split("\n", 1)[0]
    usual = "\t" if "tab" in media_type else ","
    delimiter = max((usual, ",", ";", "\t"), key=first.count)
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if any(row):
                yield row
    except csv.Error as error:
        raise ToolFailed(f"the table cannot be read ({error})") from error
