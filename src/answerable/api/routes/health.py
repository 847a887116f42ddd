"""GET /health/live and /health/ready: is the process up, can it answer."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from answerable import __version__
from answerable.api import errors
from answerable.api.access import Guarded, access_of, allow
from answerable.api.dependencies import platform
from answerable.core.errors import StorageDown
from answerable.flows.collections import list_collections
from answerable.flows.health import check_health

router = APIRouter(prefix="/health", tags=["health"], route_class=Guarded)


@router.get("/live")
@allow("public")
async def live() -> dict[str, str]:
    """The process runs."""
    return {"status": "ok", "version": __version__}


@router.get("/ready")
@allow("public")
async def ready(request: Request) -> JSONResponse:
    """Which parts are up; a 503 only when nothing can be answered. Without accounts also what is there to ask."""
    p, accounts = platform(request), access_of(request.scope).has_accounts
    health = await check_health(p, accounts=accounts)
    found: dict[str, Any] = {"status": "ok" if health.is_whole else "degraded", "database": health.database}
    if health.redis is not None:
        found["redis"] = health.redis
    if not health.can_answer:
        error = StorageDown("the database does not answer, and nothing can be answered without it")
        return JSONResponse(found | {"status": "down"} | errors.body_of(error), error.status, errors.headers_of(error))
    if not accounts:
        found["models"] = p.models.names
        if health.database != "down":
            found["collections"] = len(await list_collections(p))
    return JSONResponse(found)
