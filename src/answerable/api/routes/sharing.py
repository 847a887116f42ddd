"""Shares of a conversation, and what their addresses show to anybody who has one."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field
from starlette.responses import JSONResponse, Response

from answerable.api.access import Guarded, allow
from answerable.api.bodies import Strict
from answerable.api.conversation_views import share_json, shared_json
from answerable.api.dependencies import platform, reader
from answerable.api.routes.accounts import shown_once
from answerable.api.routes.conversations import PLAIN, Id, Limit, TalkId
from answerable.flows import sharing as flow

router = APIRouter(tags=["conversations"], route_class=Guarded)

_SHARES = "/v1/conversations/{id}/shares"
_UNLISTED = {"x-robots-tag": "noindex, nofollow", "cache-control": "no-store"}


class ShareBody(Strict):
    """POST .../shares; without `leaf` the branch that is shown."""

    days: int = Field(default=flow.DAYS, ge=1, le=flow.MOST_DAYS)
    leaf: str | None = Field(default=None, max_length=60, pattern=PLAIN)


@router.post(_SHARES, status_code=201)
@allow("conversations.write")
async def share_conversation(talk: TalkId, body: ShareBody, request: Request) -> JSONResponse:
    """An address for a branch as it is now; `token` and `path` are shown this once."""
    database = platform(request).database
    row, token = await flow.share_conversation(talk, reader(request), database, days=body.days, leaf=body.leaf)
    return shown_once(share_json(row) | {"token": token, "path": f"/v1/shared/{token}"}, 201)


@router.get(_SHARES)
@allow("conversations.read")
async def list_shares(talk: TalkId, request: Request) -> dict[str, Any]:
    """The shares of a conversation, newest first."""
    rows = await flow.list_shares(talk, reader(request), platform(request).database)
    return {"object": "list", "data": [share_json(row) for row in rows]}


@router.delete(_SHARES + "/{share}", status_code=204)
@allow("conversations.write")
async def revoke_share(talk: TalkId, share: Id, request: Request) -> Response:
    """Withdraw a share at once."""
    await flow.revoke_share(talk, share, reader(request), platform(request).database)
    return Response(status_code=204)


@router.get("/v1/shared/{token}")
@allow("public")
async def open_share(
    request: Request,
    token: Annotated[str, Path(max_length=200)],
    after: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    limit: Limit = 200,
) -> JSONResponse:
    """What was shared, for anybody who has the address; `next` is the `after` of the following page."""
    found = await flow.open_share(token, platform(request).database, after, limit)
    return JSONResponse(shared_json(found), headers=_UNLISTED)
