"""The SQL of conversations. Every query names the owner: what belongs to somebody else is not there."""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from answerable.storage.database import Connection
from answerable.storage.schema import conversations


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """A row of `conversations`. Times are microseconds since 1970 UTC; `named` says that a person gave the title."""

    id: str
    owner: str
    workspace: str
    title: str
    created_at: int
    updated_at: int
    named: bool = False
    folder: str = ""
    tags: tuple[str, ...] = ()
    settings: Mapping[str, Any] | None = None
    archived: bool = False
    leaf: str | None = None
    origin: str | None = None


def new_conversation_id() -> str:
    """128 random bits: an id gives nothing away."""
    return f"conv_{secrets.token_hex(16)}"


def now_us() -> int:
    """The moment in microseconds since 1970 UTC."""
    return time.time_ns() // 1_000


async def insert_conversation(connection: Connection, row: ConversationRow) -> None:
    """Store a new one."""
    await connection.execute(
        insert(conversations).values(
            id=row.id,
            owner=row.owner,
            workspace=row.workspace,
            title=row.title,
            named=row.named,
            folder=row.folder,
            tags=list(row.tags),
            settings=dict(row.settings or {}),
            archived=row.archived,
            leaf=row.leaf,
            origin=row.origin,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )
    )


async def find_conversation(connection: Connection, id_: str, owner: str) -> ConversationRow | None:
    """One of the owner's; None where it is not there or somebody else's."""
    query = select(conversations).where(conversations.c.id == id_, conversations.c.owner == owner)
    row = (await connection.execute(query)).first()
    return None if row is None else read_conversation(row)


async def change_conversation(connection: Connection, id_: str, owner: str, **values: object) -> bool:
    """Set columns of one of the owner's; whether it was there."""
    query = update(conversations).where(conversations.c.id == id_, conversations.c.owner == owner)
    done = await connection.execute(query.values(**values))
    return done.rowcount > 0


async def delete_conversation(connection: Connection, id_: str, owner: str) -> bool:
    """Erase it with all that hangs on it; whether it was there."""
    query = delete(conversations).where(conversations.c.id == id_, conversations.c.owner == owner)
    return (await connection.execute(query)).rowcount > 0


def read_conversation(row: Row[Any]) -> ConversationRow:
    """The row of a query over all columns."""
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented way to the names
    return ConversationRow(**values | {"tags": tuple(values["tags"])})
