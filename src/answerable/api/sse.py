"""Streams as server-sent events: runs a flow, sends what it emits, stops it when the client hangs up.

An error before the first event becomes an HTTP status; after it, an error event and no `[DONE]` (a truncation never
looks like an end).
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Sequence

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from answerable.api import errors
from answerable.api.access import PRINCIPAL, access_of
from answerable.core.errors import AnswerableError, InvalidRequest
from answerable.telemetry.log import logger

Write = Callable[[bytes], Awaitable[None]]
Run = Callable[[Write], Awaitable[None]]
DONE = b"data: [DONE]\n\n"
PING_S = 15.0

_LOOKS_AFTER_S = 0.05
"""A client that hangs up is noticed this much later than it could be; a model is seldom done by then."""

_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),
]


def frame(value: object) -> bytes:
    """One event."""
    return framed(orjson.dumps(value))


def framed(data: bytes, number: int | None = None) -> bytes:
    """One event of JSON that is written already; with a number that a client can go on from."""
    return b"data: %b\n\n" % data if number is None else b"id: %d\ndata: %b\n\n" % (number, data)


def number_of(last_event_id: str) -> int:
    """The number in a `Last-Event-ID` header. Raises InvalidRequest for one that we did not give."""
    if not last_event_id.isascii() or not last_event_id.isdigit() or len(last_event_id) > 9:
        raise InvalidRequest("Last-Event-ID is the number of the last frame that arrived", param="last-event-id")
    return int(last_event_id)


class EventStream(Response):
    """`run` is given a `write` of whole frames; its first call begins the stream with what `more_headers` says then.
    With `begin_at_once` it begins before: nothing is left that could become a status.
    """

    def __init__(
        self, run: Run, more_headers: Callable[[], Sequence[tuple[str, str]]] = tuple, *, begin_at_once: bool = False
    ) -> None:
        super().__init__()
        self._run = run
        self._more_headers = more_headers
        self._begin_at_once = begin_at_once
        self._begun = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the flow, and stop it when the client is gone or may no longer be here."""

        async def write(data: bytes) -> None:
            if not self._begun:
                self._begun = True
                more = [(name.encode(), value.encode()) for name, value in self._more_headers()]
                await send({"type": "http.response.start", "status": 200, "headers": _HEADERS + more})
            await send({"type": "http.response.body", "body": data, "more_body": True})

        async def ping() -> None:
            if self._begun:
                await write(b": ping\n\n")

        if self._begin_at_once:
            await write(b"")
        async with cancelled_when_gone(receive) as gone:
            with _Repeated(ping):
                await self._told(scope, write)
        if not gone.happened:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _told(self, scope: Scope, write: Write) -> None:
        """Run the flow; what goes wrong once the stream began is told in it."""
        try:
            with access_of(scope).watch(scope[PRINCIPAL]) if PRINCIPAL in scope else contextlib.nullcontext():
                await self._run(write)
        except Exception as error:
            if not self._begun:
                raise
            if isinstance(error, AnswerableError):
                await write(frame(errors.body_of(error)))
            else:
                logger.error("stream.failed", error=repr(error), exc_info=error)
                await write(frame(errors.unexpected()))


class _Repeated:
    """Does something every `PING_S` seconds, beside its block and without a task of its own in between: a thousand
    streams would hold a thousand.
    """

    __slots__ = ("_do", "_task", "_timer")

    def __init__(self, do: Callable[[], Coroutine[None, None, None]]) -> None:
        self._do = do
        self._task: asyncio.Task[None] | None = None

    def __enter__(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(PING_S, self._again)

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _again(self) -> None:
        self._task = asyncio.create_task(self._do())
        self._timer = asyncio.get_running_loop().call_later(PING_S, self._again)


async def _hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class cancelled_when_gone:  # noqa: N801 - used as a block, like `asyncio.timeout`
    """Cancels its block when the client hangs up (plain replies obey it too); `happened` says so afterwards. It begins
    to look after `after_s`: what is over by then, such as a cache hit, had nobody to stop, and needs no task for it.
    """

    def __init__(self, receive: Receive, after_s: float = _LOOKS_AFTER_S) -> None:
        self.happened = False
        self._receive = receive
        self._after_s = after_s
        self._watcher: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "cancelled_when_gone":
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._timer = task.get_loop().call_later(self._after_s, self._begin)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        self._timer.cancel()
        if self._watcher is not None:
            self._watcher.cancel()
            self._watcher = None  # its end holds a traceback that leads here: a cycle for every request
        if not self.happened:
            return False
        if kind is None:  # the block had ended before the cancellation arrived: it arrives here
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(0)
        return self._task.uncancel() == 0 and (kind is None or issubclass(kind, asyncio.CancelledError))

    def _begin(self) -> None:
        self._watcher = self._task.get_loop().create_task(self._watch())

    async def _watch(self) -> None:
        await _hung_up(self._receive)
        self.happened = True
        self._task.cancel()
