"""Conversations and messages in the database."""

from dataclasses import replace

import pytest

from answerable.core.errors import Conflict
from answerable.core.moments import now_us
from answerable.storage.conversations import (
    ConversationRow,
    change_conversation,
    delete_conversation,
    find_conversation,
    find_origins,
    insert_conversation,
    new_conversation_id,
)
from answerable.storage.database import Database


def conversation(owner: str = "anna") -> ConversationRow:
    now = now_us()
    return ConversationRow(new_conversation_id(), owner, "default", "Television", now, now, tags=("home",), settings={})


async def test_a_conversation_is_there_for_its_owner_only(database: Database) -> None:
    row = conversation()
    await database.write(lambda c: insert_conversation(c, row))
    async with database.read() as c:
        assert await find_conversation(c, row.id, "anna") == row
        assert await find_conversation(c, row.id, "bert") is None
    assert not await database.write(lambda c: change_conversation(c, row.id, "bert", title="Mine"))
    assert await database.write(lambda c: change_conversation(c, row.id, "anna", title="TV", tags=["a", "b"]))
    assert not await database.write(lambda c: delete_conversation(c, row.id, "bert"))
    async with database.read() as c:
        assert await find_conversation(c, row.id, "anna") == replace(row, title="TV", tags=("a", "b"))


async def test_one_origin_is_imported_once_for_each_owner(database: Database) -> None:
    async def store(owner: str) -> None:
        row = replace(conversation(owner), origin="chatgpt:1")
        await database.write(lambda connection: insert_conversation(connection, row))

    await store("anna")
    await store("ben")
    with pytest.raises(Conflict, match="imported already"):
        await store("anna")
    async with database.read() as connection:
        assert await find_origins(connection, "anna", ["chatgpt:1", "chatgpt:2"]) == {"chatgpt:1"}
