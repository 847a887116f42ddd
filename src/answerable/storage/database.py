"""One database by URL: pooled readers, and one writer that commits many writes in one transaction.

Owns transactions and migrations; the queries live beside it, a file an area, and what only one kind of database
understands is in `sqlite.py` and `postgres.py`. Writes are functions of a connection: they run in order, one that fails
is undone alone, and their callers resume when the group is on disk.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection as SyncConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from answerable.core.errors import SetupError, StorageDown
from answerable.storage import postgres, sqlite
from answerable.storage.engines import Config, Engines
from answerable.storage.look import Look
from answerable.storage.outages import translated, translation_of

T = TypeVar("T")
Connection = AsyncConnection
"""What a query is run on; for the annotations of those who pass one on."""

Write = Callable[[Connection], Awaitable[T]]

MIGRATIONS = Path(__file__).parent / "migrations"

SCHEMA_HEAD = "0010"
"""The newest migration. When the database is already there, Alembic need not be imported (100 ms of start-up)."""

GROUP_SIZE = 256
"""Writes in one transaction at most: 10-13 thousand a second in groups against 600-1,400 one by one."""


Use = Literal["read", "write"]
Waited = Callable[[Use, float], None]
"""Told how many seconds each read waited for its connection, and each write for its transaction."""

_PROBE_S = 2.0
"""The probes of an orchestrator wait for seconds at most: a database that takes longer is as good as away."""


@dataclass(slots=True)
class _Job:
    work: Write[Any]
    done: "asyncio.Future[Any]"
    at: float = field(default_factory=time.perf_counter)


class Database:
    """Readers never wait for the writer. Of all processes on one database one writes at a time, as SQLite has it:
    a write sees everything that was committed before it, and numbers are committed in the order they were given out.
    `open` migrates; `close` finishes the queued writes. After an outage the next use connects again.
    """

    def __init__(self, url: str, config: Config | None = None, waited: Waited = lambda _use, _seconds: None) -> None:
        self.url = url
        self._config = config or Config()
        self._waited = waited
        self._away: set[Use] = set()
        self._probe = Look(self._read_something, _PROBE_S)
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

    @property
    def is_up(self) -> bool:
        """Whether it worked when it was last used, to read and to write."""
        return not self._away

    async def describe(self) -> str:
        """What it is, which version, and where. Raises StorageDown."""
        engines = self._opened()
        async with self.read() as connection:
            version = (await connection.execute(text(engines.version_query))).scalar_one()
        return f"{engines.kind} {version} at {engines.place}"

    @contextlib.asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection that sees one snapshot for as long as it is held. Raises StorageDown."""
        async with self._connected(self._opened().reader) as connection:
            yield connection

    @contextlib.asynccontextmanager
    async def watch(self) -> AsyncIterator[AsyncConnection]:
        """`read` on a connection that slow reads cannot take, for the few looks that are repeated every second or two:
        what they look for must be seen in time. Raises StorageDown.
        """
        async with self._connected(self._opened().watcher) as connection:
            yield connection

    def hung(self, message: str) -> StorageDown:
        """The error of a `watch` that does not end. A server may be slow, and take changes from others meanwhile."""
        return StorageDown(message, unreachable=self._opened().is_file)

    async def probe(self) -> None:
        """Read something small from the disk. Raises StorageDown, also when that takes longer than two seconds."""
        await self._probe()

    async def _read_something(self) -> None:
        async with self.read() as connection:
            await connection.run_sync(_schema_version)

    async def write(self, work: Write[T]) -> T:
        """Run `work` in the writer's next transaction; returns its result once that is on disk.

        An exception in `work` undoes only its own changes. A caller that is cancelled does not undo the write. `work`
        may run twice, the first time undone, when another write of its transaction fails: it changes nothing but the
        database. Raises StorageDown.
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
            await self._engines.watcher.dispose()
            await self._engines.writer.dispose()

    @contextlib.asynccontextmanager
    async def _connected(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        began = time.perf_counter()
        with self._noting("read"), translated():
            async with engine.connect() as connection:
                self._waited("read", time.perf_counter() - began)
                yield connection

    def _opened(self) -> Engines:
        if self._engines is None:
            raise SetupError("the database is not open")
        return self._engines

    async def _write_forever(self) -> None:
        stopping = False
        while not (stopping and self._queue.empty()):  # what was asked for during the last write is written too
            jobs = [await self._queue.get()]
            while len(jobs) < GROUP_SIZE and not self._queue.empty():
                jobs.append(self._queue.get_nowait())
            stopping = stopping or None in jobs
            if wanted := [job for job in jobs if job is not None]:
                await self._commit_group(wanted)

    async def _commit_group(self, jobs: list[_Job]) -> None:
        try:
            with self._noting("write"), translated():
                async with self._opened().writer.begin() as connection:
                    began = time.perf_counter()
                    for job in jobs:
                        self._waited("write", began - job.at)
                    results = await _run_together(connection, jobs) or await _run_singly(connection, jobs)
        except BaseException as error:  # noqa: BLE001 - the group did not reach the disk: every caller must know
            for job in jobs:
                _fail(job, error)
            return
        for job, value in results:
            if not job.done.done():
                job.done.set_result(value)

    @contextlib.contextmanager
    def _noting(self, use: Use) -> Iterator[None]:
        """Note whether the database was there for this use."""
        try:
            yield
        except StorageDown:
            self._away.add(use)
            raise
        self._away.discard(use)


_Results = list[tuple[_Job, Any]]


async def _run_together(connection: AsyncConnection, jobs: list[_Job]) -> _Results:
    """All writes in one savepoint: one for each costs each two more round trips. None of them is done where one fails:
    singly it comes out which. Raises when the connection is lost.
    """

    async def work(connection: AsyncConnection) -> _Results:
        return [(job, await job.work(connection)) for job in jobs]

    group = _Job(work, asyncio.get_running_loop().create_future())
    done = await _run_singly(connection, [group]) if len(jobs) > 1 else []
    return done[0][1] if done else []


async def _run_singly(connection: AsyncConnection, jobs: list[_Job]) -> _Results:
    """Each write in a savepoint; one that fails is undone alone. Raises when the connection is lost."""
    results: _Results = []
    for job in jobs:
        try:
            async with connection.begin_nested():
                results.append((job, await job.work(connection)))
        except BaseException as error:
            if connection.invalidated:
                raise
            _fail(job, translation_of(error) or error)
    return results


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
