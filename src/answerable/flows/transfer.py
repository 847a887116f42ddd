"""Conversations in and out: ChatGPT's export or ours is taken in, ours and Markdown are given out.

Importing is idempotent: what was taken in before, or is here already, is counted and left alone. A conversation that
cannot be read stops no other.
"""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

import orjson

from answerable.chats import archive, markdown, packages
from answerable.chats.archive import Incoming
from answerable.chats.branches import Tree
from answerable.chats.liveness import status_now
from answerable.core.errors import Conflict, DataError, InvalidRequest
from answerable.core.identity import Principal
from answerable.core.moments import now_us
from answerable.flows.conversations import checked_folder, checked_tags, get_own
from answerable.storage import conversations, messages
from answerable.storage.conversations import ConversationRow
from answerable.storage.database import Connection, Database
from answerable.storage.message_search import fold
from answerable.storage.messages import MessageRow

_AT_ONCE = 16
"""Conversations that are read and written together: the writer puts them into one transaction."""

_CHARACTERS = 500_000
"""Of conversations that go into one transaction: others wait .2 s for it (35 ms for 100,000 characters, indexed)."""

_LARGEST = 5_000_000
"""Characters of one conversation, which is one transaction: nobody who writes may wait longer than 2 s for it."""

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
        for group in _groups([one for one in some if isinstance(one, Incoming)]):
            await _store_all(group, who, database, report)
    return report


def _groups(ready: Sequence[Incoming]) -> Iterator[list[Incoming]]:
    """What is written together."""
    group, size = list[Incoming](), 0
    for one in ready:
        if group and size + one.characters > _CHARACTERS:
            yield group
            group, size = [], 0
        group.append(one)
        size += one.characters
    if group:
        yield group


def _read(given: list[Any]) -> list[Incoming | Failure]:
    return [_read_one(value) for value in given]


def _read_one(value: object) -> Incoming | Failure:
    try:
        found = packages.read_conversation(value)
        if found.characters > _LARGEST:
            raise DataError(f"it has more than {_LARGEST:,} characters")
        folder, tags = checked_folder(found.row.folder), checked_tags(found.row.tags)
    except (DataError, InvalidRequest) as error:
        return Failure(packages.title_in(value), archive.cleaned(error.message))
    return dataclasses.replace(found, row=dataclasses.replace(found.row, folder=folder, tags=tags))


async def _store_all(group: Sequence[Incoming], who: Principal, database: Database, report: Imported) -> None:
    words = await fold((said.id, said.text) for one in group for said in one.messages)
    taken = await asyncio.gather(*(_store(one, words, who, database) for one in group))
    for one, became in zip(group, taken, strict=True):
        if isinstance(became, Failure):
            report.failed.append(became)
        elif became:
            report.conversations += 1
            report.messages += len(one.messages)
        else:
            report.already_there += 1


async def _store(given: Incoming, words: Mapping[str, str], who: Principal, database: Database) -> bool | Failure:
    """Whether it was new; a Failure for what the database does not take."""
    row = dataclasses.replace(given.row, owner=who.id, workspace=who.workspace)

    async def work(connection: Connection) -> bool:
        known = await conversations.find_origins(connection, who.id, [row.origin or ""])
        if known or await conversations.find_conversation(connection, given.original_id, who.id):
            return False
        await conversations.insert_conversation(connection, row)
        for start in range(0, len(given.messages), _ROWS):
            await messages.insert_messages(connection, given.messages[start : start + _ROWS], words)
        return True

    try:
        return await database.write(work)
    except Conflict:
        return False
    except InvalidRequest as error:
        return Failure(row.title, error.message)
    except (ValueError, OverflowError) as error:
        return Failure(row.title, f"the database does not take it: {type(error).__name__}")


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
        found = await messages.find_messages(connection, id_, branch)
    now = now_us()
    rows = {one.id: dataclasses.replace(one, status=status_now(one, now)) for one in found}
    return row, markdown.branch_as_markdown(row.title, (rows[one] for one in branch))


async def export_all(who: Principal, database: Database, *, lines: bool) -> AsyncIterator[bytes]:
    """Everything that is one's own, piece by piece: one JSON document, or a line for each conversation. A few are read
    at a time: a slow reader holds no snapshot of the database. They come by their ids, which nothing changes meanwhile.
    """
    if not lines:
        yield b'{"format":"%s","version":%d,"conversations":[' % (archive.FORMAT.encode(), archive.VERSION)
    between, after = b"", ""
    while page := await _page(who, database, after):
        after = page[-1]
        for id_ in page:
            found = await _find_export(id_, who, database)
            if found is not None:
                yield between + orjson.dumps(found) + (b"\n" if lines else b"")
                between = b"" if lines else b",\n"
    if not lines:
        yield b"]}\n"


async def _page(who: Principal, database: Database, after: str) -> list[str]:
    async with database.read() as connection:
        return await conversations.list_ids(connection, who.id, _PAGE, after)


async def _find_export(id_: str, who: Principal, database: Database) -> dict[str, Any] | None:
    """None for what was erased meanwhile."""
    async with database.read() as connection:
        row = await conversations.find_conversation(connection, id_, who.id)
        return None if row is None else archive.conversation_json(row, await _all_messages(connection, row))


async def _all_messages(connection: Connection, row: ConversationRow) -> list[MessageRow]:
    nodes = await messages.list_tree(connection, row.id)
    return await messages.find_messages(connection, row.id, [node.id for node in nodes])
