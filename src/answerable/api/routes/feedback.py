"""Marks of answers, and the queue of those who review."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field
from starlette.responses import Response

from answerable.api.access import Guarded, allow
from answerable.api.bodies import Strict
from answerable.api.conversation_views import mark_json, review_json
from answerable.api.dependencies import platform, reader
from answerable.api.routes.conversations import PLAIN, Id, IdQuery, Limit, TalkId, parse_place, place_text
from answerable.flows import feedback as flow
from answerable.flows import review
from answerable.flows.feedback import Given, Mark
from answerable.storage.review import Kind, ReviewStatus

router = APIRouter(tags=["feedback"], route_class=Guarded)

_MARK = "/v1/conversations/{id}/messages/{message}/feedback"
ItemId = Annotated[str, Path(alias="id", max_length=60, pattern=PLAIN)]
Comment = Annotated[str, Field(max_length=2_000, pattern=PLAIN)]


class MarkBody(Strict):
    """PUT .../feedback."""

    mark: Mark
    comment: Comment = ""


class RequestMarkBody(MarkBody):
    """POST /v1/feedback; `request_id` is the `x-request-id` of the answer."""

    request_id: str = Field(min_length=1, max_length=60, pattern=PLAIN)


class ReviewBody(Strict):
    """PATCH /v1/review/{id}; what is left out stays."""

    status: ReviewStatus | None = None
    note: Comment | None = None


@router.put(_MARK)
@allow("feedback.create")
async def mark_message(talk: TalkId, message: Id, body: MarkBody, request: Request) -> dict[str, Any]:
    """Mark an answer of one's own conversation, or change the mark."""
    given = Given(body.mark, body.comment)
    return mark_json(await flow.mark_message(talk, message, given, reader(request), platform(request)))


@router.delete(_MARK, status_code=204)
@allow("feedback.create")
async def withdraw_mark(talk: TalkId, message: Id, request: Request) -> Response:
    """Take one's mark back."""
    await flow.withdraw_mark(talk, message, reader(request), platform(request))
    return Response(status_code=204)


@router.post("/v1/feedback")
@allow("feedback.create")
async def mark_request(body: RequestMarkBody, request: Request) -> dict[str, Any]:
    """Mark an answer of the plain API."""
    given = Given(body.mark, body.comment)
    return mark_json(await flow.mark_request(body.request_id, given, reader(request), platform(request)))


@router.get("/v1/review")
@allow("review.read")
async def list_review(
    request: Request,
    status: ReviewStatus = "open",
    kind: Annotated[Kind | None, Query()] = None,
    limit: Limit = 50,
    after: IdQuery = None,
) -> dict[str, Any]:
    """A page of the workspace's queue, newest first; `next` is the cursor of the following page."""
    asked = review.Asked(status, kind, limit + 1, None if after is None else parse_place(after))
    rows = await review.list_items(asked, reader(request), platform(request).database)
    last = rows[limit - 1] if len(rows) > limit else None
    following = None if last is None else place_text((last.created_at, last.id))
    data = [review_json(row) for row in rows[:limit]]
    return {"object": "list", "data": data, "has_more": following is not None, "next": following}


@router.patch("/v1/review/{id}")
@allow("review.write")
async def settle_item(item: ItemId, body: ReviewBody, request: Request) -> dict[str, Any]:
    """Settle an item, open it again, or say something of it."""
    row = await review.settle_item(item, body.status, body.note, reader(request), platform(request).database)
    return review_json(row)
