"""How a service is asked: in turn and at its pace over all workers, with pauses kept, answers remembered, and tried
again only where that may help.

One record in the shared store says whose turn it is and until when; without the store each process keeps its own order.
"""

import asyncio
import hashlib
import json
import random
import uuid
import zlib
from collections.abc import Awaitable, Callable
from typing import Final

from answerable.agents.tools.base.http import LONGEST_PAUSE_S, HttpClient, Request, Response, Unavailable
from answerable.core.errors import ToolFailed

_POLL_S = 0.2
"""How often a turn that another worker has is looked at again."""

_KEPT_S = LONGEST_PAUSE_S + 60.0
_MOST_REMEMBERED_BYTES = 1_000_000
_PATIENCE_S = 10.0
"""A service that asks for a longer wait is not asked again by the same call."""

_BUSY: Final = (429, 500, 502, 503, 504)

Check = Callable[[Response], None]
"""Raises ToolFailed for a good status with a bad body: it is not remembered."""


def unchecked(response: Response) -> None:
    """Every body is good."""


class Service:
    """One service behind the client. `sleep` waits; `remember_s` is how long a good answer serves the same request.

    `interval_s` lies between two requests; `alone`: one request at a time over all workers, else in this process.
    """

    def __init__(
        self,
        client: HttpClient,
        name: str,
        *,
        interval_s: float = 0.0,
        remember_s: float = 600.0,
        alone: bool = True,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.name = name
        self._client = client
        self._interval_s = interval_s
        self._remember_s = remember_s
        self._alone = alone
        self._sleep = sleep
        self._turn = asyncio.Lock()

    async def ask(self, request: Request, check: Check = unchecked, tries: int = 1) -> Response:
        """A good answer (status 200, and `check` has nothing against it).

        Raises Unavailable where the service is at fault, ToolFailed where the request is, with what can be done.
        """
        key = self._key_of(request)
        if (known := await self._known(key)) is not None:
            return known
        async with self._turn:
            if (known := await self._known(key)) is not None:  # somebody asked the same while we waited
                return known
            response = await self._insist(request, check, tries)
            if len(packed := zlib.compress(response.data, 1)) <= _MOST_REMEMBERED_BYTES:
                await self._client.store.put(key, packed, self._remember_s)
        return response

    async def _known(self, key: str) -> Response | None:
        """The answer that is remembered."""
        kept = await self._client.store.get(key)
        data = _unpacked(kept) if kept is not None else None
        return None if data is None else Response(200, data)

    async def _insist(self, request: Request, check: Check, tries: int) -> Response:
        """`tries` requests at most, ever longer apart."""
        for number in range(1, tries + 1):
            try:
                return await self._once(request, check)
            except Unavailable as error:
                # half of the wait is chance: workers that failed together do not come back together
                backed_off_s = 2.0 ** (number - 1) * random.uniform(0.5, 1.0)  # noqa: S311
                wait_s = backed_off_s if error.retry_after_s is None else error.retry_after_s + 0.05
                if number == tries or not error.again or wait_s > _PATIENCE_S:
                    raise
                await self._sleep(wait_s)
        raise ToolFailed(f"{self.name} was not asked")

    async def _once(self, request: Request, check: Check) -> Response:
        await self._take_turn(request.timeout_s)
        try:
            response = await self._client.send(request, self.name)
        finally:
            await self._give_turn()
        try:
            self._check_status(response)
            check(response)
        except Unavailable as error:
            if error.pauses:
                await self._pause(10.0 if error.retry_after_s is None else error.retry_after_s)
            raise
        return response

    def _check_status(self, response: Response) -> None:
        if response.status == 200:
            return
        if response.status in (401, 403):
            raise Unavailable(f"{self.name} refused the request ({response.status}): its key or settings are wrong")
        said = f"{self.name} answered with status {response.status}; try other words or another source"
        if response.status not in _BUSY:
            raise ToolFailed(said)
        pauses = response.status in (429, 503)
        raise Unavailable(said, again=True, pauses=pauses, retry_after_s=response.wait_s)

    # --- whose turn it is: [token of who has it, until when, whether the service asked for a pause] ---

    async def _take_turn(self, longest_s: float) -> None:
        store, clock = self._client.store, self._client.clock
        while True:
            value = await store.get(self._record)
            now = clock()
            token, until, paused = _read(value, now)
            if paused and until > now:
                raise self._asks_to_slow_down(until - now)
            if not self._alone:
                return
            if until <= now:
                mine = _written(uuid.uuid4().hex, now + longest_s + self._interval_s + 1.0)
                if await store.swap(self._record, value, mine, _KEPT_S):
                    return
                if value is None and await store.get(self._record) is None:
                    return  # the store is out: the order of this process is all there is
                continue
            await self._sleep(min(until - now, _POLL_S) if token else until - now)

    async def _give_turn(self) -> None:
        if self._alone:
            await self._client.store.put(self._record, _written("", self._client.clock() + self._interval_s), _KEPT_S)

    async def _pause(self, seconds: float) -> None:
        """Nobody asks for so long. Raises Unavailable that says so."""
        until = self._client.clock() + seconds
        await self._client.store.put(self._record, _written("", until, paused=True), _KEPT_S)
        raise self._asks_to_slow_down(seconds)

    def _asks_to_slow_down(self, seconds: float) -> Unavailable:
        said = f"{self.name} asks to slow down; try again in {seconds:.0f} s, or use another source"
        return Unavailable(said, again=True, retry_after_s=seconds)

    @property
    def _record(self) -> str:
        return f"turn:{self.name}"

    def _key_of(self, request: Request) -> str:
        """Names the request without its headers, which hold keys."""
        said = repr((request.url, sorted(request.params.items()), request.body))
        return f"answer:{self.name}:{hashlib.sha256(said.encode()).hexdigest()}"


def _written(token: str, until: float, *, paused: bool = False) -> bytes:
    return json.dumps([token, until, paused]).encode()


def _read(value: bytes | None, now: float) -> tuple[str, float, bool]:
    """The record; what is none is nobody's turn. No clock that runs ahead can hold a turn for longer than an hour."""
    try:
        token, until, paused = json.loads(value or b'["", 0, false]')
        return str(token), min(float(until), now + LONGEST_PAUSE_S), bool(paused)
    except (ValueError, TypeError):
        return "", 0.0, False


def _unpacked(value: bytes) -> bytes | None:
    try:
        return zlib.decompress(value)
    except zlib.error:
        return None
