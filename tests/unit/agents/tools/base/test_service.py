"""How services are asked: their turn, their pace, their pauses, and what is remembered."""

import asyncio

import pytest

from answerable.agents.tools.base.http import HttpClient, Request, Response, Unavailable
from answerable.agents.tools.base.service import Service
from answerable.core.errors import ToolFailed
from answerable.storage.shared_store import MemoryStore
from tests.support.upstream import Caller, Respond, saying, upstream


def refusing(status: str, *more: str) -> Respond:
    async def respond(caller: Caller) -> None:
        await caller.say(b"", "text/plain", status, *more)

    return respond


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


async def test_two_workers_keep_one_pace_and_one_turn_between_them() -> None:
    running = most = 0

    async def count(caller: Caller) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1
        await caller.say(b"{}")

    async def sleep(seconds: float) -> None:
        clock.now += seconds
        await asyncio.sleep(0.001)

    clock, store = Clock(), MemoryStore()
    async with upstream(count) as server:
        workers = [Service(HttpClient(clock=clock, store=store), "S", interval_s=3, sleep=sleep) for _ in "ab"]
        asked = (one.ask(Request(f"{server.url}/{n}")) for n in range(3) for one in workers)
        await asyncio.gather(*asked)
    assert most == 1
    assert 3 <= len(server.requests) <= 6  # what one worker was told the other need not ask
    assert clock.now >= 100 + 3 * (len(server.requests) - 1)


async def test_a_pause_that_one_worker_was_asked_for_holds_for_all() -> None:
    clock, store = Clock(), MemoryStore()
    async with upstream(refusing("429 Too Many Requests", "Retry-After: 30"), saying(b"{}")) as server:
        first, second = (Service(HttpClient(clock=clock, store=store), "S") for _ in "ab")
        for one in (first, second):
            with pytest.raises(Unavailable, match="try again in 30 s"):
                await one.ask(Request(server.url))
        assert len(server.requests) == 1
        clock.now += 31
        assert (await second.ask(Request(server.url))).data == b"{}"


async def test_a_worker_that_died_in_its_turn_holds_up_the_others_only_so_long() -> None:
    clock, store = Clock(), MemoryStore()
    await store.put("turn:S", b'["dead", 105.0, false]', 60)
    async with upstream(saying(b"{}")) as server:
        service = Service(HttpClient(clock=clock, store=store), "S", sleep=clock.sleep)
        await service.ask(Request(server.url))
    assert 105 <= clock.now < 106


class Out:
    """A shared store that cannot be reached."""

    async def get(self, key: str) -> bytes | None:
        return None

    async def put(self, key: str, value: bytes, ttl_s: float) -> None:
        """Nothing is written."""

    async def swap(self, key: str, expected: bytes | None, value: bytes, ttl_s: float) -> bool:
        return False

    async def drop(self, key: str) -> None:
        """Nothing is there."""


@pytest.mark.parametrize("value", [None, b"", b"nonsense", b"[1]", b'["", "x", false]'])
async def test_without_a_store_or_with_nonsense_in_it_questions_are_still_asked(value: bytes | None) -> None:
    store = MemoryStore()
    if value is not None:
        await store.put("turn:S", value, 60)
    async with upstream(saying(b"{}")) as server:
        service = Service(HttpClient(store=Out() if value is None else store), "S")
        assert (await service.ask(Request(server.url))).data == b"{}"


@pytest.mark.parametrize(
    ("status", "more", "asked"),
    [
        ("503 Service Unavailable", ("Retry-After: 1",), 3),
        ("502 Bad Gateway", (), 3),
        ("500 Internal Server Error", (), 3),
        ("429 Too Many Requests", ("Retry-After: 60",), 1),
        ("401 Unauthorized", (), 1),
        ("404 Not Found", (), 1),
        ("302 Found", ("Location: http://127.0.0.1:9/",), 1),
    ],
)
async def test_only_what_may_work_again_is_tried_again(status: str, more: tuple[str, ...], asked: int) -> None:
    clock = Clock()
    async with upstream(refusing(status, *more)) as server:
        service = Service(HttpClient(clock=clock), "S", sleep=clock.sleep)
        with pytest.raises(ToolFailed):
            await service.ask(Request(server.url), tries=3)
        assert len(server.requests) == asked


async def test_a_good_status_with_a_bad_body_is_not_remembered() -> None:
    def check(response: Response) -> None:
        if response.data != b"good":
            raise Unavailable("bad", again=True)

    clock = Clock()
    async with upstream(saying(b"bad"), saying(b"good")) as server:
        service = Service(HttpClient(clock=clock), "S", sleep=clock.sleep)
        assert (await service.ask(Request(server.url), check, tries=2)).data == b"good"
        assert (await service.ask(Request(server.url), check)).data == b"good"
        assert len(server.requests) == 2


async def test_an_answer_is_remembered_without_the_key_it_was_asked_with() -> None:
    kept: dict[str, bytes] = {}

    class Seen(MemoryStore):
        async def put(self, key: str, value: bytes, ttl_s: float) -> None:
            kept[key] = value
            await super().put(key, value, ttl_s)

    async with upstream(saying(b"{}")) as server:
        service = Service(HttpClient(store=Seen()), "S")
        await service.ask(Request(server.url, headers={"X-API-KEY": "secret-key"}))
    assert any(key.startswith("answer:S:") for key in kept)
    assert "secret-key" not in repr(kept)
