"""The SQL of answers that are being given: what the journal writes, signs of life, and who asked to stop."""

import functools
from collections.abc import Collection, Mapping, Sequence
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


ANY_LEAF = ""
"""It does not matter which leaf is shown."""


class Move(NamedTuple):
    """A conversation goes on: its shown leaf, the moment (microseconds), and the title that it gets where no
    person named it. `after` is the leaf that it goes on from: where the conversation shows another one by now, the turn
    is not written (`Saved.passed`).
    """

    conversation: str
    leaf: str
    at: int
    title: str | None
    after: str | None = ANY_LEAF


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


class Saved(NamedTuple):
    """What became of a batch: the running messages that are to `stop` (somebody asked, or they are gone), and the
    answers that were not written as the conversation went on elsewhere, with the leaf that it shows: `passed`.
    """

    stop: set[str]
    passed: Mapping[str, str]


async def save(database: Database, batch: Batch) -> Saved:
    """Write it in one transaction. What belongs to a conversation that was erased is left out.

    Raises StorageDown when the database cannot take it now, DataError when it will not take a row of it ever.
    """
    words = await fold((row.id, row.text) for row in batch.rows if row.status != "streaming")

    async def work(connection: Connection) -> Saved:
        wanted = {row.conversation for row in batch.rows}
        shown = select(conversations.c.id, conversations.c.leaf).where(conversations.c.id.in_(wanted))
        there = {row.id: row.leaf for row in await connection.execute(shown)}
        passed = {move.leaf: there[move.conversation] for move in batch.moves if _is_passed(move, there)}
        out = _turns(batch.rows, passed)
        values = [values_of(row) for row in batch.rows if row.conversation in there and row.id not in out]
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
            if move.leaf in passed:
                continue
            await connection.execute(_moved(move))
            if move.title is not None:
                await index_title(connection, move.conversation)
        if batch.alive:
            still = messages.c.id.in_(batch.alive) & (messages.c.status == "streaming")
            await connection.execute(update(messages).where(still).values(updated_at=batch.now))
        return Saved(await _find_stops(connection, set(batch.running) - passed.keys()), passed)

    return await _write(database, work)


def _is_passed(move: Move, shown: Mapping[str, str | None]) -> bool:
    """Whether the conversation shows neither what the turn goes on from nor, written before, the turn itself."""
    if move.after == ANY_LEAF or move.conversation not in shown:
        return False
    return shown[move.conversation] not in (None, move.after, move.leaf)


def _turns(rows: Sequence[MessageRow], answers: Collection[str]) -> set[str]:
    """Answers with the questions that came with them."""
    return {*answers, *(row.parent for row in rows if row.id in answers and row.parent)}


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
