"""The SQL of the review queue: answers that a person should look at, of one workspace at a time."""

import secrets
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import and_, delete, literal, select, tuple_, update

from answerable.storage.conversation_schema import review_items
from answerable.storage.database import Connection
from answerable.storage.engines import insert_into

Kind = Literal["low_mark", "abstained", "escalated"]
ReviewStatus = Literal["open", "done"]


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """A row of `review_items`. `question` and `answer` are empty for an answer of the plain API, which is not stored;
    `comment` is the user's, or why a team handed it over; `note` the reviewer's.
    """

    id: str
    workspace: str
    kind: Kind
    message: str | None
    request_id: str
    status: ReviewStatus
    collection: str | None
    created_at: int
    updated_at: int
    question: str
    answer: str
    comment: str
    note: str = ""
    settled_by: str = ""


def new_review_id() -> str:
    """Gives nothing away."""
    return f"rev_{secrets.token_hex(8)}"


async def put_item(connection: Connection, row: ReviewRow) -> None:
    """Queue an answer once for each kind; one that is there is opened again with the new comment."""
    values = {name: getattr(row, name) for name in ReviewRow.__slots__}
    new = {name: values[name] for name in ("comment", "status", "updated_at")}
    item = insert_into(connection.dialect, review_items).values(**values)
    await connection.execute(item.on_conflict_do_update(index_elements=["request_id", "kind"], set_=new))


async def put_item_once(connection: Connection, row: ReviewRow) -> None:
    """Queue what comes once for each kind; one that is there stays as it is, also where it was settled."""
    values = {name: getattr(row, name) for name in ReviewRow.__slots__}
    await connection.execute(insert_into(connection.dialect, review_items).on_conflict_do_nothing(), values)


async def erase_item(connection: Connection, request_id: str, kind: Kind) -> None:
    """Drop one, settled or not: what it is about is erased."""
    c = review_items.c
    await connection.execute(delete(review_items).where((c.request_id == request_id) & (c.kind == kind)))


async def withdraw_item(connection: Connection, request_id: str, kind: Kind) -> None:
    """Take an answer out of the queue whose reason is gone; what was settled stays, without the user's comment."""
    mine = and_(review_items.c.request_id == request_id, review_items.c.kind == kind)
    await connection.execute(delete(review_items).where(mine, review_items.c.status == "open"))
    await connection.execute(update(review_items).where(mine).values(comment=""))


async def list_items(
    connection: Connection,
    workspace: str,
    status: ReviewStatus | None,
    kind: Kind | None,
    limit: int,
    after: tuple[int, str] | None,
) -> list[ReviewRow]:
    """A page, newest first; `after` is `created_at` and id of the last row of the page before."""
    c = review_items.c
    query = select(review_items).where(c.workspace == workspace)
    query = query if status is None else query.where(c.status == status)
    query = query if kind is None else query.where(c.kind == kind)
    if after is not None:
        query = query.where(tuple_(c.created_at, c.id) < tuple_(*map(literal, after)))
    rows = await connection.execute(query.order_by(c.created_at.desc(), c.id.desc()).limit(limit))
    return [ReviewRow(*row) for row in rows]


async def change_item(connection: Connection, workspace: str, id_: str, **values: object) -> ReviewRow | None:
    """Set columns of an item of a workspace; None where it is not there."""
    mine = and_(review_items.c.id == id_, review_items.c.workspace == workspace)
    await connection.execute(update(review_items).where(mine).values(**values))
    row = (await connection.execute(select(review_items).where(mine))).first()
    return None if row is None else ReviewRow(*row)
