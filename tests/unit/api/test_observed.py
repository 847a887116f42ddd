import asyncio
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from answerable.api.access import Access, Door
from answerable.api.observed import Observed, take_over
from answerable.api.routes import metrics as metrics_route
from answerable.telemetry import log
from answerable.telemetry.metrics import Metrics
from tests.support.asgi import request


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers[:]
    log.configure("info")
    yield
    root.handlers[:] = before


async def thing(asked: Request) -> PlainTextResponse:
    if asked.path_params["id"] == "secret":
        return PlainTextResponse("not yours", 404)
    if asked.path_params["id"] == "broken":
        raise ValueError("broken")
    if asked.path_params["id"] == "left":
        raise asyncio.CancelledError
    if asked.path_params["id"] == "flow":
        take_over(asked.scope)
    return PlainTextResponse("here")


class Routed:
    """Leaves the route in the scope, as FastAPI does."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].startswith("/v1/things/"):
            scope["route"] = ROUTE
        await self._app(scope, receive, send)


ROUTE = Route("/v1/things/{id}", thing)


@pytest.fixture
def app() -> Starlette:
    made = Starlette(routes=[ROUTE], middleware=[Middleware(Observed), Middleware(Routed)])
    made.state.metrics = Metrics()
    return made


def counted(app: Starlette) -> dict[tuple[str, str, str], float]:
    families = text_string_to_metric_families(app.state.metrics.render()[0].decode())
    return {
        (sample.labels["endpoint"], sample.labels["outcome"], sample.labels["status"]): sample.value
        for family in families
        for sample in family.samples
        if sample.name == "answerable_requests_total"
    }


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


THINGS = "GET /v1/things/{id}"


async def test_a_request_is_counted_by_its_route_and_never_by_its_address(
    app: Starlette, capsys: pytest.CaptureFixture[str]
) -> None:
    await request(app, path="/v1/things/1")
    await request(app, path="/v1/things/secret")
    assert counted(app) == {(THINGS, "answered", "2xx"): 1, (THINGS, "refused", "4xx"): 1}
    found = lines(capsys)
    assert [(line["endpoint"], line["status"]) for line in found] == [(THINGS, 200), (THINGS, 404)]
    assert "secret" not in str(found)
    assert len({line["id"] for line in found}) == 2


async def test_what_a_flow_counts_itself_is_not_counted_twice(
    app: Starlette, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (await request(app, path="/v1/things/flow")).status == 200
    assert (counted(app), lines(capsys)) == ({}, [])


async def test_a_mistake_of_ours_is_counted_as_failed_and_goes_on(app: Starlette) -> None:
    with pytest.raises(ValueError, match="broken"):
        await request(app, path="/v1/things/broken")
    assert counted(app) == {(THINGS, "failed", "5xx"): 1}


async def test_a_request_that_is_given_up_is_stopped(app: Starlette) -> None:
    with pytest.raises(asyncio.CancelledError):
        await request(app, path="/v1/things/left")
    assert counted(app) == {(THINGS, "stopped", "4xx"): 1}
    assert b"answerable_requests_in_flight 0.0" in app.state.metrics.render()[0]


async def test_pages_are_counted_together_and_not_logged(app: Starlette, capsys: pytest.CaptureFixture[str]) -> None:
    await request(app, path="/any/address")
    assert counted(app) == {("pages", "refused", "4xx"): 1}
    assert lines(capsys) == []


async def test_what_is_not_http_passes() -> None:
    seen: list[str] = []

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    async def nothing() -> Message:
        raise AssertionError

    async def send(message: Message) -> None:
        raise AssertionError

    await Observed(inner)({"type": "lifespan"}, nothing, send)
    assert seen == ["lifespan"]


async def test_metrics_are_served_for_prometheus() -> None:
    from fastapi import FastAPI

    served = FastAPI()
    served.include_router(metrics_route.router)
    served.state.metrics = Metrics()
    served.state.access = Access(None, Door())
    reply = await request(served, path="/metrics")
    assert reply.headers["content-type"].startswith("text/plain; version=")
    assert reply.headers["cache-control"] == "no-store"
    assert b"answerable_build_info" in reply.body
    reply = await request(served, path="/metrics", headers={"accept": "application/openmetrics-text"})
    assert reply.body.endswith(b"# EOF\n")
