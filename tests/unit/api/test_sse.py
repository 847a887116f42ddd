import asyncio
import contextlib
import weakref
from typing import Any

import pytest

from answerable.api.sse import DONE, EventStream, Write, cancelled_when_gone, frame
from answerable.core.errors import NotFound


class Client:
    """The other end of an ASGI connection; hangs up when told to."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.gone = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    @property
    def body(self) -> bytes:
        return b"".join(m.get("body", b"") for m in self.sent)

    async def read(self, run: Any) -> None:
        await EventStream(run)({"type": "http"}, self.receive, self.send)


async def test_frames_arrive_in_order_and_the_body_ends() -> None:
    client = Client()

    async def run(write: Write) -> None:
        await write(frame({"n": 1}))
        await write(DONE)

    await client.read(run)
    assert client.sent[0]["status"] == 200
    assert client.body == b'data: {"n":1}\n\ndata: [DONE]\n\n'
    assert client.sent[-1]["more_body"] is False


async def test_an_error_before_the_first_event_is_raised_for_a_status() -> None:
    client = Client()

    async def run(_write: Write) -> None:
        raise NotFound("no such model")

    with pytest.raises(NotFound):
        await client.read(run)
    assert client.sent == []


@pytest.mark.parametrize(("error", "text"), [(NotFound("gone"), b"gone"), (ValueError("secret"), b"internal_error")])
async def test_an_error_after_it_is_an_event_and_no_clean_end(error: Exception, text: bytes) -> None:
    client = Client()

    async def run(write: Write) -> None:
        await write(frame({"n": 1}))
        raise error

    await client.read(run)
    assert b'"error"' in client.body
    assert text in client.body
    assert b"secret" not in client.body
    assert b"[DONE]" not in client.body


async def test_hanging_up_stops_the_flow() -> None:
    client, stopped = Client(), asyncio.Event()

    async def run(write: Write) -> None:
        await write(frame({"n": 1}))
        client.gone.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    await client.read(run)
    assert stopped.is_set()


async def test_a_silent_stream_that_began_is_pinged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("answerable.api.sse.PING_S", 0.02)
    client = Client()

    async def run(write: Write) -> None:
        await asyncio.sleep(0.05)
        assert client.sent == []
        await write(frame({"n": 1}))
        await asyncio.sleep(0.5)
        assert client.body.count(b": ping\n\n") >= 2
        await write(DONE)

    await client.read(run)
    said = client.body
    await asyncio.sleep(0.06)
    assert client.body == said
    assert said.endswith(DONE)


async def test_a_plain_reply_is_stopped_by_a_hang_up_too() -> None:
    client, stopped = Client(), asyncio.Event()

    async def work() -> None:
        client.gone.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    async with cancelled_when_gone(client.receive) as gone:
        await work()
    assert stopped.is_set()
    assert gone.happened
    await asyncio.sleep(0)  # nothing of the cancellation is left in this task


async def test_a_plain_reply_that_ends_or_fails_says_so() -> None:
    client = Client()
    async with cancelled_when_gone(client.receive) as gone:
        await asyncio.sleep(0)
    assert not gone.happened
    with pytest.raises(NotFound):
        async with cancelled_when_gone(client.receive):
            raise NotFound("x")


async def test_a_hang_up_at_the_very_end_leaves_no_cancellation_behind() -> None:
    client = Client()
    async with cancelled_when_gone(client.receive, after_s=0) as gone:
        client.gone.set()
        with contextlib.suppress(asyncio.CancelledError):
            for _ in range(5):
                await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert gone.happened


async def test_what_is_over_at_once_needs_no_watcher() -> None:
    async def receive() -> dict[str, Any]:
        raise AssertionError("nobody was to look")

    async with cancelled_when_gone(receive) as gone:
        await asyncio.sleep(0)
    assert not gone.happened


async def test_a_watcher_that_began_is_forgotten_with_its_block() -> None:
    client = Client()
    async with cancelled_when_gone(client.receive, after_s=0) as gone:
        for _ in range(5):
            await asyncio.sleep(0)
    forgotten = weakref.ref(gone)
    del gone
    await asyncio.sleep(0)
    assert forgotten() is None  # without the collector: nothing that it made leads back to it


async def test_a_cancellation_from_elsewhere_goes_on() -> None:
    client, begun = Client(), asyncio.Event()

    async def work() -> None:
        async with cancelled_when_gone(client.receive):
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.ensure_future(work())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_more_headers_go_out_with_the_first_event() -> None:
    client = Client()

    async def run(write: Write) -> None:
        await write(DONE)

    await EventStream(run, lambda: [("x-request-id", "r1")])({"type": "http"}, client.receive, client.send)
    assert (b"x-request-id", b"r1") in client.sent[0]["headers"]
