"""One database by URL: pooled readers, and one writer that commits many writes in one transaction.

Owns transactions and migrations; the queries live beside it, a file an area, and what only one kind of database
understands is in `sqlite.py` and `postgres.py`. Writes are functions of a connection: they run in order, each in a
savepoint, and their callers resume when the group is on disk.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection as SyncConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from answerable.core.errors import SetupError
from answerable.storage import postgres, sqlite
from answerable.storage.engines import Config, Engines
from answerable.storage.outages import translated, translation_of

T = TypeVar("T")
Connection = AsyncConnection
"""What a query is run on; for the annotations of those who pass one on."""

Write = Callable[[Connection], Awaitable[T]]

MIGRATIONS = Path(__file__).parent / "migrations"

SCHEMA_HEAD = "0007"
"""The newest migration. When the database is already there, Alembic need not be imported (100 ms of start-up)."""

GROUP_SIZE = 256
"""Writes in one transaction at most: 10-13 thousand a second in groups against 600-1,400 one by one (measured.md)."""


@dataclass(slots=True)
class _Job:
    work: Write[Any]
    done: "asyncio.Future[Any]"


class Database:
    """Readers never wait for the writer. Of all processes on one database one writes at a time, as SQLite has it:
    a write sees everything that was committed before it, and numbers are committed in the order they were given out.
    `open` migrates; `close` finishes the queued writes. After an outage the next use connects again.
    """

    def __init__(self, url: str, config: Config | None = None) -> None:
        self.url = url
        self._config = config or Config()
        self._engines: Engines | None = None
        self._queue: asyncio.Queue[_Job | None] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> "Database":
        """Connect, migrate to the newest schema and start the writer. Raises SetupError when that is not possible."""
        engines = self._engines = _build(self.url, self._config)
        try:
            async with engines.writer.connect() as connection:
                current = await connection.run_sync(_schema_version)
            if current != SCHEMA_HEAD:
                async with engines.writer.begin() as connection:
                    await connection.run_sync(_migrate)
        except (SQLAlchemyError, OSError) as error:
            await self.close()
            reason = getattr(error, "orig", None) or error or type(error).__name__
            raise SetupError(f"the database at {engines.place} cannot be used: {reason}") from error
        except SetupError:
            await self.close()
            raise
        self._task = asyncio.create_task(self._write_forever(), name="database.writer")
        return self

    async def describe(self) -> str:
        """What it is, which version, and where. Raises StorageDown."""
        engines = self._opened()
        async with self.read() as connection:
            version = (await connection.execute(text(engines.version_query))).scalar_one()
        return f"{engines.kind} {version} at {engines.place}"

    @contextlib.asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection that sees one snapshot for as long as it is held. Raises StorageDown."""
        engines = self._opened()
        with translated():
            async with engines.reader.connect() as connection:
                yield connection

    async def write(self, work: Write[T]) -> T:
        """Run `work` in the writer's next transaction; returns its result once that is on disk.

        An exception in `work` undoes only its own changes. A caller that is cancelled does not undo the write.
        """
        if self._task is None or self._task.done():
            raise SetupError("the database is not open")
        job = _Job(work, asyncio.get_running_loop().create_future())
        self._queue.put_nowait(job)
        result: T = await asyncio.shield(job.done)
        return result

    async def close(self) -> None:
        """Finish what is queued, then disconnect."""
        if self._task is not None:
            self._queue.put_nowait(None)
            await self._task
        if self._engines is not None:
            await self._engines.reader.dispose()
            await self._engines.writer.dispose()

    def _opened(self) -> Engines:
        if self._engines is None:
            raise SetupError("the database is not open")
        return self._engines

    async def _write_forever(self) -> None:
        stopping = False
        while not stopping:
            jobs = [await self._queue.get()]
            while len(jobs) < GROUP_SIZE and not self._queue.empty():
                jobs.append(self._queue.get_nowait())
            stopping = None in jobs
            if wanted := [job for job in jobs if job is not None]:
                await self._commit_group(wanted)

    async def _commit_group(self, jobs: list[_Job]) -> None:
        results: list[tuple[_Job, Any]] = []
        try:
            with translated():
                async with self._opened().writer.begin() as connection:
                    for job in jobs:
                        await _attempt(connection, job, results)
        except BaseException as error:  # noqa: BLE001 - the group did not reach the disk: every caller must know
            for job in jobs:
                _fail(job, error)
            return
        for job, value in results:
            if not job.done.done():
                job.done.set_result(value)


async def _attempt(connection: AsyncConnection, job: _Job, results: list[tuple[_Job, Any]]) -> None:
    """Run one write of a group, and undo it alone when it fails. Raises when the connection is lost."""
    try:
        async with connection.begin_nested():
            results.append((job, await job.work(connection)))
    except BaseException as error:
        if connection.invalidated:
            raise
        _fail(job, translation_of(error) or error)


def _fail(job: _Job, error: BaseException) -> None:
    if not job.done.done():
        job.done.set_exception(error)
        job.done.exception()  # a caller that left must not leave a warning behind


def _build(url: str, config: Config) -> Engines:
    scheme = url.partition(":")[0]
    if scheme in sqlite.SCHEMES:
        return sqlite.build(url, config)
    if scheme in postgres.SCHEMES:
        return postgres.build(url, config)
    raise SetupError(f"unknown database '{scheme}': use sqlite:///PATH or postgresql://USER:PASSWORD@HOST:5432/NAME")


def _schema_version(connection: SyncConnection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _migrate(connection: SyncConnection) -> None:
    """To the newest schema. Others who start now wait for the writer's lock, and then find nothing to do."""
    from alembic import command
    from alembic.config import Config as AlembicConfig
    from alembic.util import CommandError

    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise SetupError(
            f"the database was written by a newer version of this program (its schema is "
            f"{_schema_version(connection)}, ours {SCHEMA_HEAD}): update the program"
        ) from error
