"""How services are asked: their turn, their pace, their pauses, and what is remembered."""

import asyncio

import pytest

from answerable.agents.tools.base.http import HttpClient, Request
from answerable.agents.tools.base.service import Service
from answerable.core.errors import ToolFailed
from tests.support.upstream import Caller, saying, upstream


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


async def test_requests_to_a_service_are_spaced_and_a_repeated_one_is_answered_from_memory() -> None:
    clock = Clock()
    async with upstream(saying(b"{}")) as server:
        client = HttpClient(clock=clock)
        service = Service(client, "S", interval_s=3.0, remember_s=60.0, sleep=clock.sleep)
        for number in (1, 2, 1):
            await service.ask(Request(f"{server.url}/{number}"))
        assert clock.now == 103.0
        assert len(server.requests) == 2
        clock.now += 61
        await service.ask(Request(f"{server.url}/1"))
        assert len(server.requests) == 3


async def test_a_service_that_asks_to_slow_down_is_left_alone() -> None:
    async def busy(caller: Caller) -> None:
        await caller.say(b"", "text/plain", "429 Too Many Requests", "Retry-After: 30")

    clock = Clock()
    async with upstream(busy, saying(b"{}")) as server:
        client = HttpClient(clock=clock)
        service = Service(client, "S")
        for _ in range(2):
            with pytest.raises(ToolFailed, match="S asks to slow down; try again in 30 s"):
                await service.ask(Request(server.url))
        assert len(server.requests) == 1
        clock.now += 31
        assert (await service.ask(Request(server.url))).data == b"{}"


async def test_a_service_gets_one_request_at_a_time() -> None:
    running = most = 0

    async def count(caller: Caller) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        await caller.say(b"{}")

    async with upstream(count) as server:
        client = HttpClient()
        service = Service(client, "S")
        await asyncio.gather(*(service.ask(Request(f"{server.url}/{n}")) for n in range(5)))
    assert most == 1
