import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerable.core.errors import BudgetExceeded, Forbidden, LimitExceeded, RateLimited, TooLarge
from answerable.core.identity import OWNER, Principal
from answerable.core.usage import Usage
from answerable.gateway.limits import Estimate, Limits, Slot, free, is_loopback
from answerable.gateway.quotas import Config, Quota
from answerable.storage.counters import MemoryCounters

ANN = Principal("ann")
HOME = "203.0.113.9"


def expecting(prompt_tokens: int, output_tokens: int | None = None) -> Estimate:
    return Estimate(prompt_tokens, output_tokens, free)


SMALL = expecting(10, 10)


@dataclass
class Clock:
    now: float = datetime(2026, 11, 26, 10, 0, tzinfo=UTC).timestamp()

    def __call__(self) -> float:
        return self.now


def limits_of(clock: Clock | None = None, decided: list[str] | None = None, **quota: float) -> Limits:
    given = Quota(**quota)  # type: ignore[arg-type]
    tell = None if decided is None else decided.append
    return Limits(Config(users={"ann": given, "ben": given}), MemoryCounters(), clock or Clock(), tell)


def cost(usage: Usage) -> Decimal:
    return Decimal(usage.total_tokens) / 1_000


async def left(limits: Limits, unit: str) -> float:
    slot = await limits.reserve(ANN, "", Estimate(1, 1, cost))
    await slot.settle(Usage(1, 1), cost(Usage(1, 1)))
    return next(state.remaining for state in slot.limits if state.unit == unit)


async def refused(
    limits: Limits, estimate: Estimate = SMALL, who: Principal = ANN, address: str = HOME
) -> LimitExceeded:
    with pytest.raises(LimitExceeded) as caught:
        await limits.reserve(who, address, estimate)
    return caught.value


async def test_the_hundred_and_first_request_of_an_hour_is_told_when_to_come_again() -> None:
    clock = Clock()
    limits = Limits(Config(), MemoryCounters(), clock)
    for _ in range(100):
        await (await limits.reserve(ANN, HOME, SMALL)).settle(Usage(10, 10))
    error = await refused(limits)
    assert isinstance(error, RateLimited)
    assert error.retry_after_s == 36
    assert error.limit == "user-requests"
    assert "100 requests an hour for this user" in error.message
    assert {state.name: state.remaining for state in error.limits}["user-requests"] == 0
    clock.now += 36
    await limits.reserve(ANN, HOME, SMALL)


async def test_a_refused_request_takes_from_no_other_limit() -> None:
    limits = limits_of(requests_per_hour=100, tokens_per_minute=100)
    await limits.reserve(ANN, HOME, expecting(90, 1))
    for _ in range(20):
        await refused(limits)
    assert await left(limits, "requests") == 98


async def test_tokens_that_were_not_used_come_back_at_once() -> None:
    limits = limits_of(tokens_per_minute=1_000)
    slot = await limits.reserve(ANN, HOME, expecting(100, 800))
    assert isinstance(await refused(limits, expecting(100, 800)), RateLimited)
    await slot.settle(Usage(100, 50))
    await limits.reserve(ANN, HOME, expecting(100, 700))


async def test_a_request_that_reached_no_model_gives_back_tokens_and_money_but_not_itself() -> None:
    limits = limits_of(requests_per_hour=10, tokens_per_minute=1_000, usd_per_day=2)
    slot = await limits.reserve(ANN, HOME, Estimate(100, 800, cost))
    await slot.settle()
    assert await left(limits, "requests") == 8
    assert await left(limits, "tokens") == 996
    assert await left(limits, "usd") == pytest.approx(2 - 3 * 0.002)


async def test_more_than_was_reserved_is_charged_and_must_be_waited_for() -> None:
    clock = Clock()
    limits = limits_of(clock, tokens_per_minute=600)
    slot = await limits.reserve(ANN, HOME, expecting(100, 100))
    await slot.settle(Usage(100, 1_100))
    error = await refused(limits, expecting(10, 10))
    assert error.retry_after_s == 62
    clock.now += 62
    await limits.reserve(ANN, HOME, expecting(10, 10))


async def test_a_slot_settles_once() -> None:
    limits = limits_of(tokens_per_minute=1_000)
    slot = await limits.reserve(ANN, HOME, expecting(400, 400))
    await limits.reserve(ANN, HOME, expecting(100, 100))
    for _ in range(5):
        await slot.settle(Usage(100, 100))
    assert await left(limits, "tokens") == 1_000 - 200 - 200 - 2


async def test_requests_at_a_time_are_counted_and_given_back() -> None:
    limits = limits_of(concurrent_requests=2)
    first, _second = [await limits.reserve(ANN, HOME, SMALL) for _ in range(2)]
    error = await refused(limits)
    assert "2 requests of this user are running" in error.message
    assert error.retry_after_s == 1
    await first.settle(Usage(1, 1))
    await limits.reserve(ANN, HOME, SMALL)


async def test_the_slots_of_a_dead_worker_come_back_with_time() -> None:
    clock = Clock()
    limits = limits_of(clock, concurrent_requests=1)
    await limits.reserve(ANN, HOME, SMALL)
    clock.now += 899
    await refused(limits)
    clock.now += 1
    await limits.reserve(ANN, HOME, SMALL)


async def test_a_budget_is_never_passed_and_a_retry_is_not_asked_for() -> None:
    limits = limits_of(usd_per_day=1)
    slot = await limits.reserve(ANN, HOME, Estimate(400, 400, cost))
    error = await refused(limits, Estimate(200, 100, cost))
    assert isinstance(error, BudgetExceeded)
    assert "1.00 USD a day" in error.message
    await slot.settle(Usage(300, 300), Decimal("0.6"))
    await limits.reserve(ANN, HOME, Estimate(200, 100, cost))


async def test_budgets_come_back_at_midnight_utc() -> None:
    clock = Clock()
    limits = limits_of(clock, usd_per_day=1)
    await limits.reserve(ANN, HOME, Estimate(500, 500, cost))
    error = await refused(limits, Estimate(1, 1, cost))
    assert error.retry_after_s == 14 * 3_600
    clock.now += 14 * 3_600
    await limits.reserve(ANN, HOME, Estimate(1, 1, cost))


async def test_a_request_dearer_than_the_whole_budget_is_told_so() -> None:
    error = await refused(limits_of(usd_per_day=1), Estimate(5_000, 5_000, cost))
    assert error.retry_after_s is None
    assert "ask for a shorter answer" in error.message


async def test_an_unknown_price_under_a_budget_is_refused_and_never_counts_as_nothing() -> None:
    decided: list[str] = []
    limits = limits_of(decided=decided, usd_per_day=1)
    with pytest.raises(Forbidden, match="no known price"):
        await limits.reserve(ANN, HOME, Estimate(10, 10, lambda usage: None))
    assert decided == ["unpriced"]
    await limits_of(requests_per_hour=5).reserve(ANN, HOME, Estimate(10, 10, lambda usage: None))


async def test_an_unknown_cost_of_used_tokens_keeps_what_was_reserved() -> None:
    limits = limits_of(usd_per_day=1)
    slot = await limits.reserve(ANN, HOME, Estimate(200, 200, cost))
    await slot.settle(Usage(10, 10), None)
    assert await left(limits, "usd") == pytest.approx(1 - 0.4 - 0.002)


async def test_where_the_policy_allows_it_an_unpriced_model_runs_under_a_budget() -> None:
    config = Config(users={"ann": Quota(usd_per_day=1)}, unpriced_under_budget="allow")
    limits = Limits(config, MemoryCounters(), Clock())
    slot = await limits.reserve(ANN, HOME, Estimate(10, 10, lambda usage: None))
    await slot.settle(Usage(10, 10), None)
    assert await left(limits, "usd") == pytest.approx(1 - 0.002)


async def test_a_request_that_could_never_pass_is_refused_for_its_size() -> None:
    limits = limits_of(tokens_per_request=4_000)
    with pytest.raises(TooLarge, match="4,000 in all"):
        await limits.reserve(ANN, HOME, expecting(3_000, 1_001))
    with pytest.raises(TooLarge):
        await limits.reserve(ANN, HOME, expecting(4_000))
    with pytest.raises(TooLarge):
        await limits_of(tokens_per_minute=500).reserve(ANN, HOME, expecting(300, 201))


def test_the_most_that_one_request_may_use_is_told_before_it_is_made() -> None:
    assert limits_of(tokens_per_request=4_000, tokens_per_minute=20_000).most_tokens(ANN) == 4_000
    assert limits_of(tokens_per_request=4_000, tokens_per_minute=900).most_tokens(ANN) == 900
    assert limits_of(requests_per_hour=5).most_tokens(ANN) is None
    assert limits_of(tokens_per_request=4_000).most_tokens(OWNER) is None
    assert limits_of(tokens_per_request=4_000).most_tokens(OWNER, HOME) is None  # an enterprise account by its tier


async def test_an_answer_without_a_length_gets_what_the_limit_leaves() -> None:
    limits = limits_of(tokens_per_request=4_000, tokens_per_minute=100_000)
    slot = await limits.reserve(ANN, HOME, expecting(3_500))
    assert slot.max_output_tokens == 500
    assert [s.remaining for s in slot.limits if s.unit == "tokens"] == [96_000]
    assert (await limits.reserve(ANN, HOME, expecting(3_500, 100))).max_output_tokens == 100
    assert (await limits_of().reserve(ANN, HOME, expecting(3_500))).max_output_tokens is None


async def test_an_address_counts_whoever_asks_from_it() -> None:
    limits = Limits(Config(each_address=Quota(3)), MemoryCounters(), Clock())
    for name in ("ann", "ben", "cid"):
        await limits.reserve(Principal(name), "2001:db8::1", SMALL)
    error = await refused(limits, who=Principal("dan"), address="2001:db8::2")
    assert "3 requests an hour for this address" in error.message
    await limits.reserve(Principal("dan"), HOME, SMALL)


async def test_the_owner_at_this_machine_is_not_limited() -> None:
    config = Config(tiers={**Config().tiers, "enterprise": Quota(requests_per_hour=1)})
    limits = Limits(config, MemoryCounters(), Clock())
    slots = [await limits.reserve(OWNER, address, expecting(10)) for address in ("", "127.0.0.1", "::1")]
    assert slots[0].limits == ()
    await slots[0].settle(Usage(1, 1), Decimal(1))
    await limits.reserve(OWNER, HOME, SMALL)
    await refused(limits, who=OWNER)


def test_only_this_machine_is_loopback() -> None:
    assert is_loopback("127.8.9.1")
    assert not is_loopback("128.0.0.1")
    assert not is_loopback("::ffff:8.8.8.8")


async def test_decisions_are_told_by_the_name_of_the_limit() -> None:
    decided: list[str] = []
    limits = limits_of(decided=decided, requests_per_hour=1)
    await limits.reserve(ANN, HOME, SMALL)
    await refused(limits)
    assert decided == ["", "user-requests"]


async def test_simultaneous_first_requests_share_one_budget() -> None:
    limits = limits_of(usd_per_day=1, tokens_per_minute=100_000)

    async def ask() -> Slot | None:
        try:
            return await limits.reserve(ANN, HOME, Estimate(100, 100, cost))
        except BudgetExceeded:
            return None

    assert sum(slot is not None for slot in await asyncio.gather(*(ask() for _ in range(200)))) == 5


@given(st.lists(st.tuples(st.integers(1, 300), st.integers(0, 300), st.integers(0, 700)), max_size=30))
async def test_what_is_left_is_the_capacity_less_what_was_used(requests: list[tuple[int, int, int]]) -> None:
    limits, used = limits_of(tokens_per_minute=600, usd_per_month=1_000), 0
    for prompt, output, written in requests:
        try:
            slot = await limits.reserve(ANN, "", Estimate(prompt, output, cost))
        except (LimitExceeded, TooLarge):
            continue
        usage = Usage(prompt, written)
        await slot.settle(usage, cost(usage))
        used += usage.total_tokens
        assert (await limits.counters.take(limits._plans.of(ANN).buckets, [0, 0], "", limits.clock())).spent == [
            used,
            used * 1_000_000,
        ]
