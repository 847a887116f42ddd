"""Run logs that all workers see: each process keeps its own runs, and one task of it tells Redis what is new.

A run is a list in Redis: its shell, its frames, and a mark for the end. Frames are appended at the length that the
writer expects, so that sending them twice changes nothing, and what an outage lost is sent again. Who follows a run of
another worker reads a mirror, which one task a process keeps current for all.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from typing import Any

from answerable.core.ports import Frames
from answerable.storage.redis_counters import PREFIX, Script
from answerable.storage.redis_link import Argument, RedisDown, RedisLink
from answerable.storage.run_log import MOST_AT_ONCE, Bounds, MemoryRunLog

_SHELL, _END = b"\2", b"\3"
_PUSH_S, _POLL_S = 0.03, 0.05
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 2.0
_CLOSE_S = 1.0
_RUNS, _PIECES = 200, 500
"""Runs in one call of a script, and pieces of one run in it: a round trip must not take long."""

_MIRROR_S = 30.0
"""For so long a mirror that nobody waits for is kept."""

# For each list: the length that the writer expects, how many pieces follow, the pieces. What is there already is
# skipped; where something is missing nothing is appended, and the reply says from where on.
_APPEND = """
local at, reply = 2, {}
for i, key in ipairs(KEYS) do
  local expected, count, there = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), redis.call('LLEN', key)
  if there >= expected then
    for n = at + 2 + there - expected, at + 1 + count do redis.call('RPUSH', key, ARGV[n]) end
    redis.call('PEXPIRE', key, ARGV[1])
    there = math.max(there, expected + count)
  end
  reply[i] = there
  at = at + 2 + count
end
return reply
"""

_READ = """
local reply = {}
for i, key in ipairs(KEYS) do reply[i] = redis.call('LRANGE', key, ARGV[i + 1], ARGV[i + 1] + ARGV[1] - 1) end
return reply
"""


class RedisRunLog:
    """A RunLog over workers. While Redis is away, readers of this process go on; readers elsewhere wait for it.
    So they do where Redis refuses; `on_refusal` is told why when that begins.
    """

    def __init__(
        self,
        link: RedisLink,
        bounds: Bounds | None = None,
        clock: Callable[[], float] = time.monotonic,
        prefix: str = PREFIX,
        on_refusal: Callable[[str], None] | None = None,
    ) -> None:
        bounds = bounds or Bounds()
        self._link = link
        self._clock = clock
        self._prefix = f"{prefix}run:"
        self._ttl_ms = round(bounds.kept_s * 1_000)
        self._append, self._read = Script(link, _APPEND), Script(link, _READ)
        self._on_refusal = on_refusal
        self._refused: set[Script] = set()
        self._here = MemoryRunLog(bounds, clock)
        self._there = MemoryRunLog(bounds, clock)
        self._told: dict[str, int] = {}
        self._asked_at: dict[str, float] = {}
        self._news, self._asked = asyncio.Event(), asyncio.Event()
        self._tasks: tuple[asyncio.Task[None], ...] = ()

    def begin(self, run: str, shell: tuple[bytes, bytes]) -> None:
        """A new log."""
        if not self._tasks:
            self._start()
        self._here.begin(run, shell)
        self._told[run] = 0

    def append(self, run: str, frame: bytes) -> int:
        """Write the next frame; returns its number."""
        number = self._here.append(run, frame)
        self._news.set()
        return number

    def end(self, run: str) -> None:
        """No frame will follow."""
        self._here.end(run)
        self._news.set()

    async def read(self, run: str, after: int) -> Frames | None:
        """The frames after a number, from this process or from Redis; waits for them. None where they are not kept."""
        if self._here.find(run) is not None:
            return await self._here.read(run, after)
        if not self._tasks:
            self._start()
        self._asked_at[run] = self._clock()
        while self._there.find(run) is None:
            try:
                await self._fetch([run])
                break
            except RedisDown:  # whether it is kept cannot be told now
                await asyncio.sleep(_FIRST_PAUSE_S)
        self._asked.set()
        return await self._there.read(run, after)

    async def close(self) -> None:
        """Tell Redis the rest, for a second at most."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with contextlib.suppress(TimeoutError, RedisDown):
            async with asyncio.timeout(_CLOSE_S):
                while self._behind():
                    await self._tell()

    async def _ask(self, script: Script, runs: Sequence[str], arguments: Sequence[Argument]) -> Any:
        """The reply of a script. Raises RedisDown, also where Redis is there and refuses: it is full, or a replica."""
        import redis

        try:
            reply = await script.run([self._prefix + run for run in runs], arguments)
        except redis.ResponseError as error:
            if script not in self._refused:
                self._refused.add(script)
                if self._on_refusal is not None:
                    self._on_refusal(str(error))
            raise RedisDown from error
        self._refused.discard(script)
        return reply

    # --- what this process writes ---------------------------------------------------------------------------------

    def _start(self) -> None:
        loops = {"run log writer": self._tell_forever, "run log reader": self._fetch_forever}
        self._tasks = tuple(asyncio.create_task(loop(), name=name) for name, loop in loops.items())

    async def _tell_forever(self) -> None:
        pause = 0.0
        while True:
            await self._news.wait()
            await asyncio.sleep(pause or _PUSH_S)
            self._news.clear()
            try:
                await self._tell()
                pause = 0.0
            except RedisDown:
                pause = min(max(_FIRST_PAUSE_S, 2 * pause), _LONGEST_PAUSE_S)
                self._news.set()

    async def _tell(self) -> None:
        """Send what Redis does not have, of all runs. Raises RedisDown."""
        behind = self._behind()
        for first in range(0, len(behind), _RUNS):
            runs = [run for run in behind[first : first + _RUNS] if not self._is_done(run)]  # gone since, or told
            if not runs:
                continue
            arguments: list[Argument] = [self._ttl_ms]
            for run in runs:
                pieces = self._pieces(run)
                arguments += (self._told[run], len(pieces), *pieces)
            reply: list[int] = await self._ask(self._append, runs, arguments)
            self._told |= zip(runs, reply, strict=True)
        if self._behind():
            self._news.set()

    def _behind(self) -> list[str]:
        """The runs of which Redis lacks something that is still here."""
        for run in [run for run in self._told if self._is_done(run)]:
            del self._told[run]
        return [run for run, told in self._told.items() if told < self._length(run)]

    def _length(self, run: str) -> int:
        """How long the list of a run is once Redis has all of it."""
        packed = self._here.find(run)
        return 0 if packed is None else 1 + len(packed) + packed.over

    def _pieces(self, run: str) -> list[bytes]:
        packed, told = self._here.find(run), self._told[run]
        assert packed is not None
        shell = [_SHELL + b"\0".join(packed.shell)] if told == 0 else []
        pieces = packed.pieces(max(0, told - 1), _PIECES)
        last = max(0, told - 1) + len(pieces) == len(packed)
        return [*shell, *pieces, *([_END] if packed.over and last else [])]

    def _is_done(self, run: str) -> bool:
        """Whether there is nothing left to tell of a run: all of it was told, or what is missing is gone here too."""
        packed = self._here.find(run)
        if packed is None:
            return True
        lost = max(0, self._told[run] - 1) < packed.dropped
        return lost or (packed.over and self._told[run] >= self._length(run))

    # --- what other processes write -------------------------------------------------------------------------------

    async def _fetch_forever(self) -> None:
        pause = 0.0
        while True:
            await self._asked.wait()
            await asyncio.sleep(pause or _POLL_S)
            runs = self._there.awaited()
            if not runs:
                self._asked.clear()
            self._leave_unasked(runs)
            try:
                for first in range(0, len(runs), _RUNS):
                    await self._fetch(runs[first : first + _RUNS])
                pause = 0.0
            except RedisDown:
                pause = min(max(_FIRST_PAUSE_S, 2 * pause), _LONGEST_PAUSE_S)

    async def _fetch(self, runs: Sequence[str]) -> None:
        """Bring mirrors up to date, and make those that are not there yet. Raises RedisDown."""
        known = [self._there.find(run) for run in runs]
        places = [0 if packed is None else 1 + len(packed) for packed in known]
        found: list[list[bytes]] = await self._ask(self._read, runs, [MOST_AT_ONCE, *places])
        for run, place, pieces in zip(runs, places, found, strict=True):
            self._take(run, place, pieces)

    def _take(self, run: str, place: int, pieces: list[bytes]) -> None:
        packed = self._there.find(run)
        if packed is None and pieces and place == 0:
            head, _, tail = pieces.pop(0)[1:].partition(b"\0")
            self._there.begin(run, (head, tail))
            packed, place = self._there.find(run), 1
        if packed is None or packed.over or not pieces or place != 1 + len(packed):
            return  # somebody else fetched meanwhile
        over = pieces[-1] == _END
        self._there.extend(run, pieces[:-1] if over else pieces)
        if over:
            self._there.end(run)

    def _leave_unasked(self, awaited: Sequence[str]) -> None:
        now = self._clock()
        self._asked_at.update(dict.fromkeys(awaited, now))
        for run in [run for run, at in self._asked_at.items() if now - at > _MIRROR_S]:
            del self._asked_at[run]
            self._there.leave(run)
