"""A shared store in process, small enough to see through; `out` is an outage, `calls` counts what was asked of it."""

from collections import Counter


class Shared:
    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}
        self.out = False
        self.calls: Counter[str] = Counter()

    async def get(self, key: str) -> bytes | None:
        self.calls["get"] += 1
        return None if self.out else self.values.get(key)

    async def put(self, key: str, value: bytes, ttl_s: float) -> None:
        self.calls["put"] += 1
        if not self.out:
            self.values[key] = value

    async def swap(self, key: str, expected: bytes | None, value: bytes, ttl_s: float) -> bool:
        self.calls["swap"] += 1
        if self.out or self.values.get(key) != expected:
            return False
        self.values[key] = value
        return True

    async def drop(self, key: str) -> None:
        self.values.pop(key, None)
