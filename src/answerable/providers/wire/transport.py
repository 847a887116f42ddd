"""The HTTP side of a provider: a POST whose reply is read as server-sent events, or whole.

Foreign exceptions become ours here. No proxies, cookies or redirects: the key goes to the configured address only.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import orjson

from answerable.core.errors import ProviderDown, ProviderTimeout, SetupError, UpstreamError
from answerable.providers.wire.errors import from_payload, from_status
from answerable.providers.wire.sse import ServerEvent, SseParser
from answerable.wire.http import Client, ConnectionFailed, Reply

_ERROR_BODY_BYTES = 64_000
_REPLY_BYTES = 64_000_000
_LAST_BYTES_S = 0.25


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to connect, until the first event, between two reads after it, and for the whole exchange.

    A reply that is fetched whole has no first event: it may take `total_s`.
    """

    connect_s: float = 10.0
    first_token_s: float = 120.0
    idle_s: float = 60.0
    total_s: float = 600.0


class EventStream:
    """The events of one reply. `close` breaks the connection unless the reply was read to its end."""

    def __init__(self, name: str, reply: Reply, timeouts: Timeouts, begun: float) -> None:
        self._name = name
        self._reply = reply
        self._timeouts = timeouts
        self._parser = SseParser()
        self._waiting: list[ServerEvent] = []  # the next one last; a deque takes 700 bytes from the start
        self._first_at = begun + timeouts.first_token_s
        self._total_at = begun + timeouts.total_s
        self._begun = False
        self._ended = False
        self._clock = asyncio.get_running_loop().time

    async def next(self) -> ServerEvent | None:
        """The next event; None at the end. Raises ProviderTimeout or ProviderDown."""
        while not self._waiting and not self._ended:
            piece = await self._read()
            try:
                self._waiting = self._parser.feed(piece) if piece else self._parser.finish()
            except ValueError as error:
                raise ProviderDown(f"{self._name}: the provider's reply could not be read: {error}") from error
            self._waiting.reverse()
            self._ended = not piece
        if not self._waiting:
            return None
        self._begun = True
        return self._waiting.pop()

    async def finish(self) -> None:
        """Read what little may follow the last event, so that the connection can be used again."""
        try:
            async with asyncio.timeout(_LAST_BYTES_S):
                while not self._ended:
                    self._ended = not await self._reply.readany()
        except (TimeoutError, ConnectionFailed):
            return

    def close(self) -> None:
        """Give the connection back, or break it when the reply was not read to its end."""
        if self._ended:
            self._reply.release()
        else:
            self._reply.close()

    async def _read(self) -> bytes:
        limit = self._clock() + self._timeouts.idle_s if self._begun else self._first_at
        try:
            return await self._reply.readany(min(limit, self._total_at))
        except TimeoutError as error:
            waited = "went silent" if self._begun else "sent nothing"
            raise ProviderTimeout(f"{self._name}: the provider {waited} for too long") from error
        except ConnectionFailed as error:
            raise ProviderDown(f"{self._name}: the connection to the provider broke") from error


@dataclass(slots=True)
class Transport:
    """Posts JSON to one address; safe for any number of requests at a time."""

    name: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    timeouts: Timeouts
    secrets: tuple[str, ...] = field(default=(), repr=False)
    _client: Client | None = None

    async def open(self, body: Mapping[str, Any]) -> EventStream:
        """Send `body`; the stream once the provider said 200. Raises an UpstreamError otherwise."""
        begun = asyncio.get_running_loop().time()
        reply = await self._post(body, begun + self.timeouts.connect_s + self.timeouts.first_token_s)
        try:
            kind = reply.content_type
            if reply.status != 200:
                text = await self._text(reply, begun)
                raise from_status(self.name, reply.status, text, reply.headers, self.secrets)
            if kind == "application/json":
                raise self._not_streamed(await self._text(reply, begun))
            self._check(reply)
        except BaseException:
            reply.close()
            raise
        return EventStream(self.name, reply, self.timeouts, begun)

    async def fetch(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Send `body`; the JSON object of the reply once it is whole. Raises an UpstreamError otherwise."""
        reply: Reply | None = None
        try:
            async with asyncio.timeout(self.timeouts.total_s):
                reply = await self._opened().post(encode(body), self.timeouts.connect_s)
                data = await reply.read(_REPLY_BYTES)
        except TimeoutError as error:
            raise ProviderTimeout(f"{self.name}: the provider did not answer in time") from error
        except ConnectionFailed as error:
            raise self._failed(reply, error) from error
        finally:
            if reply is not None:
                reply.release()  # breaks the connection unless the reply was read to its end
        if reply.status != 200:
            text = data[:_ERROR_BODY_BYTES].decode("utf-8", "replace")
            raise from_status(self.name, reply.status, text, reply.headers, self.secrets)
        self._check(reply)
        return self._object(data)

    async def close(self) -> None:
        """Close all connections; a later request opens new ones."""
        client, self._client = self._client, None
        if client:
            client.close()

    async def _post(self, body: Mapping[str, Any], limit: float) -> Reply:
        limit = min(limit, asyncio.get_running_loop().time() + self.timeouts.total_s)
        try:
            async with asyncio.timeout_at(limit):
                return await self._opened().post(encode(body), self.timeouts.connect_s)
        except TimeoutError as error:
            raise ProviderTimeout(f"{self.name}: the provider did not answer in time") from error
        except ConnectionFailed as error:
            raise self._failed(None, error) from error

    def _opened(self) -> Client:
        if self._client is None:
            self._client = Client(self.url, self.headers)
        return self._client

    def _failed(self, reply: Reply | None, error: ConnectionFailed) -> ProviderDown:
        """What a connection that failed before or after the reply began is to the caller."""
        if reply is None:
            down = ProviderDown(f"{self.name}: the provider could not be reached; check base_url and the network")
            down.billable = error.sent
            return down
        return ProviderDown(f"{self.name}: the connection to the provider broke")

    def _object(self, data: bytes) -> dict[str, Any]:
        found = decode(data)
        if not isinstance(found, dict):
            raise ProviderDown(f"{self.name}: the provider's reply is not the JSON that was expected")
        if found.get("error"):
            raise from_payload(self.name, found["error"], self.secrets)
        return found

    def _check(self, reply: Reply) -> None:
        """Raises ProviderDown for what no provider sends."""
        if reply.content_type == "text/html":
            raise ProviderDown(f"{self.name}: a web page answered instead of the provider; check base_url")
        if reply.headers.get("content-encoding", "identity").lower() != "identity":
            raise ProviderDown(f"{self.name}: the provider compressed its reply, which it was asked not to do")

    async def _text(self, reply: Reply, begun: float) -> str:
        """The beginning of a reply that is no stream; nothing when it cannot be read."""
        try:
            async with asyncio.timeout_at(begun + self.timeouts.first_token_s):
                return (await reply.read(_ERROR_BODY_BYTES)).decode("utf-8", "replace")
        except (TimeoutError, ConnectionFailed):
            return ""

    def _not_streamed(self, text: str) -> UpstreamError:
        found = decode(text)
        if isinstance(found, dict) and found.get("error"):
            return from_payload(self.name, found["error"], self.secrets)
        return ProviderDown(f"{self.name}: the provider did not stream its reply")


def encode(body: Mapping[str, Any]) -> bytes:
    """JSON in UTF-8; half a surrogate pair becomes a question mark."""
    try:
        return orjson.dumps(body, default=dict)
    except TypeError:  # what orjson does not take: half a pair, a number beyond 64 bits
        return json.dumps(body, ensure_ascii=False, default=dict).encode("utf-8", "replace")


def decode(data: str | bytes) -> Any:
    """The value of a JSON text; None when it is none."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(data)  # NaN and half a pair, which some servers send
    except ValueError:
        return None


def check_base_url(name: str, base_url: str) -> None:
    """Raises SetupError unless the address is http or https and names a host."""
    try:
        found = urlsplit(base_url)
        valid = found.scheme in ("http", "https") and bool(found.hostname)
    except ValueError:
        valid = False
    if not valid:
        raise SetupError(f"model '{name}': base_url must be an http:// or https:// address, not '{base_url}'")
