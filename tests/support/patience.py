"""Time for tests on a busy machine: a clock of the event loop that stands still while the machine does, and waits that
end when what they wait for is so.

A limit of a test says how long the program may take when it runs. A machine that is busy elsewhere stops a process for
seconds at a time: all limits would strike at once, before anything that came in meanwhile was looked at.
"""

import asyncio
import selectors
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_MOST_S = 0.1
"""What counts of the time between two looks at the clock: more of it is a stall, or work that nobody waits for."""
_SLICE_S = 0.02
"""A wait looks at the clock so often: a stall within it must be seen."""
LONG_S = 60.0
"""No test waits so long for what comes: it is how long one that hangs takes to say so."""


class PatientLoop(asyncio.SelectorEventLoop):
    """An event loop in whose time a stall takes a tenth of a second at most."""

    def __init__(self) -> None:
        self._watch = _Watch()
        super().__init__(_Selector(self._watch))

    def time(self) -> float:
        return self._watch.look()


class _Watch:
    """Seconds, as `time.monotonic` has them when it begins."""

    def __init__(self) -> None:
        self._now = self._seen = time.monotonic()

    def look(self) -> float:
        seen = time.monotonic()
        self._now += min(seen - self._seen, _MOST_S)
        self._seen = seen
        return self._now


class _Selector(selectors.DefaultSelector):
    """Waits in slices."""

    def __init__(self, watch: _Watch) -> None:
        super().__init__()
        self._watch = watch

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        until = self._watch.look() + timeout
        while True:
            found = super().select(min(timeout, _SLICE_S))
            timeout = until - self._watch.look()
            if found or timeout <= 0:
                return found


def run(work: Coroutine[Any, Any, T]) -> T:
    """As `asyncio.run`, in patient time."""
    with asyncio.Runner(loop_factory=PatientLoop) as runner:
        return runner.run(work)


async def until(condition: Callable[[], bool], within_s: float = LONG_S) -> None:
    """Returns once it is so. Raises TimeoutError."""
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 - no event says so
            await asyncio.sleep(0.005)


async def is_set_within(event: threading.Event, seconds: float) -> bool:
    """Whether an event of another thread is set before so much of this loop's time went by."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + seconds
    while not event.is_set() and loop.time() < ends:  # noqa: ASYNC110 - it belongs to another thread
        await asyncio.sleep(0.005)
    return event.is_set()
