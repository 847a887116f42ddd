"""The line before the models: so many requests run at once in a process, the others wait in order of their tier, each
with an estimated wait; who would wait too long is told so at once.

A waiter's place follows from when it came and a start that higher tiers are given: nobody is passed for ever. One event
loop, no locks, nothing awaited where there is room.
"""

import asyncio
import itertools
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from answerable.core.errors import Overloaded
from answerable.core.identity import Tier

TIERS: Final[tuple[Tier, ...]] = ("enterprise", "pro", "free")
"""In the order in which they are served."""

_FIRST_GUESS_S = 1.0
"""How long a request is taken to run before the first one has ended."""

_NEWEST_SHARE = 0.05
"""What the newest request counts in the mean time of a run: the mean follows a change within some 50 requests, and
one slow request does not move it much."""


@dataclass(frozen=True, slots=True)
class Config:
    """`running` requests of models run at once in a process, `waiting` wait at most, and nobody longer than
    `longest_wait_s`. A tier goes before one that came up to `head_start_s` earlier and is a tier below.
    """

    running: int = 2_000
    waiting: int = 1_000
    longest_wait_s: float = 30.0
    head_start_s: float = 10.0

    def __post_init__(self) -> None:
        if self.running < 1 or self.waiting < 0:
            raise ValueError("queue: running is at least 1, and waiting at least 0")
        if self.longest_wait_s <= 0 or self.head_start_s < 0:
            raise ValueError("queue: longest_wait_s is above 0, and head_start_s at least 0")


@dataclass(frozen=True, slots=True)
class Watcher:
    """Who is told: `waited` of each request that had to wait (tier, seconds), `refused` of each that was sent away."""

    waited: Callable[[Tier, float], None] = lambda _tier, _seconds: None
    refused: Callable[[Tier], None] = lambda _tier: None


class Place:
    """The right to run. `waited_s` is what it took to get it; `leave` gives it back, once."""

    __slots__ = ("_began", "_queue", "waited_s")

    def __init__(self, queue: "Queue", began: float, waited_s: float) -> None:
        self._queue: Queue | None = queue
        self._began = began
        self.waited_s = waited_s

    def leave(self) -> None:
        """The request is over, however it ended. Only the first call counts."""
        queue, self._queue = self._queue, None
        if queue is not None:
            queue.free(self._began)


class _Waiter:
    __slots__ = ("at", "order", "turn")

    def __init__(self, at: float, order: float, turn: "asyncio.Future[None]") -> None:
        self.at = at
        self.order = order
        self.turn = turn


class Queue:
    """The line of one process. `clock` gives seconds of any beginning."""

    def __init__(
        self, config: Config, watcher: Watcher | None = None, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self.config = config
        self.running = 0
        self._watcher = watcher or Watcher()
        self._clock = clock
        self._lines: dict[Tier, OrderedDict[int, _Waiter]] = {tier: OrderedDict() for tier in TIERS}
        self._numbers = itertools.count()
        self._mean_s: float | None = None
        self._ended_at = clock()

    @property
    def waiting(self) -> dict[str, int]:
        """How many wait, by tier."""
        return {tier: len(line) for tier, line in self._lines.items()}

    @property
    def fullness(self) -> float:
        """How full the line is, from 0 to 1, where the next request of the lowest tier is refused."""
        length = self._length()
        by_time = self.estimate_s(length) / self.config.longest_wait_s if length else 0.0
        return min(1.0, max(by_time, length / max(1, self.config.waiting)))

    def estimate_s(self, ahead: int) -> float:
        """How long one waits behind so many others: by the mean time of a run, and longer while none ends at all."""
        mean = self._mean_s or _FIRST_GUESS_S
        stalled = max(0.0, self._clock() - self._ended_at - mean)
        return (ahead + 1) * mean / self.config.running + stalled

    async def enter(self, tier: Tier) -> Place:
        """A place, at once where there is room. Raises Overloaded."""
        if self.running < self.config.running:  # nobody waits: a place that comes free goes to who does
            return self._take()
        number, waiter = self._join(tier)
        try:
            await asyncio.wait((waiter.turn,), timeout=self.config.longest_wait_s)
        except asyncio.CancelledError:
            self._lines[tier].pop(number, None)
            if _was_called(waiter):  # its turn came with the cancellation: the place goes on to the next
                self.running -= 1
                self._call_next()
            raise
        if self._lines[tier].pop(number, None) is not None:
            raise self._refusal(tier, self.estimate_s(self._length()))
        waiter.turn.result()  # raises where it had to make room
        waited = self._clock() - waiter.at
        self._watcher.waited(tier, waited)
        return Place(self, self._clock(), waited)

    def free(self, began: float) -> None:
        """A place is free: who ran in it since `began` has ended."""
        now = self._clock()
        took = now - began
        self._mean_s = took if self._mean_s is None else self._mean_s + _NEWEST_SHARE * (took - self._mean_s)
        self._ended_at = now
        was_full = self.running == self.config.running
        self.running -= 1
        if was_full:
            self._call_next()

    def _take(self) -> Place:
        now = self._clock()
        if not self.running:
            self._ended_at = now  # what was idle has not stalled
        self.running += 1
        return Place(self, now, 0.0)

    def _join(self, tier: Tier) -> tuple[int, _Waiter]:
        """Stand in line. Raises Overloaded where it is too long, also after others made room."""
        now = self._clock()
        order = now + TIERS.index(tier) * self.config.head_start_s
        wait_s = self.estimate_s(self._ahead(order))
        length = self._length()
        too_long = length >= self.config.waiting or self.estimate_s(length) > self.config.longest_wait_s
        if wait_s > self.config.longest_wait_s or (too_long and not self._push_out_below(tier)):
            raise self._refusal(tier, wait_s)
        number = next(self._numbers)
        waiter = self._lines[tier][number] = _Waiter(now, order, asyncio.get_running_loop().create_future())
        return number, waiter

    def _ahead(self, order: float) -> int:
        """How many are served before who comes now. Lines are in order: what stands behind the first later one is."""
        count = 0
        for line in self._lines.values():
            if line and next(reversed(line.values())).order <= order:
                count += len(line)
            else:
                count += sum(1 for _ in itertools.takewhile(lambda one: one.order <= order, line.values()))
        return count

    def _push_out_below(self, tier: Tier) -> bool:
        """The newest of the lowest tier below makes room; whether there was one."""
        for lower in reversed(TIERS[TIERS.index(tier) + 1 :]):
            line = self._lines[lower]
            if line:
                _, waiter = line.popitem()
                waiter.turn.set_exception(self._refusal(lower, self.estimate_s(self._length())))
                waiter.turn.exception()  # one that is cancelled in this moment must not leave a warning behind
                return True
        return False

    def _call_next(self) -> None:
        while self.running < self.config.running and (line := self._next_line()):
            _, waiter = line.popitem(last=False)
            self.running += 1
            waiter.turn.set_result(None)

    def _next_line(self) -> OrderedDict[int, _Waiter] | None:
        """The line whose first waiter is next; a tie goes to the higher tier."""
        lines = [line for line in self._lines.values() if line]
        return min(lines, key=lambda line: next(iter(line.values())).order, default=None)

    def _length(self) -> int:
        return sum(map(len, self._lines.values()))

    def _refusal(self, tier: Tier, wait_s: float) -> Overloaded:
        self._watcher.refused(tier)
        seconds, length = max(1, math.ceil(wait_s)), self._length()
        others = f"{length:,} request{'s' if length != 1 else ''} wait{'s' if length == 1 else ''}"
        message = f"there is too much to do now: {others}, about {seconds} s; come again after that"
        return Overloaded(message, retry_after_s=float(seconds))


def _was_called(waiter: _Waiter) -> bool:
    return waiter.turn.done() and waiter.turn.exception() is None
