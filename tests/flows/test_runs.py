"""Saying something in a conversation: what is stored, what readers get, and what becomes of an answer that is stopped,
fails, or is left alone.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text, update

from answerable.chats.journal import Config as JournalConfig
from answerable.core.errors import (
    AnswerRunning,
    InvalidRequest,
    NotFound,
    ProviderDown,
    StorageDown,
    StreamBroken,
    Unauthenticated,
)
from answerable.core.moments import now_us
from answerable.core.tasks import Chat
from answerable.flows import runs
from answerable.flows.conversations import get_conversation
from answerable.flows.stored_turn import current, get_message, said_before
from answerable.storage.conversations import delete_conversation
from answerable.storage.database import Connection
from answerable.storage.messages import MessageRow, insert_messages, new_message_id
from answerable.storage.schema import messages
from tests.support.patience import LONG_S
from tests.support.talking import ANN, EVE, Room, begun, finished, open_room, texts

STARTED = b"started"


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with open_room(tmp_path) as opened:
        yield opened


async def test_a_turn_is_stored_with_its_answer_and_the_conversation_goes_on(room: Room) -> None:
    answer = await finished(room)
    question, stored = await room.rows()
    assert (question.role, question.text, question.parent) == ("user", "Hello?", None)
    assert (stored.role, stored.text, stored.status) == ("assistant", "Well, yes.", "done")
    assert (stored.parent, stored.model, stored.id) == (question.id, "slow", answer.id)
    assert stored.request_id.startswith("req_")
    assert stored.answer == {"events": ["Admitted", "Routed", "Finished"]}
    conversation = await room.conversation()
    assert (conversation.leaf, conversation.title) == (answer.id, "Hello?")
    assert conversation.updated_at > conversation.created_at


async def test_the_next_turn_follows_on_what_was_said(room: Room) -> None:
    await finished(room)
    await finished(room, "And now?", "Nothing.")
    await finished(room, "Really?", "Really.")
    task = room.slow.tasks[-1]
    assert isinstance(task, Chat)
    assert texts(task.messages) == [
        ("user", "Hello?"),
        ("assistant", "Well, yes."),
        ("user", "And now?"),
        ("assistant", "Nothing."),
        ("user", "Really?"),
    ]


async def test_what_was_said_is_read_from_the_database_where_no_cache_has_it(room: Room) -> None:
    answer = await finished(room)
    conversation = await room.conversation()
    from_cache = await said_before(conversation, answer, room.p)
    room.p.shared.store._kept.clear()  # type: ignore[attr-defined]
    assert await said_before(conversation, answer, room.p) == from_cache
    assert texts(from_cache) == [("user", "Hello?"), ("assistant", "Well, yes.")]


async def test_a_message_that_its_worker_is_about_to_store_is_waited_for(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("answerable.flows.stored_turn._STORED_WITHIN_US", 2 * LONG_S * 1e6)
    answer = await finished(room)
    new = MessageRow(new_message_id(), answer.conversation, answer.id, "user", "And?", now_us(), now_us())
    looking = asyncio.create_task(get_message(answer.conversation, new.id, room.p))
    await asyncio.sleep(0.15)
    assert not looking.done()
    await room.p.database.write(lambda c: insert_messages(c, [new]))
    assert await looking == new
    for old in (new_message_id(now_us() - 300_000_000), "msg_", "msg_zz", "nothing"):
        async with asyncio.timeout(LONG_S):  # half as long as one would be waited for
            with pytest.raises(NotFound):
                await get_message(answer.conversation, old, room.p)


async def test_a_message_of_another_conversation_is_not_waited_for(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("answerable.flows.stored_turn._STORED_WITHIN_US", 2 * LONG_S * 1e6)
    answer, running = await finished(room), await begun(room, "And now?")
    for id_ in (answer.id, running.id):
        async with asyncio.timeout(LONG_S):
            with pytest.raises(NotFound):
                await get_message("conv_of_somebody", id_, room.p)
    room.slow.say(None)
    await running.over.wait()


async def test_a_message_that_is_stored_late_as_another_process_writes_is_waited_for(room: Room) -> None:
    """It is told to its reader after a second, whether it is stored or not."""
    answer = await finished(room)
    at = now_us() - 4_000_000
    new = MessageRow(new_message_id(at), answer.conversation, answer.id, "user", "And?", at, at)
    looking = asyncio.create_task(get_message(answer.conversation, new.id, room.p))
    await asyncio.wait((looking,), timeout=0.3)
    assert not looking.done()
    await room.p.database.write(lambda c: insert_messages(c, [new]))
    assert await looking == new


async def test_a_question_is_answered_again_beside_the_first_answer(room: Room) -> None:
    first = await finished(room)
    again = await room.say(None, first.parent, "other")
    room.other.say("No.", None)
    await again.over.wait()
    rows = await room.rows()
    assert [(row.role, row.text, row.parent) for row in rows[1:]] == [
        ("assistant", "Well, yes.", first.parent),
        ("assistant", "No.", first.parent),
    ]
    task = room.other.tasks[0]
    assert isinstance(task, Chat)
    assert texts(task.messages) == [("user", "Hello?")]
    assert (await room.conversation()).leaf == again.id


async def test_an_edited_question_stands_beside_the_old_one(room: Room) -> None:
    await finished(room)
    edited = await room.say("Good day?", None)
    room.slow.say("Good day.", None)
    await edited.over.wait()
    rows = [row for row in await room.rows() if row.role == "user"]
    assert [(row.text, row.parent) for row in rows] == [("Hello?", None), ("Good day?", None)]
    task = room.slow.tasks[-1]
    assert isinstance(task, Chat)
    assert texts(task.messages) == [("user", "Good day?")]


async def test_two_models_answer_side_by_side_but_nothing_follows_on_an_unfinished_answer(room: Room) -> None:
    run = await begun(room)
    with pytest.raises(AnswerRunning) as refused:
        await room.say("And now?")
    assert refused.value.message_id == run.id
    with pytest.raises(AnswerRunning):
        await room.say("And now?", run.id)
    beside = await room.say(None, run.row().parent, "other")
    room.other.say("No.", None)
    await beside.over.wait()
    assert not run.over.is_set()
    room.slow.say(None)
    await run.over.wait()
    assert {row.text for row in await room.rows()} == {"Hello?", "Well, ", "No."}


@pytest.mark.parametrize("parent", ["msg_0", "at the leaf"])
async def test_nothing_is_answered_again_that_nobody_asked(room: Room, parent: str) -> None:
    await finished(room)
    with pytest.raises(NotFound if parent == "msg_0" else InvalidRequest):
        await room.say(None, parent)
    with pytest.raises(NotFound):
        await get_conversation(room.id, EVE, room.p.database)


async def test_every_reader_gets_the_same_frames_from_anywhere_on(room: Room) -> None:
    run = await begun(room)
    early = [asyncio.create_task(room.follow(run.id, after)) for after in (0, 1, 2)]
    await asyncio.sleep(0.05)
    room.slow.say("yes", ".", None)
    whole = [STARTED, b"<Well, >", b"<yes>", b"<.>", b"done"]
    assert await asyncio.gather(*early) == [whole, whole[1:], whole[2:]]
    assert [await room.follow(run.id, after) for after in range(6)] == [*(whole[after:] for after in range(5)), []]


async def test_where_the_log_is_gone_the_stored_message_is_told_as_one_frame(room: Room) -> None:
    answer = await finished(room)
    for run in list(room.p.runs.log._over):  # type: ignore[attr-defined]
        room.p.runs.log._forget(run)  # type: ignore[attr-defined]
    assert await room.follow(answer.id) == [b"stored Well, yes.", b"done"]
    assert await room.follow(answer.id, answer.cursor) == []


async def test_a_question_is_not_followed(room: Room) -> None:
    answer = await finished(room)
    assert answer.parent is not None
    with pytest.raises(NotFound):
        await runs.get_answer(room.id, answer.parent, room.p)
    with pytest.raises(NotFound):
        await runs.stop(room.id, "msg_0", room.p)


async def test_an_answer_that_is_stopped_keeps_its_text_and_ends_the_call_of_its_model(room: Room) -> None:
    run = await begun(room)
    stopped = await runs.stop(room.id, run.id, room.p)
    assert (stopped.status, stopped.text, stopped.error) == ("stopped", "Well, ", "")
    assert room.slow.stopped.is_set()
    assert await room.follow(run.id) == [STARTED, b"<Well, >", b"stopped"]
    assert (await room.rows())[1].status == "stopped"
    assert await runs.stop(room.id, run.id, room.p) == stopped


async def test_an_answer_is_stopped_before_its_first_word(room: Room) -> None:
    run = await room.say("Hello?")
    await room.slow.asked.wait()
    assert (await runs.stop(room.id, run.id, room.p)).status == "stopped"
    assert room.slow.stopped.is_set()


async def test_another_worker_stops_an_answer_through_the_database(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "_STOPPED_S", LONG_S)
    run = await begun(room)
    room.p.runs._live.clear()  # as another worker sees it
    room.p.runs.journal.find = lambda id_: None  # type: ignore[method-assign]
    stopped = await runs.stop(room.id, run.id, room.p)
    assert (stopped.status, stopped.text) == ("stopped", "Well, ")


async def test_an_answer_whose_conversation_is_erased_stops(room: Room) -> None:
    run = await begun(room)
    assert await room.p.runs.journal.flush(run.id, LONG_S)

    async def erase(connection: Connection) -> bool:
        return await delete_conversation(connection, room.id, ANN.id)

    await room.p.database.write(erase)
    async with asyncio.timeout(LONG_S):
        await run.over.wait()
    assert room.slow.stopped.is_set()
    assert await room.rows() == []


async def test_a_failure_after_the_first_word_keeps_the_text_and_is_no_clean_end(room: Room) -> None:
    run = await begun(room)
    room.slow.say(StreamBroken("cut"))
    await run.over.wait()
    assert await room.follow(run.id) == [STARTED, b"<Well, >", b"stream_broken"]
    row = (await room.rows())[1]
    assert (row.status, row.text, row.error) == ("failed", "Well, ", "stream_broken")


async def test_a_failure_before_the_first_word_is_kept_with_its_code(room: Room) -> None:
    run = await room.say("Hello?")
    room.slow.say(ProviderDown("down"))
    await run.over.wait()
    assert isinstance(run.error, ProviderDown)
    assert not run.seen
    row = (await room.rows())[1]
    assert (row.status, row.text, row.error) == ("failed", "", "provider_down")
    await finished(room, "And now?")
    task = room.slow.tasks[-1]
    assert isinstance(task, Chat)
    assert texts(task.messages) == [("user", "Hello?"), ("user", "And now?")]


async def test_a_mistake_of_ours_ends_an_answer_and_says_nothing_of_itself(room: Room) -> None:
    run = await begun(room)
    room.slow.say(ZeroDivisionError("a secret"))
    await run.over.wait()
    assert (await room.follow(run.id))[-1] == b"internal_error"
    assert "secret" not in str(run.error)


async def test_an_answer_ends_with_the_access_of_who_asked(room: Room) -> None:
    watched: list[asyncio.Task[None]] = []

    @contextlib.contextmanager
    def withdrawn() -> Iterator[None]:
        task = asyncio.current_task()
        assert task is not None
        watched.append(task)
        try:
            yield
        except asyncio.CancelledError:
            task.uncancel()
            raise Unauthenticated("withdrawn") from None

    room.watching = withdrawn
    run = await begun(room)
    watched[0].cancel()
    await run.over.wait()
    assert room.slow.stopped.is_set()
    assert (await room.rows())[1].error == "invalid_api_key"


async def test_nobody_has_to_read_an_answer(room: Room) -> None:
    run = await begun(room)
    reader = asyncio.create_task(room.follow(run.id))
    await asyncio.sleep(0.05)
    reader.cancel()
    room.slow.say("yes.", None)
    await run.over.wait()
    assert (await room.rows())[1].text == "Well, yes."


async def test_what_is_said_is_in_the_database_while_it_is_said(room: Room) -> None:
    run = await begun(room)
    async with asyncio.timeout(LONG_S):
        while (row := (await room.rows())[1]).cursor < 2:  # noqa: ASYNC110 - a write says nothing here
            await asyncio.sleep(0.02)
    assert (row.status, row.text, row.cursor) == ("streaming", "Well, ", 2)
    room.slow.say(None)
    await run.over.wait()


async def test_an_answer_without_a_sign_of_life_is_interrupted(room: Room) -> None:
    answer = await finished(room)

    async def die(connection: Connection) -> None:
        dead = update(messages).where(messages.c.id == answer.id)
        await connection.execute(dead.values(status="streaming", updated_at=now_us() - 11_000_000))

    await room.p.database.write(die)
    assert [row.status for row in current(await room.rows(), room.p)] == ["done", "interrupted"]
    for run in list(room.p.runs.log._over):  # type: ignore[attr-defined]
        room.p.runs.log._forget(run)  # type: ignore[attr-defined]
    assert await room.follow(answer.id) == [b"stored Well, yes.", b"interrupted"]
    await runs.sweep(room.p)
    assert [row.status for row in await room.rows()] == ["done", "interrupted"]


async def test_the_end_of_the_program_interrupts_what_does_not_end_in_time(room: Room) -> None:
    object.__setattr__(room.p.runs.config, "grace_s", 2.0)
    run = await begun(room)
    ends = await room.say(None, run.row().parent, "other")
    closing = asyncio.create_task(room.p.runs.close())
    await asyncio.sleep(0)
    room.other.say("No.", None)
    await closing
    assert ends.over.is_set()
    assert room.slow.stopped.is_set()
    assert {row.text: row.status for row in await room.rows()} == {
        "Hello?": "done",
        "Well, ": "interrupted",
        "No.": "done",
    }


async def test_an_answer_goes_on_while_the_database_is_away_and_is_stored_when_it_is_back(room: Room) -> None:
    run = await begun(room)
    write = room.p.database.write

    async def away(_work: object) -> None:
        raise StorageDown("away")

    room.p.database.write = away  # type: ignore[assignment, method-assign]
    room.slow.say("yes.", None)
    await run.over.wait()
    assert (await room.follow(run.id))[-1] == b"done"
    assert room.p.runs.journal.waiting == 1
    room.p.runs.journal._config = JournalConfig(most_waiting_bytes=1_000)
    with pytest.raises(StorageDown):
        await room.say("And now?")
    room.p.database.write = write  # type: ignore[method-assign]
    assert await room.p.runs.journal.flush(run.id, LONG_S)
    assert (await room.rows())[1].text == "Well, yes."
    async with room.p.database.read() as connection:
        assert (await connection.execute(text("select count(*) from messages"))).scalar() == 2


async def test_a_mistake_in_writing_an_answer_down_leaves_no_reader_waiting(room: Room) -> None:
    run = await begun(room)
    reader = asyncio.create_task(room.follow(run.id))
    run._wire.answer = lambda events: 1 / 0  # type: ignore[method-assign, assignment, return-value]
    room.slow.say(None)
    assert (await reader)[:2] == [STARTED, b"<Well, >"]
    assert run.over.is_set()
    assert room.p.runs.find(run.id) is None
