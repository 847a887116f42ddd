"""/v1/admin/topics: which questions go to people or get a fixed notice, on every worker within seconds."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import Response

from answerable.api.access import Guarded, allow
from answerable.api.account_views import topic_json
from answerable.api.bodies import Strict
from answerable.api.dependencies import platform, reader
from answerable.api.routes.accounts import caller_of
from answerable.flows import topics

router = APIRouter(prefix="/v1/admin/topics", tags=["administration"], route_class=Guarded)

Texts = Annotated[list[Annotated[str, Field(max_length=500)]], Field(max_length=200)]


class TopicBody(Strict):
    """PUT /v1/admin/topics/{topic}. A topic is recognised by `keywords`, and by the meaning of `examples`."""

    keywords: Texts = Field(default_factory=list)
    examples: Texts = Field(default_factory=list)
    action: Literal["people", "notice"] = "people"
    message: str = Field(default="", max_length=4_000)
    enabled: bool = True


@router.get("")
@allow("admin.topics")
async def list_topics(request: Request) -> dict[str, Any]:
    """All topics by name."""
    rows = await topics.list_topics(platform(request).accounts)
    return {"object": "list", "data": [topic_json(row) for row in rows]}


@router.put("/{topic:path}")
@allow("admin.topics")
async def put_topic(topic: str, body: TopicBody, request: Request) -> dict[str, Any]:
    """Add a topic, or put this one in the place of the one of that name."""
    wanted = topics.Topic(topic, tuple(body.keywords), tuple(body.examples), body.action, body.message, body.enabled)
    row = await topics.put_topic(reader(request), wanted, caller_of(request), platform(request).accounts)
    return topic_json(row)


@router.delete("/{topic:path}", status_code=204)
@allow("admin.topics")
async def remove_topic(topic: str, request: Request) -> Response:
    """Take a topic away: its questions are answered again."""
    await topics.remove_topic(reader(request), topic, caller_of(request), platform(request).accounts)
    return Response(status_code=204)
