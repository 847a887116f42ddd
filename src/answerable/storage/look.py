"""A look at the database that is repeated: one at a time, and nobody waits longer for it than they can afford."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from answerable.core.errors import StorageDown

T = TypeVar("T")

_PIECES = 8
"""A wait is cut into so many: of one that ends too late, as the machine stood still, only its own length counts."""


class Look(Generic[T]):
    """`await look()` gives what `read` found in a run that began after the call: what the caller wrote before is seen.
    A driver cannot always be stopped in the middle of a call that hangs: such a run goes on by itself, and no second
    one starts beside it. `hung` makes the error of such a run: whether a hang is an outage depends on the database.
    """

    def __init__(
        self,
        read: Callable[[], Awaitable[T]],
        patience_s: float,
        hung: Callable[[str], StorageDown] = StorageDown,
    ) -> None:
        self._read = read
        self._patience_s = patience_s
        self._hung = hung
        self._run: asyncio.Future[T] | None = None

    @property
    def is_running(self) -> bool:
        """Whether a run is under way."""
        return self._run is not None and not self._run.done()

    async def __call__(self) -> T:
        """Raises what `read` raised, and StorageDown when a run takes longer than `patience_s`."""
        if self._run is not None and not self._run.done():
            await self._wait_for(self._run)
        if self._run is None or self._run.done():  # else one of those who waited too has begun the next
            self._run = asyncio.ensure_future(self._read())
            self._run.add_done_callback(_looked_at)
        run = self._run
        await self._wait_for(run)
        return run.result()

    async def _wait_for(self, run: "asyncio.Future[T]") -> None:
        """Time in which this process stood still does not count: what came meanwhile could not be seen."""
        loop, piece_s, left_s = asyncio.get_running_loop(), self._patience_s / _PIECES, self._patience_s
        while left_s > 0 and not run.done():
            began = loop.time()
            await asyncio.wait((run,), timeout=piece_s)
            left_s -= min(loop.time() - began, piece_s)
        if not run.done():
            raise self._hung(f"the database did not answer within {self._patience_s:g} s")


def _looked_at(run: "asyncio.Future[T]") -> None:
    """A run for which nobody waits any more may still fail: no news to anybody."""
    if not run.cancelled():
        run.exception()
