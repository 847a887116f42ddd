"""Pure ASGI wrappers around every request: what becomes of our own mistakes, who may reach a server without accounts,
how big a body may be, and the headers that keep the pages to themselves.
"""

import functools
import ipaddress
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from answerable.api import errors
from answerable.core.errors import TooLarge
from answerable.telemetry.log import logger

_CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "font-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_UPLOADS = ("/documents", "/conversations/import")
"""How the addresses end that take files."""
_SAFE_HEADERS = (
    (b"content-security-policy", _CSP.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
)


class Mistakes:
    """Logs an exception that nobody foresaw and answers 500. Starlette's own way answers too, but raises again, and the
    server then closes a connection that the client believes to be open.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; an exception after the response began goes on to the server, which cuts it."""
        begun = False

        async def watch(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception as error:
            if begun or scope["type"] != "http":
                raise
            logger.error("request.failed", method=scope["method"], path=scope["path"], exc_info=error)
            await JSONResponse(errors.unexpected(), 500)(scope, receive, send)


class SafeHeaders:
    """Adds the headers of a page that trusts nobody else."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, adding headers to its response."""

        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = list(message.get("headers", ()))
                names = dict(given)  # in lower case, as ASGI has them
                message["headers"] = given + [header for header in _SAFE_HEADERS if header[0] not in names]
            await send(message)

        await self._app(scope, receive, add if scope["type"] == "http" else send)


class LocalOnly:
    """Without accounts only this machine may ask: refuses foreign `Host` names (DNS rebinding) and requests that a
    page of another origin makes a browser send.
    """

    def __init__(self, app: ASGIApp, hosts: Iterable[str]) -> None:
        self._app = app
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on when it is ours."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        host, origin = find_header(scope, b"host") or "", find_header(scope, b"origin")
        ours = _hostname(host) in self._hosts and (origin is None or urlsplit(origin).netloc == host)
        if ours:
            return await self._app(scope, receive, send)
        message = "this server has no accounts and answers only requests from this machine's own pages and programs"
        return await JSONResponse(errors.body(message, 403, "permission_denied"), 403)(scope, receive, send)


class TrustedHosts:
    """With accounts: answers only to names it knows. Addresses cannot be rebound, and pass; so do this machine's own
    names.
    """

    def __init__(self, app: ASGIApp, hosts: Iterable[str]) -> None:
        self._app = app
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on when its `Host` is one of ours."""
        if scope["type"] != "http" or self._is_ours(find_header(scope, b"host") or ""):
            return await self._app(scope, receive, send)
        message = "this server does not answer to that name; list it in ANSWERABLE_HOSTS"
        return await JSONResponse(errors.body(message, 403, "permission_denied"), 403)(scope, receive, send)

    def _is_ours(self, host: str) -> bool:
        name = _hostname(host)
        return name is not None and (name in self._hosts or _is_address(name))


class BodyLimit:
    """Refuses bodies beyond a limit while they arrive, whatever they announced: `max_bytes` for uploads, which are read
    piece by piece, `max_json_bytes` for everything else, which is parsed at once.
    """

    def __init__(self, app: ASGIApp, max_bytes: int, max_json_bytes: int | None = None) -> None:
        self._app = app
        self._max = max_bytes
        self._max_json = min(max_bytes, max_bytes if max_json_bytes is None else max_json_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a counted body."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        most = self._max if scope["path"].endswith(_UPLOADS) else self._max_json
        announced = find_header(scope, b"content-length") or "0"
        if announced.isdigit() and int(announced) > most:
            error = _too_large(most)
            return await JSONResponse(errors.body_of(error), error.status)(scope, receive, send)
        return await self._app(scope, _counted(receive, most), send)


def find_header(scope: Scope, wanted: bytes) -> str | None:
    """The first header of a name. Starlette's `Headers` takes five times as long for one."""
    for name, value in scope["headers"]:
        if name == wanted:
            return str(value, "latin-1")
    return None


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"the request is larger than {limit:,} bytes, the limit of this server")


def _counted(receive: Receive, limit: int) -> Callable[[], Any]:
    seen = 0

    async def count() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise _too_large(limit)
        return message

    return count


@functools.lru_cache(256)
def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


@functools.lru_cache(256)
def _hostname(host: str) -> str | None:
    try:
        found = urlsplit(f"//{host}")
        return None if "@" in found.netloc else found.hostname
    except ValueError:
        return None
