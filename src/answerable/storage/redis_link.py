"""One connection to Redis for many requests: commands that are ready together travel together, in one round trip.

Owns the connection, its outages and its return. A Redis that is gone or slow costs a request at most `timeout_s`, and
that only once: while it is down every call fails at once, and reconnecting happens beside the requests.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import Any, cast

from answerable.core.errors import SetupError

GROUP_SIZE = 512
"""Commands in one round trip at most."""

_GRACE_S = 0.005
"""Beyond the timeout: a loop that was busy elsewhere must still get to read what has long arrived."""

_LATE_S, _BUSY_S = 0.01, 1.0
"""A wait that ends so much too late was held up here; for so long that is forgiven."""

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.05, 5.0
_CONNECT_S = 1.0
_AGAIN_S = 0.1

Argument = str | bytes | float


class RedisDown(Exception):
    """Redis is out of reach. Stays inside `storage`: its callers do without."""


class _Call:
    __slots__ = ("arguments", "done")

    def __init__(self, arguments: tuple[Argument, ...], done: "asyncio.Future[Any]") -> None:
        self.arguments = arguments
        self.done = done


class RedisLink:
    """`open` starts it and `close` ends it. `changed` is told of each outage (False) and return (True), with the
    reason: what logs it and counts it.
    """

    def __init__(self, url: str, changed: Callable[[bool, str], None] | None = None, timeout_s: float = 0.04) -> None:
        try:
            import redis.asyncio
        except ImportError as error:
            raise SetupError("Redis needs an extra package: pip install 'answerable[redis]'") from error
        try:
            self._pool = redis.asyncio.ConnectionPool.from_url(url, socket_connect_timeout=_CONNECT_S, protocol=2)
        except ValueError as error:
            raise SetupError(
                "the Redis URL is not understood; write redis://HOST:PORT/0, rediss:// or unix://"
            ) from error
        self._errors = (redis.RedisError, OSError, EOFError)
        self._refusal = redis.ResponseError
        self._changed = changed
        self._timeout_s = timeout_s
        self._queue: asyncio.Queue[_Call] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self._tried = asyncio.Event()
        self._told: bool | None = None
        self.is_up = False

    async def open(self) -> "RedisLink":
        """Start, and wait for the first attempt to connect (at most a second); `is_up` says what came of it."""
        self._tried.clear()
        self._task = asyncio.create_task(self._run(), name="redis.link")
        await self._tried.wait()
        return self

    async def close(self) -> None:
        """Disconnect; calls that wait fail."""
        while self._task is not None and not self._task.done():
            self._task.cancel()  # more than once: `wait_for`, which the driver connects with, may lose one (3.11)
            await asyncio.wait((self._task,), timeout=_AGAIN_S)

    async def call(self, *arguments: Argument) -> Any:
        """The reply to one command. Raises RedisDown, or the driver's ResponseError for a command it refused."""
        if not self.is_up:
            raise RedisDown
        call = _Call(arguments, asyncio.get_running_loop().create_future())
        self._queue.put_nowait(call)
        return await call.done

    async def _run(self) -> None:
        pause = _FIRST_PAUSE_S
        while True:
            connection: Any = cast("Any", self._pool).make_connection()
            try:
                await connection.connect()
                pause = _FIRST_PAUSE_S
                self._set(True, "")
                await self._serve(connection)
            except (*self._errors, TimeoutError) as error:
                self._set(False, str(error) or type(error).__name__)
            finally:
                self.is_up = False
                self._fail_waiting()
                with contextlib.suppress(*self._errors, TimeoutError):
                    await connection.disconnect(nowait=True)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_S)

    async def _serve(self, connection: Any) -> None:
        while True:
            calls = [await self._queue.get()]
            while len(calls) < GROUP_SIZE and not self._queue.empty():
                calls.append(self._queue.get_nowait())
            calls = [call for call in calls if not call.done.done()]
            exchange = asyncio.create_task(self._exchange(connection, calls))
            exchange.add_done_callback(_looked_at)
            try:
                if not await self._is_answered(exchange):
                    raise TimeoutError(f"no reply within {self._timeout_s * 1_000:.0f} ms")
                exchange.result()
            finally:
                exchange.cancel()
                for call in calls:
                    if not call.done.done():
                        call.done.set_exception(RedisDown())
                        call.done.exception()  # a caller that left must not leave a warning behind

    async def _is_answered(self, exchange: "asyncio.Task[None]") -> bool:
        """Whether the replies came in time. Time in which this process was too busy to look, or the whole machine stood
        still, does not count: a burst of requests here is no outage there. After a second of it there is one more wait.
        """
        loop = asyncio.get_running_loop()
        last = loop.time() + _BUSY_S
        while True:
            due = loop.time() + self._timeout_s
            await asyncio.wait((exchange,), timeout=self._timeout_s)
            if exchange.done() or loop.time() - due < _LATE_S or due > last:
                break
        if not exchange.done():
            await asyncio.wait((exchange,), timeout=_GRACE_S)
        return exchange.done()

    async def _exchange(self, connection: Any, calls: Sequence[_Call]) -> None:
        await connection.send_packed_command(connection.pack_commands([call.arguments for call in calls]))
        for call in calls:
            try:
                reply = await connection.read_response()
            except self._refusal as error:
                if not call.done.done():
                    call.done.set_exception(error)
                    call.done.exception()
            else:
                if not call.done.done():
                    call.done.set_result(reply)

    def _set(self, up: bool, why: str) -> None:
        self.is_up = up
        self._tried.set()
        if self._told is not up:
            self._told = up
            if self._changed is not None:
                self._changed(up, why)

    def _fail_waiting(self) -> None:
        while not self._queue.empty():
            call = self._queue.get_nowait()
            if not call.done.done():
                call.done.set_exception(RedisDown())
                call.done.exception()


def _looked_at(exchange: "asyncio.Task[None]") -> None:
    """An exchange that was given up may still fail, when the connection is closed under it: no news to anybody."""
    if not exchange.cancelled():
        exchange.exception()
