"""The SQL of topics that an administrator took away from the models. A counter grows with every change."""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from answerable.storage.schema import counters, topics

Action = Literal["people", "notice"]

_VERSION = "topics"


@dataclass(frozen=True, slots=True)
class TopicRow:
    """A topic as stored: what it is recognised by, and what happens to a question on it."""

    name: str
    keywords: tuple[str, ...]
    examples: tuple[str, ...]
    action: Action
    message: str
    enabled: bool
    updated_at: int


async def get_version(connection: AsyncConnection) -> int:
    """How often topics were changed; 0 before the first change."""
    found = (await connection.execute(select(counters.c.value).where(counters.c.name == _VERSION))).scalar()
    return int(found or 0)


async def list_topics(connection: AsyncConnection) -> list[TopicRow]:
    """All topics by name."""
    rows = await connection.execute(select(topics).order_by(topics.c.name))
    return [
        TopicRow(
            row.name, tuple(row.keywords), tuple(row.examples), row.action, row.message, row.enabled, row.updated_at
        )
        for row in rows
    ]


async def put_topic(connection: AsyncConnection, row: TopicRow) -> None:
    """Store a topic, in the place of one of the same name."""
    await connection.execute(delete(topics).where(topics.c.name == row.name))
    await connection.execute(
        insert(topics).values(
            name=row.name,
            keywords=list(row.keywords),
            examples=list(row.examples),
            action=row.action,
            message=row.message,
            enabled=row.enabled,
            updated_at=row.updated_at,
        )
    )
    await _count(connection)


async def delete_topic(connection: AsyncConnection, name: str) -> bool:
    """Forget a topic; says whether there was one."""
    result = await connection.execute(delete(topics).where(topics.c.name == name))
    await _count(connection)
    return result.rowcount > 0


async def _count(connection: AsyncConnection) -> None:
    counted = await connection.execute(
        update(counters).where(counters.c.name == _VERSION).values(value=counters.c.value + 1)
    )
    if not counted.rowcount:
        await connection.execute(insert(counters).values(name=_VERSION, value=1))
