"""The SQL of the audit log: append one row, read them in order. Triggers in the database refuse everything else."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from answerable.storage.schema import audit


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One event. `actor` and `target` are ids, never addresses: an account can be erased, the log cannot."""

    seq: int
    at: int
    actor: str
    action: str
    target: str
    workspace: str
    address: str
    detail: Mapping[str, Any]
    hash: str


async def find_last(connection: AsyncConnection) -> AuditRow | None:
    """The newest event, or None."""
    row = (await connection.execute(select(audit).order_by(audit.c.seq.desc()).limit(1))).mappings().first()
    return AuditRow(**row) if row else None


async def append(connection: AsyncConnection, row: AuditRow) -> None:
    """Add an event."""
    await connection.execute(insert(audit).values(**{name: getattr(row, name) for name in AuditRow.__slots__}))


async def list_after(connection: AsyncConnection, seq: int, limit: int) -> list[AuditRow]:
    """At most `limit` events after number `seq`, oldest first."""
    wanted = select(audit).where(audit.c.seq > seq).order_by(audit.c.seq).limit(limit)
    return [AuditRow(**row) for row in (await connection.execute(wanted)).mappings()]


async def list_newest(
    connection: AsyncConnection, workspace: str | None, limit: int, before: int | None = None
) -> list[AuditRow]:
    """The newest events first, of one workspace or of all; `before` is where the page before ended."""
    wanted = select(audit).order_by(audit.c.seq.desc()).limit(limit)
    if workspace is not None:
        wanted = wanted.where(audit.c.workspace == workspace)
    if before is not None:
        wanted = wanted.where(audit.c.seq < before)
    return [AuditRow(**row) for row in (await connection.execute(wanted)).mappings()]
