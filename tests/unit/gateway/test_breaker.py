"""Breakers of several processes over one store: one opens for all, one probe, one ramp; and each alone in an outage."""

import asyncio
from pathlib import Path

import pytest

from answerable.core.errors import (
    Blocked,
    ProviderBusy,
    ProviderDown,
    ProviderRefused,
    ProviderTimeout,
    StreamBroken,
)
from answerable.gateway.breaker import Breaker, Config, Permit, Refused, State, counts
from answerable.storage.redis_counters import RedisStore
from answerable.storage.redis_link import RedisLink
from tests.support.redis import running_redis, up
from tests.support.shared import Shared

CONFIG = Config(failures=3, cool_down_s=10, longest_cool_down_s=60, ramp=(0.1, 0.5), ramp_successes=2)


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Fleet:
    """Three processes, one store, one clock."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.store = Shared()
        self.changes: list[tuple[str, State, State]] = []
        self.all = [Breaker(self.store, CONFIG, self.clock, lambda *one: self.changes.append(one)) for _ in range(3)]

    async def open(self) -> None:
        for breaker in self.all:
            await fail(breaker)
        self.clock.now += CONFIG.refresh_s
        for breaker in self.all:
            assert isinstance(await breaker.admit("m"), Refused)


@pytest.fixture
def fleet() -> Fleet:
    return Fleet()


async def fail(breaker: Breaker, retry_after_s: float | None = None) -> None:
    permit = await breaker.admit("m", insist=True)
    assert isinstance(permit, Permit)
    await breaker.failed(permit, retry_after_s)


async def probe(fleet: Fleet) -> tuple[Breaker, Permit]:
    """The one permit that all processes together get, asked for all at once."""
    got = await asyncio.gather(*(breaker.admit("m") for breaker in fleet.all for _ in range(4)))
    permits = [(fleet.all[n // 4], one) for n, one in enumerate(got) if isinstance(one, Permit)]
    assert len(permits) == 1
    return permits[0]


async def test_three_failures_in_a_row_over_all_processes_open_it_for_all(fleet: Fleet) -> None:
    await fleet.open()
    assert [breaker.state("m") for breaker in fleet.all] == ["open"] * 3
    assert [breaker.healthy("m") for breaker in fleet.all] == [False] * 3
    assert fleet.changes == [("m", "closed", "open")]
    refused = await fleet.all[0].admit("m")
    assert isinstance(refused, Refused)
    assert refused.retry_after_s == pytest.approx(9)


async def test_an_answer_in_between_starts_the_count_again(fleet: Fleet) -> None:
    one = fleet.all[0]
    for _ in range(4):
        await fail(one)
        await fail(one)
        permit = await one.admit("m")
        assert isinstance(permit, Permit)
        await one.succeeded(permit)
    assert one.state("m") == "closed"


async def test_another_process_forgets_failures_it_has_seen(fleet: Fleet) -> None:
    first, second, _ = fleet.all
    await fail(first)
    await fail(first)
    permit = await second.admit("m")
    assert isinstance(permit, Permit)
    await second.succeeded(permit)
    await fail(first)
    assert first.state("m") == "closed"


async def test_models_do_not_share_a_breaker(fleet: Fleet) -> None:
    await fleet.open()
    assert isinstance(await fleet.all[0].admit("other"), Permit)
    assert fleet.all[0].states() == {"m": "open", "other": "closed"}


async def test_exactly_one_probe_runs_over_all_processes(fleet: Fleet) -> None:
    await fleet.open()
    fleet.clock.now += 10
    assert [breaker.state("m") for breaker in fleet.all] == ["half_open"] * 3
    assert fleet.all[0].healthy("m")
    _, permit = await probe(fleet)
    assert permit.probe
    assert [breaker.healthy("m") for breaker in fleet.all] == [False] * 3
    fleet.clock.now += CONFIG.probe_s + 1
    await probe(fleet)  # the first one is taken for lost


async def test_a_probe_that_fails_doubles_the_cool_down(fleet: Fleet) -> None:
    await fleet.open()
    fleet.clock.now += 10
    breaker, permit = await probe(fleet)
    await breaker.failed(permit)
    refused = await breaker.admit("m")
    assert refused == Refused("m", 20.0)


async def test_a_caller_who_hangs_up_leaves_the_probe_to_the_next(fleet: Fleet) -> None:
    await fleet.open()
    fleet.clock.now += 10
    breaker, permit = await probe(fleet)
    await breaker.released(permit)
    fleet.clock.now += CONFIG.refresh_s
    await probe(fleet)


async def test_after_the_probe_traffic_grows_by_shares_until_it_is_closed(fleet: Fleet) -> None:
    await fleet.open()
    fleet.clock.now += 10
    breaker, permit = await probe(fleet)
    await breaker.succeeded(permit)
    assert breaker.state("m") == "ramping"
    for share in (0.1, 0.5):
        got = [await breaker.admit("m") for _ in range(100)]
        assert sum(isinstance(one, Permit) for one in got) == round(100 * share)
        assert {one.ramping for one in got if isinstance(one, Refused)} == {True}
        for _ in range(2):
            await breaker.succeeded(Permit("m"))
    assert breaker.state("m") == "closed"
    assert fleet.changes == [("m", "closed", "open"), ("m", "half_open", "ramping"), ("m", "ramping", "closed")]


async def test_a_call_that_has_no_other_route_passes_beyond_the_share(fleet: Fleet) -> None:
    await fleet.open()
    fleet.clock.now += 10
    breaker, permit = await probe(fleet)
    await breaker.succeeded(permit)
    assert isinstance(await breaker.admit("m"), Refused)
    assert isinstance(await breaker.admit("m", insist=True), Permit)


async def test_a_failure_on_the_ramp_opens_it_again(fleet: Fleet) -> None:
    await fleet.open()
    fleet.clock.now += 10
    breaker, permit = await probe(fleet)
    await breaker.succeeded(permit)
    await breaker.failed(permit)  # the probe spoke, and then broke off
    assert breaker.state("m") == "open"


async def test_the_provider_says_how_long_to_wait(fleet: Fleet) -> None:
    for _ in range(3):
        await fail(fleet.all[0], retry_after_s=42)
    assert await fleet.all[0].admit("m") == Refused("m", 42.0)


async def test_a_model_in_service_reads_the_store_once_a_second_and_writes_nothing(fleet: Fleet) -> None:
    one = fleet.all[0]
    for _ in range(1_000):
        permit = await one.admit("m")
        assert isinstance(permit, Permit)
        await one.succeeded(permit)
        fleet.clock.now += 0.01
    assert fleet.store.calls["swap"] == 0
    assert fleet.store.calls["get"] <= 10


async def test_without_the_store_each_process_goes_by_what_it_sees(fleet: Fleet) -> None:
    fleet.store.out = True
    one, other, _ = fleet.all
    await asyncio.gather(*(fail(one) for _ in range(3)))
    assert (one.state("m"), other.state("m")) == ("open", "closed")
    fleet.clock.now += 10
    got = await asyncio.gather(*(one.admit("m") for _ in range(5)))
    permits = [permit for permit in got if isinstance(permit, Permit)]
    assert len(permits) == 1
    await one.succeeded(permits[0])
    assert one.state("m") == "ramping"


async def test_a_value_that_is_none_of_ours_is_replaced(fleet: Fleet) -> None:
    await fleet.store.put("breaker:m", b"nonsense", 60)
    for _ in range(3):
        await fail(fleet.all[0])
    assert fleet.all[0].state("m") == "open"


async def test_three_processes_over_redis_let_one_probe_pass_and_go_on_when_redis_is_killed(tmp_path: Path) -> None:
    fleet = Fleet()
    with running_redis(tmp_path) as server:
        links = [await up(RedisLink(server.url, timeout_s=5)) for _ in fleet.all]
        fleet.all = [Breaker(RedisStore(link), CONFIG, fleet.clock) for link in links]
        await fleet.open()
        fleet.clock.now += 10
        breaker, permit = await probe(fleet)
        server.kill()
        await breaker.succeeded(permit)
        assert breaker.state("m") == "ramping"
        assert sum(one.state("m") == "half_open" for one in fleet.all) == 2
        for link in links:
            await link.close()


class Contended(Shared):
    """Somebody else is always faster."""

    async def swap(self, key: str, expected: bytes | None, value: bytes, ttl_s: float) -> bool:
        await self.put(key, b"theirs", ttl_s)
        return False


async def test_a_store_that_others_change_all_the_time_holds_nobody_up() -> None:
    breaker = Breaker(Contended(), CONFIG, Clock())
    for _ in range(5):
        await fail(breaker)
    assert breaker.state("m") == "closed"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ProviderTimeout("x"), True),
        (ProviderBusy("x"), True),
        (ProviderDown("x"), True),
        (StreamBroken("x"), True),
        (ProviderRefused("x", reason="setup"), True),
        (ProviderRefused("x", reason="content"), False),
        (ProviderRefused("x", reason="context_length"), False),
        (ProviderRefused("x"), False),
        (Blocked("x"), False),
    ],
)
def test_only_what_speaks_against_the_model_counts(error: Exception, expected: bool) -> None:
    assert counts(error) is expected


async def test_long_answers_that_speak_keep_a_model_in_service_through_single_failures() -> None:
    one, good = Breaker(Shared()), 3
    slow = await one.admit("m")  # ends long after all that follows
    assert isinstance(slow, Permit)
    for _ in range(good):
        failing = await one.admit("m")
        assert isinstance(failing, Permit)
        await one.failed(failing)
        await one.spoke(slow)
    assert one.state("m") == "closed"
    for _ in range(3):
        failing = await one.admit("m")
        assert isinstance(failing, Permit)
        await one.failed(failing)
    assert one.state("m") == "open"
