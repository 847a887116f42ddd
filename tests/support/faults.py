"""Faults where something is kept: a write may be refused, done without an answer, or somebody acts at this very moment.

`Points` stands before the writes of a platform's database and of its checkpoints, and counts them. Where `at` says so
it does what `way` says. Where it never does, `passed` is the list of the points.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from answerable.core.errors import StorageDown
from answerable.flows.platform import Platform

Way = Literal["refused", "unheard", "meanwhile", "afterwards", "dead", "dead after"]
"""StorageDown before the write, or after it was done; `acts` happens before it, or after; from then on nothing that the
platform writes comes through, as if its process had ended: before the write, or after.
"""
BESIDE: Final = ("ledger.writer", "journal", "research.tending", "runs.tending")
"""Tasks beside the work, whose writes come at times of their own."""
_ACTS_S = 1.0
"""So long is waited for who acts: it may be somebody who waits for the work that waits here."""


async def _nothing() -> None:
    """Nobody acts."""


@dataclass
class Points:
    """`at` is told the number of a point, from 1, and its name; `hit` are the names of those where it said so."""

    at: Callable[[int, str], bool] = lambda _number, _name: False
    way: Way = "refused"
    acts: Callable[[], Awaitable[Any]] = _nothing
    passed: list[str] = field(default_factory=list)
    hit: list[str] = field(default_factory=list)
    is_dead: bool = False

    async def through(self, name: str, write: Callable[[], Awaitable[Any]]) -> Any:
        """A write that comes to its point."""
        if self.is_dead:
            await asyncio.Event().wait()
        self.passed.append(name)
        if not self.at(len(self.passed), name):
            return await write()
        self.hit.append(name)
        if self.way == "refused":
            raise StorageDown(f"refused at {name}")
        await self._does("meanwhile", "dead")
        done = await write()
        if self.way == "unheard":
            raise StorageDown(f"the answer was lost at {name}")
        await self._does("afterwards", "dead after")
        return done

    async def _does(self, acting: Way, dying: Way) -> None:
        if self.way == acting:
            await asyncio.wait((asyncio.ensure_future(self.acts()),), timeout=_ACTS_S)
        if self.way == dying:
            self.is_dead = True
            await asyncio.Event().wait()


@contextlib.contextmanager
def at_the_database(p: Platform, points: Points, *, beside: bool = False) -> Iterator[None]:
    """Within the block the writes of the work pass these points; with `beside` those of ledger and journal instead."""
    database, write = p.database, p.database.write

    async def passing(work: Any) -> Any:
        task = asyncio.current_task()
        is_beside = task is not None and task.get_name() in BESIDE
        if is_beside != beside and not points.is_dead:
            return await write(work)
        return await points.through(_name(work), lambda: write(work))

    database.write = passing  # type: ignore[method-assign]
    try:
        yield
    finally:
        database.write = write  # type: ignore[method-assign]


@contextlib.asynccontextmanager
async def at_the_checkpoints(p: Platform, points: Points) -> AsyncIterator[None]:
    """Within the block the writes of checkpoints pass these points."""
    saver: Any = await p.research.checkpoints.saver()
    kept = {name: getattr(saver, name) for name in ("aput", "aput_writes", "adelete_thread", "keep_newest")}

    async def aput(config: Any, checkpoint: Any, metadata: Any, versions: Any) -> Any:
        return await points.through("aput", lambda: kept["aput"](config, checkpoint, metadata, versions))

    async def aput_writes(config: Any, writes: Any, task_id: str, task_path: str = "") -> None:
        await points.through("aput_writes", lambda: kept["aput_writes"](config, writes, task_id, task_path))

    async def adelete_thread(thread_id: str) -> None:
        await points.through("adelete_thread", lambda: kept["adelete_thread"](thread_id))

    async def keep_newest(run: str) -> None:
        await points.through("keep_newest", lambda: kept["keep_newest"](run))

    for passing in (aput, aput_writes, adelete_thread, keep_newest):
        setattr(saver, passing.__name__, passing)
    try:
        yield
    finally:
        for name, method in kept.items():
            setattr(saver, name, method)


def _name(work: Any) -> str:
    """Whose write it is: of `research_work._wait`, `_wait.work`."""
    found = getattr(work, "func", work)  # of a partial
    return str(getattr(found, "__qualname__", found)).replace(".<locals>", "").replace(".<lambda>", "")
