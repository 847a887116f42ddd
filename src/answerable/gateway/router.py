"""Where a request goes: a plan of models to try in order, with the reason.

A concrete model, a named route, or `auto`: by capability, length, complexity, price and health. The router only plans;
trying the routes and what becomes of failures is the fallback's. Pure but for the embedding of `auto`, which runs in a
thread.
"""

import asyncio
import hashlib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence

from answerable.core import counting
from answerable.core.errors import Forbidden, InvalidRequest, ModelNotFound
from answerable.core.identity import OWNER, Principal
from answerable.core.identity import Tier as Account
from answerable.core.messages import Image
from answerable.core.ports import Embedder
from answerable.core.tasks import Answer, Chat
from answerable.core.values import value_class
from answerable.gateway.complexity import Complexity, Judge
from answerable.gateway.route_policy import AUTO, TIERS, Config, ModelCard, RoutePolicy, Tier

Healthy = Callable[[str], bool | float]
"""Whether a model may be called now; a number in 0..1 is the share of requests that may try it."""

_TOO_SHORT = 40
"""Characters below which a follow-up ("and why?") is judged together with the question before it."""
_NEXT: Mapping[Tier, tuple[Tier, ...]] = {
    "cheap": ("cheap", "strong", "long"),
    "strong": ("strong", "long", "cheap"),
    "long": ("long", "strong", "cheap"),
}
"""Where `auto` looks when a class has no model that qualifies, and for fallbacks."""


@value_class(frozen=True, slots=True)
class Route:
    """A model to try; `degraded` marks the last resort."""

    model: str
    degraded: bool = False


@value_class(frozen=True, slots=True)
class Plan:
    """Routes in the order to try them, never empty; `reason` is for people, `left_out` why a model is not
    there."""

    routes: tuple[Route, ...]
    reason: str
    complexity: float | None = None
    confidence: float | None = None
    left_out: tuple[str, ...] = ()


@value_class(frozen=True, slots=True)
class Needs:
    """What a request asks of a model. `tokens` is an estimate of the prompt, and of the reply where it is bounded."""

    tools: bool
    images: bool
    json_schema: bool
    tokens: int
    output_tokens: int | None

    def missing(self, card: ModelCard) -> str:
        """What the model lacks for it, in words; empty where nothing."""
        if self.tools and not card.tools:
            return "no tools"
        if self.images and not card.images:
            return "no images"
        if self.json_schema and not card.json_schema:
            return "no JSON schema"
        room = card.context_tokens
        if room is not None and self.tokens + (self.output_tokens or 0) > room:
            return f"a context of {room:,} tokens"
        return ""

    @property
    def plain(self) -> bool:
        """Whether a quoted passage could be the reply."""
        return not (self.tools or self.images or self.json_schema)


class Router:
    """Plans for the models that can be used. `unavailable` maps configured ones to why they cannot; `engine` is the
    extractive one, `embedder` helps to tell the complexity, `healthy` is the breaker's word."""

    def __init__(
        self,
        config: Config,
        cards: Iterable[ModelCard],
        embedder: Embedder | None,
        engine: str,
        unavailable: Mapping[str, str] | None = None,
        healthy: Healthy = lambda _: True,
    ) -> None:
        self._config = config
        self._unavailable = dict(unavailable or {})
        self.cards = tuple(cards)
        """All configured models, also those that cannot be used."""
        self._cards = {card.name: card for card in self.cards if card.name not in self._unavailable}
        self._judge = Judge(embedder, config.auto.strong_above)
        self._engine = engine
        self._healthy = healthy
        self._last = (Route(engine, degraded=True),) if config.last_resort else ()
        self._concrete = {name: (Route(name), *map(Route, self._usable(config, name))) for name in self._cards}
        self._concrete[engine] = (Route(engine),)

    def _usable(self, config: Config, name: str) -> list[str]:
        return [one for one in config.fallbacks.get(name, ()) if one in self._cards and one != name]

    @property
    def names(self) -> tuple[str, ...]:
        """What a caller may ask for beside the models: `auto` and the named routes."""
        return (AUTO, *self._config.routes)

    def may_use(self, model: str, tier: Account) -> bool:
        """Whether accounts of a tier may use a model; the extractive engine is for all."""
        allowed = self._config.allowed.get(tier)
        return allowed is None or model in allowed or model == self._engine

    def routes_for(self, tier: Account) -> tuple[str, ...]:
        """Which of `names` a tier can use: those with a model that it may use, and that can be used."""
        mine = {name for name in self._cards if self.may_use(name, tier)}
        named = (name for name, one in self._config.routes.items() if mine & {*one.models, *one.fallbacks})
        return (AUTO, *named) if mine else ()

    def routes_with(self, model: str) -> tuple[str, ...]:
        """Which of `names` may come to a model that can be used."""
        card = self._cards.get(model)
        if card is None:
            return ()
        routes, auto = self._config.routes, self._config.auto
        named = [name for name, one in routes.items() if model in one.models or model in one.fallbacks]
        chosen = {route for tier in TIERS if (route := auto.route_of(tier))}
        by_auto = not auto.route_of(card.tier) or bool(chosen & {*named})
        return (AUTO, *named) if by_auto else tuple(named)

    @property
    def has_last_resort(self) -> bool:
        """Whether documents may answer, marked as degraded, when all models fail."""
        return bool(self._last)

    def candidates(self, wanted: str) -> tuple[str, ...]:
        """Every model that may come to answer `wanted`, last resort left out: what a request can cost depends on it."""
        if wanted in self._concrete:
            return tuple(route.model for route in self._concrete[wanted])
        policy = self._config.routes.get(wanted)
        return tuple(self._cards) if policy is None else (*policy.models, *policy.fallbacks)

    def calls_tools(self, wanted: str) -> bool:
        """Whether a model that may come to answer `wanted` can call tools, as far as their cards say."""
        cards = [self._cards[name] for name in self.candidates(wanted) if name in self._cards]
        return not cards or any(card.tools for card in cards)

    def only_quotes(self, wanted: str) -> bool:
        """Whether no language model can answer `wanted`: the documents are asked then."""
        return wanted == self._engine or (wanted == AUTO and not self._cards)

    def classes(self) -> dict[Tier, tuple[str, ...]]:
        """The models that `auto` tries now for a plain request of each class, for an account that may use all."""
        plain = Needs(tools=False, images=False, json_schema=False, tokens=0, output_tokens=None)
        return {tier: tuple(self._of_classes(order, plain, OWNER, "")[0]) for tier, order in _NEXT.items()}

    async def plan(self, task: Chat | Answer, wanted: str, principal: Principal, request_id: str) -> Plan:
        """The routes for a task. The same request id gives the same choice among weighted models.

        Raises ModelNotFound, Forbidden where the account may not use the model, and InvalidRequest where no model of
        the route can do what the request needs.
        """
        if wanted in self._concrete:
            return self._as_asked(task, wanted, principal)
        if wanted == AUTO:
            return await self._auto(task, principal, request_id)
        if wanted in self._config.routes:
            return self._named(task, wanted, principal, request_id)
        raise self._not_there(wanted)

    def check(self, wanted: str, principal: Principal) -> None:
        """Raises as `plan` does for a name that is none and for a model that the account may not use, before anything
        else is looked at: neither a cache nor an abstention may stand in for it.
        """
        if wanted in self._concrete:
            self.check_allowed(wanted, principal)
        elif wanted != AUTO and wanted not in self._config.routes:
            raise self._not_there(wanted)

    def audience(self, principal: Principal) -> str:
        """Who may be given the same answer: where tiers may use different models, those of one tier only."""
        return principal.tier if self._config.allowed else ""

    def _not_there(self, wanted: str) -> ModelNotFound:
        if wanted in self._unavailable:
            return ModelNotFound(f"'{wanted}' cannot be used: {self._unavailable[wanted]}", param="model")
        known = ", ".join((*self._concrete, *self.names))
        return ModelNotFound(f"there is no model '{wanted}'; models to choose from: {known}", param="model")

    def _as_asked(self, task: Chat | Answer, wanted: str, principal: Principal) -> Plan:
        """The model that was named, whatever its card says; only what follows it is chosen."""
        self.check_allowed(wanted, principal)
        routes, needs = self._concrete[wanted], needs_of(task)
        if len(routes) > 1:
            able, _ = self._able([route.model for route in routes[1:]], needs, principal)
            routes = (routes[0], *map(Route, able))
        return Plan(self._with_last(routes, needs), f"{wanted} was asked for")

    def _named(self, task: Chat | Answer, wanted: str, principal: Principal, request_id: str) -> Plan:
        needs, policy = needs_of(task), self._config.routes[wanted]
        models, left_out = self._ordered(policy, needs, principal, request_id)
        if not models:
            raise InvalidRequest(f"no model of the route '{wanted}' can be used: {_list(left_out)}", param="model")
        how = "by weight" if len(policy.models) > 1 else "its model"
        reason = _with(f"route {wanted}: {models[0]} {how}", left_out)
        return Plan(self._with_last(tuple(map(Route, models)), needs), reason, left_out=left_out)

    async def _auto(self, task: Chat | Answer, principal: Principal, request_id: str) -> Plan:
        needs = needs_of(task)
        if not self._cards:
            return Plan((Route(self._engine),), "no language model is set up")
        if needs.tokens > self._config.auto.long_above_tokens:
            found = None
            tier: Tier = "long"
            why = f"{needs.tokens:,} tokens, above {self._config.auto.long_above_tokens:,}"
        else:
            found = await self._complexity(prompt_of(task))
            why, tier = self._class(found)
        models, left_out = self._of_classes(_NEXT[tier], needs, principal, request_id)
        if not models:
            raise InvalidRequest(f"no model can take this request: {_list(left_out)}", param="model")
        reason = _with(f"{why} -> {tier}; {self._choice(models[0], tier)}", left_out)
        routes = self._with_last(tuple(map(Route, models)), needs)
        score, confidence = (found.score, found.confidence) if found else (None, None)
        return Plan(routes, reason, score, confidence, left_out)

    async def _complexity(self, prompt: str) -> Complexity:
        found = self._judge.judge_at_once(prompt)
        return await asyncio.to_thread(self._judge.judge, prompt) if found is None else found

    def _class(self, found: Complexity) -> tuple[str, Tier]:
        """The class for a complexity, and why."""
        auto = self._config.auto
        told = f"complexity {found.score:.1f} of 10"
        if found.confidence < auto.least_confidence:
            return f"{told}, but unsure (confidence {found.confidence:.2f})", auto.unsure
        tier: Tier = "strong" if found.score > auto.strong_above else "cheap"
        return (f"{told}: {', '.join(found.reasons)}" if found.reasons else told), tier

    def _of_classes(
        self, tiers: Sequence[Tier], needs: Needs, principal: Principal, request_id: str
    ) -> tuple[list[str], tuple[str, ...]]:
        """Models class by class: those of its route by weight, or those of its tier by price; the sick ones last."""
        models: list[str] = []
        left_out: dict[str, None] = {}
        for tier in tiers:
            if name := self._config.auto.route_of(tier):
                found, without = self._ordered(self._config.routes[name], needs, principal, request_id)
            else:
                names = [card.name for card in self._cards.values() if card.tier == tier]
                able, without = self._able(names, needs, principal)
                found = sorted(able, key=lambda one: self._price(one, needs))
            models += found
            left_out |= dict.fromkeys(without)
        models = self._healthy_first(list(dict.fromkeys(models)), request_id)
        return models[: self._config.auto.most_routes], tuple(left_out)

    def _ordered(
        self, policy: RoutePolicy, needs: Needs, principal: Principal, request_id: str
    ) -> tuple[list[str], tuple[str, ...]]:
        """Models of a named route: drawn by weight, then its fallbacks; the sick ones last."""
        by_weight = sorted(policy.models, key=lambda one: _draw(request_id, one) / policy.models[one])
        able, left_out = self._able([*dict.fromkeys((*by_weight, *policy.fallbacks))], needs, principal)
        return self._healthy_first(able, request_id), left_out

    def _able(self, names: Sequence[str], needs: Needs, principal: Principal) -> tuple[list[str], tuple[str, ...]]:
        """Those that can be used for it, and why the others cannot."""
        able, left_out = [], []
        allowed = self._config.allowed.get(principal.tier)
        for name in names:
            if name not in self._cards:
                why = self._unavailable.get(name, "") if name != self._engine else "it only quotes"
            elif allowed is not None and name not in allowed:
                why = f"not for the tier {principal.tier}"
            else:
                why = needs.missing(self._cards[name])
            if why:
                left_out.append(f"{name} ({why})")
            else:
                able.append(name)
        return able, tuple(left_out)

    def _healthy_first(self, names: list[str], request_id: str) -> list[str]:
        """In the same order, those that may not be called now behind the others: when all are sick they are still
        tried."""
        lot = f"{request_id}\0health"  # another draw than that of the weights, or the chosen one would always pass
        sick = {name for name in names if _chance(lot, name) >= float(self._healthy(name))}
        return [name for name in names if name not in sick] + [name for name in names if name in sick]

    def _price(self, name: str, needs: Needs) -> tuple[bool, float, str]:
        """Sorts by cost of this request; a price that is not known comes last."""
        cost = self._cards[name].cost_usd(needs.tokens, needs.output_tokens)
        return cost is None, float(cost or 0), name

    def _choice(self, model: str, tier: Tier) -> str:
        """Why this model, in words."""
        card = self._cards[model]
        if name := self._config.auto.route_of(tier):
            policy = self._config.routes[name]
            inside = model in policy.models or model in policy.fallbacks
            return f"{model} of the route {name}" if inside else f"{model} instead, since {name} has no model for it"
        if card.tier != tier:
            return f"{model} instead, since no {tier} model can be used"
        return f"{model}, the cheapest that qualifies" if card.price.known else f"{model} (price unknown)"

    def _with_last(self, routes: tuple[Route, ...], needs: Needs) -> tuple[Route, ...]:
        """With the last resort behind them, where a quoted passage could be the reply."""
        if not self._last or not needs.plain or routes[0].model == self._engine:
            return routes
        return routes + self._last

    def check_allowed(self, model: str, principal: Principal) -> None:
        """Raises Forbidden where the account's tier may not use the model."""
        if not self.may_use(model, principal.tier):
            allowed = self._config.allowed[principal.tier]
            raise Forbidden(f"the tier {principal.tier} may not use '{model}'; it may use: {', '.join(allowed)}")


def needs_of(task: Chat | Answer) -> Needs:
    """What a task asks of a model."""
    asked = task.history if isinstance(task, Answer) else task.messages
    images = any(isinstance(part, Image) for message in asked for part in message.content)
    tools = schema = False
    if isinstance(task, Chat):
        tools = bool(task.tools)
        schema = task.response_format is not None and task.response_format.get("type") == "json_schema"
    return Needs(tools, images, schema, counting.prompt_tokens(task), task.sampling.max_tokens)


def prompt_of(task: Chat | Answer) -> str:
    """What is judged: the last turn of the user, with the one before it when it is too short to stand alone."""
    history = task.history if isinstance(task, Answer) else task.messages
    turns = [message.text for message in history if message.role == "user"]
    if isinstance(task, Answer):
        turns.append(task.question)
    if not turns:
        return ""
    last = turns[-1]
    return f"{turns[-2]}\n{last}" if len(last) < _TOO_SHORT and last.rstrip().endswith("?") and turns[:-1] else last


def _chance(request_id: str, name: str) -> float:
    """In 0..1 (1 left out), the same for the same request and name."""
    digest = hashlib.blake2b(f"{request_id}\0{name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") / 2**64


def _draw(request_id: str, name: str) -> float:
    """An exponential variable: the smallest of `_draw / weight` is a draw by weight (weighted rendezvous hashing), and
    a model that joins or leaves moves no request between the others."""
    return -math.log1p(-_chance(request_id, name))


def _with(reason: str, left_out: Sequence[str]) -> str:
    return f"{reason}; left out: {_list(left_out)}" if left_out else reason


def _list(left_out: Sequence[str]) -> str:
    return ", ".join(left_out) or "no model is set up for it"
