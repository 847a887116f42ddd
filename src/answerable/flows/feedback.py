"""Marks: up or down for an answer, with a comment; changed, withdrawn, and a low one queued for review."""

from dataclasses import dataclass
from typing import Literal

from answerable.chats.citations import citations_of
from answerable.chats.liveness import status_now
from answerable.core.errors import Conflict, InvalidRequest, NotFound
from answerable.core.identity import Principal
from answerable.core.moments import now_us
from answerable.flows.conversations import get_own
from answerable.flows.platform import Platform
from answerable.flows.review import Reviewed, queue_for_review
from answerable.storage import feedback, messages, review
from answerable.storage.database import Connection
from answerable.storage.feedback import DOWN, UP, MarkRow
from answerable.storage.messages import MessageRow

Mark = Literal["up", "down"]
_MARKS: dict[Mark, int] = {"up": UP, "down": DOWN}


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody thinks of an answer."""

    mark: Mark
    comment: str = ""


async def mark_message(conversation: str, message: str, given: Given, who: Principal, p: Platform) -> MarkRow:
    """Mark an answer of one's own conversation, or change the mark. Raises NotFound, InvalidRequest for a message that
    is no answer, Conflict while it is being given.
    """

    async def work(connection: Connection) -> tuple[MarkRow, bool]:
        row = await _get_answer(connection, conversation, message, who)
        if status_now(row, now_us()) == "streaming":
            raise Conflict("the answer is being given: mark it when it is finished", retry_after_s=5)
        answer = Reviewed(
            _key(row), row.id, await _question(connection, row), row.text, _collection(row), given.comment
        )
        return await _put(connection, given, answer, who)

    return _counted(await p.database.write(work), given, p)


async def withdraw_mark(conversation: str, message: str, who: Principal, p: Platform) -> None:
    """Take one's mark back; without one nothing happens. Raises NotFound for an answer that is not one's own."""

    async def work(connection: Connection) -> None:
        key = _key(await _get_answer(connection, conversation, message, who))
        await feedback.delete_mark(connection, key, who.id)
        await review.withdraw_item(connection, key, "low_mark")

    await p.database.write(work)


async def mark_request(request_id: str, given: Given, who: Principal, p: Platform) -> MarkRow:
    """Mark an answer of the plain API by its request; nothing of its text is stored. Raises NotFound for a request
    that the ledger does not know as the caller's, InvalidRequest for the answer of a conversation: its mark belongs to
    the message and is erased with it.
    """

    async def work(connection: Connection) -> tuple[MarkRow, bool]:
        collection = await feedback.find_own_request(connection, request_id, who.id)
        if collection is None:
            raise NotFound(f"you made no request '{request_id[:60]}'", param="request_id")
        if await feedback.is_in_conversation(connection, request_id, who.id):
            raise InvalidRequest("this answer is in a conversation: mark its message", param="request_id")
        return await _put(connection, given, Reviewed(request_id, collection=collection, comment=given.comment), who)

    return _counted(await p.database.write(work), given, p)


async def _put(connection: Connection, given: Given, answer: Reviewed, who: Principal) -> tuple[MarkRow, bool]:
    """The mark, and whether it is new or another one than before."""
    now = now_us()
    mark = _MARKS[given.mark]
    row = MarkRow(answer.request_id, who.id, who.workspace, answer.message, mark, given.comment, now, now)
    before = await feedback.put_mark(connection, row)
    if mark == DOWN:
        await queue_for_review(connection, who, "low_mark", answer)
    else:
        await review.withdraw_item(connection, answer.request_id, "low_mark")
    return row, before is None or before.mark != mark


def _counted(put: tuple[MarkRow, bool], given: Given, p: Platform) -> MarkRow:
    row, is_news = put
    if is_news:
        p.metrics.count_mark(given.mark)
    return row


async def _get_answer(connection: Connection, conversation: str, message: str, who: Principal) -> MessageRow:
    await get_own(connection, conversation, who)
    found = await messages.find_messages(connection, conversation, [message])
    if not found:
        raise NotFound(f"this conversation has no message '{message[:60]}'", param="message")
    if found[0].role != "assistant":
        raise InvalidRequest("only an answer can be marked", param="message")
    return found[0]


async def _question(connection: Connection, row: MessageRow) -> str:
    parents = await messages.find_messages(connection, row.conversation, [row.parent]) if row.parent else []
    return parents[0].text if parents else ""


def _key(row: MessageRow) -> str:
    """What was imported has no request: its own id stands in."""
    return row.request_id or row.id


def _collection(row: MessageRow) -> str | None:
    return next((one.collection for one in citations_of(row.answer)), None)
