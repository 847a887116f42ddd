"""Every implementation of Counters: in this process, and in a real Redis."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from answerable.storage.counters import Bucket, Counters, MemoryCounters
from answerable.storage.redis_counters import RedisCounters
from answerable.storage.redis_link import RedisLink
from tests.support.redis import running_redis, up

NOW = datetime(2026, 11, 26, 10, 0, tzinfo=UTC).timestamp()
REQUESTS = Bucket("requests:ann", "refill", 5, refill_per_s=0.5)
TOKENS = Bucket("tokens:ann", "refill", 1_000, refill_per_s=10)
DAY = Bucket("usd:ann:day", "day", 2_000_000_000)
MONTH = Bucket("usd:ann:month", "month", 9_000_000_000)
SLOTS = Bucket("slots:ann", "lease", 2, lease_s=60)


@pytest.fixture(params=["memory", "redis"])
async def counters(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Counters]:
    if request.param == "memory":
        yield MemoryCounters()
        return
    with running_redis(tmp_path) as server:
        link = await up(RedisLink(server.url, timeout_s=5))
        yield RedisCounters(link)
        await link.close()


async def admits(counters: Counters, bucket: Bucket, amount: float = 1, at: float = 0, holder: str = "h") -> bool:
    return (await counters.take([bucket], [amount], holder, NOW + at)).admitted


async def spent(counters: Counters, bucket: Bucket, at: float = 0) -> float:
    return (await counters.take([bucket], [0 if bucket.kind != "lease" else 99], "-", NOW + at)).spent[0]


async def test_a_full_bucket_admits_its_capacity_at_once_and_no_more(counters: Counters) -> None:
    assert [await admits(counters, REQUESTS) for _ in range(6)] == [True] * 5 + [False]


async def test_a_bucket_refills_by_the_second_and_never_beyond_its_capacity(counters: Counters) -> None:
    for _ in range(5):
        await admits(counters, REQUESTS)
    assert not await admits(counters, REQUESTS, at=1.9)
    assert await admits(counters, REQUESTS, at=2.0)
    assert not await admits(counters, REQUESTS, at=3.9)
    assert [await admits(counters, REQUESTS, at=10_000) for _ in range(6)] == [True] * 5 + [False]


async def test_the_wait_it_names_is_the_wait_that_suffices(counters: Counters) -> None:
    await admits(counters, TOKENS, 990)
    taken = await counters.take([TOKENS], [400], "h", NOW)
    wait = TOKENS.wait_s(taken.spent[0], 400, NOW)
    assert wait == pytest.approx(39)
    assert not await admits(counters, TOKENS, 400, at=wait - 0.01)
    assert await admits(counters, TOKENS, 400, at=wait)


async def test_all_buckets_are_taken_from_or_none(counters: Counters) -> None:
    await admits(counters, TOKENS, 900)
    taken = await counters.take([REQUESTS, TOKENS, DAY, SLOTS], [1, 200, 10, 1], "h", NOW)
    assert not taken.admitted
    assert taken.spent == [0, 900, 0, 0]
    assert await spent(counters, REQUESTS) == 0
    assert await spent(counters, SLOTS) == 0
    taken = await counters.take([REQUESTS, TOKENS, DAY, SLOTS], [1, 100, 10, 1], "h", NOW)
    assert taken.admitted
    assert taken.spent == [1, 1_000, 10, 1]


async def test_a_settlement_gives_back_what_was_not_used(counters: Counters) -> None:
    taken = await counters.take([TOKENS, DAY], [800, 500], "h", NOW)
    await counters.settle([TOKENS, DAY], [700, 400], "h", taken, NOW)
    assert await spent(counters, TOKENS) == 100
    assert await spent(counters, DAY) == 100


async def test_a_settlement_never_makes_more_than_there_was(counters: Counters) -> None:
    taken = await counters.take([TOKENS], [800], "h", NOW)
    await counters.settle([TOKENS], [800], "h", taken, NOW + 50)
    assert await spent(counters, TOKENS, 50) == 0
    assert await admits(counters, TOKENS, 1_000, at=50)
    assert not await admits(counters, TOKENS, 10, at=50)


async def test_a_settlement_above_the_reservation_is_charged_below_zero(counters: Counters) -> None:
    taken = await counters.take([TOKENS, DAY], [1_000, 2_000_000_000], "h", NOW)
    await counters.settle([TOKENS, DAY], [-500, -7], "h", taken, NOW)
    assert TOKENS.left(await spent(counters, TOKENS)) == -500
    assert DAY.left(await spent(counters, DAY)) == -7
    assert not await admits(counters, TOKENS, 0)
    assert not await admits(counters, DAY, 0)
    assert await admits(counters, TOKENS, 0, at=50)


async def test_budgets_begin_anew_with_the_day_and_the_month(counters: Counters) -> None:
    to_midnight, to_december = 14 * 3_600, 4 * 86_400 + 14 * 3_600
    await counters.take([DAY, MONTH], [2_000_000_000, 2_000_000_000], "h", NOW)
    assert not await admits(counters, DAY, 1, at=to_midnight - 1)
    assert await admits(counters, DAY, 1, at=to_midnight)
    assert await spent(counters, MONTH, at=to_december - 1) == 2_000_000_000
    assert await spent(counters, MONTH, at=to_december) == 0


async def test_what_was_reserved_yesterday_is_not_given_back_today(counters: Counters) -> None:
    yesterday = await counters.take([DAY], [900], "h", NOW)
    await admits(counters, DAY, 500, at=86_400)
    await counters.settle([DAY], [800], "h", yesterday, NOW + 86_400)
    assert await spent(counters, DAY, at=86_400) == 500


async def test_a_budget_counts_single_nano_dollars_up_to_millions(counters: Counters) -> None:
    large = Bucket("usd:large", "month", 5_000_000 * 10**9)
    for _ in range(3):
        await counters.take([large], [1_000_000 * 10**9 + 1], "h", NOW)
    assert await spent(counters, large) == 3_000_000 * 10**9 + 3


async def test_slots_are_held_given_back_and_lost_with_their_lease(counters: Counters) -> None:
    first = await counters.take([SLOTS], [1], "one", NOW)
    assert await admits(counters, SLOTS, holder="two", at=10)
    assert not await admits(counters, SLOTS, holder="three", at=20)
    await counters.settle([SLOTS], [0], "one", first, NOW + 30)
    assert await admits(counters, SLOTS, holder="three", at=30)
    assert not await admits(counters, SLOTS, holder="four", at=69.9)
    assert await admits(counters, SLOTS, holder="four", at=70)


async def test_a_smaller_capacity_keeps_what_was_spent(counters: Counters) -> None:
    for _ in range(3):
        await admits(counters, REQUESTS)
    smaller = Bucket(REQUESTS.key, "refill", 3, refill_per_s=0.5)
    assert not await admits(counters, smaller)


async def test_a_clock_that_runs_behind_gives_nothing_away(counters: Counters) -> None:
    for _ in range(5):
        await admits(counters, REQUESTS, at=100)
    assert not await admits(counters, REQUESTS)
    assert not await admits(counters, REQUESTS, at=101)
    assert await admits(counters, REQUESTS, at=102)
    await admits(counters, DAY, 5, at=86_400)
    await admits(counters, DAY, 5)
    assert await spent(counters, DAY, at=86_400) == 10


async def test_simultaneous_takes_never_pass_the_capacity(counters: Counters) -> None:
    taken = await asyncio.gather(*(counters.take([TOKENS, SLOTS], [7, 1], f"h{n}", NOW) for n in range(50)))
    assert sum(one.admitted for one in taken) == 2
    only = await asyncio.gather(*(counters.take([TOKENS], [7], "", NOW) for n in range(200)))
    assert sum(one.admitted for one in only) == (1_000 - 14) // 7
