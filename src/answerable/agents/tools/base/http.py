"""One polite HTTP client for services that the operator configured: bounded bodies, no redirects, no cookies, no
proxies from the environment.

Addresses that a model chooses never come here: those go through the safe fetcher (`Services.fetch`). How a service may
be asked, by tools and by sources of research alike, is `service.py`.
"""

import asyncio
import email.utils
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import orjson

from answerable import __version__
from answerable.core.errors import ToolFailed
from answerable.core.ports import SharedStore
from answerable.storage.shared_store import MemoryStore
from answerable.wire.http import Client, ConnectionFailed, Reply

USER_AGENT = f"Answerable/{__version__} (self-hosted)"

LONGEST_PAUSE_S = 3_600.0
"""No service is left alone for longer, whatever it asks for."""


class Unavailable(ToolFailed):
    """The service is at fault: it cannot be reached, is too busy, refuses our key, or answers with something else.

    `again`: the same request may work in a moment, or after `retry_after_s`. `pauses`: it asked to be left alone.
    """

    def __init__(
        self, message: str, *, again: bool = False, pauses: bool = False, retry_after_s: float | None = None
    ) -> None:
        super().__init__(message, retry_after_s=retry_after_s)
        self.again = again
        self.pauses = pauses


def user_agent(contact: str) -> str:
    """How this program names itself. Wikimedia's policy asks for an address or e-mail of the operator in it."""
    return USER_AGENT.replace("self-hosted", f"self-hosted; {contact}") if contact else USER_AGENT


@dataclass(frozen=True, slots=True)
class Request:
    """One request. With `body` it is a POST of that JSON. `secret` headers are sent and never shown."""

    url: str
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Mapping[str, Any] | None = None
    timeout_s: float = 10.0
    max_bytes: int = 2_000_000


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer. `wait_s` is what a `Retry-After` header asks for."""

    status: int
    data: bytes
    wait_s: float | None = None

    def json(self, service: str) -> Any:
        """The body as JSON. Raises Unavailable."""
        try:
            return orjson.loads(self.data)
        except orjson.JSONDecodeError as error:
            raise Unavailable(f"{service} answered with something that is not JSON; try another source") from error


class HttpClient:
    """A connection a request: these services are asked one at a time, seconds apart.

    `clock` counts seconds since 1970. In `store` workers agree on whose turn it is and remember answers.
    """

    def __init__(
        self,
        user_agent: str = USER_AGENT,
        clock: Callable[[], float] = time.time,
        store: SharedStore | None = None,
    ) -> None:
        self._user_agent = user_agent
        self.clock = clock
        self.store = store or MemoryStore(clock=clock)

    async def send(self, request: Request, service: str) -> Response:
        """The answer, whatever its status. Raises ToolFailed that names `service` when there is none."""
        query = urlencode(request.params)
        url = f"{request.url}{'&' if '?' in request.url else '?'}{query}" if query else request.url
        try:
            client = Client(url, {"User-Agent": self._user_agent, **request.headers})
        except ValueError as error:
            raise ToolFailed(f"{service} cannot be asked: its address or key is not well formed") from error
        try:
            async with asyncio.timeout(request.timeout_s):
                if request.body is None:
                    reply = await client.get(request.timeout_s)
                else:
                    reply = await client.post(orjson.dumps(request.body), request.timeout_s)
                body = await _read(reply, request.max_bytes, service)
                return Response(reply.status, body, _wait_s(reply.headers.get("retry-after", "")))
        except TimeoutError as error:
            said = f"{service} did not answer within {request.timeout_s:g} s; try again later"
            raise Unavailable(said, again=True) from error
        except ConnectionFailed as error:
            raise Unavailable(f"{service} cannot be reached now; try another source", again=True) from error
        finally:
            client.close()


async def _read(reply: Reply, limit: int, service: str) -> bytes:
    body = bytearray()
    while piece := await reply.readany():
        body += piece
        if len(body) > limit:
            raise ToolFailed(f"{service} answered with more than {limit:,} bytes; ask for less")
    return bytes(body)


def _wait_s(header: str) -> float | None:
    """Seconds of a `Retry-After` header: a number, or a date (RFC 9110 section 10.2.3)."""
    if header.strip().isdecimal():
        return min(float(header), LONGEST_PAUSE_S)
    try:
        moment = email.utils.parsedate_to_datetime(header)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max((moment - datetime.now(UTC)).total_seconds(), 0.0), LONGEST_PAUSE_S)
