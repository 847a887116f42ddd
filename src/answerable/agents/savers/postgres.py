"""Checkpoints in the Postgres that the program uses."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any, Final

import psycopg
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from answerable.agents.savers.whole import Whole, plain
from answerable.storage.outages import translated

_POOL: Final = 4
_THREADS: Final = "SELECT DISTINCT thread_id FROM checkpoints"


class PostgresSaver(Whole, AsyncPostgresSaver):
    """Whole as Postgres has it: a connection that is left in the middle is thrown away with its transaction."""

    kinds = (psycopg.Error,)

    async def keep_newest(self, run: str) -> None:
        """Keep only the newest checkpoint. Raises StorageDown, also where another process works on the run already."""
        await self.whole(lambda: self.aprune([run], strategy="keep_latest"))

    async def threads(self) -> set[str]:
        """The runs of which something is kept. Raises StorageDown."""
        pool: Any = self.conn
        with translated(*self.kinds):
            async with pool.connection() as one:
                return {row["thread_id"] for row in await (await one.execute(_THREADS)).fetchall()}


@contextlib.asynccontextmanager
async def opened(url: str) -> AsyncIterator[PostgresSaver]:
    """The store of a database. Raises StorageDown."""
    settings: dict[str, Any] = {"autocommit": True, "prepare_threshold": None, "row_factory": dict_row}
    pool: Any = AsyncConnectionPool(
        url, max_size=_POOL, open=False, check=AsyncConnectionPool.check_connection, kwargs=settings
    )
    async with contextlib.AsyncExitStack() as stack:
        with translated(*PostgresSaver.kinds):
            await stack.enter_async_context(pool)
            saver = PostgresSaver(pool, serde=plain())
            await saver.setup()
        yield saver
