"""What SQLite and Postgres take a second: `PYTHONPATH=. python bench/database.py [postgresql://...]`.

Without an address the Postgres that the tests bring is started, with its defaults: every commit reaches the disk. Each
figure is the median of three runs; a write is a row of its own that its caller waits for.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from sqlalchemy import bindparam, delete, insert, select

from answerable.storage import ledger
from answerable.storage.database import Connection, Database
from answerable.storage.ledger import AttemptRow, RequestRow
from answerable.storage.schema import attempts, counters, requests
from tests.support.postgres import running_postgres

RUNS = 3
WRITES = 1_000
LEDGER_ROWS = 10_000
READS = 1_000
_READ = select(counters.c.value).where(counters.c.name == bindparam("name"))


async def per_second(count: int, step: Callable[[], Awaitable[None]]) -> float:
    """How many of `count` were done in a second."""
    rates = []
    for _ in range(RUNS):
        began = time.perf_counter()
        await step()
        rates.append(count / (time.perf_counter() - began))
    return statistics.median(rates)


async def writes(database: Database, callers: int) -> float:
    """Rows a second, from so many callers that each wait for theirs."""

    async def caller() -> None:
        for _ in range(WRITES // callers):
            await database.write(partial(put, row=message(next(_numbers))))

    async def run() -> None:
        await asyncio.gather(*(caller() for _ in range(callers)))

    return await per_second(WRITES // callers * callers, run)


async def put(connection: Connection, row: dict[str, object]) -> None:
    """Through SQLAlchemy, as the queries of `storage/` do it."""
    await connection.execute(insert(attempts), row)


def message(number: int) -> dict[str, object]:
    """A row of about 100 bytes with a key of its own."""
    return AttemptRow(f"{number:040x}", 0, "m", "Chat", "answered", "", 1, 2, 3, 4, False, 5, 1.0, None)._asdict()


async def ledger_rows(database: Database) -> float:
    """Requests a second with their one call, in the groups of the ledger."""
    who = ("chat", "ann", None, "default", "m", "m", None)

    async def run() -> None:
        for first in range(0, LEDGER_ROWS, 500):
            ids = [f"req_{next(_numbers):024x}" for _ in range(first, first + 500)]
            rows = [
                RequestRow(i, 1, 2.5, None, *who, True, "answered", "", 0, "", 1, 2, 3, 4, False, 5, False, "w")
                for i in ids
            ]
            tries = [AttemptRow(i, 0, "m", "Chat", "answered", "", 1, 2, 3, 4, True, None, 2.5, 1.5) for i in ids]
            await ledger.append(database, rows, tries, [])

    return await per_second(LEDGER_ROWS, run)


async def reads(database: Database, callers: int) -> float:
    """Reads of one row a second, each in a snapshot of its own."""

    async def caller() -> None:
        for _ in range(READS // callers):
            async with database.read() as connection:
                await connection.execute(_READ, {"name": "one"})

    async def run() -> None:
        await asyncio.gather(*(caller() for _ in range(callers)))

    return await per_second(READS // callers * callers, run)


async def measure(url: str) -> None:
    """One line for each figure of one database."""
    database = await Database(url).open()

    async def prepare(connection: Connection) -> None:
        for table in (attempts, requests, counters):
            await connection.execute(delete(table))
        await connection.execute(insert(counters).values(name="one", value=1))

    await database.write(prepare)
    print(await database.describe())
    for callers in (1, 32, 128, 256):
        print(f"  writes, {callers} callers: {await writes(database, callers):,.0f} a second")
    print(f"  ledger rows, in groups of 500: {await ledger_rows(database):,.0f} a second")
    for callers in (1, 8):
        print(f"  reads, {callers} callers: {await reads(database, callers):,.0f} a second")
    await database.close()


def main() -> None:
    """Both databases."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(f"sqlite:///{Path(folder) / 'a.db'}"))
    if len(sys.argv) > 1:
        asyncio.run(measure(sys.argv[1]))
        return
    with running_postgres() as server:
        asyncio.run(measure(server.empty()))


_numbers = iter(range(sys.maxsize))

if __name__ == "__main__":
    main()
