"""Conversations for tests: stored straight into a database, message after message."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from answerable.core.identity import OWNER
from answerable.storage.conversations import ConversationRow, insert_conversation, new_conversation_id
from answerable.storage.database import Connection, Database
from answerable.storage.messages import MessageRow, insert_messages, new_message_id

BEGIN_US = 1_790_000_000_000_000
"""When the first of them began, in microseconds since 1970 UTC; each message comes a second later."""


def conversation(owner: str = OWNER.id, **more: Any) -> ConversationRow:
    row = ConversationRow(new_conversation_id(), owner, OWNER.workspace, "Untitled", BEGIN_US, BEGIN_US)
    return replace(row, **more)


def message(talk: str, parent: str | None, text: str, role: str = "user", **more: Any) -> MessageRow:
    row = MessageRow(new_message_id(), talk, parent, role, text, BEGIN_US, BEGIN_US)
    return replace(row, **more)


def dialogue(talk: str, texts: Sequence[str], parent: str | None = None, **more: Any) -> list[MessageRow]:
    """Questions and answers in turn, each below the one before."""
    rows: list[MessageRow] = []
    for number, text in enumerate(texts):
        at = BEGIN_US + number * 1_000_000
        role = "assistant" if number % 2 else "user"
        rows.append(message(talk, parent, text, role, created_at=at, updated_at=at, **more))
        parent = rows[-1].id
    return rows


async def store(database: Database, row: ConversationRow, *texts: str) -> tuple[ConversationRow, list[MessageRow]]:
    """A conversation of these texts, shown to its end."""
    said = dialogue(row.id, texts)
    row = replace(row, leaf=said[-1].id if said else None)

    async def work(connection: Connection) -> None:
        await insert_conversation(connection, row)
        await insert_messages(connection, said)

    await database.write(work)
    return row, said
