"""What the router is told: the models with their abilities and prices, and the policy on which of them goes where.

`Config` is the table `[router]` of `config/policies.toml`; `ModelCard`s are built from `config/models.toml`. `check`
compares the two at start.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, get_args

from answerable.core.errors import SetupError
from answerable.core.identity import Tier as Account
from answerable.core.usage import Usage
from answerable.gateway.prices import UNKNOWN, Price

Tier = Literal["cheap", "strong", "long"]
TIERS: tuple[Tier, ...] = get_args(Tier)
AUTO = "auto"
TYPICAL_OUTPUT_TOKENS = 500
"""Tokens of a reply where nothing bounds them, to compare prices."""


@dataclass(frozen=True, slots=True)
class ModelCard:
    """A model as the router sees it; `context_tokens` is None where the window is not known."""

    name: str
    provider: str = ""
    context_tokens: int | None = None
    price: Price = UNKNOWN
    tools: bool = True
    images: bool = False
    json_schema: bool = False
    tier: Tier = "cheap"

    def __post_init__(self) -> None:
        if self.tier not in TIERS:
            raise ValueError(f"tier is '{self.tier}'; it is one of {', '.join(TIERS)}")

    def cost_usd(self, input_tokens: int, output_tokens: int | None = None) -> Decimal | None:
        """What a request of this size costs (500 tokens of output unless told); None where a price is not known."""
        return self.price.cost(Usage(input_tokens, TYPICAL_OUTPUT_TOKENS if output_tokens is None else output_tokens))


@dataclass(frozen=True, slots=True)
class RoutePolicy:
    """A route that a caller may name. `models` have weights above 0; a request goes to one of them, then to the others,
    then to `fallbacks` in their order."""

    models: Mapping[str, float]
    fallbacks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.models:
            raise ValueError("models is empty; a route needs one model at least")
        if wrong := [name for name, weight in self.models.items() if not weight > 0]:
            raise ValueError(f"models: the weight of '{wrong[0]}' is not above 0")


@dataclass(frozen=True, slots=True)
class AutoPolicy:
    """How `auto` chooses. `cheap`, `strong` and `long` name the routes of the three classes; an empty name takes the
    models of that tier, cheapest first. `unsure` is the class for prompts that the router is not sure about."""

    strong_above: float = 7.0
    least_confidence: float = 0.6
    unsure: Tier = "cheap"
    long_above_tokens: int = 50_000
    cheap: str = ""
    strong: str = ""
    long: str = ""
    most_routes: int = 4

    def __post_init__(self) -> None:
        if not 0 <= self.strong_above <= 10:
            raise ValueError(f"strong_above is {self.strong_above}; it lies in 0..10")
        if not 0 <= self.least_confidence <= 1:
            raise ValueError(f"least_confidence is {self.least_confidence}; it lies in 0..1")
        if self.unsure not in TIERS:
            raise ValueError(f"unsure is '{self.unsure}'; it is one of {', '.join(TIERS)}")
        if self.long_above_tokens < 1 or self.most_routes < 1:
            raise ValueError("long_above_tokens and most_routes are 1 or more")

    def route_of(self, tier: Tier) -> str:
        """The named route of a class, or an empty text."""
        return {"cheap": self.cheap, "strong": self.strong, "long": self.long}[tier]


@dataclass(frozen=True, slots=True)
class Config:
    """Routes by name, how `auto` chooses, what follows a model that fails, and who may use what.

    `last_resort` lets the extractive engine answer, marked as degraded, when all models fail. `allowed` lists the
    models of an account tier; a tier that is not listed may use all.
    """

    routes: Mapping[str, RoutePolicy] = field(default_factory=dict)
    auto: AutoPolicy = field(default_factory=AutoPolicy)
    fallbacks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    last_resort: bool = True
    allowed: Mapping[Account, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if AUTO in self.routes:
            raise ValueError(f"routes: '{AUTO}' is taken; call the route something else")
        if wrong := [name for name in self.allowed if name not in get_args(Account)]:
            raise ValueError(f"allowed: '{wrong[0]}' is no tier; tiers are {', '.join(get_args(Account))}")


def check(config: Config, cards: Iterable[ModelCard], engine: str = "") -> None:
    """Raises SetupError that names the entry of the policy and the model or route that is not there. `cards` are all
    configured models, also those whose key is missing; `engine` is the name of the extractive engine."""
    known = {card.name for card in cards} | {engine}
    for entry, model in _named(config):
        if model not in known:
            there = ", ".join(sorted(known - {""})) or "none"
            raise SetupError(f"policies.toml, {entry}: there is no model '{model}'; models: {there}")
    for tier in TIERS:
        route = config.auto.route_of(tier)
        if route and route not in config.routes:
            there = ", ".join(sorted(config.routes)) or "none"
            raise SetupError(f"policies.toml, [router.auto], {tier}: there is no route '{route}'; routes: {there}")
    if both := sorted(known & {*config.routes, AUTO}):
        raise SetupError(f"policies.toml, [router.routes]: '{both[0]}' is the name of a model too; rename one of them")


def _named(config: Config) -> Iterator[tuple[str, str]]:
    """Every model that the policy names, with the entry that names it."""
    for name, route in config.routes.items():
        yield from ((f"[router.routes.{name}], models", model) for model in route.models)
        yield from ((f"[router.routes.{name}], fallbacks", model) for model in route.fallbacks)
    for name, models in config.fallbacks.items():
        yield "[router.fallbacks]", name
        yield from ((f"[router.fallbacks], {name}", model) for model in models)
    for tier, models in config.allowed.items():
        yield from ((f"[router.allowed], {tier}", model) for model in models)
