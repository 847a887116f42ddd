"""Saying something in a conversation, following the answer from anywhere, and stopping it.

The answer is no connection's: who hangs up leaves it running, and comes back with `Last-Event-ID`.
"""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from pydantic import Field
from starlette.responses import JSONResponse, Response

from answerable.api import sse
from answerable.api.access import Guarded, access_of, allow
from answerable.api.bodies import Body
from answerable.api.conversation_views import message_json
from answerable.api.dependencies import platform, reader
from answerable.api.idempotency import KEPT, Kept
from answerable.api.observed import take_over
from answerable.api.openai_wire import ChatBody, TurnBody, to_content
from answerable.api.reply_headers import ReplyHeaders
from answerable.api.routes.chat import turn_of
from answerable.api.run_wire import RunWire
from answerable.chats.run import Run
from answerable.core.errors import InvalidRequest
from answerable.core.messages import Message, Text
from answerable.core.tasks import Chat
from answerable.flows import runs
from answerable.flows.conversations import get_conversation
from answerable.flows.platform import Platform
from answerable.flows.stored_turn import Saying
from answerable.flows.turns import Turn
from answerable.telemetry.requests import CLIENT_GONE

router = APIRouter(tags=["conversations"], route_class=Guarded)

_MESSAGES = "/v1/conversations/{conversation}/messages"
_PLAIN_ONLY = ChatBody.model_fields.keys() - TurnBody.model_fields.keys() - {"stream"}
"""What only a plain chat request may ask; it would travel on to the provider as a field that we do not know."""


class SayBody(TurnBody, Body):
    """POST /v1/conversations/{conversation}/messages. Fields beside these three are those of a chat request; what the
    conversation is set to stands where they are left out.
    """

    content: str | Annotated[list[dict[str, Any]], Field(min_length=1, max_length=100)] | None = None
    parent: Annotated[str, Field(max_length=100)] | None = None
    stream: bool = True
    instructions: Annotated[str, Field(max_length=20_000)] | None = None

    def on(self, settings: dict[str, Any]) -> "SayBody":
        """This body, with a conversation's settings where it says nothing itself."""
        return SayBody.model_validate(settings | self.model_dump(exclude_unset=True))

    def to_saying(self) -> Saying:
        """What is said. Raises InvalidRequest for empty content, and for fields of a plain chat request."""
        for name in sorted(_PLAIN_ONLY & (self.model_extra or {}).keys()):
            told = f"`{name}` is a field of /v1/chat/completions: a conversation keeps its own messages and options"
            raise InvalidRequest(told, param=name)
        content = None if self.content is None else to_content(self.content, "content")
        if content is not None and not any(not isinstance(part, Text) or part.text.strip() for part in content):
            raise InvalidRequest("say something: `content` is empty", param="content")
        return Saying(content, self.parent, at_leaf="parent" not in self.model_fields_set)


@router.post(_MESSAGES, response_model=None)
@allow("conversations.write")
async def say(conversation: str, body: SayBody, request: Request) -> Response:
    """Say something, or with `parent` alone have a question answered again. The answer is streamed with ids to go on
    from, or with `stream: false` told whole.
    """
    p, who, access = platform(request), reader(request), access_of(request.scope)
    own = await get_conversation(conversation, who, p.database)
    kept: Kept | None = request.scope.get(KEPT)
    saying = body.to_saying()
    if kept is not None and (message := await kept.find()) is not None:
        row = await runs.get_answer(own.id, message, p)
        if row.status not in ("failed", "interrupted"):
            return await _again(own.id, message, body, request)
        saying = Saying(None, row.parent, at_leaf=False)
    asked = body.on(dict(own.settings or {}))
    turn = _turn(asked, request)
    wire = RunWire(asked.model or p.models.default)
    run = await runs.say(own, saying, turn, wire, lambda: access.watch(who), p)
    take_over(request.scope)  # the flow counts and logs the request from here on
    if kept is not None and run.kept:
        await kept.keep(run.id)
    return _stream(run, own.id, p) if body.stream else await _whole(run, request)


@router.get(_MESSAGES + "/{message}/stream", response_model=None)
@allow("conversations.read")
async def follow(
    conversation: str,
    message: str,
    request: Request,
    after: Annotated[int, Query(ge=0)] = 0,
    last_event_id: Annotated[str | None, Header()] = None,
) -> Response:
    """Follow an answer from a frame on: the very bytes that the first connection got, then what is still to come."""
    p = platform(request)
    own = await get_conversation(conversation, reader(request), p.database)
    row = await runs.get_answer(own.id, message, p)
    place = runs.Place(own.id, row.id, sse.number_of(last_event_id) if last_event_id else after)

    return _following(place, p)


@router.post(_MESSAGES + "/{message}/stop", response_model=None)
@allow("conversations.write")
async def stop(conversation: str, message: str, request: Request) -> Response:
    """Stop an answer, whichever worker gives it. What it said until then stays."""
    p = platform(request)
    own = await get_conversation(conversation, reader(request), p.database)
    return JSONResponse(message_json(await runs.stop(own.id, message, p)))


def _turn(body: SayBody, request: Request) -> Turn:
    told = (Message("system", (Text(body.instructions),)),) if body.instructions else ()
    task = Chat(told, sampling=body.to_sampling(), stream=True)
    return turn_of(body, task, reader(request), access_of(request.scope).address(request.scope))


def _stream(run: Run, conversation: str, p: Platform) -> Response:
    async def follow_it(write: sse.Write) -> None:
        await run.begun.wait()
        if run.error is not None and not run.seen:
            raise run.error
        await runs.follow(runs.Place(conversation, run.id), _wire_of(p), _sending(write), p)

    return sse.EventStream(follow_it, lambda: list(ReplyHeaders.of(run.events).items()))


async def _whole(run: Run, request: Request) -> Response:
    async with sse.cancelled_when_gone(request.receive) as gone:
        await run.over.wait()
    if gone.happened:  # the answer goes on without its reader
        return Response(status_code=CLIENT_GONE)
    if run.error is not None:
        raise run.error
    return JSONResponse(message_json(run.row()), headers=ReplyHeaders.of(run.events))


async def _again(conversation: str, message: str, body: SayBody, request: Request) -> Response:
    """What was said before with the same Idempotency-Key, whose client was gone before the end: nothing runs twice."""
    place, p = runs.Place(conversation, message), platform(request)
    if body.stream:
        return _following(place, p)

    async def nobody(_first: int, _frames: Sequence[bytes]) -> None:
        """Only the end is waited for."""

    async with sse.cancelled_when_gone(request.receive) as gone:
        await runs.follow(place, _wire_of(p), nobody, p)
    if gone.happened:
        return Response(status_code=CLIENT_GONE)
    return JSONResponse(message_json(await runs.get_answer(conversation, message, p)))


def _following(place: runs.Place, p: Platform) -> Response:
    async def run(write: sse.Write) -> None:
        await runs.follow(place, _wire_of(p), _sending(write), p)

    return sse.EventStream(run, begin_at_once=True)


def _sending(write: sse.Write) -> runs.Send:
    async def send(first: int, frames: Sequence[bytes]) -> None:
        await write(b"".join(sse.framed(one, number) for number, one in enumerate(frames, first)))

    return send


def _wire_of(p: Platform) -> runs.WireOf:
    return lambda row: RunWire(row.model or p.models.default)
