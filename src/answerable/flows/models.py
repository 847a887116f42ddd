"""Which models there are: for a caller, what they may name; for an administrator, how each of them stands."""

from dataclasses import dataclass
from typing import Literal, get_args

from answerable.core.identity import Principal, Tier
from answerable.flows.platform import Platform
from answerable.gateway.breaker import State
from answerable.gateway.prices import FREE
from answerable.gateway.route_policy import ModelCard

Kind = Literal["language", "engine", "embedding"]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a model stands. `why_not` is empty where it can be used; `retry_after_s` is how long its breaker keeps it out
    (0: not at all), `routes` what may come to it, `tiers` the accounts that may use it.
    """

    card: ModelCard
    kind: Kind
    why_not: str
    is_default: bool
    breaker: State
    retry_after_s: float
    routes: tuple[str, ...]
    tiers: tuple[Tier, ...]


def offered(who: Principal, p: Platform) -> list[str]:
    """What somebody may name: models, the engine first; `auto` and named routes; the embedding model last."""
    mine = [name for name in p.models.names if p.router.may_use(name, who.tier)]
    return [*mine, *p.router.routes_for(who.tier), p.embedder.name]


def check_offered(name: str, who: Principal, p: Platform) -> None:
    """Raises ModelNotFound for what is not there, Forbidden for what the account's tier may not use."""
    if name not in offered(who, p):
        p.models.get(name)
        p.router.check_allowed(name, who)


async def list_standings(p: Platform) -> list[Standing]:
    """Every configured model, also those that cannot be used: the engine first, the embedding model last."""
    engine = ModelCard(p.models.engine, p.models.engine, price=FREE, tools=False)
    cards = [engine, *(card for card in p.router.cards if card.name != engine.name)]
    found = [await _standing(card, "engine" if card is engine else "language", p) for card in cards]
    embedding = ModelCard(p.embedder.name, price=p.prices.of(p.embedder.name), tools=False)
    return [*found, Standing(embedding, "embedding", "", True, "closed", 0.0, (), get_args(Tier))]


async def _standing(card: ModelCard, kind: Kind, p: Platform) -> Standing:
    state, wait_s = await p.breaker.look(card.name)
    tiers = tuple(tier for tier in get_args(Tier) if p.router.may_use(card.name, tier))
    why_not = p.models.unavailable.get(card.name, "")
    is_default = card.name == p.models.default
    return Standing(card, kind, why_not, is_default, state, wait_s, p.router.routes_with(card.name), tiers)
