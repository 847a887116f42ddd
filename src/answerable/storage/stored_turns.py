"""The SQL of answers that are being given: what the journal writes, signs of life, and who asked to stop."""

import functools
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import bindparam, case, literal_column, select, update
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import SQLAlchemyError

from answerable.core.errors import DataError, InvalidRequest
from answerable.storage.database import Connection, Database, Write
from answerable.storage.engines import upsert
from answerable.storage.message_search import fold, index_messages, index_title
from answerable.storage.messages import MessageRow, values_of
from answerable.storage.review import ReviewRow, put_item
from answerable.storage.schema import conversations, messages

T = TypeVar("T")

_CHANGING = ("text", "status", "error", "model", "request_id", "cursor", "updated_at", "parts", "answer")
"""What changes of a message while it is given; whether somebody asked to stop is not the writer's to say."""

_SWEPT = 1_000
"""Dead answers that are marked at a time."""


class Progress(NamedTuple):
    """What changes of a message that goes on, in the order of the statement that writes it."""

    text: str
    model: str
    request_id: str
    cursor: int
    updated_at: int
    id: str


class Move(NamedTuple):
    """A conversation goes on: its shown leaf, the moment (microseconds), and the title that it gets where no
    person named it.
    """

    conversation: str
    leaf: str
    at: int
    title: str | None


class Batch(NamedTuple):
    """One write of the journal. `progress` is of messages whose row is there; `reviews` are answers among the rows that
    a person should look at; `alive` are streaming messages that have nothing new to say at `now`, `running` all that
    run in this process.
    """

    rows: Sequence[MessageRow] = ()
    progress: Sequence[Progress] = ()
    reviews: Sequence[ReviewRow] = ()
    moves: Sequence[Move] = ()
    alive: Collection[str] = ()
    running: Collection[str] = ()
    now: int = 0


async def save(database: Database, batch: Batch) -> set[str]:
    """Write it in one transaction; returns the running messages that are to stop: somebody asked, or they are gone.

    What belongs to a conversation that was erased is left out. Raises StorageDown when the database cannot take it
    now, DataError when it will not take a row of it ever.
    """
    words = await fold((row.id, row.text) for row in batch.rows if row.status != "streaming")

    async def work(connection: Connection) -> set[str]:
        wanted = {row.conversation for row in batch.rows}
        there = set(await connection.scalars(select(conversations.c.id).where(conversations.c.id.in_(wanted))))
        values = [values_of(row) for row in batch.rows if row.conversation in there]
        if values:
            await connection.execute(upsert(connection.dialect, messages, _CHANGING), values)
            await index_messages(connection, words)
        if batch.progress:  # tuples straight to the driver, columns that changed: a tenth of what a whole row takes
            await connection.exec_driver_sql(_progressed(connection.dialect), list(batch.progress))
        stored = {value["id"] for value in values}
        for item in batch.reviews:
            if item.message in stored:
                await put_item(connection, item)
        for move in batch.moves:
            await connection.execute(_moved(move))
            if move.title is not None:
                await index_title(connection, move.conversation)
        if batch.alive:
            still = messages.c.id.in_(batch.alive) & (messages.c.status == "streaming")
            await connection.execute(update(messages).where(still).values(updated_at=batch.now))
        return await _find_stops(connection, batch.running)

    return await _write(database, work)


async def find_stops(database: Database, running: Collection[str]) -> set[str]:
    """The running messages that are to stop. Raises StorageDown."""

    async with database.read() as connection:
        return await _find_stops(connection, running)


async def ask_to_stop(database: Database, id_: str) -> None:
    """Tell whoever gives this answer to stop. Raises StorageDown."""

    async def work(connection: Connection) -> None:
        still = (messages.c.id == id_) & (messages.c.status == "streaming")
        await connection.execute(update(messages).where(still).values(stop_asked=True))

    await _write(database, work)


async def mark_interrupted(database: Database, silent_since: int) -> int:
    """Mark the answers without a sign of life since a moment, so many at a time; returns how many. Raises
    StorageDown.
    """
    dead = (messages.c.status == "streaming") & (messages.c.updated_at < silent_since)
    async with database.read() as connection:
        query = select(messages.c.id, messages.c.text).where(dead).limit(_SWEPT)
        said = {row.id: row.text for row in await connection.execute(query)}
    words = await fold(said.items())

    async def work(connection: Connection) -> int:
        still = dead & messages.c.id.in_(said)  # what has gone on meanwhile shows a sign of life
        ended = update(messages).where(still).values(status="interrupted", error="interrupted")
        ids = list(await connection.scalars(ended.returning(messages.c.id)))
        await index_messages(connection, {id_: words[id_] for id_ in ids if id_ in words})
        return len(ids)

    return await _write(database, work) if said else 0


@functools.cache
def _progressed(dialect: Dialect) -> str:
    """It is `streaming`, also where a silence made others believe that its worker died."""
    changed: list[tuple[Any, Any]] = [(messages.c[name], bindparam(f"new_{name}")) for name in Progress._fields[:-1]]
    changed.append((messages.c.status, literal_column("'streaming'")))
    statement = update(messages).where(messages.c.id == bindparam("which")).ordered_values(*changed)
    return str(statement.compile(dialect=dialect))


def _moved(move: Move) -> Any:
    values: dict[str, object] = {"leaf": move.leaf, "updated_at": move.at}
    if move.title is not None:
        values["title"] = case((conversations.c.named, conversations.c.title), else_=move.title)
    return update(conversations).where(conversations.c.id == move.conversation).values(**values)


async def _find_stops(connection: Connection, running: Collection[str]) -> set[str]:
    if not running:
        return set()
    query = select(messages.c.id).where(messages.c.id.in_(running), messages.c.stop_asked.is_(False))
    return set(running) - set(await connection.scalars(query))


async def _write(database: Database, work: Write[T]) -> T:
    try:
        return await database.write(work)
    except (SQLAlchemyError, InvalidRequest, ValueError, TypeError, OverflowError) as error:
        raise DataError(f"a message is refused by the database: {type(error).__name__}") from error
