"""GET /metrics for Prometheus."""

from typing import cast

from fastapi import APIRouter, Request
from starlette.responses import Response

from answerable.api.access import Guarded, allow
from answerable.telemetry.metrics import Metrics

router = APIRouter(tags=["metrics"], route_class=Guarded)


@router.get("/metrics", response_class=Response)
@allow("metrics.read")
def get_metrics(request: Request) -> Response:
    """All metrics, as Prometheus text or as OpenMetrics."""
    metrics = cast("Metrics", request.app.state.metrics)  # a plain function: rendering is done in a thread
    body, content_type = metrics.render(request.headers.get("accept", ""))
    return Response(body, headers={"content-type": content_type, "cache-control": "no-store"})
