"""Where a run's graph keeps its place: a file of its own in the data folder, or the Postgres that the program uses.

Only plain values are read back: what is no plain value in a checkpoint is not made into an object again.
"""

import asyncio
import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from answerable.core.errors import SetupError

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver

FILE: Final = "research.sqlite"
_POOL = 4
_BUSY_S = 30.0
"""How long another worker's write is waited for, as with the program's own database."""
_PRUNE_WRITES: Final = (
    "DELETE FROM writes WHERE thread_id = ?"
    " AND checkpoint_id < (SELECT MAX(checkpoint_id) FROM checkpoints WHERE thread_id = ?)"
)
_PRUNE: Final = (
    "DELETE FROM checkpoints WHERE thread_id = ?"
    " AND checkpoint_id < (SELECT MAX(checkpoint_id) FROM checkpoints WHERE thread_id = ?)"
)


class Checkpoints:
    """Opened on first use: LangGraph takes a second to import, and most processes do no research."""

    def __init__(self, sql_url: str, folder: Path) -> None:
        self._url = sql_url
        self._folder = folder
        self._stack = contextlib.AsyncExitStack()
        self._saver: BaseCheckpointSaver[Any] | None = None
        self._opening = asyncio.Lock()

    async def saver(self) -> "BaseCheckpointSaver[Any]":
        """The store, opened once: of two connections, one may wait for what a stopped run began to write on the other.
        Raises SetupError when it cannot be opened, or a package is not there.
        """
        async with self._opening:
            if self._saver is None:
                self._saver = await (self._postgres() if self._url.startswith("postgres") else self._sqlite())
            return self._saver

    async def forget(self, run: str) -> None:
        """Drop all of a run that is over."""
        await (await self.saver()).adelete_thread(run)

    async def prune(self, run: str) -> None:
        """Keep only the newest checkpoint of a run that waits."""
        saver = await self.saver()
        if self._url.startswith("postgres"):
            await saver.aprune([run], strategy="keep_latest")
            return
        connection: Any = saver.conn  # type: ignore[attr-defined] # the library's own pruning is not there for SQLite
        await connection.execute(_PRUNE_WRITES, (run, run))
        await connection.execute(_PRUNE, (run, run))
        await connection.commit()

    async def size_bytes(self, run: str) -> int:
        """How much the newest checkpoint of a run takes, its channels together."""
        saver = await self.saver()
        found = await saver.aget_tuple({"configurable": {"thread_id": run, "checkpoint_ns": ""}})
        if found is None:
            return 0
        writes = [value for _, _, value in found.pending_writes or ()]
        return len(saver.serde.dumps_typed(dict(found.checkpoint))[1]) + len(saver.serde.dumps_typed(writes)[1])

    async def kept(self) -> set[str]:
        """The runs of which something is kept; empty while this process has not opened the store."""
        if self._saver is None:
            return set()
        connection: Any = self._saver.conn  # type: ignore[attr-defined] # a connection, or Postgres's pool of them
        asked = "SELECT DISTINCT thread_id FROM checkpoints"
        if self._url.startswith("postgres"):
            async with connection.connection() as one:
                return {row["thread_id"] for row in await (await one.execute(asked)).fetchall()}
        return {thread for (thread,) in await connection.execute_fetchall(asked)}

    async def close(self) -> None:
        """Release connections."""
        await self._stack.aclose()
        self._saver = None

    async def _sqlite(self) -> "BaseCheckpointSaver[Any]":
        import aiosqlite
        from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

        connection = await self._stack.enter_async_context(aiosqlite.connect(self._folder / FILE, timeout=_BUSY_S))
        saver = AsyncSqliteSaver(connection, serde=_plain())
        await saver.setup()
        return saver

    async def _postgres(self) -> "BaseCheckpointSaver[Any]":
        try:
            from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
            from psycopg.rows import dict_row
            from psycopg_pool import AsyncConnectionPool
        except ImportError as error:
            raise SetupError("research on Postgres needs more packages: pip install 'answerable[postgres]'") from error
        settings: Mapping[str, Any] = {"autocommit": True, "prepare_threshold": None, "row_factory": dict_row}
        pool: Any = AsyncConnectionPool(
            self._url, max_size=_POOL, open=False, check=AsyncConnectionPool.check_connection, kwargs=dict(settings)
        )
        await self._stack.enter_async_context(pool)
        saver = AsyncPostgresSaver(pool, serde=_plain())
        await saver.setup()
        return saver


def _plain() -> Any:
    from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

    return JsonPlusSerializer(allowed_msgpack_modules=None)
