"""The SQL of marks: what somebody thinks of an answer, by the answer's row in the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, delete, exists, literal_column, select

from answerable.storage.conversation_schema import feedback, review_items
from answerable.storage.database import Connection
from answerable.storage.engines import upsert
from answerable.storage.schema import conversations, messages, requests

UP, DOWN = 1, -1


@dataclass(frozen=True, slots=True)
class MarkRow:
    """A row of `feedback`. `request_id` of an answer that was imported is its message's id; `message` None: an answer
    of the plain API.
    """

    request_id: str
    principal: str
    workspace: str
    message: str | None
    mark: int
    comment: str
    created_at: int
    updated_at: int


async def put_mark(connection: Connection, row: MarkRow) -> MarkRow | None:
    """Store a mark, or change the one that is there; gives the one before."""
    before = await find_mark(connection, row.request_id, row.principal)
    values = {name: getattr(row, name) for name in MarkRow.__slots__}
    changed = ("message", "mark", "comment", "updated_at")
    await connection.execute(upsert(connection.dialect, feedback, changed).values(**values))
    return before


async def find_mark(connection: Connection, request_id: str, principal: str) -> MarkRow | None:
    """Somebody's mark of an answer."""
    row = (await connection.execute(select(feedback).where(_of(request_id, principal)))).first()
    return None if row is None else MarkRow(*row)


async def delete_mark(connection: Connection, request_id: str, principal: str) -> bool:
    """Withdraw a mark; whether there was one."""
    return (await connection.execute(delete(feedback).where(_of(request_id, principal)))).rowcount > 0


async def delete_all_marks(connection: Connection, principal: str) -> None:
    """Withdraw all of somebody's, with what reviewers were told of them."""
    theirs = select(feedback.c.request_id).where(feedback.c.principal == principal)
    told = and_(review_items.c.kind == "low_mark", review_items.c.request_id.in_(theirs))
    await connection.execute(delete(review_items).where(told))
    await connection.execute(delete(feedback).where(feedback.c.principal == principal))


async def list_marks(connection: Connection, principal: str, ids: Sequence[str]) -> dict[str, MarkRow]:
    """Somebody's marks of these messages, by message."""
    query = select(feedback).where(feedback.c.principal == principal, feedback.c.message.in_(ids))
    return {str(row.message): MarkRow(*row) for row in await connection.execute(query)}


async def find_own_request(connection: Connection, request_id: str, principal: str) -> str | None:
    """The collection ("" for none) that a request of somebody's asked; None where the ledger has no such request."""
    mine = and_(requests.c.id == request_id, requests.c.principal == principal)
    row = (await connection.execute(select(requests.c.collection).where(mine))).first()
    return None if row is None else row.collection or ""


async def is_in_conversation(connection: Connection, request_id: str, owner: str) -> bool:
    """Whether a request's answer is a message of the owner's."""
    joined = messages.join(conversations, conversations.c.id == messages.c.conversation)
    # word for word what the index says: a parameter would not do
    indexed: ColumnElement[bool] = literal_column("messages.request_id <> ''")
    mine = and_(conversations.c.owner == owner, messages.c.request_id == request_id, indexed)
    return bool(await connection.scalar(select(exists(select(1).select_from(joined).where(mine)))))


def _of(request_id: str, principal: str) -> ColumnElement[bool]:
    return and_(feedback.c.request_id == request_id, feedback.c.principal == principal)
