"""Questions in SQL to the tables of a document: read only, on a copy in memory, within bounds."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from answerable.agents.tools._tables import Answer, Stop, Table, find_tables, kind_of, run_query
from answerable.agents.tools.base.services import Caller, FileText, Services
from answerable.agents.tools.base.tool import Tool, ToolConfig, Traits
from answerable.core.errors import ToolFailed


@dataclass(frozen=True, slots=True)
class Config(ToolConfig):
    """`max_rows` bounds what a query gives back."""

    timeout_s: float = 10.0
    max_characters: int = 8_000
    max_rows: int = 100

    def __post_init__(self) -> None:
        ToolConfig.__post_init__(self)
        if not 1 <= self.max_rows <= 10_000:
            raise ValueError("max_rows is between 1 and 10,000")


def build(config: Config, services: Services) -> Tool:
    """The table reader."""

    async def query_table(
        caller: Caller,
        file: Annotated[str, Field(min_length=1, max_length=500, description="Name of a CSV file or workbook")],
        sql: Annotated[str, Field(max_length=5_000, description="One SQLite SELECT; empty describes the tables")] = "",
    ) -> str:
        """Answer questions about a table (CSV file or workbook of this conversation's collection) with SQL.

        First call it without sql to learn the tables, columns and types. A file with one table calls it data. Only
        SELECT works. Aggregate in SQL instead of reading many rows. read_file without a name lists the files.
        """
        if services.files is None or caller.collection is None:
            raise ToolFailed("no collection of files belongs to this conversation; answer without one")
        found = await services.files.read(caller.collection, file.strip(), caller.principal)
        stop = Stop(time.monotonic() + config.timeout_s)
        try:
            return await asyncio.to_thread(_work, found, sql.strip(), config.max_rows, stop)
        finally:
            stop.asked.set()  # a thread cannot be cancelled: it is told

    missing = "" if services.files else "this program has no document store"
    return Tool("query_table", query_table, config, Traits(missing=missing, needs_documents=True))


def _work(file: FileText, sql: str, max_rows: int, stop: Stop) -> str:
    tables = find_tables(file.text, file.media_type)
    return _answered(run_query(tables, sql, max_rows, stop)) if sql else _described(file, tables)


def _described(file: FileText, tables: Sequence[Table]) -> str:
    lines = [f"{file.title} ({file.name}) holds {len(tables)} table(s)."]
    for table in tables[:20]:
        columns = ", ".join(f"{name} {kind_of(table, at)}" for at, name in enumerate(table.columns))
        lines += [f"\n{table.name}: {len(table.rows):,} rows; columns: {columns[:2_000]}"]
        lines += ["first rows:", *(_line(row) for row in table.rows[:3])]
    return "\n".join(lines)


def _answered(answer: Answer) -> str:
    note = f"{len(answer.rows)} rows" if answer.is_whole else f"the first {len(answer.rows)} rows; there are more"
    return "\n".join([_line(answer.columns), *(_line(row) for row in answer.rows), f"({note})"])


def _line(cells: Sequence[object]) -> str:
    return " | ".join("NULL" if cell is None else str(cell)[:200].replace("\n", " ") for cell in cells)
