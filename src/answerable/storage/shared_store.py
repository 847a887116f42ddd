"""The shared store of one process: small values that expire, kept within a number of bytes."""

import time
from collections import OrderedDict
from collections.abc import Callable

_OVERHEAD_BYTES = 200
"""What an entry costs beside its key and value."""


class MemoryStore:
    """A SharedStore for an installation of one process. Beyond `max_bytes` the least recently used values go."""

    def __init__(self, max_bytes: int = 16_000_000, clock: Callable[[], float] = time.monotonic) -> None:
        self._max_bytes = max_bytes
        self._clock = clock
        self._kept: OrderedDict[str, tuple[bytes, float]] = OrderedDict()
        self.size_bytes = 0

    async def get(self, key: str) -> bytes | None:
        """The value, or None."""
        return self._find(key)

    async def put(self, key: str, value: bytes, ttl_s: float) -> None:
        """Set it for `ttl_s` seconds."""
        self._set(key, value, ttl_s)

    async def swap(self, key: str, expected: bytes | None, value: bytes, ttl_s: float) -> bool:
        """Set it only where it is `expected`; whether it was."""
        if self._find(key) != expected:
            return False
        self._set(key, value, ttl_s)
        return True

    async def drop(self, key: str) -> None:
        """Forget it."""
        self._forget(key)

    def _find(self, key: str) -> bytes | None:
        entry = self._kept.get(key)
        if entry is None:
            return None
        if entry[1] <= self._clock():
            self._forget(key)
            return None
        self._kept.move_to_end(key)
        return entry[0]

    def _set(self, key: str, value: bytes, ttl_s: float) -> None:
        self._forget(key)
        self._kept[key] = (value, self._clock() + ttl_s)
        self.size_bytes += _size(key, value)
        while self.size_bytes > self._max_bytes:
            self._forget(next(iter(self._kept)))

    def _forget(self, key: str) -> None:
        entry = self._kept.pop(key, None)
        if entry is not None:
            self.size_bytes -= _size(key, entry[0])


def _size(key: str, value: bytes) -> int:
    return len(key) + len(value) + _OVERHEAD_BYTES
