"""What is particular to counting in this process; what all counters do is in tests/contracts/test_counters.py."""

from datetime import UTC, datetime

import pytest

from answerable.storage.counters import Bucket, Kind, MemoryCounters, Taken, window_of

NOW = datetime(2026, 12, 31, 23, 59, 30, tzinfo=UTC).timestamp()


def bucket(name: str) -> Bucket:
    return Bucket(name, "refill", 10, refill_per_s=1)


async def take(counters: MemoryCounters, one: Bucket, amount: float = 1, now: float = NOW) -> Taken:
    return await counters.take([one], [amount], "h", now)


@pytest.mark.parametrize(("kind", "first_day"), [("day", 31), ("month", 1)])
def test_windows_are_those_of_the_calendar_and_end_where_the_next_begins(kind: Kind, first_day: int) -> None:
    first = window_of(kind, NOW)
    assert first == (
        datetime(2026, 12, first_day, tzinfo=UTC).timestamp(),
        datetime(2027, 1, 1, tzinfo=UTC).timestamp(),
    )
    assert window_of(kind, first[1])[0] == first[1]
    assert window_of(kind, NOW) == first


def test_a_bucket_says_what_is_left_and_when_it_is_whole_again() -> None:
    one = bucket("one")
    assert (one.left(4), one.reset_s(4, NOW), one.window_s(NOW)) == (6, 4, 10)
    assert one.wait_s(4, 11, NOW) == float("inf")
    day = Bucket("day", "day", 10)
    assert (day.left(12), day.reset_s(4, NOW), day.window_s(NOW), day.wait_s(9, 2, NOW)) == (-2, 30, 86_400, 30)
    slots = Bucket("slots", "lease", 2, lease_s=60)
    assert (slots.wait_s(1, 1, NOW), slots.wait_s(2, 1, NOW)) == (0, 1)
    assert (slots.reset_s(0, NOW), slots.reset_s(1, NOW), slots.window_s(NOW)) == (0, 1, 60)


async def test_what_is_whole_again_is_forgotten() -> None:
    counters = MemoryCounters(max_keys=100)
    for n in range(99):
        await take(counters, bucket(f"stranger {n}"))
    await take(counters, Bucket("budget", "month", 10), now=NOW)
    assert len(counters) == 100
    await take(counters, bucket("late"), now=NOW + 40)
    assert len(counters) == 1, "December's budget is over too"


async def test_with_too_many_keys_the_least_used_go_and_budgets_stay() -> None:
    counters = MemoryCounters(max_keys=100)
    budget = Bucket("budget", "month", 10)
    await take(counters, budget, 9)
    heavy = bucket("heavy")
    await take(counters, heavy, 10)
    for n in range(1_000):
        await take(counters, bucket(f"stranger {n}"))
    assert len(counters) <= 200
    assert not (await take(counters, heavy)).admitted
    assert not (await take(counters, budget, 2)).admitted


async def test_leases_that_ran_out_are_looked_for_only_when_a_bucket_is_full() -> None:
    counters, slots = MemoryCounters(), Bucket("slots", "lease", 1, lease_s=5)
    assert (await counters.take([slots], [1], "one", NOW)).admitted
    assert not (await counters.take([slots], [1], "two", NOW + 4)).admitted
    assert (await counters.take([slots], [1], "two", NOW + 5)).spent == [1]


async def test_it_takes_over_what_another_counter_has_seen() -> None:
    counters, one, slots = MemoryCounters(), bucket("one"), Bucket("slots", "lease", 1, lease_s=5)
    counters.learn([one, slots], Taken(True, [9, 1], NOW))
    assert (await counters.take([one, slots], [1, 1], "h", NOW)).spent == [10, 1]
    assert not (await take(counters, one)).admitted
