"""A language-model server on loopback that says exactly the bytes a test wants, and notices when its caller hangs up.

`Replay` is the same without a socket: recorded events for `relay`.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from answerable.core.errors import UpstreamError
from answerable.core.messages import Event, Finished, TextDelta, ToolCallDelta
from answerable.providers.wire.sse import ServerEvent, SseParser

WIRE = Path(__file__).parents[1] / "data" / "wire"
SSE = "text/event-stream; charset=utf-8"


def recorded(name: str) -> bytes:
    return (WIRE / f"{name}.sse").read_bytes()


class Replay:
    """Recorded bytes as events; `error` comes at their end."""

    def __init__(self, data: bytes, error: UpstreamError | None = None) -> None:
        parser = SseParser()
        self._events = parser.feed(data) + parser.finish()
        self._error = error
        self.closed = False

    async def next(self) -> ServerEvent | None:
        if self._events:
            return self._events.pop(0)
        if self._error:
            raise self._error
        return None

    async def finish(self) -> None:
        """Nothing follows."""

    def close(self) -> None:
        self.closed = True


class Collected(list[Event]):
    """A sink that keeps what was emitted."""

    async def emit(self, event: Event) -> None:
        self.append(event)

    @property
    def text(self) -> str:
        return "".join(event.text for event in self if isinstance(event, TextDelta))

    @property
    def calls(self) -> list[tuple[str | None, str | None, str]]:
        found: dict[int, list[ToolCallDelta]] = {}
        for event in self:
            if isinstance(event, ToolCallDelta):
                found.setdefault(event.index, []).append(event)
        return [(one[0].id, one[0].name, "".join(part.arguments for part in one)) for one in found.values()]

    @property
    def finished(self) -> Finished:
        assert [isinstance(event, Finished) for event in self].count(True) == 1
        assert isinstance(self[-1], Finished)
        return self[-1]


@dataclass
class Caller:
    """One request, and the way to answer it."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    reader: asyncio.StreamReader = field(repr=False)
    writer: asyncio.StreamWriter = field(repr=False)

    async def begin(self, kind: str = SSE, status: str = "200 OK", *more: str) -> None:
        lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", "Transfer-Encoding: chunked", *more, "", ""]
        self.writer.write("\r\n".join(lines).encode())
        await self.writer.drain()

    async def send(self, data: bytes) -> None:
        self.writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        await self.writer.drain()

    async def end(self) -> None:
        self.writer.write(b"0\r\n\r\n")
        await self.writer.drain()

    async def say(self, data: bytes, kind: str = SSE, status: str = "200 OK", *more: str) -> None:
        await self.begin(kind, status, *more)
        if data:
            await self.send(data)
        await self.end()

    async def refuse(self, status: str, body: object, *more: str) -> None:
        await self.say(json.dumps(body).encode(), "application/json", status, *more)

    async def hung_up(self) -> None:
        """Return when the caller breaks the connection."""
        with contextlib.suppress(ConnectionError):
            assert await self.reader.read(1) == b""


@dataclass
class Upstream:
    url: str
    requests: list[Caller] = field(default_factory=list)
    connections: int = 0


Respond = Callable[[Caller], Awaitable[None]]


@contextlib.asynccontextmanager
async def upstream(*responses: Respond) -> AsyncIterator[Upstream]:
    """A server whose n-th request gets the n-th response; the last one repeats."""
    found = Upstream("")
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found.connections += 1
        try:
            while not writer.is_closing():
                caller = await _request(reader, writer)
                found.requests.append(caller)
                await _choose(responses, len(found.requests))(caller)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0, backlog=1_000)
    found.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield found
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert not [one for one in results if isinstance(one, Exception)]


def saying(name_or_data: str | bytes) -> Respond:
    """Answers with a recorded reply, or with bytes."""
    data = recorded(name_or_data) if isinstance(name_or_data, str) else name_or_data

    async def respond(caller: Caller) -> None:
        await caller.say(data)

    return respond


def _choose(responses: Sequence[Respond], number: int) -> Respond:
    return responses[min(number, len(responses)) - 1]


async def _request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Caller:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.strip().split("\r\n")
    headers = {key.lower(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Caller(first.split()[1], headers, json.loads(body or b"{}"), reader, writer)
