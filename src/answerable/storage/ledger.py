"""The SQL that writes the ledger: finished rows, provisional rows of what still runs, and what dead workers left."""

import functools
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Table, delete, insert, select, update
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError

from answerable.core.errors import DataError, InvalidRequest, ServiceError, SetupError
from answerable.storage.database import Connection, Database
from answerable.storage.schema import attempts, requests

RUNNING, LOST = "running", "lost"
"""The outcomes that no flow gives: of a provisional row, and of one whose worker died."""


def first_id_at(moment_us: int) -> str:
    """The smallest id that a request of this moment (microseconds since 1970 UTC) can have: ids grow with time."""
    return f"req_{max(0, moment_us):014x}"


class RequestRow(NamedTuple):
    """A row of `requests`, in the order of its columns. Times in microseconds since 1970 UTC, money in nano-USD."""

    id: str
    started_at: int
    total_ms: float | None
    first_token_ms: float | None
    endpoint: str
    principal: str
    key_id: str | None
    workspace: str
    model_asked: str
    model: str
    collection: str | None
    streamed: bool
    outcome: str
    cache: str
    fallbacks: int
    reason: str
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int
    reasoning_tokens: int
    estimated: bool
    cost_nano: int | None
    unpriced: bool
    worker: str


class AttemptRow(NamedTuple):
    """A row of `attempts`, in the order of its columns."""

    request_id: str
    number: int
    model: str
    task: str
    outcome: str
    error: str
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int
    reasoning_tokens: int
    estimated: bool
    cost_nano: int | None
    total_ms: float
    first_token_ms: float | None


async def append(
    database: Database, rows: Sequence[RequestRow], tries: Sequence[AttemptRow], again: Collection[str]
) -> None:
    """Write rows and their attempts in one transaction; `again` names the ids among them that may be there already.

    Raises ServiceError when the database cannot take them now, DataError when it will not take one of them ever.
    """

    async def work(connection: Connection) -> None:
        if again:
            await connection.execute(delete(requests).where(requests.c.id.in_(again)))
            await connection.execute(delete(attempts).where(attempts.c.request_id.in_(again)))
        await _insert(connection, requests, rows)
        await _insert(connection, attempts, tries)

    await _write(database, work)


async def mark_lost(database: Database, worker: str, before_s: float) -> int:
    """Make what a worker began before a moment (seconds since 1970 UTC) and left running `lost`: what it cost is not
    known. Returns how many. Raises ServiceError.
    """

    async def work(connection: Connection) -> int:
        begun = requests.c.started_at <= int(before_s * 1e6)
        left = (requests.c.worker == worker) & (requests.c.outcome == RUNNING) & begun
        done = await connection.execute(update(requests).where(left).values(outcome=LOST, unpriced=True))
        return done.rowcount

    lost: int = await _write(database, work)
    return lost


async def find_workers(database: Database) -> list[str]:
    """The workers that have provisional rows. Raises ServiceError."""
    async with database.read() as connection:
        query = select(requests.c.worker).where(requests.c.outcome == RUNNING).distinct()
        return list((await connection.execute(query)).scalars())


async def _write(database: Database, work: Any) -> Any:
    try:
        return await database.write(work)
    except (SetupError, OperationalError, InterfaceError) as error:  # of tables or connections, not of a row
        raise ServiceError(f"the ledger cannot be written: {error}") from error
    except (SQLAlchemyError, InvalidRequest, ValueError, TypeError, OverflowError) as error:
        raise DataError(f"a row of the ledger is refused: {error}") from error


async def _insert(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Tuples straight to the driver: a third of what dictionaries through SQLAlchemy cost."""
    if rows:
        await connection.exec_driver_sql(_statement(table, connection.dialect), list(rows))


@functools.cache
def _statement(table: Table, dialect: Dialect) -> str:
    return str(insert(table).compile(dialect=dialect))
