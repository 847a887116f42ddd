"""Saying something in a stored conversation: the answer is a run that no connection owns. READ 0020 FIRST.

A turn is stored, then a task of the program gives the answer by `flows/chat.py`, as any other, with the run as its
sink. Connections follow its log; whoever comes later gets the same frames, or the stored message.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial

from answerable.chats.journal import Said
from answerable.chats.liveness import SILENT_US
from answerable.chats.run import Run, Wire
from answerable.chats.titles import title_of
from answerable.core.errors import AnswerableError, AnswerRunning, DataError, NotFound, Overloaded, StorageDown
from answerable.core.messages import Message, Text
from answerable.core.moments import now_us
from answerable.core.ports import Frames
from answerable.flows.chat import chat
from answerable.flows.platform import Platform
from answerable.flows.review import Reviewed, review_item
from answerable.flows.stored_turn import (
    Content,
    Saying,
    get_message,
    messages_of,
    parent_of,
    parts_of,
    remember,
    said_before,
    with_newest_leaf,
)
from answerable.flows.turns import Turn
from answerable.storage.conversations import ConversationRow
from answerable.storage.messages import MessageRow, Status, new_message_id
from answerable.storage.review import ReviewRow
from answerable.storage.stored_turns import ANY_LEAF, Move, ask_to_stop, mark_interrupted
from answerable.telemetry.log import logger

Watching = Callable[[], AbstractContextManager[object]]
"""A block that ends with the access of who asked."""

WireOf = Callable[[MessageRow], Wire]
"""How a stored answer is written down."""

Send = Callable[[int, Sequence[bytes]], Awaitable[None]]
"""Takes frames and the number of the first of them."""

_STORED_S, _LONGEST_STORED_S = 1.0, 30.0
"""How long the end of an answer waits for a database that is away, and for one that is only busy; beyond that the
journal keeps it in memory.
"""
_LOOK_S = 1.0
"""How often a follower without news looks whether the answer is still being given."""
_UNDECIDED_S = 0.3
"""An admitted turn that has no place after so long waits in line, or for an equal request: it can be seen and stopped
from then on, and stays whatever becomes of it.
"""
_AGAIN_S, _SOON_S = 0.25, 0.02
_SWEEP_S = 30.0
_STOPPED_S = 1.5


async def say(
    conversation: ConversationRow, saying: Saying, turn: Turn, wire: Wire, watching: Watching, p: Platform
) -> Run:
    """Begin an answer to what is said; `turn` holds instructions at most. Both are kept once the limits let them in and
    there is a place for them: what is refused leaves nothing behind but the error of the run, and so does a turn on a
    message that another worker took one on a moment before. Raises what `parent_of` does, and StorageDown.
    """
    p.runs.journal.check()
    async with p.runs.beginning(conversation.id):
        run = await _begin(await with_newest_leaf(conversation, p), saying, turn, wire, watching, p)
        await run.admitted.wait()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_UNDECIDED_S):
                await run.decided.wait()
        await run.keep()
        await run.decided.wait()
    return run


async def _begin(
    conversation: ConversationRow, saying: Saying, turn: Turn, wire: Wire, watching: Watching, p: Platform
) -> Run:
    parent = await parent_of(conversation, saying, p)
    before = await said_before(conversation, parent, p)
    question = _question(conversation.id, parent, saying.content) if saying.content is not None else parent
    assert question is not None
    said = before if question is parent else (*before, *messages_of((question,)))
    now = now_us()
    row = MessageRow(
        new_message_id(), conversation.id, question.id, "assistant", "", now, now, "streaming", model=turn.model or ""
    )
    title = title_of(question.text) if conversation.leaf is None and not conversation.named else None
    new = () if question is parent else (Said(question),)
    after = conversation.leaf if saying.at_leaf and saying.content is not None else ANY_LEAF
    run = Run(row, wire, p.runs.log, p.runs.journal, new, Move(conversation.id, row.id, now, title, after))
    turn = turn.asking(replace(turn.chat, messages=(*turn.chat.messages, *said)))
    p.runs.start(run, _give(run, turn, conversation, watching, said, p))
    return run


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody reads: an answer of a conversation that is theirs, after the frame of this number."""

    conversation: str
    message: str
    after: int = 0


async def follow(place: Place, wire: WireOf, send: Send, p: Platform) -> None:
    """Send the frames after number `after`, as they come, to the end. Where they are not kept, the stored message is
    sent as one once it is finished. Raises NotFound.
    """
    after = place.after
    while True:
        found = await _read(place, after, p)
        if found is None:
            row = await _when_finished(replace(place, after=after), p)
            if row is None:
                continue  # its log is there after all
            if after < row.cursor or row.status == "interrupted":
                made = wire(row)
                await send(max(row.cursor - 1, 1), [made.whole(row), made.last(row, None)])
            return
        if found.data:
            await send(after + 1, found.data)
            after += len(found.data)
        if found.over:
            return


async def get_answer(conversation: str, id_: str, p: Platform) -> MessageRow:
    """An answer as a reader sees it now. Raises NotFound, also for what is no answer; StorageDown."""
    row = await get_message(conversation, id_, p)
    if row.role != "assistant":
        raise NotFound(f"the message '{id_[:60]}' is no answer: there is nothing to follow or stop", param="message")
    return row


async def stop(conversation: str, id_: str, p: Platform) -> MessageRow:
    """Stop an answer, whichever worker gives it; returns the message, stopped where that took about a second at most.

    Raises NotFound, StorageDown.
    """
    row = await get_answer(conversation, id_, p)
    if row.status != "streaming":
        return row
    run = p.runs.find(id_)
    if run is not None:
        run.stop("stopped")
    else:
        await ask_to_stop(p.database, id_)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_STOPPED_S):
            if run is not None:
                await run.over.wait()
            while row.status == "streaming":
                await asyncio.sleep(_SOON_S)
                row = await get_message(conversation, id_, p)
    return row


async def sweep_forever(p: Platform) -> None:
    """Sweep from time to time: a worker that is back at once left answers that still showed signs of life then."""
    while True:
        await asyncio.sleep(_SWEEP_S)
        if p.runs.journal.failing:  # our own are as silent as dead ones, until the first write
            continue
        try:
            await sweep(p)
        except (StorageDown, DataError) as error:
            logger.warning("runs.sweep_failed", error=error.message)


async def sweep(p: Platform) -> None:
    """What dead workers left is interrupted. Raises StorageDown, DataError."""
    if lost := await mark_interrupted(p.database, now_us() - SILENT_US):
        logger.warning("runs.interrupted", messages=lost)


# --- giving the answer ------------------------------------------------------------------------------------------------


def _question(conversation: str, parent: MessageRow | None, content: Content) -> MessageRow:
    now, text = now_us(), "\n".join(part.text for part in content if isinstance(part, Text))
    above = parent.id if parent else None
    return MessageRow(new_message_id(), conversation, above, "user", text, now, now, parts=parts_of(content))


async def _give(
    run: Run, turn: Turn, conversation: ConversationRow, watching: Watching, said: tuple[Message, ...], p: Platform
) -> None:
    """The life of a run: answered, settled, stored, ended, whatever comes."""
    work = run.work = asyncio.ensure_future(_watched(run, turn, watching, p))
    if run.ending is not None:
        work.cancel()
    await asyncio.wait((work,))
    status, error = _ending(run, work)
    if run.admitted.is_set() and not isinstance(error, Overloaded | AnswerRunning):
        await run.keep()  # what failed before it had a place, by a guard for example, can be seen
    row = run.settle(status, error, partial(_review_of, conversation, turn.question))
    try:
        if run.kept:
            await _stored(run, p)
        if row.text:
            await remember(conversation, run.id, (*said, run.said), p, conversation.leaf)
    finally:  # what goes wrong here must leave no reader waiting
        run.end()


async def _stored(run: Run, p: Platform) -> None:
    """Wait for the database to have the answer: whoever saw its end finds it there, on any worker."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_LONGEST_STORED_S):
            while not await p.runs.journal.flush(run.id, _STORED_S):
                if p.runs.journal.failing:
                    return


def _review_of(conversation: ConversationRow, question: str, row: MessageRow) -> ReviewRow | None:
    """A person should see what the documents could not answer."""
    said = row.answer or {}
    if row.status != "done" or not said.get("abstained"):
        return None
    collection = next(iter(said.get("searched") or ()), None)
    answer = Reviewed(row.request_id, row.id, question, row.text, collection)
    return review_item(conversation.workspace, "abstained", answer)


async def _watched(run: Run, turn: Turn, watching: Watching, p: Platform) -> None:
    with watching():
        await chat(turn, run, p)


def _ending(run: Run, work: "asyncio.Future[None]") -> tuple[Status, AnswerableError | None]:
    if work.cancelled():
        told = run.error or Overloaded("the server is about to end: ask again", retry_after_s=1)
        return run.ending or "interrupted", None if run.kept else told
    error = work.exception()
    if error is None:
        return "done", None
    if isinstance(error, AnswerableError):
        return "failed", error
    logger.error("run.failed", id=run.id, error=repr(error), exc_info=error)
    return "failed", AnswerableError("something went wrong on the server; the log says what")


# --- following it -----------------------------------------------------------------------------------------------------


async def _read(place: Place, after: int, p: Platform) -> Frames | None:
    """The next frames. While none come from elsewhere, looks whether there still is somebody who could send them."""
    while True:
        if p.runs.find(place.message) is not None:  # what runs here always ends its log
            return await p.runs.log.read(place.message, after)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_S):
                return await p.runs.log.read(place.message, after)
        row = await get_message(place.conversation, place.message, p)
        if row.status != "streaming":
            return None


async def _when_finished(place: Place, p: Platform) -> MessageRow | None:
    """The message once it is finished; None as soon as its log is there."""
    while True:
        row = await get_message(place.conversation, place.message, p)
        if row.status != "streaming":
            return row
        await asyncio.sleep(_AGAIN_S)
        try:
            async with asyncio.timeout(_AGAIN_S):
                there = await p.runs.log.read(place.message, place.after) is not None
        except TimeoutError:  # it is, without news
            there = True
        if there:
            return None
