"""The audit log: what was done to accounts and by whom. Each event's hash covers the event before it (a chain), so a
row that was changed, dropped or slipped in later shows. `verify` recomputes the whole chain.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from answerable.storage import audit as rows
from answerable.storage.audit import AuditRow
from answerable.storage.database import Connection, Database

_BEGINNING = "0" * 64
_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Event:
    """What happened. `actor` and `target` are ids; `detail` holds plain values and never a secret or an address."""

    actor: str
    action: str
    target: str = ""
    workspace: str = ""
    address: str = ""
    detail: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many events there are, the number of the first that does not fit (None: all do), and the newest hash: kept
    elsewhere, it proves later that nothing was cut off.
    """

    events: int
    broken_at: int | None
    head: str


async def record(connection: Connection, event: Event, now_us: int) -> None:
    """Append an event, in the transaction of what it tells of: neither is there without the other."""
    last = await rows.find_last(connection)
    seq, before = (last.seq, last.hash) if last else (0, _BEGINNING)
    values = (event.actor, event.action, event.target, event.workspace, event.address, dict(event.detail or {}))
    digest = _digest(before, seq + 1, now_us, values)
    await rows.append(connection, AuditRow(seq + 1, now_us, *values, digest))


async def verify(database: Database) -> Verdict:
    """Recompute the chain from its beginning."""
    before, seq = _BEGINNING, 0
    async with database.read() as connection:
        while found := await rows.list_after(connection, seq, _PAGE):
            for row in found:
                values = (row.actor, row.action, row.target, row.workspace, row.address, dict(row.detail))
                if row.seq != seq + 1 or row.hash != _digest(before, row.seq, row.at, values):
                    return Verdict(seq, seq + 1, before)
                before, seq = row.hash, row.seq
    return Verdict(seq, None, before)


def _digest(before: str, seq: int, at: int, values: tuple[Any, ...]) -> str:
    text = json.dumps([before, seq, at, *values], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
