"""One polite HTTP client for services that the operator configured: bounded bodies, no redirects, no cookies, no
proxies from the environment; a service that asks to slow down is left alone for as long as it says.

Addresses that a model chooses never come here: those go through the safe fetcher (`Services.fetch`).
"""

import asyncio
import email.utils
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import orjson

from answerable import __version__
from answerable.core.errors import ToolFailed
from answerable.wire.http import Client, ConnectionFailed, Reply

USER_AGENT = f"Answerable/{__version__} (self-hosted)"

_LONGEST_PAUSE_S = 3_600.0


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
        """The body as JSON. Raises ToolFailed."""
        try:
            return orjson.loads(self.data)
        except orjson.JSONDecodeError as error:
            raise ToolFailed(f"{service} answered with something that is not JSON; try another source") from error


class HttpClient:
    """A connection a request: these services are asked one at a time, seconds apart. `clock` counts seconds."""

    def __init__(self, user_agent: str = USER_AGENT, clock: Callable[[], float] = time.monotonic) -> None:
        self._user_agent = user_agent
        self.clock = clock

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
            raise ToolFailed(f"{service} did not answer within {request.timeout_s:g} s; try again later") from error
        except ConnectionFailed as error:
            raise ToolFailed(f"{service} cannot be reached now; try another source") from error
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
        return min(float(header), _LONGEST_PAUSE_S)
    try:
        moment = email.utils.parsedate_to_datetime(header)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max((moment - datetime.now(UTC)).total_seconds(), 0.0), _LONGEST_PAUSE_S)


class Service:
    """One service behind the client: one request at a time, `interval_s` between two, pauses kept, answers remembered.

    `sleep` waits between requests; `remember_s` is how long a good answer serves the same request again.
    """

    def __init__(
        self,
        client: HttpClient,
        name: str,
        *,
        interval_s: float = 0.0,
        remember_s: float = 600.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.name = name
        self._client = client
        self._interval_s = interval_s
        self._remember_s = remember_s
        self._sleep = sleep
        self._turn = asyncio.Lock()
        self._free_at = 0.0
        self._paused_until = 0.0
        self._answers: OrderedDict[str, tuple[float, Response]] = OrderedDict()

    async def ask(self, request: Request) -> Response:
        """A good answer (status 200). Raises ToolFailed for any other, with what can be done."""
        key = repr((request.url, sorted(request.params.items()), request.body))
        if (known := self._answers.get(key)) and known[0] > self._client.clock():
            return known[1]
        async with self._turn:
            self._check_pause()
            if (wait_s := self._free_at - self._client.clock()) > 0:
                await self._sleep(wait_s)
            try:
                response = await self._client.send(request, self.name)
            finally:
                self._free_at = self._client.clock() + self._interval_s
        self.check(response)
        self._answers[key] = (self._client.clock() + self._remember_s, response)
        while len(self._answers) > 128:
            self._answers.popitem(last=False)
        return response

    def check(self, response: Response) -> None:
        """Raises ToolFailed unless the status is 200, and keeps away for as long as the service asks."""
        if response.status == 200:
            return
        if response.status in (429, 503):
            self.pause(response.wait_s or 10.0)
        if response.status in (401, 403):
            raise ToolFailed(f"{self.name} refused the request ({response.status}): its key or settings are wrong")
        raise ToolFailed(f"{self.name} answered with status {response.status}; try other words or another source")

    def pause(self, seconds: float) -> None:
        """Ask nothing for so long. Raises ToolFailed that says so."""
        self._paused_until = self._client.clock() + seconds
        self._check_pause()

    def _check_pause(self) -> None:
        left_s = self._paused_until - self._client.clock()
        if left_s > 0:
            raise ToolFailed(f"{self.name} asks to slow down; try again in {left_s:.0f} s, or use another source")
