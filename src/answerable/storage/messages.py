"""The SQL of messages: a row each, a tree by parents. Who may read them is decided by their conversation."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from sqlalchemy import Row, insert, select

from answerable.core.moments import now_us
from answerable.storage.database import Connection
from answerable.storage.message_search import fold, index_messages
from answerable.storage.schema import messages

Status = Literal["done", "streaming", "stopped", "failed", "interrupted"]
"""`interrupted`: its worker died; the others as the words say. Only `streaming` changes any more."""


_AT_ONCE = 10_000
"""Ids in one query: SQLite takes 32,766 values."""


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A row of `messages`. Times are microseconds since 1970 UTC; `parts` holds images and tool calls, `answer` what
    the program says beside the text, `cursor` how many frames of the run log the text holds.
    """

    id: str
    conversation: str
    parent: str | None
    role: str
    text: str
    created_at: int
    updated_at: int
    status: Status = "done"
    error: str = ""
    model: str = ""
    request_id: str = ""
    cursor: int = 0
    stop_asked: bool = False
    parts: tuple[Mapping[str, Any], ...] = ()
    answer: Mapping[str, Any] | None = None


class Node(NamedTuple):
    """A message's place in the tree, without its text."""

    id: str
    parent: str | None


def new_message_id(at_us: int | None = None) -> str:
    """Grows with time, to the microsecond (now, where no moment is given); 64 random bits follow."""
    at_us = now_us() if at_us is None else at_us
    return f"msg_{at_us:014x}{secrets.token_hex(8)}"


def made_at_us(id_: str) -> int:
    """The moment that an id names, 0 where it names none: whoever sends an id may have made it up."""
    try:
        return int(id_.removeprefix("msg_")[:14], 16)
    except ValueError:
        return 0


async def insert_messages(
    connection: Connection, rows: Sequence[MessageRow], words: Mapping[str, str] | None = None
) -> None:
    """Store new ones; those that are finished can be searched for by their `words` (of `fold`). Long texts come with
    them: without, they are folded inside the transaction.
    """
    if rows:
        found = await fold((row.id, row.text) for row in rows) if words is None else words
        await connection.execute(insert(messages), [values_of(row) for row in rows])
        await index_messages(connection, {row.id: found[row.id] for row in rows if row.id in found})


async def list_tree(connection: Connection, conversation: str) -> list[Node]:
    """The tree of a conversation in the order of ids: from the index alone."""
    query = select(messages.c.id, messages.c.parent).where(messages.c.conversation == conversation)
    return [Node(id_, parent) for id_, parent in await connection.execute(query.order_by(messages.c.id))]


async def find_conversation_of(connection: Connection, id_: str) -> str | None:
    """The conversation that a message is in, where it is stored."""
    found: str | None = await connection.scalar(select(messages.c.conversation).where(messages.c.id == id_))
    return found


async def find_messages(connection: Connection, conversation: str, ids: Sequence[str]) -> list[MessageRow]:
    """Messages of a conversation by their ids, in the order of ids; what is not there or elsewhere is left out."""
    found: list[MessageRow] = []
    for start in range(0, len(ids), _AT_ONCE):
        some = messages.c.id.in_(ids[start : start + _AT_ONCE])
        query = select(messages).where(messages.c.conversation == conversation, some)
        found += [read_message(row) for row in await connection.execute(query)]
    return sorted(found, key=lambda row: row.id)


def read_message(row: Row[Any]) -> MessageRow:
    """The row of a query over all columns."""
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented way to the names
    return MessageRow(**values | {"parts": tuple(values["parts"])})


def values_of(row: MessageRow) -> dict[str, object]:
    """The columns of a row."""
    values = {name: getattr(row, name) for name in MessageRow.__slots__}
    return values | {"parts": list(row.parts), "answer": None if row.answer is None else dict(row.answer)}
