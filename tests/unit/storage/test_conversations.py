"""Conversations and messages in the database."""

from dataclasses import replace

from answerable.storage.conversations import (
    ConversationRow,
    change_conversation,
    delete_conversation,
    find_conversation,
    insert_conversation,
    new_conversation_id,
    now_us,
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
