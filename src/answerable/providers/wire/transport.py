"""The HTTP side of a provider: one lazily opened session, a POST whose reply is read as server-sent events.

Foreign exceptions become ours here. No proxies, cookies or redirects: the key goes to the configured address only.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from answerable.core.errors import ProviderDown, ProviderTimeout, SetupError, UpstreamError
from answerable.providers.wire.errors import from_payload, from_status
from answerable.providers.wire.sse import ServerEvent, SseParser

_ERROR_BODY_BYTES = 64_000
_LAST_BYTES_S = 0.25


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to connect, until the first event, between two reads after it, and for the whole exchange."""

    connect_s: float = 10.0
    first_token_s: float = 120.0
    idle_s: float = 60.0
    total_s: float = 600.0


class EventStream:
    """The events of one reply. `close` breaks the connection unless the reply was read to its end."""

    def __init__(self, name: str, response: aiohttp.ClientResponse, timeouts: Timeouts, begun: float) -> None:
        self._name = name
        self._response = response
        self._timeouts = timeouts
        self._parser = SseParser()
        self._waiting: list[ServerEvent] = []
        self._first_at = begun + timeouts.first_token_s
        self._total_at = begun + timeouts.total_s
        self._begun = False
        self._ended = False

    async def next(self) -> ServerEvent | None:
        """The next event; None at the end. Raises ProviderTimeout or ProviderDown."""
        while not self._waiting and not self._ended:
            piece = await self._read()
            try:
                self._waiting = self._parser.feed(piece) if piece else self._parser.finish()
            except ValueError as error:
                raise ProviderDown(f"{self._name}: the provider's reply could not be read: {error}") from error
            self._ended = not piece
        if not self._waiting:
            return None
        self._begun = True
        return self._waiting.pop(0)

    async def finish(self) -> None:
        """Read what little may follow the last event, so that the connection can be used again."""
        try:
            async with asyncio.timeout(_LAST_BYTES_S):
                while not self._ended:
                    self._ended = not await self._response.content.readany()
        except (TimeoutError, aiohttp.ClientError, OSError):
            return

    def close(self) -> None:
        """Give the connection back, or break it when the reply was not read to its end."""
        if self._ended:
            self._response.release()
        else:
            self._response.close()

    async def _read(self) -> bytes:
        now = asyncio.get_running_loop().time()
        limit = now + self._timeouts.idle_s if self._begun else self._first_at
        try:
            async with asyncio.timeout_at(min(limit, self._total_at)):
                return await self._response.content.readany()
        except TimeoutError as error:
            waited = "went silent" if self._begun else "sent nothing"
            raise ProviderTimeout(f"{self._name}: the provider {waited} for too long") from error
        except (aiohttp.ClientError, OSError) as error:
            raise ProviderDown(f"{self._name}: the connection to the provider broke") from error


@dataclass(slots=True)
class Transport:
    """Posts JSON and opens the stream of the reply; safe for any number of requests at a time."""

    name: str
    headers: Mapping[str, str] = field(repr=False)
    timeouts: Timeouts
    secrets: tuple[str, ...] = field(default=(), repr=False)
    _session: aiohttp.ClientSession | None = None

    async def open(self, url: str, body: Mapping[str, Any]) -> EventStream:
        """Send `body`; the stream once the provider said 200. Raises an UpstreamError otherwise."""
        begun = asyncio.get_running_loop().time()
        response = await self._post(url, body, begun)
        try:
            kind = response.content_type
            if response.status != 200:
                text = await self._text(response, begun)
                raise from_status(self.name, response.status, text, response.headers, self.secrets)
            if kind == "application/json":
                raise self._not_streamed(await self._text(response, begun))
            if kind == "text/html":
                raise ProviderDown(f"{self.name}: a web page answered instead of the provider; check base_url")
        except BaseException:
            response.close()
            raise
        return EventStream(self.name, response, self.timeouts, begun)

    async def close(self) -> None:
        """Close the session; a later request opens a new one."""
        session, self._session = self._session, None
        if session:
            await session.close()

    async def _post(self, url: str, body: Mapping[str, Any], begun: float) -> aiohttp.ClientResponse:
        limit = begun + min(self.timeouts.connect_s + self.timeouts.first_token_s, self.timeouts.total_s)
        try:
            async with asyncio.timeout_at(limit):
                return await self._opened().post(
                    url,
                    data=json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"),
                    headers={"Content-Type": "application/json", "Accept": "text/event-stream"},
                    allow_redirects=False,
                )
        except TimeoutError as error:
            raise ProviderTimeout(f"{self.name}: the provider did not answer in time") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise ProviderDown(
                f"{self.name}: the provider could not be reached; check base_url and the network"
            ) from error

    async def _text(self, response: aiohttp.ClientResponse, begun: float) -> str:
        """The beginning of a reply that is no stream; nothing when it cannot be read."""
        try:
            async with asyncio.timeout_at(begun + self.timeouts.first_token_s):
                return (await response.content.read(_ERROR_BODY_BYTES)).decode("utf-8", "replace")
        except (TimeoutError, aiohttp.ClientError, OSError):
            return ""

    def _not_streamed(self, text: str) -> UpstreamError:
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        if isinstance(found, dict) and found.get("error"):
            return from_payload(self.name, found["error"], self.secrets)
        return ProviderDown(f"{self.name}: the provider did not stream its reply")

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                headers=dict(self.headers),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=self.timeouts.connect_s),
                connector=aiohttp.TCPConnector(limit=0),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
            )
        return self._session


def check_base_url(name: str, base_url: str) -> None:
    """Raises SetupError unless the address is http or https and names a host."""
    try:
        found = urlsplit(base_url)
        valid = found.scheme in ("http", "https") and bool(found.hostname)
    except ValueError:
        valid = False
    if not valid:
        raise SetupError(f"model '{name}': base_url must be an http:// or https:// address, not '{base_url}'")
