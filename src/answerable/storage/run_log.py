"""The run logs of one process: frames packed into one buffer a run, within bounds, for readers who wait for more."""

import asyncio
import time
from array import array
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from answerable.core.ports import Frames

MOST_AT_ONCE = 1_000
"""Frames that one read gives."""

_WHOLE, _SHELLED = b"\0", b"\1"
_OVERHEAD_BYTES = 4
"""What a frame costs beside its own bytes."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """`kept_s`: how long a log is kept after its end. A log that outgrows `run_bytes` loses its first half; beyond
    `all_bytes` finished ones go, oldest first. A hundred small frames take about 2,000 bytes.
    """

    kept_s: float = 600.0
    run_bytes: int = 4_000_000
    all_bytes: int = 128_000_000

    def __post_init__(self) -> None:
        if self.kept_s < 1 or self.run_bytes < 1_000 or self.all_bytes < self.run_bytes:
            raise ValueError("bounds: kept_s is at least 1, run_bytes at least 1,000, and all_bytes as many or more")


class Packed:
    """Frames in one buffer. A piece is a frame as it is kept: whole, or without the shell that it shares with most."""

    __slots__ = ("_buffer", "_ends", "dropped", "over", "shell")

    def __init__(self, shell: tuple[bytes, bytes]) -> None:
        self.shell = shell
        self.over = False
        self.dropped = 0
        self._buffer = bytearray()
        self._ends = array("I")

    def __len__(self) -> int:
        """The number of the newest frame."""
        return self.dropped + len(self._ends)

    @property
    def size_bytes(self) -> int:
        """What it takes."""
        return len(self._buffer) + _OVERHEAD_BYTES * len(self._ends)

    def pack(self, frame: bytes) -> bytes:
        """A frame as a piece."""
        head, tail = self.shell
        if len(frame) >= len(head) + len(tail) and frame.startswith(head) and frame.endswith(tail):
            return _SHELLED + frame[len(head) : len(frame) - len(tail)]
        return _WHOLE + frame

    def add(self, piece: bytes) -> None:
        """Append a piece."""
        self._buffer += piece
        self._ends.append(len(self._buffer))

    def pieces(self, after: int, most: int = MOST_AT_ONCE) -> list[bytes]:
        """The pieces after a number, which must not be below `dropped`."""
        ends, first = self._ends, after - self.dropped
        start = ends[first - 1] if first else 0
        found = []
        for end in ends[first : first + most]:
            found.append(bytes(self._buffer[start:end]))
            start = end
        return found

    def frames(self, after: int) -> list[bytes]:
        """The frames after a number."""
        head, tail = self.shell
        return [head + piece[1:] + tail if piece.startswith(_SHELLED) else piece[1:] for piece in self.pieces(after)]

    def drop_half(self) -> None:
        """Forget the older half."""
        count = (len(self._ends) + 1) // 2
        if not count:
            return
        cut = self._ends[count - 1]
        del self._buffer[:cut]
        self._ends = array("I", (end - cut for end in self._ends[count:]))
        self.dropped += count


class _Log:
    __slots__ = ("news", "over_at", "packed", "waiting")

    def __init__(self, packed: Packed) -> None:
        self.packed = packed
        self.news = asyncio.Event()
        self.waiting = 0
        self.over_at = 0.0


class MemoryRunLog:
    """A RunLog for an installation of one process."""

    def __init__(self, bounds: Bounds | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._bounds = bounds or Bounds()
        self._clock = clock
        self._running: dict[str, _Log] = {}
        self._over: OrderedDict[str, _Log] = OrderedDict()
        self.size_bytes = 0

    def begin(self, run: str, shell: tuple[bytes, bytes]) -> None:
        """A new log."""
        self._forget_old()
        self._running[run] = _Log(Packed(shell))

    def append(self, run: str, frame: bytes) -> int:
        """Write the next frame; returns its number."""
        packed = self._running[run].packed
        self.extend(run, (packed.pack(frame),))
        return len(packed)

    def extend(self, run: str, pieces: Sequence[bytes]) -> None:
        """Write frames that are packed already."""
        log = self._running[run]
        before = log.packed.size_bytes
        for piece in pieces:
            log.packed.add(piece)
        self._grown(log, before)
        log.news.set()
        log.news.clear()

    def end(self, run: str) -> None:
        """No frame will follow."""
        log = self._running.pop(run, None)
        if log is not None:
            log.packed.over, log.over_at = True, self._clock()
            self._over[run] = log
            log.news.set()
            self._forget_old()

    async def read(self, run: str, after: int) -> Frames | None:
        """The frames after a number; waits for them. None where they are not kept."""
        while True:
            log = self._running.get(run) or self._over.get(run)
            if log is None or after < log.packed.dropped:
                return None
            packed = log.packed
            if after < len(packed) or packed.over:
                found = packed.frames(min(after, len(packed)))
                return Frames(found, packed.over and after + len(found) >= len(packed))
            log.waiting += 1
            try:
                await log.news.wait()
            finally:
                log.waiting -= 1

    async def close(self) -> None:
        """Nothing is held that others need."""

    def find(self, run: str) -> Packed | None:
        """The frames of a run as they are kept."""
        log = self._running.get(run) or self._over.get(run)
        return None if log is None else log.packed

    def awaited(self) -> list[str]:
        """The runs that go on and somebody waits for."""
        return [run for run, log in self._running.items() if log.waiting]

    def leave(self, run: str) -> None:
        """Forget a run that goes on elsewhere."""
        log = self._running.pop(run, None)
        if log is not None:
            self.size_bytes -= log.packed.size_bytes
            log.news.set()

    def _grown(self, log: _Log, before: int) -> None:
        self.size_bytes += log.packed.size_bytes - before
        while self.size_bytes > self._bounds.all_bytes and self._over:
            self._forget(next(iter(self._over)))
        if log.packed.size_bytes > self._bounds.run_bytes or self.size_bytes > self._bounds.all_bytes:
            before = log.packed.size_bytes
            log.packed.drop_half()
            self.size_bytes += log.packed.size_bytes - before

    def _forget_old(self) -> None:
        until = self._clock() - self._bounds.kept_s
        while self._over and next(iter(self._over.values())).over_at <= until:
            self._forget(next(iter(self._over)))

    def _forget(self, run: str) -> None:
        self.size_bytes -= self._over.pop(run).packed.size_bytes
