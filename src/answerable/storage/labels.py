"""The SQL of what people sort conversations by: folders, which are paths with slashes, and tags."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, TableValuedAlias, exists, func, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from answerable.storage.schema import conversations


def in_folder(folder: str) -> ColumnElement[bool]:
    """Whether a conversation lies in a folder or below it."""
    c = conversations.c
    return or_(c.folder == folder, func.substr(c.folder, 1, len(folder) + 1) == f"{folder}/")


def has_tag(dialect: str, tag: str) -> ColumnElement[bool]:
    """Whether a conversation has a tag, letter by letter."""
    each = _each_tag(dialect)
    return exists(select(1).select_from(each).where(each.c.value == tag))


async def count_folders(connection: AsyncConnection, owner: str) -> dict[str, int]:
    """The owner's folders by name, with how many conversations lie in each."""
    c = conversations.c
    query = select(c.folder, func.count().label("number")).where(c.owner == owner, c.folder != "").group_by(c.folder)
    return {row.folder: row.number for row in await connection.execute(query.order_by(c.folder))}


async def count_tags(connection: AsyncConnection, owner: str) -> dict[str, int]:
    """The owner's tags by name, with how many conversations have each."""
    each = _each_tag(connection.dialect.name)
    query = select(each.c.value, func.count().label("number")).select_from(conversations.join(each, true()))
    query = query.where(conversations.c.owner == owner).group_by(each.c.value).order_by(each.c.value)
    return {row.value: row.number for row in await connection.execute(query)}


async def rename_folder(connection: AsyncConnection, owner: str, folder: str, to: str) -> int:
    """Move what lies in a folder, and in those below it, to another one ("" for none); how many conversations."""
    c = conversations.c
    below = func.substr(c.folder, len(folder) + 1)
    name = func.ltrim(below, "/") if not to else to + below
    done = await connection.execute(
        update(conversations).where(c.owner == owner, in_folder(folder)).values(folder=name)
    )
    return done.rowcount


async def find_longest_folder(connection: AsyncConnection, owner: str, folder: str) -> int:
    """Characters of the longest path in a folder; 0 where it has none."""
    c = conversations.c
    query = select(func.max(func.length(c.folder))).where(c.owner == owner, in_folder(folder))
    return int((await connection.execute(query)).scalar() or 0)


async def rename_tag(connection: AsyncConnection, owner: str, tag: str, to: str) -> int:
    """Put a tag in the place of another one ("" for none); how many conversations had it."""
    c = conversations.c
    query = select(c.id, c.tags).where(c.owner == owner, has_tag(connection.dialect.name, tag))
    changed: Mapping[str, Any] = {
        id_: list(dict.fromkeys(new for old in tags if (new := to if old == tag else old)))
        for id_, tags in await connection.execute(query)
    }
    for id_, tags in changed.items():
        await connection.execute(update(conversations).where(c.id == id_).values(tags=tags))
    return len(changed)


def _each_tag(dialect: str) -> TableValuedAlias:
    """The tags of a conversation as rows."""
    unfold = func.json_each if dialect == "sqlite" else func.json_array_elements_text
    return unfold(conversations.c.tags).table_valued("value", name="each_tag")
