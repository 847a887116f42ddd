from decimal import Decimal

import pytest

from answerable.core.usage import Usage
from answerable.gateway.prices import FREE, UNKNOWN, Price, Prices, from_numbers

PRICE = from_numbers(0.75, 4.50, 0.075, "https://example.com/prices", "2026-03-20")


def test_a_run_costs_what_its_tokens_cost_to_the_last_digit() -> None:
    assert PRICE.cost(Usage(1_000, 200)) == Decimal("0.00165")
    assert PRICE.cost(Usage(1, 0)) == Decimal("0.00000075")
    assert PRICE.cost(Usage()) == 0


def test_a_million_small_runs_add_up_without_an_error() -> None:
    one = from_numbers(0.1, 0.2).cost(Usage(1, 1))
    assert one is not None
    assert one * 1_000_000 == Decimal("0.3")


def test_cached_tokens_have_their_own_price_and_the_full_one_where_it_is_not_known() -> None:
    assert PRICE.cost(Usage(1_000, 0, cached_tokens=400)) == Decimal("0.00048")
    assert from_numbers(0.75, 4.5).cost(Usage(1_000, 0, cached_tokens=400)) == Decimal("0.00075")
    assert PRICE.cost(Usage(100, 0, cached_tokens=900)) == Decimal("0.0000075")


def test_reasoning_tokens_are_not_paid_twice() -> None:
    assert PRICE.cost(Usage(0, 100, reasoning_tokens=90)) == PRICE.cost(Usage(0, 100))


@pytest.mark.parametrize("price", [UNKNOWN, from_numbers(1.0, None), from_numbers(None, 1.0)])
def test_a_price_that_is_not_known_gives_no_cost_rather_than_zero(price: Price) -> None:
    assert price.cost(Usage(10, 10)) is None
    assert not price.known


def test_a_free_model_costs_nothing() -> None:
    assert FREE.cost(Usage(10, 10)) == 0
    assert FREE.known


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"usd_per_million_input": -1.0}, "0 or more"),
        ({"usd_per_million_input": float("nan")}, "0 or more"),
        ({"usd_per_million_input": float("inf")}, "0 or more"),
        ({"usd_per_million_input": 0.0, "usd_per_million_output": 0.0}, "free = true"),
        ({"usd_per_million_input": 1.0, "free": True}, "leave out either"),
    ],
)
def test_a_wrong_price_says_what_is_allowed(wrong: dict[str, float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        from_numbers(**({"usd_per_million_input": None, "usd_per_million_output": None} | wrong))  # type: ignore[arg-type]


def test_models_without_a_price_are_known_by_name() -> None:
    prices = Prices({"a": PRICE, "b": UNKNOWN, "c": FREE})
    assert prices.missing == ["b"]
    assert prices.of("a") is PRICE
    assert prices.of("d") is UNKNOWN
