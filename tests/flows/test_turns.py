"""One turn after another in a conversation: what each follows on, what is stored of it when, and what is swept."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from answerable.chats.run import Run
from answerable.core.errors import AnswerRunning, Overloaded, RateLimited, StorageDown
from answerable.core.messages import Image, Message
from answerable.core.moments import now_us
from answerable.core.usage import Usage
from answerable.flows import runs
from answerable.flows.stored_turn import remember
from answerable.storage.conversations import ConversationRow
from answerable.storage.database import Connection
from answerable.storage.schema import messages
from answerable.storage.stored_turns import mark_interrupted
from tests.support.patience import LONG_S, until
from tests.support.talking import Room, begun, finished, open_room


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with open_room(tmp_path) as opened:
        yield opened


async def test_the_next_turn_follows_on_an_answer_that_the_database_does_not_have_yet(room: Room) -> None:
    await finished(room)
    write = room.p.database.write

    async def away(_work: object) -> None:
        raise StorageDown("away")

    room.p.database.write = away  # type: ignore[assignment, method-assign]
    second = await finished(room, "And now?", "Nothing.")
    third = await begun(room, "Really?")
    question = room.p.runs.journal.find(third.row().parent or "")
    assert question is not None
    assert question.parent == second.id
    room.p.database.write = write  # type: ignore[method-assign]
    room.slow.say(None)
    async with asyncio.timeout(LONG_S):
        await third.over.wait()


async def test_an_answer_ends_once_a_busy_database_has_it(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("answerable.flows.runs._STORED_S", 0.05)
    run = await begun(room)
    write, free = room.p.database.write, asyncio.Event()

    async def busy(work: Any) -> Any:
        await free.wait()
        return await write(work)

    room.p.database.write = busy  # type: ignore[method-assign]
    room.slow.say("yes.", None)
    await asyncio.sleep(0.6)
    assert not run.over.is_set()
    free.set()
    async with asyncio.timeout(LONG_S):
        await run.over.wait()
    assert (await room.rows())[1].status == "done"


async def test_of_two_turns_at_once_one_is_told_that_the_other_is_being_answered(room: Room) -> None:
    await finished(room)
    told = await asyncio.gather(room.say("And now?"), room.say("And then?"), return_exceptions=True)
    (run,) = [one for one in told if isinstance(one, Run)]
    (refused,) = [one for one in told if isinstance(one, AnswerRunning)]
    assert refused.message_id == run.id
    room.slow.say("Nothing.", None)
    await run.over.wait()
    assert len(await room.rows()) == 4


async def test_a_turn_that_the_limits_refuse_leaves_nothing_behind(room: Room) -> None:
    answer = await finished(room)

    async def refuse(*_given: object) -> None:
        raise RateLimited("too many")

    room.p.limits.reserve = refuse  # type: ignore[assignment, method-assign]
    run = await room.say("And now?")
    await run.over.wait()
    assert isinstance(run.error, RateLimited)
    assert not run.kept
    await asyncio.sleep(0.3)
    assert len(await room.rows()) == 2
    assert (await room.conversation()).leaf == answer.id
    assert room.p.runs.journal.find(run.id) is None


async def test_a_turn_that_finds_no_room_in_line_leaves_nothing_behind(room: Room) -> None:
    answer = await finished(room)

    async def refuse(_tier: object) -> None:
        raise Overloaded("too much to do", retry_after_s=3)

    room.p.queue.enter = refuse  # type: ignore[assignment, method-assign]
    run = await room.say("And now?")
    await run.over.wait()
    assert isinstance(run.error, Overloaded)
    assert not run.kept
    await asyncio.sleep(0.3)
    assert len(await room.rows()) == 2
    assert (await room.conversation()).leaf == answer.id


async def test_a_turn_that_waits_in_line_is_there_and_can_be_stopped(room: Room) -> None:
    enter, free = room.p.queue.enter, asyncio.Event()

    async def wait(tier: Any) -> Any:
        await free.wait()
        return await enter(tier)

    room.p.queue.enter = wait  # type: ignore[method-assign]
    run = await room.say("And now?")
    assert run.kept
    assert [row.status for row in await room.rows()] == ["done", "streaming"]
    assert (await runs.stop(room.id, run.id, room.p)).status == "stopped"
    assert room.slow.tasks == []


async def test_what_fails_before_it_has_a_place_is_kept_with_its_code(room: Room) -> None:
    run = await room.say("Hello?", model="nobody")
    await run.over.wait()
    asked, failed = await room.rows()
    assert (asked.text, failed.status, failed.error) == ("Hello?", "failed", "model_not_found")


async def test_of_two_turns_at_two_workers_at_once_the_later_one_leaves_nothing_behind(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    await finished(room)
    before = await room.conversation()
    answer = await finished(room, "And now?")

    async def read_before_that(*_given: object) -> ConversationRow:
        return before

    monkeypatch.setattr(runs, "with_newest_leaf", read_before_that)
    asked = len(room.slow.tasks)
    run = await room.say("And then?")
    await run.over.wait()
    assert isinstance(run.error, AnswerRunning)
    assert run.error.message_id == answer.id
    assert not run.kept
    await asyncio.sleep(0.3)
    assert len(await room.rows()) == 4
    assert (await room.conversation()).leaf == answer.id
    assert len(room.slow.tasks) == asked


async def test_of_two_turns_at_two_workers_both_stay_where_the_database_was_away(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("answerable.chats.run._STORED_S", 0.01)
    await finished(room)
    before = await room.conversation()
    await finished(room, "And now?")
    write, back = room.p.database.write, asyncio.Event()

    async def read_before_that(*_given: object) -> ConversationRow:
        return before

    async def busy(work: Any) -> Any:
        await back.wait()
        return await write(work)

    monkeypatch.setattr(runs, "with_newest_leaf", read_before_that)
    room.p.database.write = busy  # type: ignore[method-assign]
    run = await begun(room, "And then?")
    back.set()
    room.slow.say("Later.", None)
    await run.over.wait()
    assert run.error is None
    assert [row.text for row in await room.rows()][-2:] == ["And then?", "Well, Later."]
    assert (await room.conversation()).leaf == run.id


async def test_a_turn_under_way_stays_though_who_asked_left_while_it_was_stored(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("answerable.chats.run._STORED_S", 0.2)
    monkeypatch.setattr(runs, "_UNDECIDED_S", 0.01)
    await finished(room)
    before = await room.conversation()
    await finished(room, "And now?")
    write, back, enter, free = room.p.database.write, asyncio.Event(), room.p.queue.enter, asyncio.Event()

    async def read_before_that(*_given: object) -> ConversationRow:
        return before

    async def busy(work: Any) -> Any:
        await back.wait()
        return await write(work)

    async def wait(tier: Any) -> Any:
        await free.wait()
        return await enter(tier)

    monkeypatch.setattr(runs, "with_newest_leaf", read_before_that)
    room.p.database.write = busy  # type: ignore[method-assign]
    room.p.queue.enter = wait  # type: ignore[method-assign]
    asking = asyncio.create_task(room.say("And then?"))

    def live() -> list[Run]:
        return [run for run, _ in room.p.runs._live.values() if run.kept and not run.over.is_set()]

    await until(lambda: bool(live()))
    (run,) = live()
    asking.cancel()
    await asyncio.wait((asking,))
    free.set()
    room.slow.say("Well, ")
    await asyncio.wait_for(run.begun.wait(), 10)
    back.set()
    room.slow.say("later.", None)
    await run.over.wait()
    assert run.error is None
    assert [row.text for row in await room.rows()][-2:] == ["And then?", "Well, later."]


async def test_what_goes_wrong_after_an_answer_leaves_no_reader_waiting(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def break_down(*_given: object) -> None:
        raise ConnectionError("the cache of branches")

    monkeypatch.setattr(runs, "remember", break_down)
    run = await begun(room)
    room.slow.say(None)
    assert (await room.follow(run.id))[-1] == b"done"


async def test_what_a_dead_worker_left_is_swept_while_others_go_on_and_no_outage_ends_that(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("answerable.flows.runs._SWEEP_S", 0.02)
    answer = await finished(room)
    marked, asked = mark_interrupted, 0

    async def away_at_first(*given: Any) -> int:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise StorageDown("away")
        return await marked(*given)

    monkeypatch.setattr(runs, "mark_interrupted", away_at_first)
    room.p.runs.tend(runs.sweep_forever(room.p))

    async def die(connection: Connection) -> None:
        dead = update(messages).where(messages.c.id == answer.id)
        await connection.execute(dead.values(status="streaming", updated_at=now_us() - 11_000_000))

    await room.p.database.write(die)
    async with asyncio.timeout(LONG_S):
        while (await room.rows())[1].status == "streaming":  # noqa: ASYNC110 - a sweep says nothing
            await asyncio.sleep(0.02)
    await room.p.runs.close()
    seen = asked
    await asyncio.sleep(0.1)
    assert asked == seen


async def test_a_branch_with_a_large_image_is_not_kept_for_the_next_turn(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[int] = []

    async def put(_history: object, _place: object, said: tuple[Message, ...]) -> None:
        kept.append(len(said[0].content))

    monkeypatch.setattr(type(room.p.cache.history), "put", put)
    for characters in (1_000, 200_001):
        seen = Message("user", (Image("x" * characters),))
        await remember(await room.conversation(), "msg_0", (seen,), room.p)
    assert kept == [1]


class SlowSlot:
    """An admitted request whose counters take long to settle."""

    limits = ()
    max_output_tokens = None

    def __init__(self) -> None:
        self.settling, self.go_on, self.settled = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def settle(self, _usage: Usage, _cost_usd: Decimal | None) -> None:
        self.settling.set()
        await self.go_on.wait()
        self.settled.set()


async def test_a_cancellation_at_the_very_end_loses_no_settlement_and_the_line_is_written(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    slot, lines = SlowSlot(), list[object]()

    async def reserve(*_given: object) -> SlowSlot:
        return slot

    monkeypatch.setattr("answerable.flows.accounting.log_request", lines.append)
    room.p.limits.reserve = reserve  # type: ignore[assignment, method-assign]
    run = await begun(room)
    room.slow.say(None)
    await slot.settling.wait()
    await asyncio.sleep(0)
    assert len(lines) == 1
    run.stop("stopped")
    async with asyncio.timeout(LONG_S):
        await run.over.wait()
    slot.go_on.set()
    async with asyncio.timeout(LONG_S):
        await slot.settled.wait()
