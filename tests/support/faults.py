"""Faults at every point where something is kept: a write may be refused, done without an answer, or left by who waits.

`Points` stands before the writes of a platform's database and of its checkpoints and counts those that `wanted` names.
At point number `at` it does what `way` says, once. With `at` 0 nothing happens, and `passed` is the list of points.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from answerable.core.errors import StorageDown
from answerable.flows.platform import Platform

Way = Literal["refused", "unheard", "meanwhile", "afterwards", "dead", "dead after"]
"""StorageDown before the write, or after it was done; `meanwhile` happens before it, or after; from then on nothing
that this platform writes comes through, as if its process had ended: before the write, or after.
"""
WAYS: tuple[Way, ...] = ("refused", "unheard", "meanwhile", "afterwards", "dead", "dead after")
_MEANWHILE_S = 1.0

_OTHERS = ("ledger.writer", "journal", "research.tending", "runs.tending")
"""Tasks beside the work, whose writes come at times of their own."""


@dataclass
class Points:
    """`meanwhile` is what somebody else does at the point; `wanted` tells the points that count by their names."""

    at: int = 0
    way: Way = "refused"
    meanwhile: Callable[[], Awaitable[Any]] | None = None
    wanted: Callable[[str], bool] = lambda _: True
    passed: list[str] = field(default_factory=list)
    hit: str = ""
    dead: bool = False

    async def through(self, name: str, write: Callable[[], Awaitable[Any]]) -> Any:
        """A write that comes to its point."""
        if self.dead:
            await asyncio.Event().wait()
        if not self.wanted(name):
            return await write()
        self.passed.append(name)
        if len(self.passed) != self.at:
            return await write()
        self.hit = name
        if self.way == "refused":
            raise StorageDown(f"refused at {name}")
        if self.way == "dead":
            self.dead = True
            await asyncio.Event().wait()
        if self.way == "meanwhile":
            await self._happens()
        done = await write()
        if self.way == "unheard":
            raise StorageDown(f"the answer was lost at {name}")
        if self.way == "dead after":
            self.dead = True
            await asyncio.Event().wait()
        if self.way == "afterwards":
            await self._happens()
        return done

    async def _happens(self) -> None:
        """What somebody else does; it may wait for what waits here."""
        assert self.meanwhile is not None
        await asyncio.wait((asyncio.ensure_future(self.meanwhile()),), timeout=_MEANWHILE_S)


def _name(work: Any) -> str:
    return str(getattr(work, "__qualname__", work)).replace(".<locals>", "").replace(".<lambda>", "")


def is_of_the_work(task: "asyncio.Task[Any] | None") -> bool:
    """Whether a write is of what was asked for, and not of what goes on beside it."""
    return task is None or task.get_name() not in _OTHERS


@contextlib.contextmanager
def at_the_database(p: Platform, points: Points, *, beside: bool = False) -> Iterator[None]:
    """Within the block the writes of the work pass these points; with `beside` those of ledger and journal instead."""
    database, write = p.database, p.database.write

    async def passing(work: Any) -> Any:
        if is_of_the_work(asyncio.current_task()) == beside and not points.dead:
            return await write(work)
        return await points.through(_name(work), lambda: write(work))

    database.write = passing  # type: ignore[method-assign]
    try:
        yield
    finally:
        database.write = write  # type: ignore[method-assign]


async def at_the_checkpoints(p: Platform, points: Points) -> Callable[[], None]:
    """From now on checkpoints pass these points, until what is returned is called."""
    saver: Any = await p.research.checkpoints.saver()
    kept = {name: getattr(saver, name) for name in ("aput", "aput_writes", "adelete_thread")}

    def passing(name: str) -> Callable[..., Awaitable[Any]]:
        async def one(*args: Any, **named: Any) -> Any:
            return await points.through(name, lambda: kept[name](*args, **named))

        return one

    async def aput_writes(config: Any, writes: Any, task_id: str, task_path: str = "") -> None:
        await passing("aput_writes")(config, writes, task_id, task_path)

    for name in kept:
        setattr(saver, name, passing(name))
    saver.aput_writes = aput_writes

    def undo() -> None:
        for name, method in kept.items():
            setattr(saver, name, method)

    return undo
