"""POST /v1/chat/completions on the OpenAI wire, streamed or plain."""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from answerable.api import sse
from answerable.api.dependencies import platform, reader
from answerable.api.openai_wire import ChatBody, Chunks, MessageBody, completion
from answerable.core.errors import InvalidRequest
from answerable.core.filters import parse_filter
from answerable.core.identity import Principal
from answerable.core.messages import Event
from answerable.core.moments import parse_moment
from answerable.core.tasks import Chat
from answerable.flows.chat import Turn, chat

router = APIRouter(tags=["chat"])


@router.post("/v1/chat/completions", response_model=None)
async def create_completion(body: ChatBody, request: Request) -> Response:
    """Answer a conversation; with `collection`, from its documents, every sentence cited and checked."""
    p, turn = platform(request), to_turn(body, reader(request))
    model = body.model or p.models.default
    p.models.get(turn.model)
    if body.stream:
        chunks = Chunks(model, include_usage=bool(body.stream_options and body.stream_options.include_usage))

        async def run(write: sse.Write) -> None:
            async def emit(event: Event) -> None:
                for chunk in chunks.of(event):
                    await write(sse.frame(chunk))

            await chat(turn, emit, p)
            await write(sse.DONE)

        return sse.EventStream(run)
    events: list[Event] = []

    async def collect(event: Event) -> None:
        events.append(event)

    if not await sse.run_unless_gone(request.receive, chat(turn, collect, p)):
        return Response(status_code=499)
    return JSONResponse(completion(model, events))


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


class AskBody(BaseModel):
    """POST /v1/collections/{name}/ask."""

    question: str = Field(min_length=1, max_length=20_000)
    model: str | None = None
    as_of: str | None = None
    filter: dict[str, Any] | str | None = None
    explain: bool = False


@router.post("/v1/collections/{name}/ask")
async def ask(name: str, body: AskBody, request: Request) -> dict[str, Any]:
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
    events: list[Event] = []

    async def collect(event: Event) -> None:
        events.append(event)

    await chat(to_turn(asked, reader(request)), collect, platform(request))
    reply = completion(body.model or platform(request).models.default, events)
    return {"answer": reply["choices"][0]["message"]["content"], "model": reply["model"], **reply["answerable"]}
