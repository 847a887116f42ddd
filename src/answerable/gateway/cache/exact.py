"""Answers to the very same request: in this process, bounded in bytes, and behind it in the store of all workers.

Only the bytes are kept, read anew for each hit: answers as objects took three times the memory, and the garbage
collector walked through all of them.
"""

from collections import OrderedDict
from dataclasses import replace

from answerable.core.ports import SharedStore
from answerable.gateway.cache.entry import Entry, decode, encode, streamed

_PREFIX = "answer:"
_OVERHEAD_BYTES = 300


class Exact:
    """Entries by fingerprint. `front_bytes` bounds what this process keeps; `entry_bytes` is the largest entry kept."""

    def __init__(self, store: SharedStore, front_bytes: int, entry_bytes: int) -> None:
        self._store = store
        self._front: OrderedDict[str, bytes] = OrderedDict()
        self._front_bytes = front_bytes
        self._entry_bytes = entry_bytes
        self.size_bytes = 0

    async def find(self, fingerprint: bytes, owner: str, now: float) -> Entry | None:
        """The entry that was stored under this fingerprint by this owner and has not expired."""
        name = fingerprint.hex()
        here = self._front.get(name)
        raw = await self._store.get(_PREFIX + name) if here is None else here
        entry = decode(raw) if raw is not None else None
        if raw is None or entry is None or not _is_good(entry, name, owner, now):
            self._forget(name)
            return None
        if here is None:
            self._keep(name, raw)
        else:
            self._front.move_to_end(name)
        return entry

    async def put(self, entry: Entry, now: float) -> Entry | None:
        """Keep it here and in the store; the entry as it will be read, None where it is too large or too old."""
        raw, ttl_s = encode(entry), entry.expires_at - now
        if len(raw) > self._entry_bytes or ttl_s <= 0:
            return None
        self._keep(entry.print, raw)
        await self._store.put(_PREFIX + entry.print, raw, ttl_s)
        return replace(entry, events=streamed(entry.events), size_bytes=len(raw))

    async def drop(self, fingerprint: str) -> None:
        """Forget it here and in the store."""
        self._forget(fingerprint)
        await self._store.drop(_PREFIX + fingerprint)

    def _keep(self, name: str, raw: bytes) -> None:
        self._forget(name)
        self._front[name] = raw
        self.size_bytes += len(raw) + _OVERHEAD_BYTES
        while self.size_bytes > self._front_bytes:
            self._forget(next(iter(self._front)))

    def _forget(self, name: str) -> None:
        raw = self._front.pop(name, None)
        if raw is not None:
            self.size_bytes -= len(raw) + _OVERHEAD_BYTES


def _is_good(entry: Entry, name: str, owner: str, now: float) -> bool:
    """Whether what was found is what was looked for: a store may be shared, damaged, or written by somebody else."""
    return entry.owner == owner and entry.print == name and entry.expires_at > now
