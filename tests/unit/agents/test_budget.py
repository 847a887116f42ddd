"""A purse never lets more out than it holds, whoever asks at the same time."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerable.agents.budget import Cost, Purse
from answerable.agents.state import Budget
from answerable.core.errors import BudgetSpent


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_what_is_reserved_counts_until_it_is_settled() -> None:
    purse = Purse(Budget(tokens=100, usd=Decimal(1)))
    purse.reserve(Cost(60, Decimal("0.4")))
    with pytest.raises(BudgetSpent, match="100 tokens") as spent:
        purse.reserve(Cost(60, Decimal(0)))
    assert spent.value.limit == "tokens"
    purse.settle(Cost(60, Decimal("0.4")), Cost(10, Decimal("0.1")))
    purse.reserve(Cost(60, Decimal("0.9")))
    assert (purse.tokens, purse.usd) == (10, Decimal("0.1"))


def test_money_and_time_have_limits_of_their_own() -> None:
    clock = Clock()
    purse = Purse(Budget(usd=Decimal("0.5"), seconds=10), spent_usd=Decimal("0.3"), spent_s=4, clock=clock)
    with pytest.raises(BudgetSpent, match=r"0.5 USD") as spent:
        purse.reserve(Cost(1, Decimal("0.21")))
    assert spent.value.limit == "usd"
    assert purse.left_s == 6
    clock.now += 6
    with pytest.raises(BudgetSpent, match="10 seconds"):
        purse.reserve(Cost(0, None))
    assert purse.left_s == 0


def test_a_call_that_took_nothing_gives_all_back() -> None:
    purse = Purse(Budget(tokens=10))
    for _ in range(5):
        purse.reserve(Cost(10, None))
        purse.settle(Cost(10, None), None)
    assert purse.tokens == 0


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=40))
def test_calls_that_stay_within_what_they_reserved_never_overspend(calls: list[tuple[int, int]]) -> None:
    purse = Purse(Budget(tokens=200))
    for most, took in calls:
        try:
            purse.reserve(Cost(most, None))
        except BudgetSpent:
            continue
        purse.settle(Cost(most, None), Cost(min(took, most), None))
    assert purse.tokens <= 200
