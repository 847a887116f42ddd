"""GET /health/live and /health/ready: is the process up, can it answer."""

from typing import Any

from fastapi import APIRouter, Request

from answerable import __version__
from answerable.api.access import Guarded, access_of, allow
from answerable.api.dependencies import platform
from answerable.flows.admin import count_users
from answerable.flows.collections import list_collections

router = APIRouter(prefix="/health", tags=["health"], route_class=Guarded)


@router.get("/live")
@allow("public")
async def live() -> dict[str, str]:
    """The process runs."""
    return {"status": "ok", "version": __version__}


@router.get("/ready")
@allow("public")
async def ready(request: Request) -> dict[str, Any]:
    """The database answers; without accounts it also says what is there to ask."""
    p = platform(request)
    if access_of(request.scope).has_accounts:
        await count_users(p.accounts)
        return {"status": "ok"}
    return {"status": "ok", "collections": len(await list_collections(p)), "models": p.models.names}
