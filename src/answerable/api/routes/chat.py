"""POST /v1/chat/completions on the OpenAI wire, streamed or plain."""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import JSONResponse, Response

from answerable.api import sse
from answerable.api.bodies import Body
from answerable.api.dependencies import platform, reader
from answerable.api.openai_wire import ChatBody, Chunks, MessageBody, completion
from answerable.core.errors import InvalidRequest
from answerable.core.filters import parse_filter
from answerable.core.identity import Principal
from answerable.core.messages import Dropped, Emit, Event, Retrieved
from answerable.core.moments import parse_moment
from answerable.core.tasks import Chat
from answerable.flows.chat import Turn, chat

router = APIRouter(tags=["chat"])

_CLIENT_GONE = 499
"""nginx's status for a client that hung up; nobody receives it, the access log of a proxy shows it."""


@router.post("/v1/chat/completions", response_model=None)
async def create_completion(body: ChatBody, request: Request) -> Response:
    """Answer a conversation; with `collection`, from its documents, every sentence cited and checked."""
    p, turn = platform(request), to_turn(body, reader(request))
    model = body.model or p.models.default
    p.models.get(turn.model)
    if body.stream:
        chunks = Chunks(model, include_usage=bool(body.stream_options and body.stream_options.include_usage))

        async def run(write: sse.Write) -> None:
            await chat(turn, _sink(chunks, write), p)
            await write(sse.DONE)

        return sse.EventStream(run)
    events = await _collect(turn, request)
    return Response(status_code=_CLIENT_GONE) if events is None else JSONResponse(completion(model, events))


def _sink(chunks: Chunks, write: sse.Write) -> Emit:
    """Writes events as chunks. Holds back what is not visible until something is: until then a failing model can
    still become an HTTP status.
    """
    held: list[bytes] = []

    async def emit(event: Event) -> None:
        held.extend(sse.frame(chunk) for chunk in chunks.of(event))
        if not isinstance(event, Retrieved | Dropped):
            await write(b"".join(held))
            held.clear()

    return emit


async def _collect(turn: Turn, request: Request) -> list[Event] | None:
    """All events of a turn; None when the client hung up, which stops it."""
    events: list[Event] = []

    async def collect(event: Event) -> None:
        events.append(event)

    return events if await sse.run_unless_gone(request.receive, chat(turn, collect, platform(request))) else None


def to_turn(body: ChatBody, who: Principal) -> Turn:
    """The flow's request. Raises InvalidRequest that names the field at fault."""
    task = Chat(
        body.to_messages(),
        body.to_tools(),
        body.tool_choice,
        body.parallel_tool_calls,
        body.response_format,
        body.to_sampling(),
    )
    turn = Turn(
        task,
        body.model,
        body.collection,
        parse_moment(body.as_of) if body.as_of else None,
        parse_filter(body.filter),
        body.explain,
        who,
    )
    if body.collection is not None and not turn.question:
        raise InvalidRequest("the last user message is empty: there is nothing to look up", param="messages")
    return turn


class AskBody(Body):
    """POST /v1/collections/{name}/ask."""

    question: str = Field(min_length=1, max_length=20_000)
    model: str | None = None
    as_of: str | None = None
    filter: dict[str, Any] | str | None = None
    explain: bool = False


@router.post("/v1/collections/{name}/ask", response_model=None)
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
    events = await _collect(to_turn(asked, reader(request)), request)
    if events is None:
        return Response(status_code=_CLIENT_GONE)
    reply = completion(body.model or platform(request).models.default, events)
    answer = {"answer": reply["choices"][0]["message"]["content"], "model": reply["model"], **reply["answerable"]}
    return JSONResponse(answer)
