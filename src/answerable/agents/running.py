"""The research runs that this process works on: found, stopped, and shown alive, so that others take over the dead."""

import asyncio
import contextlib
import secrets
from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any, Final

from answerable.agents import allowance
from answerable.agents.checkpoints import Checkpoints
from answerable.core.documents import Chunk

if TYPE_CHECKING:
    from answerable.agents.graph import Graph

SILENT_US: Final = 15_000_000
"""After so many microseconds without a sign of life a run is taken over; its worker gives one every two seconds."""
LIFE_S: Final = 2.0
_MOST_AT_ONCE: Final = 4
"""Runs of one process that work at the same time; the others wait for a place."""
_GRACE_S = 5.0


class Running:
    """The runs of one process. `cut` makes chunks of a text with its title, `allowances` are what people may have."""

    def __init__(
        self,
        checkpoints: Checkpoints,
        cut: Callable[[str, str], Sequence[Chunk]],
        allowances: allowance.Config | None = None,
    ) -> None:
        self.checkpoints = checkpoints
        self.cut = cut
        self.allowances = allowances or allowance.Config()
        self.worker = f"w_{secrets.token_hex(8)}"
        self.claimed: set[str] = set()
        """Those that this process has begun to work on."""
        self.places = asyncio.Semaphore(_MOST_AT_ONCE)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._tending: asyncio.Task[None] | None = None
        self._graph: Graph | None = None

    async def graph(self) -> "Graph":
        """The compiled graph; the first time it is imported, which takes a second."""
        if self._graph is None:
            build = await asyncio.to_thread(_import_graph)
            self._graph = build(await self.checkpoints.saver())
        return self._graph

    @property
    def live(self) -> set[str]:
        """The runs that this process works on."""
        return set(self._tasks)

    def start(self, run: str, work: Coroutine[Any, Any, None]) -> None:
        """Let a run go its way."""
        if run in self._tasks:
            work.close()
            return
        task = asyncio.create_task(work, name=f"research {run}")
        self._tasks[run] = task
        task.add_done_callback(lambda _: self._tasks.pop(run, None))

    def tend(self, work: Coroutine[Any, Any, None]) -> None:
        """Work beside the runs that goes on until the end of the program."""
        self._tending = asyncio.create_task(work, name="research.tending")

    async def wait(self, run: str) -> None:
        """Until this process has no more to do for a run."""
        if (task := self._tasks.get(run)) is not None:
            await asyncio.wait((task,))

    async def stop(self, run: str) -> bool:
        """Cancel one; whether it was here. What it did is kept."""
        task = self._tasks.get(run)
        if task is None:
            return False
        task.cancel()
        await asyncio.wait((task,), timeout=_GRACE_S)
        return True

    async def close(self) -> None:
        """Leave the runs where they are: another process, or the next start, goes on from there."""
        if self._tending is not None:
            self._tending.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._tending
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=_GRACE_S)
        await self.checkpoints.close()


def _import_graph() -> "Callable[[Any], Graph]":
    from answerable.agents.graph import build

    return build
