"""The ASGI application: the list of middleware, the routes, the web pages, and what runs beside requests."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Router
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from answerable import __version__
from answerable.api import errors
from answerable.api.access import Access, Door, Guard, access_of, allow, check_declared
from answerable.api.dependencies import platform_of
from answerable.api.idempotency import Idempotent
from answerable.api.middleware import BodyLimit, LocalOnly, Mistakes, SafeHeaders, TrustedHosts
from answerable.api.observed import Observed
from answerable.api.routes import (
    accounts,
    admin,
    admin_guards,
    admin_models,
    chat,
    collections,
    conversations,
    feedback,
    health,
    metrics,
    models,
    research,
    runs,
    sharing,
    topics,
    usage,
)
from answerable.core.identity import Principal
from answerable.core.ports import SharedStore
from answerable.flows.ingest import embed_in_background
from answerable.flows.platform import Platform
from answerable.flows.research_work import tend
from answerable.telemetry.loop_lag import watch_loop

STATIC = Path(__file__).parent / "static"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
_LOCAL_ONLY = Middleware(LocalOnly, hosts=LOOPBACK)

Open = Callable[[], Awaitable[Platform]]

_AREAS = (
    chat,
    models,
    collections,
    conversations,
    sharing,
    feedback,
    health,
    metrics,
    accounts,
    admin,
    admin_guards,
    admin_models,
    research,
    runs,
    topics,
    usage,
)


def build(
    open_platform: Open, *, max_request_bytes: int, max_json_bytes: int | None = None, door: Door | None = None
) -> FastAPI:
    """The application. `open_platform` is awaited at start-up; what it returns is closed at shutdown. Without a `door`
    there are no accounts, and only this machine may ask.

    Raises SetupError for a route that declares no action.
    """
    door = door or Door()

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        platform = app.state.platform = await open_platform()
        app.state.metrics = platform.metrics
        app.state.access = Access(platform.accounts.auth if door.accounts else None, door)
        beside = [
            asyncio.create_task(embed_in_background(platform), name="embedding"),
            asyncio.create_task(watch_loop(platform.metrics), name="loop lag"),
        ]
        if door.accounts:
            beside.append(asyncio.create_task(platform.accounts.auth.keep_current(), name="revocations"))
        platform.research.tend(tend(platform))
        yield
        for work in beside:
            work.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await work
        await platform.close()

    app = Application(
        [
            Middleware(Observed),
            Middleware(SafeHeaders),
            Middleware(TrustedHosts, hosts=door.hosts | {"localhost"}) if door.accounts else _LOCAL_ONLY,
            Middleware(BodyLimit, max_bytes=max_request_bytes, max_json_bytes=max_json_bytes),
            Middleware(Idempotent, identify=_identify, store=_store),
        ],
        middleware=[Middleware(Mistakes)],
        title="Answerable",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        openapi_url=None,
        redoc_url=None,
    )
    errors.install(app)
    app.add_route("/openapi.json", _describe, include_in_schema=False)
    for area in _AREAS:
        check_declared(area.router.routes)
        app.include_router(area.router)
    app.mount("/assets", Assets(directory=STATIC / "assets", check_dir=False), name="assets")
    app.router.default = _pages(app.router)
    return app


async def _identify(scope: Scope) -> Principal:
    return await access_of(scope).identify(scope)


def _store(scope: Scope) -> SharedStore:
    return platform_of(scope).shared.store


class Application(FastAPI):
    """FastAPI inside our own middleware, first in the list outermost. The busiest address is answered before FastAPI's
    own machinery, which costs 0.3 ms a request, but behind the same middleware (docs/decisions/0009).
    """

    def __init__(self, around: Sequence[Middleware], **more: Any) -> None:
        super().__init__(**more)
        self._around = tuple(around)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, as Starlette does; FastAPI would look for its own telemetry first."""
        scope["app"] = self
        if self.middleware_stack is None:
            self.middleware_stack = self.build_middleware_stack()
        await self.middleware_stack(scope, receive, send)

    def build_middleware_stack(self) -> ASGIApp:
        """What answers a request, outermost first."""
        rest, chat_completions = (
            super().build_middleware_stack(),
            Mistakes(Guard("chat.create", chat.ChatCompletions())),
        )

        async def choose(scope: Scope, receive: Receive, send: Send) -> None:
            hot = scope["type"] == "http" and scope["path"] == chat.PATH
            await (chat_completions if hot else rest)(scope, receive, send)

        app: ASGIApp = choose
        for cls, args, kwargs in reversed(self._around):
            app = cls(app, *args, **kwargs)
        return app

    def openapi(self) -> dict[str, Any]:
        """The document of all addresses, the busiest one included."""
        if not self.openapi_schema:
            chat.describe(super().openapi())
        return super().openapi()


@allow("public")
async def _describe(request: Request) -> JSONResponse:
    """The OpenAPI document: it says nothing of what is stored."""
    return JSONResponse(request.app.openapi())


class Assets(StaticFiles):
    """Files whose names hold a hash of what is in them: a browser may keep them for good."""

    async def check_config(self) -> None:
        """Nothing is there before the pages are built: a 404 like any other."""

    def file_response(self, *args: Any, **more: Any) -> Response:
        """The file, with leave to keep it."""
        response = super().file_response(*args, **more)
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


def _pages(router: Router) -> ASGIApp:
    """What answers where no route does: a file of the build, else the one page that shows every address of its own."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].lstrip("/")
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD") or path.startswith(("v1/", "health/")):
            return await router.not_found(scope, receive, send)
        return await _page(path)(scope, receive, send)

    return answer


def has_pages() -> bool:
    """Whether the web pages are built."""
    return (STATIC / "index.html").is_file()


def _page(path: str) -> Response:
    if not has_pages():
        return HTMLResponse("<p>The API is running. The web pages are not built: run <code>make web</code>.</p>")
    files = {found.name for found in STATIC.iterdir() if found.is_file()}
    # Asked about anew each time: a page from before an update would want files that are gone.
    headers = {"cache-control": "no-cache"}
    return FileResponse(STATIC / (path if path in files else "index.html"), headers=headers)
