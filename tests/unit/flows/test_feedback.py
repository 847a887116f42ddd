from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from answerable.core.errors import Conflict, InvalidRequest, NotFound
from answerable.core.identity import OWNER, Principal
from answerable.core.moments import now_us
from answerable.flows import feedback as flow
from answerable.flows import review
from answerable.flows.conversations import read_messages
from answerable.flows.feedback import Given
from answerable.flows.platform import Platform
from answerable.gateway.ledger_entry import Opening
from answerable.storage.feedback import MarkRow, delete_all_marks, put_mark
from answerable.storage.messages import MessageRow, insert_messages
from answerable.storage.review import ReviewRow
from tests.support.platform import open_small_platform
from tests.support.talks import conversation, message, store

ADA, BOB = Principal("usr_ada"), Principal("usr_bob")
ANSWER = {"sentences": [{"text": "a", "citations": [{"number": 1, "collection": "manuals", "quote": "q"}]}]}


@pytest.fixture
async def p(tmp_path: Path) -> AsyncIterator[Platform]:
    async with open_small_platform(tmp_path) as opened:
        yield opened


async def answered(p: Platform, owner: str = ADA.id, request_id: str = "req_1") -> tuple[str, MessageRow, MessageRow]:
    talk, (asked,) = await store(p.database, conversation(owner), "Why?")
    answer = message(talk.id, asked.id, "Because.", "assistant", request_id=request_id, answer=ANSWER)
    await p.database.write(lambda connection: insert_messages(connection, [answer]))
    return talk.id, asked, answer


async def queue(p: Platform) -> list[ReviewRow]:
    return await review.list_items(review.Asked(), OWNER, p.database)


async def test_a_mark_is_given_changed_shown_and_withdrawn(p: Platform) -> None:
    talk, _, answer = await answered(p)
    await flow.mark_message(talk, answer.id, Given("down", "wrong"), ADA, p)
    (item,) = await queue(p)
    assert (item.kind, item.question, item.answer, item.comment) == ("low_mark", "Why?", "Because.", "wrong")
    assert (item.collection, item.message, item.request_id) == ("manuals", answer.id, "req_1")
    await flow.mark_message(talk, answer.id, Given("down", "quite wrong"), ADA, p)
    assert [item.comment for item in await queue(p)] == ["quite wrong"]
    await flow.mark_message(talk, answer.id, Given("up"), ADA, p)
    assert await queue(p) == []
    page = await read_messages(talk, ADA, p.database, leaf=answer.id)
    assert page.marks[answer.id].mark == 1
    await flow.withdraw_mark(talk, answer.id, ADA, p)
    await flow.withdraw_mark(talk, answer.id, ADA, p)
    assert (await read_messages(talk, ADA, p.database, leaf=answer.id)).marks == {}
    text = p.metrics.render()[0].decode()
    assert 'answerable_feedback_total{mark="down"} 1.0' in text
    assert 'answerable_feedback_total{mark="up"} 1.0' in text


@pytest.mark.parametrize("how", ["withdrawn", "up"])
async def test_who_takes_a_mark_back_takes_the_comment_from_what_was_settled(p: Platform, how: str) -> None:
    talk, _, answer = await answered(p)
    await flow.mark_message(talk, answer.id, Given("down", "wrong"), ADA, p)
    (item,) = await queue(p)
    await review.settle_item(item.id, "done", None, OWNER, p.database)
    if how == "withdrawn":
        await flow.withdraw_mark(talk, answer.id, ADA, p)
    else:
        await flow.mark_message(talk, answer.id, Given("up"), ADA, p)
    (kept,) = await review.list_items(review.Asked(status="done"), OWNER, p.database)
    assert (kept.id, kept.comment, kept.question) == (item.id, "", "Why?")


async def test_what_was_imported_is_marked_by_its_message(p: Platform) -> None:
    talk, _, answer = await answered(p, request_id="")
    row = await flow.mark_message(talk, answer.id, Given("down"), ADA, p)
    assert row.request_id == answer.id


async def test_only_ones_own_answers_are_marked(p: Platform) -> None:
    talk, asked, answer = await answered(p)
    with pytest.raises(InvalidRequest, match="only an answer"):
        await flow.mark_message(talk, asked.id, Given("up"), ADA, p)
    other, _, theirs = await answered(p, BOB.id, "req_2")
    for conversation_, message_ in ((other, theirs.id), (talk, theirs.id), (other, answer.id), (talk, "msg_0")):
        with pytest.raises(NotFound):
            await flow.mark_message(conversation_, message_, Given("up"), ADA, p)
        with pytest.raises(NotFound):
            await flow.withdraw_mark(conversation_, message_, ADA, p)


async def test_an_answer_of_the_plain_api_is_marked_by_its_request(p: Platform) -> None:
    entry = p.ledger.open(ADA, Opening("POST /v1/chat/completions", "scripted", "manuals"))
    entry.close("answered")
    await p.ledger.flush()
    row = await flow.mark_request(entry.id, Given("down", "hm"), ADA, p)
    assert (row.message, row.mark) == (None, -1)
    (item,) = await queue(p)
    assert (item.request_id, item.question, item.answer, item.collection) == (entry.id, "", "", "manuals")
    for who, request in ((BOB, entry.id), (OWNER, entry.id), (ADA, "req_0")):
        with pytest.raises(NotFound, match="you made no request"):
            await flow.mark_request(request, Given("up"), who, p)


async def test_an_account_that_is_erased_takes_its_marks_along(p: Platform) -> None:
    talk, _, answer = await answered(p)
    await flow.mark_message(talk, answer.id, Given("down", "hers"), ADA, p)
    other, _, theirs = await answered(p, BOB.id, "req_2")
    await flow.mark_message(other, theirs.id, Given("down", "his"), BOB, p)
    await p.database.write(lambda connection: delete_all_marks(connection, ADA.id))
    assert [item.comment for item in await queue(p)] == ["his"]
    assert (await read_messages(talk, ADA, p.database, leaf=answer.id)).marks == {}


async def test_the_answer_of_a_conversation_keeps_its_message_whoever_asks_by_request(p: Platform) -> None:
    entry = p.ledger.open(ADA, Opening("POST /v1/chat/completions", "scripted"))
    entry.close("answered")
    await p.ledger.flush()
    talk, _, answer = await answered(p, request_id=entry.id)
    for _ in range(2):
        with pytest.raises(InvalidRequest, match="mark its message"):
            await flow.mark_request(entry.id, Given("down"), ADA, p)
        await flow.mark_message(talk, answer.id, Given("up"), ADA, p)


async def test_a_mark_that_had_no_message_gets_it(p: Platform) -> None:
    talk, _, answer = await answered(p)
    orphan = MarkRow("req_1", ADA.id, ADA.workspace, None, -1, "", 1, 1)
    await p.database.write(lambda connection: put_mark(connection, orphan))
    await flow.mark_message(talk, answer.id, Given("up"), ADA, p)
    (mark,) = (await read_messages(talk, ADA, p.database, leaf=answer.id)).marks.values()
    assert (mark.message, mark.mark, mark.created_at) == (answer.id, 1, 1)


async def test_an_answer_is_marked_when_it_is_finished(p: Platform) -> None:
    talk, (asked,) = await store(p.database, conversation(ADA.id), "Why?")
    running = message(talk.id, asked.id, "Bec", "assistant", status="streaming", updated_at=now_us())
    await p.database.write(lambda connection: insert_messages(connection, [running]))
    with pytest.raises(Conflict, match="when it is finished"):
        await flow.mark_message(talk.id, running.id, Given("up"), ADA, p)
