import asyncio

import pytest

from answerable.agents.tools.base.http import USER_AGENT, HttpClient, Request, Service, user_agent
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


async def test_a_body_is_bounded_and_redirects_are_not_followed() -> None:
    async def redirect(caller: Caller) -> None:
        await caller.say(b"", "text/plain", "302 Found", "Location: http://127.0.0.1:9/")

    async with upstream(saying(b"x" * 5_000), redirect) as server:
        client = HttpClient()
        with pytest.raises(ToolFailed, match="more than 1,000 bytes"):
            await client.send(Request(server.url, max_bytes=1_000), "S")
        assert (await client.send(Request(server.url), "S")).status == 302


@pytest.mark.parametrize(
    ("header", "low", "high"),
    [
        ("7", 7, 7),
        ("99999", 3_600, 3_600),
        ("Fri, 01 Jan 2010 00:00:00 GMT", 0, 0),
        ("Fri, 01 Jan 2100 00:00:00 GMT", 3_600, 3_600),
    ],
)
async def test_retry_after_is_a_number_or_a_date_within_an_hour(header: str, low: float, high: float) -> None:
    async def busy(caller: Caller) -> None:
        await caller.say(b"", "text/plain", "503 Service Unavailable", f"Retry-After: {header}")

    async with upstream(busy) as server:
        client = HttpClient()
        response = await client.send(Request(server.url), "S")
    assert response.wait_s is not None
    assert low <= response.wait_s <= high


def test_a_service_can_be_told_how_to_reach_the_operator() -> None:
    assert user_agent("ops@example.org").startswith("Answerable/")
    assert "(self-hosted; ops@example.org)" in user_agent("ops@example.org")
    assert user_agent("") == USER_AGENT


async def test_a_retry_after_that_says_nothing_is_none() -> None:
    async def busy(caller: Caller) -> None:
        await caller.say(b"", "text/plain", "503 Service Unavailable", "Retry-After: soon")

    async with upstream(busy) as server:
        client = HttpClient()
        assert (await client.send(Request(server.url), "S")).wait_s is None
