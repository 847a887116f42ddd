"""Checkpoints in a file: one connection for all runs of a process, and one write on it at a time."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import aiosqlite
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from answerable.agents.savers.whole import Whole, plain
from answerable.storage.outages import translated

T = TypeVar("T")

_BUSY_S: Final = 30.0
"""How long another worker's write is waited for, as with the program's own database."""
_PRUNE_WRITES: Final = (
    "DELETE FROM writes WHERE thread_id = ?"
    " AND checkpoint_id < (SELECT MAX(checkpoint_id) FROM checkpoints WHERE thread_id = ?)"
)
_PRUNE: Final = (
    "DELETE FROM checkpoints WHERE thread_id = ?"
    " AND checkpoint_id < (SELECT MAX(checkpoint_id) FROM checkpoints WHERE thread_id = ?)"
)
_THREADS: Final = "SELECT DISTINCT thread_id FROM checkpoints"


class SqliteSaver(Whole, AsyncSqliteSaver):
    """A write that fails is undone before the next one begins: else the connection would keep what it saw then, and
    refuse every later write as soon as another process has written.
    """

    kinds = (sqlite3.Error,)

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._one = asyncio.Lock()

    async def keep_newest(self, run: str) -> None:
        """Keep only the newest checkpoint: the library's own pruning is not there for SQLite."""

        async def work() -> None:
            await self.conn.execute(_PRUNE_WRITES, (run, run))
            await self.conn.execute(_PRUNE, (run, run))
            await self.conn.commit()

        await self.whole(work)

    async def threads(self) -> set[str]:
        """The runs of which something is kept. Raises StorageDown."""
        with translated(*self.kinds):
            return {thread for (thread,) in await self.conn.execute_fetchall(_THREADS)}

    async def _done(self, write: Callable[[], Awaitable[T]]) -> T:
        async with self._one:
            try:
                return await self._translated(write)
            except BaseException:
                await self.conn.rollback()
                raise


@contextlib.asynccontextmanager
async def opened(path: Path) -> AsyncIterator[SqliteSaver]:
    """The store in a file. Raises StorageDown."""
    async with contextlib.AsyncExitStack() as stack:
        with translated(*SqliteSaver.kinds):
            connection = await stack.enter_async_context(aiosqlite.connect(path, timeout=_BUSY_S))
            saver = SqliteSaver(connection, serde=plain())
            await saver.setup()
        yield saver
