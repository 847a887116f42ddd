from decimal import Decimal

import pytest

from answerable.core.errors import SetupError
from answerable.gateway.prices import Price
from answerable.gateway.route_policy import AutoPolicy, Config, ModelCard, RoutePolicy, check

CARDS = (ModelCard("small"), ModelCard("large", tier="strong"))


def test_a_request_is_priced_by_input_and_output() -> None:
    card = ModelCard("small", price=Price(Decimal("0.50"), Decimal("2.00")))
    assert card.cost_usd(1_000, 100) == Decimal("0.0007")
    assert card.cost_usd(1_000) == Decimal("0.0015")  # 500 tokens of output when nothing bounds them


def test_half_a_price_is_no_price() -> None:
    assert ModelCard("small", price=Price(Decimal(1))).cost_usd(1_000) is None


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (
            Config(routes={"fast": RoutePolicy({"smal": 1})}),
            r"\[router.routes.fast\], models: there is no model 'smal'",
        ),
        (Config(routes={"fast": RoutePolicy({"small": 1}, ("x",))}), r"\[router.routes.fast\], fallbacks: .*'x'"),
        (
            Config(fallbacks={"small": ("x",)}),
            r"\[router.fallbacks\], small: there is no model 'x'; models: large, small",
        ),
        (Config(fallbacks={"x": ("small",)}), r"\[router.fallbacks\]: there is no model 'x'"),
        (Config(allowed={"free": ("x",)}), r"\[router.allowed\], free: there is no model 'x'"),
        (Config(auto=AutoPolicy(strong="best")), r"\[router.auto\], strong: there is no route 'best'; routes: none"),
        (Config(routes={"small": RoutePolicy({"large": 1})}), "'small' is the name of a model too"),
    ],
)
def test_a_name_that_is_not_there_is_said_with_its_entry(config: Config, said: str) -> None:
    with pytest.raises(SetupError, match=said):
        check(config, CARDS)


def test_a_policy_of_known_names_passes() -> None:
    routes = {"fast": RoutePolicy({"small": 3, "large": 1}, ("engine",))}
    check(Config(routes, AutoPolicy(cheap="fast"), {"small": ("large",)}), CARDS, engine="engine")


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda: RoutePolicy({}), "one model at least"),
        (lambda: RoutePolicy({"small": 0}), "weight of 'small' is not above 0"),
        (lambda: RoutePolicy({"small": float("nan")}), "weight of 'small' is not above 0"),
        (lambda: AutoPolicy(strong_above=11), r"0\.\.10"),
        (lambda: AutoPolicy(least_confidence=1.5), r"0\.\.1"),
        (lambda: AutoPolicy(unsure="best"), "cheap, strong, long"),  # type: ignore[arg-type]
        (lambda: AutoPolicy(most_routes=0), "1 or more"),
        (lambda: Config(routes={"auto": RoutePolicy({"small": 1})}), "'auto' is taken"),
        (lambda: Config(allowed={"gold": ()}), "'gold' is no tier"),  # type: ignore[dict-item]
        (lambda: ModelCard("small", tier="best"), "cheap, strong, long"),  # type: ignore[arg-type]
    ],
)
def test_a_wrong_value_says_what_is_allowed(build: object, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        build()  # type: ignore[operator]
