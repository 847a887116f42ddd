"""The HTTP client against raw sockets: what servers do to connections."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from answerable.wire.http import Client, ConnectionFailed
from tests.support.patience import LONG_S

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Type: Application/JSON; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}"


@contextlib.asynccontextmanager
async def server(serve: Serve) -> AsyncIterator[Client]:
    tasks: set[asyncio.Task[None]] = set()

    async def run(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())  # type: ignore[arg-type]
        try:
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                await serve(reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    listening = await asyncio.start_server(run, "127.0.0.1", 0)
    client = Client(f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1/x?a=b", {"X-Key": "k"})
    try:
        yield client
    finally:
        client.close()
        listening.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    size = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    return head + await reader.readexactly(size)


async def body_of(client: Client, sent: bytes = b"{}") -> bytes:
    reply = await client.post(sent, LONG_S)
    try:
        return await reply.read(1_000_000)
    finally:
        reply.release()


def saying(*pieces: bytes) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await request(reader)
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0)

    return serve


async def test_a_request_says_where_it_goes_and_how_long_it_is() -> None:
    seen: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await request(reader))
        writer.write(OK)

    async with server(serve) as client:
        reply = await client.post(b'{"a":1}', LONG_S)
        assert (reply.status, reply.content_type, await reply.read(10)) == (200, "application/json", b"{}")
    assert seen[0].startswith(b"POST /v1/x?a=b HTTP/1.1\r\nHost: 127.0.0.1:")
    assert b"\r\nX-Key: k\r\n" in seen[0]
    assert seen[0].endswith(b'Content-Length: 7\r\n\r\n{"a":1}')


async def test_a_connection_serves_many_requests() -> None:
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await saying(OK)(reader, writer)

    async with server(serve) as client:
        assert [await body_of(client) for _ in range(5)] == [b"{}"] * 5
        assert await asyncio.gather(*(body_of(client) for _ in range(3))) == [b"{}"] * 3
    assert connections <= 3


async def test_a_kept_connection_that_the_server_closed_is_replaced_unseen() -> None:
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await request(reader)
        writer.write(OK)
        if connections == 1:
            await request(reader)  # takes the second request and hangs up without a word

    async with server(serve) as client:
        assert [await body_of(client), await body_of(client)] == [b"{}", b"{}"]
    assert connections == 2


async def test_a_new_connection_that_breaks_is_an_error_and_not_tried_again() -> None:
    connections = 0

    async def serve(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await request(reader)

    async with server(serve) as client:
        with pytest.raises(ConnectionFailed, match="closed the connection"):
            await body_of(client)
    assert connections == 1


@pytest.mark.parametrize(
    "pieces",
    [
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", b"lo\r\n1\r\n!\r\n0\r\n\r\n"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello!"),
        (b"HTTP/1.1 200 OK\r\nContent-", b"Length: 6\r\n\r\n", b"hel", b"lo!"),
    ],
)
async def test_bodies_arrive_whole_however_they_are_framed(pieces: tuple[bytes, ...]) -> None:
    async with server(saying(*pieces)) as client:
        assert [await body_of(client), await body_of(client)] == [b"hello!"] * 2


async def test_a_body_that_ends_with_the_connection_is_whole() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello!")

    async with server(serve) as client:
        assert [await body_of(client), await body_of(client)] == [b"hello!"] * 2


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\nhello!",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nhello!\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 300_000,
    ],
    ids=["cut", "cut in chunks", "no http", "endless head"],
)
async def test_a_reply_that_is_cut_or_no_http_is_an_error(said: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(said)

    async with server(serve) as client:
        with pytest.raises(ConnectionFailed):
            await body_of(client)


async def test_a_reply_that_is_too_long_is_an_error() -> None:
    async with server(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n" + b"x" * 2_000_000)) as client:
        with pytest.raises(ConnectionFailed, match="longer than"):
            await body_of(client)


async def test_a_slow_reader_holds_the_server_back() -> None:
    written = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        await request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 80000000\r\n\r\n")
        for _ in range(80):
            writer.write(b"x" * 1_000_000)
            await writer.drain()
            written += 1_000_000

    async with server(serve) as client:
        reply = await client.post(b"{}", LONG_S)
        before = -1
        while written != before:  # until the server cannot go on
            before = written
            for _ in range(50):
                await asyncio.sleep(0.001)
        assert written < 40_000_000
        reply.close()


async def test_a_read_waits_until_its_own_limit_whatever_the_one_before_it_was() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
        for piece in (b"abc", b"def"):
            await asyncio.sleep(0.1)
            writer.write(piece)
        await asyncio.sleep(5)

    async with server(serve) as client:
        clock = asyncio.get_running_loop().time
        reply = await client.post(b"{}", LONG_S)
        assert await reply.readany(clock() + 0.15) == b"abc"
        assert await reply.readany(clock() + 0.15) == b"def"  # the first limit passes meanwhile
        began = clock()
        with pytest.raises(TimeoutError):
            await reply.readany(began + 0.15)
        assert 0.14 < clock() - began < 2
        with pytest.raises(TimeoutError):  # an earlier limit than that of the read before
            await reply.readany(clock() + 0.05)
        reply.close()


async def test_cancelling_hangs_up() -> None:
    there, gone = asyncio.Event(), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await request(reader)
        there.set()
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
        gone.set()

    async with server(serve) as client:
        task = asyncio.ensure_future(body_of(client))
        await asyncio.wait_for(there.wait(), LONG_S)
        task.cancel()
        await asyncio.wait_for(gone.wait(), LONG_S)
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_nobody_listening_is_an_error() -> None:
    with pytest.raises(ConnectionFailed, match="no connection"):
        await body_of(Client("http://127.0.0.1:1/", {}))


def test_a_header_cannot_smuggle_another() -> None:
    with pytest.raises(ValueError, match="line end"):
        Client("http://127.0.0.1/", {"X-Key": "k\r\nX-Other: v"})
