"""Messages of conversations in the database."""

from answerable.core.moments import now_us
from answerable.storage.conversations import delete_conversation, insert_conversation
from answerable.storage.database import Database
from answerable.storage.messages import (
    MessageRow,
    Node,
    find_messages,
    insert_messages,
    list_tree,
    made_at_us,
    new_message_id,
)
from tests.unit.storage.test_conversations import conversation


async def test_messages_make_a_tree_and_go_with_their_conversation(database: Database) -> None:
    row, other = conversation(), conversation()
    now = now_us()
    asked = MessageRow(new_message_id(), row.id, None, "user", "How?", now, now)
    said = MessageRow(
        new_message_id(), row.id, asked.id, "assistant", "So.", now, now, "streaming", answer={"confidence": 0.5}
    )
    elsewhere = MessageRow(new_message_id(), other.id, None, "user", "Who?", now, now, parts=({"type": "image"},))
    await database.write(lambda c: insert_conversation(c, row))
    await database.write(lambda c: insert_conversation(c, other))
    await database.write(lambda c: insert_messages(c, [asked, said, elsewhere]))
    async with database.read() as c:
        assert await list_tree(c, row.id) == [Node(asked.id, None), Node(said.id, asked.id)]
        assert await find_messages(c, row.id, [said.id, elsewhere.id, asked.id]) == [asked, said]
        (kept,) = await find_messages(c, other.id, [elsewhere.id])
        assert kept.parts == ({"type": "image"},)
    assert await database.write(lambda c: delete_conversation(c, row.id, "anna"))
    async with database.read() as c:
        assert await list_tree(c, row.id) == []
        assert await list_tree(c, other.id) == [Node(elsewhere.id, None)]


async def test_ids_of_messages_grow() -> None:
    ids = [new_message_id() for _ in range(50)]
    assert [one[:18] for one in ids] == sorted(one[:18] for one in ids)
    assert len(set(ids)) == 50
    assert [made_at_us(one) for one in (new_message_id(17), "msg_", "")] == [17, 0, 0]
