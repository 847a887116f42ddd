"""The ASGI application: the list of middleware, the routes, the web pages, and what runs beside requests."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.staticfiles import StaticFiles

from answerable import __version__
from answerable.api import errors
from answerable.api.middleware import BodyLimit, LocalOnly, SafeHeaders
from answerable.api.routes import chat, collections, health, models
from answerable.flows.ingest import embed_in_background
from answerable.flows.platform import Platform

STATIC = Path(__file__).parent / "static"
LOOPBACK = ("127.0.0.1", "localhost", "::1")

Open = Callable[[], Awaitable[Platform]]


def build(open_platform: Open, *, max_request_bytes: int) -> FastAPI:
    """The application. `open_platform` is awaited at start-up; what it returns is closed at shutdown."""

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        platform = app.state.platform = await open_platform()
        work = asyncio.create_task(embed_in_background(platform), name="embedding")
        yield
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work
        await platform.close()

    app = FastAPI(
        title="Answerable",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        middleware=[
            Middleware(SafeHeaders),
            Middleware(LocalOnly, hosts=LOOPBACK),
            Middleware(BodyLimit, max_bytes=max_request_bytes),
        ],
    )
    errors.install(app)
    for area in (chat, models, collections, health):
        app.include_router(area.router)
    _serve_pages(app)
    return app


def _serve_pages(app: FastAPI) -> None:
    if not (STATIC / "index.html").is_file():

        @app.get("/", include_in_schema=False)
        async def no_pages() -> Response:
            return HTMLResponse("<p>The API is running. The web pages are not built: run <code>make web</code>.</p>")

        return
    app.mount("/assets", StaticFiles(directory=STATIC / "assets"), name="assets")

    @app.get("/{path:path}", include_in_schema=False)
    async def page(path: str) -> Response:
        """A file of the build, or the one page that shows every address of its own."""
        if path.startswith(("v1/", "health/")):
            return _nothing_here()
        wanted = (STATIC / path).resolve()
        inside = wanted.is_file() and wanted.is_relative_to(STATIC.resolve())
        return FileResponse(wanted if inside else STATIC / "index.html")


def _nothing_here() -> Response:
    return JSONResponse(errors.body("there is nothing at this address", 404, "not_found"), 404)
