"""Counts every request and writes its one log line, but for those whose flow knows more and does so itself."""

import asyncio
import secrets
import time
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from answerable.telemetry.metrics import Metrics
from answerable.telemetry.names import Outcome
from answerable.telemetry.requests import CLIENT_GONE, RequestRecord, log_request

OBSERVED: Final = "answerable.observed"
"""A route puts this key into its scope once a flow has taken over counting and logging the request."""

PAGES: Final = "pages"
"""The endpoint of everything that no route answers: the web pages, and addresses that do not exist."""

_QUIET = ("/health/", "/metrics", "/assets/")
"""Asked for by machines every few seconds, or by each page a dozen times: counted, but not logged."""

_METHODS: Final = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})


def take_over(scope: Scope) -> None:
    """The flow counts and logs this request from here on."""
    scope[OBSERVED] = True


class Observed:
    """Pure ASGI, around everything that can answer. Costs about 8 microseconds, the line included 20."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and look at the status that it got."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        metrics: Metrics = scope["app"].state.metrics
        begun, status, failed = time.perf_counter(), CLIENT_GONE, False

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        metrics.begin_request()
        try:
            await self._app(scope, receive, watch)
        except asyncio.CancelledError:
            status = CLIENT_GONE
            raise
        except BaseException:
            failed, status = True, 500 if status == CLIENT_GONE else status
            raise
        finally:
            metrics.end_request()
            if OBSERVED not in scope:
                outcome = "failed" if failed else _outcome(status)
                done = RequestRecord(_request_id(scope), endpoint_of(scope), status, outcome)
                done.total_s = time.perf_counter() - begun
                _observe(done, metrics)


def endpoint_of(scope: Scope) -> str:
    """Method and route as declared, like `GET /v1/collections/{name}`: addresses as sent have no bound, and may hold
    names.
    """
    route = scope.get("route")
    if route is None:
        return PAGES
    return f"{scope['method'] if scope['method'] in _METHODS else 'OTHER'} {route.path}"


def _observe(done: RequestRecord, metrics: Metrics) -> None:
    metrics.observe_request(done)
    if done.endpoint != PAGES and not done.endpoint.removeprefix("GET ").startswith(_QUIET):
        log_request(done)


def _request_id(scope: Scope) -> str:
    return str(scope.get("answerable.request_id") or f"req_{secrets.token_hex(12)}")


def _outcome(status: int) -> Outcome:
    if status == CLIENT_GONE:
        return "stopped"
    if status >= 500:
        return "failed"
    return "refused" if status >= 400 else "answered"
