"""Limits while Redis is away, and what becomes of them when it is back."""

from datetime import UTC, datetime
from pathlib import Path

from answerable.storage.counters import Bucket
from answerable.storage.redis_counters import RedisCounters, RedisStore
from answerable.storage.redis_link import RedisLink
from tests.support.redis import Outages, running_redis, up

NOW = datetime(2026, 11, 26, 10, 0, tzinfo=UTC).timestamp()
REQUESTS = Bucket("requests:ann", "refill", 5, refill_per_s=0.001)
DAY = Bucket("usd:ann:day", "day", 1_000)


async def test_without_redis_the_limits_go_on_from_what_was_last_seen(tmp_path: Path) -> None:
    with running_redis(tmp_path) as server:
        link = await up(RedisLink(server.url, timeout_s=5))  # a busy machine is no outage
        counters = RedisCounters(link)
        for _ in range(4):
            assert (await counters.take([REQUESTS, DAY], [1, 200], "h", NOW)).shared
        server.kill()
        alone = await counters.take([REQUESTS, DAY], [1, 200], "h", NOW)
        assert (alone.admitted, alone.shared, alone.spent) == (True, False, [5, 1_000])
        assert not (await counters.take([REQUESTS, DAY], [1, 0], "h", NOW)).admitted
        await link.close()


async def test_what_was_spent_meanwhile_is_told_to_redis_when_it_is_back(tmp_path: Path) -> None:
    with running_redis(tmp_path) as server:
        outages = Outages()
        link = await up(RedisLink(server.url, outages, timeout_s=5))
        counters = RedisCounters(link)
        before = await counters.take([DAY], [300], "before", NOW)
        server.kill()
        alone = await counters.take([DAY], [400], "alone", NOW)
        assert not alone.shared
        await counters.settle([DAY], [250], "alone", alone, NOW)
        server.start()  # this server keeps nothing on disk
        await outages.wait_for_the_end()
        after = await counters.take([DAY], [10], "after", NOW)
        assert (after.shared, after.spent) == (True, [160])
        await counters.settle([DAY], [100], "before", before, NOW)
        assert (await counters.take([DAY], [0], "h", NOW)).spent == [60]
        await link.close()


async def test_a_settlement_that_redis_missed_is_made_up_for(tmp_path: Path) -> None:
    with running_redis(tmp_path) as server:
        link, other = [await up(RedisLink(server.url, timeout_s=5)) for _ in range(2)]
        counters, beside = RedisCounters(link), RedisCounters(other)
        taken = await counters.take([DAY], [800], "h", NOW)
        await link.close()
        await counters.settle([DAY], [700], "h", taken, NOW)
        assert (await beside.take([DAY], [0], "h", NOW)).spent == [800]
        await link.open()
        assert (await counters.take([DAY], [0], "h", NOW)).spent == [100]
        assert (await counters.take([DAY], [0], "h", NOW)).spent == [100]
        await link.close()
        await other.close()


async def test_the_store_reads_as_empty_while_redis_is_away(tmp_path: Path) -> None:
    with running_redis(tmp_path) as server:
        outages = Outages()
        link = await up(RedisLink(server.url, outages, timeout_s=5))
        store = RedisStore(link)
        await store.put("a", b"1", 60)
        server.kill()
        assert await store.get("a") is None
        await store.put("a", b"2", 60)
        assert not await store.swap("a", None, b"3", 60)
        await store.drop("a")
        server.start()
        await outages.wait_for_the_end()
        assert await store.swap("a", None, b"4", 60)
        assert await store.get("a") == b"4"
        await link.close()
