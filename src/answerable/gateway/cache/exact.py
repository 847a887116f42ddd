"""Answers to the very same request: in this process, bounded in bytes, and behind it in the store of all workers."""

from collections import OrderedDict

from answerable.core.ports import SharedStore
from answerable.gateway.cache.entry import Entry, decode, encode

_PREFIX = "answer:"
_OBJECTS = 3
"""Bytes in memory for one stored byte: the events are kept ready to be replayed."""
_OVERHEAD_BYTES = 1_000


class Exact:
    """Entries by fingerprint. `front_bytes` bounds what this process keeps; `entry_bytes` is the largest entry kept."""

    def __init__(self, store: SharedStore, front_bytes: int, entry_bytes: int) -> None:
        self._store = store
        self._front: OrderedDict[str, Entry] = OrderedDict()
        self._front_bytes = front_bytes
        self._entry_bytes = entry_bytes
        self.size_bytes = 0

    async def find(self, fingerprint: bytes, owner: str, now: float) -> Entry | None:
        """The entry that was stored under this fingerprint by this owner and has not expired."""
        name = fingerprint.hex()
        entry = self._front.get(name)
        if entry is None:
            raw = await self._store.get(_PREFIX + name)
            entry = decode(raw) if raw is not None else None
            if entry is not None and _is_good(entry, name, owner, now):
                self._keep(name, entry)
        elif entry.expires_at <= now:
            self._forget(name)
        else:
            self._front.move_to_end(name)
        return entry if entry is not None and _is_good(entry, name, owner, now) else None

    async def put(self, entry: Entry, now: float) -> Entry | None:
        """Keep it here and in the store; the entry as it will be read, None where it is too large or too old."""
        raw, ttl_s = encode(entry), entry.expires_at - now
        if len(raw) > self._entry_bytes or ttl_s <= 0:
            return None
        kept = decode(raw)
        if kept is not None:
            self._keep(kept.print, kept)
            await self._store.put(_PREFIX + kept.print, raw, ttl_s)
        return kept

    async def drop(self, fingerprint: str) -> None:
        """Forget it here and in the store."""
        self._forget(fingerprint)
        await self._store.drop(_PREFIX + fingerprint)

    def _keep(self, name: str, entry: Entry) -> None:
        self._forget(name)
        self._front[name] = entry
        self.size_bytes += _weight(entry)
        while self.size_bytes > self._front_bytes:
            self._forget(next(iter(self._front)))

    def _forget(self, name: str) -> None:
        entry = self._front.pop(name, None)
        if entry is not None:
            self.size_bytes -= _weight(entry)


def _is_good(entry: Entry, name: str, owner: str, now: float) -> bool:
    """Whether what was found is what was looked for: a store may be shared, damaged, or written by somebody else."""
    return entry.owner == owner and entry.print == name and entry.expires_at > now


def _weight(entry: Entry) -> int:
    return _OBJECTS * entry.size_bytes + _OVERHEAD_BYTES
