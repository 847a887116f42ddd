"""The SQL of conversations. Every query names the owner: what belongs to somebody else is not there."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, delete, insert, literal, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from answerable.core.errors import Conflict
from answerable.storage.database import Connection
from answerable.storage.labels import has_tag, in_folder
from answerable.storage.message_search import index_title
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


async def insert_conversation(connection: Connection, row: ConversationRow) -> None:
    """Store a new one; its title can be searched for. Raises Conflict where its origin is the owner's already: another
    worker was faster.
    """
    try:
        await _insert(connection, row)
    except IntegrityError as error:
        raise Conflict("this conversation was imported already", param="origin") from error
    await index_title(connection, row.id)


async def _insert(connection: Connection, row: ConversationRow) -> None:
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


async def find_leaf(connection: Connection, id_: str) -> str | None:
    """The leaf that a conversation shows; None where nothing was said in it, or it is gone."""
    leaf: str | None = await connection.scalar(select(conversations.c.leaf).where(conversations.c.id == id_))
    return leaf


@dataclass(frozen=True, slots=True)
class Shelf:
    """Which of an owner's conversations; None leaves a thing open. A folder holds those below it too."""

    owner: str
    archived: bool | None = False
    folder: str | None = None
    tag: str | None = None


Place = tuple[int, str]
"""Where a page ended: `updated_at` and id of its last row."""


async def list_conversations(
    connection: Connection, shelf: Shelf, limit: int, after: Place | None = None
) -> list[ConversationRow]:
    """A page by the time of the last message, newest first: it is read from an index, wherever it begins."""
    c = conversations.c
    query = select(conversations).where(c.owner == shelf.owner)
    if shelf.archived is not None:
        query = query.where(c.archived == shelf.archived)
    if shelf.folder is not None:
        query = query.where(in_folder(shelf.folder))
    if shelf.tag is not None:
        query = query.where(has_tag(connection.dialect.name, shelf.tag))
    if after is not None:
        query = query.where(tuple_(c.updated_at, c.id) < tuple_(*map(literal, after)))
    rows = await connection.execute(query.order_by(c.updated_at.desc(), c.id.desc()).limit(limit))
    return [read_conversation(row) for row in rows]


async def list_ids(connection: Connection, owner: str, limit: int, after: str = "") -> list[str]:
    """A page of all that the owner has, in the order of ids, which stays as it is whatever is said meanwhile."""
    c = conversations.c
    query = select(c.id).where(c.owner == owner, c.id > after).order_by(c.id).limit(limit)
    return list(await connection.scalars(query))


async def find_origins(connection: Connection, owner: str, origins: Sequence[str]) -> set[str]:
    """Which of these the owner has imported before."""
    c = conversations.c
    query = select(c.origin).where(c.owner == owner, c.origin.in_(origins))
    return {origin for origin in (await connection.execute(query)).scalars() if origin}


async def change_conversation(connection: Connection, id_: str, owner: str, **values: object) -> bool:
    """Set columns of one of the owner's; whether it was there."""
    query = update(conversations).where(conversations.c.id == id_, conversations.c.owner == owner)
    done = await connection.execute(query.values(**values))
    if done.rowcount and "title" in values:
        await index_title(connection, id_)
    return done.rowcount > 0


async def delete_all_of(connection: Connection, owner: str) -> int:
    """Erase everything that an owner has here; how many conversations."""
    return (await connection.execute(delete(conversations).where(conversations.c.owner == owner))).rowcount


async def delete_conversation(connection: Connection, id_: str, owner: str) -> bool:
    """Erase it with all that hangs on it; whether it was there."""
    query = delete(conversations).where(conversations.c.id == id_, conversations.c.owner == owner)
    return (await connection.execute(query)).rowcount > 0


def read_conversation(row: Row[Any]) -> ConversationRow:
    """The row of a query over all columns."""
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented way to the names
    return ConversationRow(**values | {"tags": tuple(values["tags"])})
