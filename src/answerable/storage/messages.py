"""The SQL of messages: a row each, a tree by parents. Who may read them is decided by their conversation."""

import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from sqlalchemy import Row, insert, select

from answerable.storage.database import Connection
from answerable.storage.schema import messages

Status = Literal["done", "streaming", "stopped", "failed", "interrupted"]
"""`interrupted`: its worker died; the others as the words say. Only `streaming` changes any more."""


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


def new_message_id() -> str:
    """Grows with time, to the microsecond; 64 random bits follow."""
    return f"msg_{time.time_ns() // 1_000:014x}{secrets.token_hex(8)}"


async def insert_messages(connection: Connection, rows: Iterable[MessageRow]) -> None:
    """Store new ones."""
    values = [values_of(row) for row in rows]
    if values:
        await connection.execute(insert(messages), values)


async def list_tree(connection: Connection, conversation: str) -> list[Node]:
    """The tree of a conversation in the order of ids: from the index alone."""
    query = select(messages.c.id, messages.c.parent).where(messages.c.conversation == conversation)
    return [Node(id_, parent) for id_, parent in await connection.execute(query.order_by(messages.c.id))]


async def get_messages(connection: Connection, conversation: str, ids: Sequence[str]) -> list[MessageRow]:
    """Messages of a conversation by their ids, in the order of ids; what is not there or elsewhere is left out."""
    query = select(messages).where(messages.c.conversation == conversation, messages.c.id.in_(ids))
    return [read_message(row) for row in await connection.execute(query.order_by(messages.c.id))]


def read_message(row: Row[Any]) -> MessageRow:
    """The row of a query over all columns."""
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented way to the names
    return MessageRow(**values | {"parts": tuple(values["parts"])})


def values_of(row: MessageRow) -> dict[str, object]:
    """The columns of a row."""
    values = {name: getattr(row, name) for name in MessageRow.__slots__}
    return values | {"parts": list(row.parts), "answer": None if row.answer is None else dict(row.answer)}
