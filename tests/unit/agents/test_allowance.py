"""A budget is what was asked for, or the usual, and never more than somebody may have."""

from decimal import Decimal

import pytest

from answerable.agents.allowance import Allowance, Config
from answerable.agents.state import Budget
from answerable.core.errors import InvalidRequest

NOTHING = Allowance()


def test_what_is_left_out_is_the_usual() -> None:
    config = Config()
    assert config.budget("free") == config.budget("pro") == config.budget("enterprise") == Budget()
    assert config.budget("free", tokens=7) == Budget(tokens=7)


def test_what_is_left_out_is_the_most_where_that_is_less() -> None:
    config = Config(
        {"free": Allowance(max_tokens=10, max_usd=0.5, max_seconds=60), "pro": NOTHING, "enterprise": NOTHING}
    )
    assert config.budget("free") == Budget(10, Decimal("0.5"), 60)
    assert config.budget("pro") == Budget()


@pytest.mark.parametrize(
    ("asked", "param"),
    [
        ({"tokens": 500_001}, "budget.tokens"),
        ({"usd": Decimal("2.01")}, "budget.usd"),
        ({"seconds": 901.0}, "budget.seconds"),
    ],
)
def test_more_than_a_tier_may_have_is_refused(asked: dict[str, object], param: str) -> None:
    with pytest.raises(InvalidRequest, match="'free' may have a budget of at most") as caught:
        Config().budget("free", **asked)  # type: ignore[arg-type]
    assert caught.value.param == param
    assert Config().budget("enterprise", **asked)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrong",
    [{"max_running": 0}, {"max_tokens": 0}, {"max_usd": -1}, {"max_seconds": float("nan")}, {"max_usd": 10_001}],
)
def test_an_allowance_that_allows_nothing_is_a_mistake(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="leave"):
        Allowance(**wrong)  # type: ignore[arg-type]


def test_every_tier_has_an_allowance() -> None:
    with pytest.raises(ValueError, match="enterprise, pro is missing"):
        Config({"free": NOTHING})
