"""GET /v1/usage and /v1/admin/usage: what was used and what it cost, of oneself or of a workspace."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from answerable.api.access import Guarded, allow
from answerable.api.dependencies import platform, reader
from answerable.api.usage_views import report_json
from answerable.flows.usage import DEFAULT_SINCE, Asked, report_usage

router = APIRouter(tags=["usage"], route_class=Guarded)

By = Annotated[str, Query(max_length=20)]
Since = Annotated[str, Query(max_length=40)]
Until = Annotated[str | None, Query(max_length=40)]


@router.get("/v1/usage")
@allow("me.usage")
async def own_usage(
    request: Request, by: By = "day", since: Since = DEFAULT_SINCE, until: Until = None
) -> dict[str, Any]:
    """One's own usage by day, model, key or outcome."""
    asked = Asked(by, since, until, own=True)
    return report_json(await report_usage(asked, reader(request), platform(request).database))


@router.get("/v1/admin/usage")
@allow("admin.usage")
async def workspace_usage(
    request: Request,
    by: By = "day",
    since: Since = DEFAULT_SINCE,
    until: Until = None,
    user: Annotated[str | None, Query(max_length=60)] = None,
) -> dict[str, Any]:
    """The usage of the workspace by day, model, user, key or outcome; `user` narrows to one account's id."""
    asked = Asked(by, since, until, user)
    return report_json(await report_usage(asked, reader(request), platform(request).database))
