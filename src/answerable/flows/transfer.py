"""Conversations in and out: ChatGPT's export or ours is taken in, ours and Markdown are given out.

Importing is idempotent: what was taken in before, or is here already, is counted and left alone. A conversation that
cannot be read stops no other.
"""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import IO, Any

import orjson

from answerable.chats import archive, markdown, packages
from answerable.chats.archive import Incoming
from answerable.chats.branches import Tree
from answerable.core.errors import Conflict, DataError
from answerable.core.identity import Principal
from answerable.flows.conversations import get_own
from answerable.storage import conversations, messages
from answerable.storage.conversations import ConversationRow, Place, Shelf
from answerable.storage.database import Connection, Database
from answerable.storage.messages import MessageRow

_AT_ONCE = 16
"""Conversations that are read and written together: the writer puts them into one transaction."""

_ROWS = 1_000
_PAGE = 50


@dataclass(frozen=True, slots=True)
class Failure:
    """A conversation that was not taken in, and why."""

    title: str
    reason: str


@dataclass
class Imported:
    """What became of a file."""

    conversations: int = 0
    messages: int = 0
    already_there: int = 0
    failed: list[Failure] = field(default_factory=list)


async def import_conversations(file: IO[bytes], who: Principal, database: Database) -> Imported:
    """Take in what a file holds. Raises InvalidRequest for what is no export, TooLarge."""
    given = await asyncio.to_thread(packages.read_package, file)
    report = Imported()
    for start in range(0, len(given), _AT_ONCE):
        some = await asyncio.to_thread(_read, given[start : start + _AT_ONCE])
        report.failed += [one for one in some if isinstance(one, Failure)]
        ready = [one for one in some if isinstance(one, Incoming)]
        taken = await asyncio.gather(*(_store(one, who, database) for one in ready))
        report.conversations += sum(taken)
        report.already_there += len(taken) - sum(taken)
        report.messages += sum(len(one.messages) for one, new in zip(ready, taken, strict=True) if new)
    return report


def _read(given: list[Any]) -> list[Incoming | Failure]:
    return [_read_one(value) for value in given]


def _read_one(value: object) -> Incoming | Failure:
    try:
        return packages.read_conversation(value)
    except DataError as error:
        return Failure(packages.title_in(value), error.message)


async def _store(given: Incoming, who: Principal, database: Database) -> bool:
    """Whether it was new."""
    row = dataclasses.replace(given.row, owner=who.id, workspace=who.workspace)

    async def work(connection: Connection) -> bool:
        known = await conversations.find_origins(connection, who.id, [row.origin or ""])
        if known or await conversations.find_conversation(connection, given.original_id, who.id):
            return False
        await conversations.insert_conversation(connection, row)
        for start in range(0, len(given.messages), _ROWS):
            await messages.insert_messages(connection, given.messages[start : start + _ROWS])
        return True

    try:
        return await database.write(work)
    except Conflict:
        return False


async def export_conversation(id_: str, who: Principal, database: Database) -> dict[str, Any]:
    """One of one's own with all its branches. Raises NotFound."""
    async with database.read() as connection:
        row = await get_own(connection, id_, who)
        return archive.conversation_json(row, await _all_messages(connection, row))


async def export_markdown(
    id_: str, who: Principal, database: Database, leaf: str | None = None
) -> tuple[ConversationRow, str]:
    """The branch that is shown, or the one that ends in `leaf`. Raises NotFound."""
    async with database.read() as connection:
        row = await get_own(connection, id_, who)
        end = leaf or row.leaf
        branch = Tree(await messages.list_tree(connection, id_)).branch(end) if end else []
        rows = {one.id: one for one in await messages.get_messages(connection, id_, branch)}
    return row, markdown.branch_as_markdown(row.title, (rows[one] for one in branch))


async def export_all(who: Principal, database: Database, *, lines: bool) -> AsyncIterator[bytes]:
    """Everything that is one's own, piece by piece: one JSON document, or a line for each conversation. A few are read
    at a time: a slow reader holds no snapshot of the database.
    """
    if not lines:
        yield b'{"format":"%s","version":%d,"conversations":[' % (archive.FORMAT.encode(), archive.VERSION)
    between, place = b"", None
    while True:
        rows, place = await _page(who, database, place)
        for row in rows:
            async with database.read() as connection:
                said = await _all_messages(connection, row)
            yield between + orjson.dumps(archive.conversation_json(row, said)) + (b"\n" if lines else b"")
            between = b"" if lines else b",\n"
        if place is None:
            break
    if not lines:
        yield b"]}\n"


async def _page(who: Principal, database: Database, after: Place | None) -> tuple[list[ConversationRow], Place | None]:
    async with database.read() as connection:
        rows = await conversations.list_conversations(connection, Shelf(who.id, archived=None), _PAGE, after)
    return rows, (rows[-1].updated_at, rows[-1].id) if len(rows) == _PAGE else None


async def _all_messages(connection: Connection, row: ConversationRow) -> list[MessageRow]:
    nodes = await messages.list_tree(connection, row.id)
    return await messages.get_messages(connection, row.id, [node.id for node in nodes])
