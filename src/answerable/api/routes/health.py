"""GET /health/live and /health/ready: is the process up, can it answer."""

from typing import Any

from fastapi import APIRouter, Request

from answerable import __version__
from answerable.api.dependencies import platform
from answerable.flows.collections import list_collections

router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live")
async def live() -> dict[str, str]:
    """The process runs."""
    return {"status": "ok", "version": __version__}


@router.get("/ready")
async def ready(request: Request) -> dict[str, Any]:
    """The database answers; says what is there to ask."""
    p = platform(request)
    return {"status": "ok", "collections": len(await list_collections(p)), "models": p.models.names}
