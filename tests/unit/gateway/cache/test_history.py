"""What was said, kept for an hour after the last look."""

from dataclasses import replace

import pytest

from answerable.core.messages import Image, Message, Text, ToolCall
from answerable.gateway.cache.history import Conversation, History
from answerable.storage.shared_store import MemoryStore
from tests.support.caching import Clock

ONE = Conversation("red", "ann", "c1")
SAID = (
    Message("user", (Text("Look:"), Image("https://a/b", "low"))),
    Message("assistant", (), (ToolCall("1", "clock", "{}"),)),
    Message("tool", (Text("noon"),), tool_call_id="1", name="clock"),
)


async def test_messages_come_back_as_they_were() -> None:
    history = History(MemoryStore(), 3_600)
    await history.put(ONE, SAID)
    assert await history.get(ONE) == SAID


async def test_every_look_keeps_it_for_another_hour() -> None:
    clock = Clock()
    history = History(MemoryStore(clock=clock), 3_600)
    await history.put(ONE, SAID)
    for _ in range(3):
        clock.now += 3_000
        assert await history.get(ONE) == SAID
    clock.now += 3_601
    assert await history.get(ONE) is None


async def test_a_dropped_conversation_is_gone() -> None:
    history = History(MemoryStore(), 3_600)
    await history.put(ONE, SAID)
    await history.drop(ONE)
    assert await history.get(ONE) is None


@pytest.mark.parametrize("field", ["workspace", "user", "id"])
async def test_nobody_else_reads_it(field: str) -> None:
    history = History(MemoryStore(), 3_600)
    await history.put(ONE, SAID)
    assert await history.get(replace(ONE, **{field: "other"})) is None


async def test_what_is_damaged_or_of_another_conversation_reads_as_nothing() -> None:
    store = MemoryStore()
    history = History(store, 3_600)
    await history.put(ONE, SAID)
    (name,) = store._kept
    await store.put(name, b"[]", 60)
    assert await history.get(ONE) is None
    await store.put(name, b'[["red","bob","c1"],[]]', 60)
    assert await history.get(ONE) is None
