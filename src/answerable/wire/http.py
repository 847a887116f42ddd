"""A small HTTP/1.1 client for requests to one address: kept connections, replies whole or as they arrive.

What a general client does beside that (redirects, cookies, proxies, compression) is what must not happen to a key or to
a judged address, and it costs: a request takes a third of the processor time that aiohttp needs (docs/decisions/0009).
Parsing is httptools', TLS the standard library's. Every failure leaves as `ConnectionFailed`; time limits are the
caller's, who may give one to each read.
"""

import asyncio
import functools
import ssl
from collections import deque
from collections.abc import Mapping, Sequence
from typing import cast
from urllib.parse import quote, urlsplit

import httptools

_HEAD_BYTES = 65_536
_PAUSE_BYTES = 1_048_576
_IDLE_S = 45.0
_MAX_IDLE = 256
_PATH_CHARACTERS = "/%:@!$&'()*+,;=~-._"
"""What stands in a path or query as it is (RFC 3986); everything else is percent-encoded."""


class ConnectionFailed(Exception):
    """The server could not be reached, broke the connection or did not speak HTTP. `fresh` is false where a kept
    connection was gone before the reply began: the server had closed it, and the request may be sent again. `sent` is
    false where there was no connection to send anything on.
    """

    def __init__(self, message: str, *, fresh: bool = True, sent: bool = True) -> None:
        super().__init__(message)
        self.fresh = fresh
        self.sent = sent


class Reply:
    """One reply while it arrives; the parser of its connection fills it."""

    def __init__(self, connection: "_Connection") -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self._connection = connection
        self._pieces: list[bytes] = []  # a deque takes 700 bytes from the start
        self._size = 0
        self._complete = False
        self._error: ConnectionFailed | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._until = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._until_close = False

    @property
    def content_type(self) -> str:
        """The media type without its parameters, lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    async def begun(self) -> None:
        """Wait for status and headers."""
        while not self.status and self._error is None:
            await self._wait()
        if not self.status and self._error:
            raise self._error

    async def readany(self, until: float | None = None) -> bytes:
        """What has arrived since; empty at the end. Raises ConnectionFailed when the end is missing, and TimeoutError
        where nothing comes until a moment of the loop's clock.
        """
        while not self._pieces:
            if self._complete:
                return b""
            if self._error:
                raise self._error
            if until is not None:
                self._watch(until)
            await self._wait()
        data = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        self._pieces.clear()
        self._size = 0
        self._connection.flow(paused=False)
        return data

    async def read(self, most: int) -> bytes:
        """The whole body. Raises ConnectionFailed when it is longer than `most` bytes or cut."""
        parts: list[bytes] = []
        size = 0
        while data := await self.readany():
            size += len(data)
            if size > most:
                raise ConnectionFailed(f"the reply is longer than {most:,} bytes")
            parts.append(data)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def release(self) -> None:
        """Keep the connection for the next request when the reply was read to its end; break it otherwise."""
        self._unwatch()
        self._connection.release(kept=self._complete and not self._until_close)

    def close(self) -> None:
        """Break the connection: the server notices and can stop."""
        self._unwatch()
        self._connection.release(kept=False)

    def take(self, data: bytes) -> None:
        """For the connection: more of the body."""
        self._pieces.append(data)
        self._size += len(data)
        if self._size > _PAUSE_BYTES:
            self._connection.flow(paused=True)
        self.wake()

    def end(self, error: ConnectionFailed | None = None) -> None:
        """For the connection: the reply is complete, or broke off."""
        if self._complete:
            return
        if error is None or (self._until_close and self.status):
            self._complete = True
        else:
            self._error = self._error or error
        self.wake()

    def starts(self, status: int, headers: dict[str, str]) -> None:
        """For the connection: status and headers are there."""
        self.status, self.headers = status, headers
        bounded = "content-length" in headers or "chunked" in headers.get("transfer-encoding", "").lower()
        self._until_close = not bounded and status not in (204, 304)
        self.wake()

    def wake(self) -> None:
        """For the connection: let the reader go on."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _watch(self, until: float) -> None:
        """One timer for all reads, which goes on to the newest limit when it strikes: a stream of a thousand pieces
        would begin and cancel a thousand (6 microseconds each).
        """
        self._until = until
        if self._timer is None or self._timer.when() > until:
            self._unwatch()
            self._timer = self._connection.loop.call_at(until, self._strike)

    def _unwatch(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _strike(self) -> None:
        self._timer = None
        if self._waiter is None or self._waiter.done():
            return  # nobody waits: the next read begins a timer of its own
        if self._connection.loop.time() < self._until:
            self._watch(self._until)
        else:
            self._waiter.set_exception(TimeoutError())

    async def _wait(self) -> None:
        self._waiter = self._connection.loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None


class _Connection(asyncio.Protocol):
    """One connection; one reply at a time."""

    def __init__(self, pool: "Client", loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.idle_since = 0.0
        self._pool = pool
        self._transport: asyncio.Transport | None = None
        self._reply: Reply | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._headers: dict[str, str] = {}
        self._head_bytes = 0
        self._keep = True
        self._paused = False
        self._used = False

    @property
    def usable(self) -> bool:
        """Whether another request may be sent on it."""
        return self._transport is not None and not self._transport.is_closing() and self._keep

    def send(self, data: bytes) -> Reply:
        """Write a request; its reply, which has not begun."""
        assert self._transport is not None
        self._reply = Reply(self)
        self._headers, self._head_bytes = {}, 0
        self._transport.write(data)
        return self._reply

    def release(self, *, kept: bool) -> None:
        """Give back or break."""
        self._reply = None
        self._used = True
        if kept and self.usable:
            self.flow(paused=False)
            self._pool.keep(self)
        elif self._transport is not None:
            self._keep = False
            self._transport.abort()

    def flow(self, *, paused: bool) -> None:
        """Stop and start reading from the socket: a reader that is slow must not fill the memory."""
        if paused != self._paused and self._transport is not None:
            self._paused = paused
            (self._transport.pause_reading if paused else self._transport.resume_reading)()

    # --- asyncio calls these ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Feed the parser."""
        reply = self._reply
        if reply is None:  # nobody asked: whatever this is, the connection cannot be trusted any more
            self.release(kept=False)
            return
        if not reply.status:
            self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
            if self._head_bytes > _HEAD_BYTES and not reply.status:
                raise httptools.HttpParserError("the head of the reply is too long")
        except httptools.HttpParserError as error:
            self._keep = False
            reply.end(ConnectionFailed(f"the reply is not HTTP: {error}"))
            if self._transport is not None:
                self._transport.abort()

    def eof_received(self) -> None:
        """The server has said all: let the transport close."""
        self._keep = False

    def connection_lost(self, error: Exception | None) -> None:
        """End what was being read, and leave the pool."""
        self._keep = False
        self._pool.forget(self)
        if self._reply is not None:
            gone = ConnectionFailed(
                "the connection broke" if error else "the server closed the connection",
                fresh=not (self._used and not self._head_bytes),
            )
            self._reply.end(gone)

    # --- the parser calls these ---

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header."""
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """Status and headers; those of an interim reply (1xx) are passed over."""
        status = self._parser.get_status_code()
        self._keep = self._parser.should_keep_alive()
        if status >= 200 and self._reply is not None:
            self._reply.starts(status, self._headers)

    def on_body(self, data: bytes) -> None:
        """More of the body."""
        if self._reply is not None:
            self._reply.take(data)

    def on_message_complete(self) -> None:
        """The end of an interim reply, or of the real one."""
        if self._reply is None:
            return
        if self._parser.get_status_code() < 200:
            self._headers = {}
        else:
            self._reply.end()


class Client:
    """Connections to one address. Any number of requests at a time, each on a connection of its own.

    With `hosts`, connections go to these, in order, and the name in the address is not looked up: only its certificate
    is checked. Raises ValueError for a header that holds a line end, and for a name or port that is none.
    """

    def __init__(self, url: str, headers: Mapping[str, str], hosts: Sequence[str] = ()) -> None:
        found = urlsplit(url)
        name = found.hostname or ""
        self._name = name if name.isascii() else name.encode("idna").decode("ascii")
        self._hosts = tuple(hosts) or (self._name,)
        self._tls = _trusted() if found.scheme == "https" else None
        self._port = found.port or (443 if self._tls else 80)
        path = quote(found.path or "/", safe=_PATH_CHARACTERS)
        path += f"?{quote(found.query, safe=_PATH_CHARACTERS + '?')}" if found.query else ""
        shown = f"[{self._name}]" if ":" in self._name else self._name
        lines = [f" {path} HTTP/1.1", f"Host: {shown}:{found.port}" if found.port else f"Host: {shown}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if not any(name.lower() == "accept-encoding" for name in headers):
            lines.append("Accept-Encoding: identity")
        if any("\n" in line or "\r" in line for line in lines):
            raise ValueError("a header holds a line end")
        head = "\r\n".join(lines).encode("latin-1")
        self._get = b"GET" + head + b"\r\n\r\n"
        self._post = b"POST" + head + b"\r\nContent-Type: application/json\r\nContent-Length: "
        self._idle: deque[_Connection] = deque()
        self._open: set[_Connection] = set()

    async def get(self, connect_s: float) -> Reply:
        """Ask for the address; otherwise as `post`."""
        return await self._exchange(self._get, connect_s)

    async def post(self, body: bytes, connect_s: float) -> Reply:
        """Send `body`, which is JSON; the reply once its headers are there. Cancellation breaks it off.

        Raises ConnectionFailed, also when a new connection takes longer than `connect_s`.
        """
        return await self._exchange(b"%b%d\r\n\r\n%b" % (self._post, len(body), body), connect_s)

    async def _exchange(self, data: bytes, connect_s: float) -> Reply:
        while True:
            reply = (self._take() or await self._connect(connect_s)).send(data)
            try:
                await reply.begun()
            except ConnectionFailed as error:
                reply.close()
                if error.fresh:
                    raise
            except BaseException:
                reply.close()
                raise
            else:
                return reply

    def keep(self, connection: _Connection) -> None:
        """For a connection: its reply is read."""
        if len(self._idle) >= _MAX_IDLE:
            connection.release(kept=False)
            return
        connection.idle_since = connection.loop.time()
        self._idle.append(connection)

    def forget(self, connection: _Connection) -> None:
        """For a connection: it is gone."""
        self._open.discard(connection)

    def close(self) -> None:
        """Break all connections."""
        for connection in list(self._open):
            connection.release(kept=False)
        self._idle.clear()

    def _take(self) -> _Connection | None:
        """The connection that was used last; those that lay too long are closed."""
        while self._idle:
            connection = self._idle.pop()
            if connection.usable and connection.loop.time() - connection.idle_since < _IDLE_S:
                return connection
            connection.release(kept=False)
        return None

    async def _connect(self, limit_s: float) -> _Connection:
        loop = asyncio.get_running_loop()
        name, why = self._name if self._tls else None, "there is no address"
        for host in self._hosts:
            try:
                async with asyncio.timeout(limit_s):
                    _, connection = await loop.create_connection(
                        lambda: _Connection(self, loop), host, self._port, ssl=self._tls, server_hostname=name
                    )
            except (OSError, ValueError) as error:  # TimeoutError is an OSError
                why = str(error) or "it took too long"
            else:
                self._open.add(connection)
                return connection
        raise ConnectionFailed(f"no connection: {why}", sent=False)


@functools.cache
def _trusted() -> ssl.SSLContext:
    """Certificates and host names are checked against the system's authorities; reading those takes 40 ms once."""
    return ssl.create_default_context()
