"""The shared store of one process, where others get their turn before each answer as they do over a network; with a
switch for an outage, and a count of what was asked of it.
"""

import asyncio
from collections import Counter

from answerable.storage.shared_store import MemoryStore


class Shared(MemoryStore):
    def __init__(self) -> None:
        super().__init__()
        self.out = False
        self.calls: Counter[str] = Counter()

    async def get(self, key: str) -> bytes | None:
        self.calls["get"] += 1
        await asyncio.sleep(0)
        return None if self.out else await super().get(key)

    async def swap(self, key: str, expected: bytes | None, value: bytes, ttl_s: float) -> bool:
        self.calls["swap"] += 1
        await asyncio.sleep(0)
        return False if self.out else await super().swap(key, expected, value, ttl_s)
