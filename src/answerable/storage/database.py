"""One database by URL: pooled readers, and one writer that commits many writes in one transaction.

Owns engines, transactions and migrations; the queries live beside it, a file an area. What only SQLite understands is
in `_sqlite_engine`. Writes are functions of a connection: they run in order, each in a savepoint, and their callers
resume when the group is on disk.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import event, inspect, text
from sqlalchemy.engine import Connection as SyncConnection
from sqlalchemy.exc import DatabaseError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from answerable.core.errors import SetupError

T = TypeVar("T")
Connection = AsyncConnection
"""What a query is run on; for the annotations of those who pass one on."""

Write = Callable[[Connection], Awaitable[T]]

SCHEMA_HEAD = "0007"
"""The newest migration. When the database is already there, Alembic need not be imported (100 ms of start-up)."""

GROUP_SIZE = 256
"""Writes in one transaction at most: 10-13 thousand a second in groups against 600-1,400 one by one (measured.md)."""


@dataclass(slots=True)
class _Job:
    work: Write[Any]
    done: "asyncio.Future[Any]"


class Database:
    """Readers never wait for the writer (WAL). `open` migrates; `close` finishes the queued writes."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._reader: AsyncEngine | None = None
        self._writer: AsyncEngine | None = None
        self._queue: asyncio.Queue[_Job | None] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> "Database":
        """Connect, migrate to the newest schema and start the writer. Raises SetupError when that is not possible."""
        if self.url.startswith("sqlite"):
            self._writer = _sqlite_engine(self.url, begin="BEGIN IMMEDIATE", size=1)
            self._reader = _sqlite_engine(self.url, begin="BEGIN", size=8)
        else:
            raise SetupError(f"unknown database '{self.url.split(':', 1)[0]}': use sqlite:///PATH")
        try:
            async with self._writer.connect() as connection:
                current = await connection.run_sync(_schema_version)
            if current != SCHEMA_HEAD:
                async with self._writer.begin() as connection:
                    await connection.run_sync(_migrate)
        except DatabaseError as error:
            await self.close()
            raise SetupError(f"the database at {self.url} cannot be used: {error.orig}") from error
        self._task = asyncio.create_task(self._write_forever(), name="database.writer")
        return self

    @contextlib.asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection that sees one snapshot for as long as it is held."""
        if self._reader is None:
            raise SetupError("the database is not open")
        async with self._reader.connect() as connection:
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
        for engine in (self._reader, self._writer):
            if engine is not None:
                await engine.dispose()

    async def _write_forever(self) -> None:
        stopping = False
        while not stopping:
            jobs = [await self._queue.get()]
            while len(jobs) < GROUP_SIZE and not self._queue.empty():
                jobs.append(self._queue.get_nowait())
            stopping = None in jobs
            await self._commit_group([job for job in jobs if job is not None])

    async def _commit_group(self, jobs: list[_Job]) -> None:
        if not jobs or self._writer is None:
            return
        results: list[tuple[_Job, Any]] = []
        try:
            async with self._writer.begin() as connection:
                for job in jobs:
                    try:
                        async with connection.begin_nested():
                            results.append((job, await job.work(connection)))
                    except BaseException as error:  # noqa: BLE001 - belongs to the caller of this one write
                        _fail(job, error)
        except BaseException as error:  # noqa: BLE001 - the group did not reach the disk: every caller must know
            for job, _ in results:
                _fail(job, error)
            return
        for job, value in results:
            if not job.done.done():
                job.done.set_result(value)


def _fail(job: _Job, error: BaseException) -> None:
    if not job.done.done():
        job.done.set_exception(error)
        job.done.exception()  # a caller that left must not leave a warning behind


def _sqlite_engine(url: str, *, begin: str, size: int) -> AsyncEngine:
    """The marked place for what only SQLite understands: pragmas, and when a transaction takes the write lock."""
    path = url.removeprefix("sqlite:///")
    if path:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(
        f"sqlite+aiosqlite:///{path}", poolclass=AsyncAdaptedQueuePool, pool_size=size, max_overflow=0
    )

    @event.listens_for(engine.sync_engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves; the driver would say it too late
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "busy_timeout=30000",
            "foreign_keys=ON",
            "cache_size=-16000",
            "mmap_size=268435456",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def start(connection: SyncConnection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _schema_version(connection: SyncConnection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _migrate(connection: SyncConnection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
