"""Equal requests at the same time: one runs, the others wait for its answer. Within one process."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from answerable.gateway.cache.entry import Entry

Landing = Entry | Literal["failed", "unfit"]
"""How a flight ends: with an answer to share, without any, or with one that may not be shared."""


@dataclass(slots=True, eq=False)
class Flight:
    """A request under way. `failures` counts the leaders in a row that failed before this one."""

    key: bytes
    began_s: float
    failures: int = 0
    landed: "asyncio.Future[Landing]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Flights:
    """At most `leaders` of equal requests are tried one after the other; then, or after `wait_s` seconds of waiting,
    those who wait go by themselves. A leader whose answer may not be shared sends all of them off at once: the next
    answer would hardly be better, and they would queue for nothing."""

    def __init__(self, wait_s: float, leaders: int, clock: Callable[[], float]) -> None:
        self._wait_s = wait_s
        self._leaders = leaders
        self._clock = clock
        self._under_way: dict[bytes, Flight] = {}

    def __len__(self) -> int:
        return len(self._under_way)

    async def join(self, key: bytes) -> Flight | Entry | None:
        """Lead (a flight, to be landed), or the answer of who led, or None: go by yourself."""
        until = self._clock() + self._wait_s
        flight = self._under_way.get(key)
        while flight is not None:
            if self._clock() - flight.began_s >= self._wait_s:
                break
            landing = await self._wait(flight, until - self._clock())
            if landing != "failed":
                return landing if isinstance(landing, Entry) else None
            if flight.failures + 1 >= self._leaders:
                return None
            following = self._under_way.get(key)
            if following is None:
                return self._lead(key, flight.failures + 1)
            flight = following
        return self._lead(key, 0)

    def land(self, flight: Flight, landing: Landing) -> None:
        """End a flight; the first landing counts."""
        if self._under_way.get(flight.key) is flight:
            del self._under_way[flight.key]
        if not flight.landed.done():
            flight.landed.set_result(landing)

    def _lead(self, key: bytes, failures: int) -> Flight:
        flight = self._under_way[key] = Flight(key, self._clock(), failures)
        return flight

    @staticmethod
    async def _wait(flight: Flight, most_s: float) -> Landing | None:
        """How it landed; None when the time is over."""
        done, _ = await asyncio.wait([flight.landed], timeout=max(0.0, most_s))
        return flight.landed.result() if done else None
