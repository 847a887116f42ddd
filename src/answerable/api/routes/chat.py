"""POST /v1/chat/completions on the OpenAI wire, streamed or plain; and one question to one collection."""

from dataclasses import replace
from typing import Any

import orjson
from fastapi import APIRouter, Request
from pydantic import Field, ValidationError
from pydantic.json_schema import models_json_schema
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from answerable.api import errors, sse
from answerable.api.access import PRINCIPAL, Guarded, access_of, allow
from answerable.api.bodies import Body, read_whole
from answerable.api.dependencies import platform, platform_of, reader
from answerable.api.observed import take_over
from answerable.api.openai_wire import ChatBody, Chunks, MessageBody, TurnBody, completion
from answerable.api.reply_headers import ReplyHeaders
from answerable.core.errors import AnswerableError, InvalidRequest
from answerable.core.filters import parse_filter
from answerable.core.identity import Principal
from answerable.core.messages import Collected, Event, Live, Visible
from answerable.core.moments import parse_moment
from answerable.core.tasks import Chat
from answerable.flows.chat import chat
from answerable.flows.platform import Platform
from answerable.flows.turns import Turn
from answerable.telemetry.requests import CLIENT_GONE

PATH = "/v1/chat/completions"

router = APIRouter(tags=["chat"], route_class=Guarded)


class ChatCompletions:
    """Answers a conversation; with `collection`, from its documents, every sentence cited and checked.

    A plain ASGI endpoint: this is the address that programs call all day.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"] != "POST":
            return await errors.wrong_method("POST")(scope, receive, send)
        try:
            body, access = _parse(await read_whole(receive)), access_of(scope)
            who: Principal = scope[PRINCIPAL]
            turn, p = to_turn(body, who, access.address(scope)), platform_of(scope)
            take_over(scope)  # the flow counts and logs the request from here on
            stream = _stream(turn, body, p) if body.stream else None
            del body  # a thousand open streams need not keep what was parsed
            if stream is not None:
                await stream(scope, receive, send)
            else:
                with access.watch(who):  # a revocation ends it; streams watch themselves
                    response = await _whole(turn, receive, p)
                await response(scope, receive, send)
        except (AnswerableError, ValidationError) as error:
            await errors.response_of(error)(scope, receive, send)
        return None


def _parse(data: bytes) -> ChatBody:
    """Raises InvalidRequest for what is no JSON, ValidationError for what is no chat request."""
    try:
        found = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise InvalidRequest(f"the body is not valid JSON: {error}") from error
    return ChatBody.model_validate(found)


def _stream(turn: Turn, body: ChatBody, p: Platform) -> Response:
    head = ReplyHeaders()
    usage = bool(body.stream_options and body.stream_options.include_usage)
    chunks = Chunks(turn.model or p.models.default, include_usage=usage)

    async def run(write: sse.Write) -> None:
        await chat(turn, Live(_Writing(chunks, write, head)), p)
        await write(sse.DONE)

    return sse.EventStream(run, head.lines)


class _Writing:
    """Writes events as chunks. Holds back what is not visible until something is: until then a failing model can
    still become an HTTP status, and what is known by then goes into the headers.
    """

    def __init__(self, chunks: Chunks, write: sse.Write, head: ReplyHeaders) -> None:
        self._chunks = chunks
        self._write = write
        self._head = head
        self._held: list[bytes] = []
        self._begun = False

    async def __call__(self, event: Event) -> None:
        """Take the next event."""
        if self._begun:
            if found := self._chunks.data(event):
                await self._write(b"".join(map(sse.framed, found)))
            return
        self._head.take(event)
        self._held.extend(map(sse.framed, self._chunks.data(event)))
        if self._held and isinstance(event, Visible):
            self._begun = True
            await self._write(b"".join(self._held))
            self._held.clear()


async def _whole(turn: Turn, receive: Receive, p: Platform) -> Response:
    """All events of a turn as one reply; stops the turn when the client hangs up."""
    events = Collected()
    async with sse.cancelled_when_gone(receive) as gone:
        await chat(turn, events, p)
    if gone.happened:
        return Response(status_code=CLIENT_GONE)
    reply = completion(turn.model or p.models.default, events.events)
    return Response(orjson.dumps(reply), headers=ReplyHeaders.of(events.events), media_type="application/json")


def to_turn(body: ChatBody, who: Principal, address: str) -> Turn:
    """The flow's request. Raises InvalidRequest that names the field at fault."""
    task = Chat(
        body.to_messages(),
        body.to_tools(),
        body.tool_choice,
        body.parallel_tool_calls,
        body.response_format,
        body.to_sampling(),
        body.stream,
    )
    turn = turn_of(body, task, who, address)
    if body.collection is not None and not turn.question:
        raise InvalidRequest("the last user message is empty: there is nothing to look up", param="messages")
    return replace(turn, temporary=True) if body.temporary else turn


def turn_of(body: TurnBody, task: Chat, who: Principal, address: str) -> Turn:
    """The turn that carries out `task` as the body asks. Raises InvalidRequest that names the field at fault."""
    return Turn(
        task,
        body.model,
        body.collection,
        parse_moment(body.as_of) if body.as_of else None,
        parse_filter(body.filter),
        body.explain,
        who,
        address,
        body.answerable_tools,
        body.to_cache_control(),
    )


def describe(document: dict[str, Any]) -> None:
    """Add this address to an OpenAPI document: FastAPI does not know it."""
    _, schemas = models_json_schema([(ChatBody, "validation")], ref_template="#/components/schemas/{model}")
    document.setdefault("components", {}).setdefault("schemas", {}).update(schemas.get("$defs", {}))
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/ChatBody"}}}
    answers = {
        "200": {"description": "The completion, or with `stream` its chunks as server-sent events"},
        "default": {"description": "An error in OpenAI's shape"},
    }
    document["paths"][PATH] = {
        "post": {
            "tags": ["chat"],
            "summary": "Create Completion",
            "operationId": "create_completion",
            "requestBody": {"required": True, "content": content},
            "responses": answers,
        }
    }


class AskBody(Body):
    """POST /v1/collections/{name}/ask."""

    question: str = Field(min_length=1, max_length=20_000)
    model: str | None = None
    as_of: str | None = None
    filter: dict[str, Any] | str | None = None
    explain: bool = False


@router.post("/v1/collections/{name}/ask", response_model=None)
@allow("collections.ask")
async def ask(name: str, body: AskBody, request: Request) -> Response:
    """One question to one collection, answered whole: text, sentences with citations, confidence, trace."""
    message = MessageBody(role="user", content=body.question)
    asked = ChatBody(
        messages=[message],
        model=body.model,
        collection=name,
        as_of=body.as_of,
        filter=body.filter,
        explain=body.explain,
    )
    events = Collected()
    take_over(request.scope)  # the flow counts and logs the request from here on
    async with sse.cancelled_when_gone(request.receive) as gone:
        who, access = reader(request), access_of(request.scope)
        with access.watch(who):
            await chat(to_turn(asked, who, access.address(request.scope)), events, platform(request))
    if gone.happened:
        return Response(status_code=CLIENT_GONE)
    reply = completion(body.model or platform(request).models.default, events.events)
    answer = {"answer": reply["choices"][0]["message"]["content"], "model": reply["model"], **reply["answerable"]}
    return JSONResponse(answer, headers=ReplyHeaders.of(events.events))
