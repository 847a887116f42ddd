"""Where a run's graph keeps its place: a file of its own in the data folder, or the Postgres that the program uses.

Only plain values are read back: what is no plain value in a checkpoint is not made into an object again.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from answerable.core.errors import SetupError

if TYPE_CHECKING:
    from answerable.agents.savers.whole import Whole

FILE: Final = "research.sqlite"
Holds = Callable[[str], Awaitable[bool]]
"""Whether this process works on a run."""


class Checkpoints:
    """Opened on first use: LangGraph takes a second to import, and most processes do no research."""

    def __init__(self, sql_url: str, folder: Path) -> None:
        self._url = sql_url
        self._folder = folder
        self._stack = contextlib.AsyncExitStack()
        self._saver: Whole | None = None
        self._opening = asyncio.Lock()
        self.holds: Holds | None = None
        """Asked before a checkpoint is kept."""

    async def saver(self) -> "Whole":
        """The store, opened once: of two connections, one may wait for what a stopped run began to write on the other.
        Raises StorageDown when it cannot be opened, SetupError when a package is not there.
        """
        async with self._opening:
            if self._saver is None:
                self._saver = await self._stack.enter_async_context(await asyncio.to_thread(self._store))
                self._saver.holds = self.holds
            return self._saver

    async def forget(self, run: str) -> None:
        """Drop all of a run that is over."""
        await (await self.saver()).adelete_thread(run)

    async def prune(self, run: str) -> None:
        """Keep only the newest checkpoint of a run that waits."""
        await (await self.saver()).keep_newest(run)

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
        return set() if self._saver is None else await self._saver.threads()

    async def close(self) -> None:
        """Finish what is being written, and release connections."""
        if self._saver is not None:
            await self._saver.settled()
        await self._stack.aclose()
        self._saver = None

    def _store(self) -> "contextlib.AbstractAsyncContextManager[Whole]":
        if not self._url.startswith("postgres"):
            from answerable.agents.savers import sqlite

            return sqlite.opened(self._folder / FILE)
        try:
            from answerable.agents.savers import postgres
        except ImportError as error:
            raise SetupError("research on Postgres needs more packages: pip install 'answerable[postgres]'") from error
        return postgres.opened(self._url)
