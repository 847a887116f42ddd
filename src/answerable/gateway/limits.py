"""Reserve before, settle after: no request runs without room in every limit that it counts against.

A reservation takes the request, its expected tokens, its highest cost and a slot from all buckets or from none; the
settlement gives back what was not used, and charges what went beyond. Who may use how much is in `quotas`.
"""

import itertools
import math
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from answerable.core.errors import BudgetExceeded, Forbidden, LimitExceeded, RateLimited, TooLarge
from answerable.core.identity import OWNER, Principal
from answerable.core.money import to_nano
from answerable.core.usage import LimitState, Usage
from answerable.core.values import value_class
from answerable.gateway.quotas import Config, Limit, Own, Plan, Plans
from answerable.storage.counters import Bucket, Counters, Taken

Clock = Callable[[], float]
"""Seconds since 1970 UTC: budgets follow the calendar."""

LOOPBACK = ("", "localhost", "::1")

_NOTHING = Usage()
_ZERO = Decimal(0)

_PER = {"requests": "an hour", "tokens": "a minute"}


def free(_usage: Usage) -> Decimal | None:
    """The `cost` of an Estimate for what costs nothing."""
    return _ZERO


@value_class(frozen=True, slots=True)
class Estimate:
    """What a request may use. `output_tokens` is what its caller allows, None where nothing was said. `cost` prices a
    usage by the dearest model that may answer it, None where one of them has no known price; asked only when somebody
    has a budget.
    """

    prompt_tokens: int
    output_tokens: int | None
    cost: Callable[[Usage], Decimal | None]


@dataclass(slots=True)
class _Held:
    """What a slot took, and from where."""

    plan: Plan
    limits: tuple[Limit, ...]
    buckets: tuple[Bucket, ...]
    tokens: int
    nano: int
    holder: str
    taken: Taken


class Slot:
    """An admitted request. `max_output_tokens` is how long its answer may be (None: no limit): send it upstream."""

    __slots__ = ("_held", "_owner", "max_output_tokens")

    def __init__(self, owner: "Limits | None", held: _Held | None, max_output_tokens: int | None) -> None:
        self._owner = owner
        self._held = held
        self.max_output_tokens = max_output_tokens

    @property
    def limits(self) -> tuple[LimitState, ...]:
        """How every limit stood when the request was admitted, for the headers of its response."""
        return _states(self._held.limits, self._held.taken) if self._held is not None else ()

    async def settle(self, usage: Usage = _NOTHING, cost_usd: Decimal | None = _ZERO) -> None:
        """Give back what was not used; charge what was used beyond the reservation. Only the first call counts.

        A request that reached no model settles without arguments: its tokens and money return, the request does not.
        An unknown cost (None) of tokens that were used keeps what was reserved.
        """
        owner, held = self._owner, self._held
        if owner is None or held is None:
            return
        self._owner = None
        used, nano = usage.prompt_tokens + usage.completion_tokens, 0
        if held.plan.has_budget:
            unknown = held.nano if used else 0
            nano = held.nano - (unknown if cost_usd is None else to_nano(cost_usd))
        refunds = held.plan.refunds(held.tokens - used, nano)
        if len(held.buckets) > len(refunds):
            refunds.insert(0, 0)  # the address, which counts requests only
        await owner.counters.settle(held.buckets, refunds, held.holder, held.taken, owner.clock())


class Limits:
    """The limits of an installation. `decided` is told "" for each admission and the limit's name for each refusal;
    `own` says what was set for an account and its key in place of what the configuration says.
    """

    def __init__(
        self,
        config: Config,
        counters: Counters,
        clock: Clock = time.time,
        decided: Callable[[str], None] | None = None,
        own: Own | None = None,
    ) -> None:
        self.counters = counters
        self.clock = clock
        self._config = config
        self._plans = Plans(config, own)
        self._decided = decided
        self._names = itertools.count()
        self._worker = secrets.token_hex(6)

    async def reserve(self, who: Principal, address: str, estimate: Estimate) -> Slot:
        """Take what the request may use from every limit, or refuse it. `address` is the client's, "" for none.

        Raises RateLimited, BudgetExceeded (both with all limits), TooLarge where it could never pass, and Forbidden for
        a model without a price under a budget.
        """
        if self._config.local_owner_unlimited and who.id == OWNER.id and is_loopback(address):
            return Slot(None, None, estimate.output_tokens)
        plan = self._plans.of(who)
        output = self._output(plan, estimate)
        cap = estimate.output_tokens
        if cap is None and plan.tokens_per_request is not None:
            cap = plan.tokens_per_request - estimate.prompt_tokens
        nano = self._nano(plan, estimate, output)
        return Slot(self, await self._take(plan, address, estimate.prompt_tokens + output, nano), cap)

    def most_tokens(self, who: Principal, address: str = "") -> int | None:
        """Tokens that one request of theirs may use, prompt and answer together; None where nothing limits it."""
        if self._config.local_owner_unlimited and who.id == OWNER.id and is_loopback(address):
            return None
        plan = self._plans.of(who)
        most = min(math.inf if plan.tokens_per_request is None else plan.tokens_per_request, plan.least_tokens)
        return None if math.isinf(most) else int(most)

    async def _take(self, plan: Plan, address: str, tokens: int, nano: int) -> _Held:
        amounts = plan.amounts(tokens, nano)
        buckets, limits = plan.buckets, plan.limits
        from_where = self._plans.address(address) if address else None
        if from_where is not None:
            buckets, limits = (from_where.bucket, *buckets), (from_where, *limits)
            amounts.insert(0, 1)
        holder = f"{self._worker}{next(self._names)}"
        taken = await self.counters.take(buckets, amounts, holder, self.clock())
        if not taken.admitted:
            raise self._refusal(limits, amounts, taken)
        if self._decided is not None:
            self._decided("")
        return _Held(plan, limits, buckets, tokens, nano, holder, taken)

    def _output(self, plan: Plan, estimate: Estimate) -> int:
        """Tokens of output to reserve. Raises TooLarge."""
        prompt, asked = estimate.prompt_tokens, estimate.output_tokens
        most = min(math.inf if plan.tokens_per_request is None else plan.tokens_per_request, plan.least_tokens)
        output = min(self._config.assumed_output_tokens, most - prompt) if asked is None else asked
        if (output < 1 and asked is None) or prompt + output > most:
            self._refused("tokens-per-request")
            length = f"about {prompt:,} tokens" + (f" and asks for up to {asked:,} more" if asked else "")
            raise TooLarge(f"the request has {length}; {most:,.0f} in all is the most that may be used at once")
        return int(output)

    def _nano(self, plan: Plan, estimate: Estimate, output: int) -> int:
        """The highest cost of the request in nano-USD, where somebody has a budget. Raises Forbidden."""
        if not plan.has_budget:
            return 0
        cost = estimate.cost(Usage(estimate.prompt_tokens, output))
        if cost is not None:
            return to_nano(cost)
        if self._config.unpriced_under_budget == "allow":
            return 0
        self._refused("unpriced")
        raise Forbidden("this model has no known price, and what you may spend is limited: choose another model")

    def _refusal(self, limits: tuple[Limit, ...], amounts: list[float], taken: Taken) -> LimitExceeded:
        waits = [
            (limit.bucket.wait_s(spent, amount, taken.at), limit)
            for limit, spent, amount in zip(limits, taken.spent, amounts, strict=True)
        ]
        full = [(wait, limit) for wait, limit in waits if wait > 0]
        wait, limit = max(full, key=lambda one: (one[1].unit == "usd", one[0]))
        self._refused(limit.name)
        states = _states(limits, taken)
        retry = None if math.isinf(wait) else float(max(1, math.ceil(wait)))
        if limit.unit == "usd":
            message = _spent(limit, math.isinf(wait))
            return BudgetExceeded(message, retry_after_s=retry, limits=states, limit=limit.name)
        message = f"{_reached(limit)}; try again in {retry:.0f} s"
        return RateLimited(message, retry_after_s=retry, limits=states, limit=limit.name)

    def _refused(self, name: str) -> None:
        if self._decided is not None:
            self._decided(name)


def is_loopback(address: str) -> bool:
    """Whether an address is this machine; none at all (the command line, a socket) is."""
    return address in LOOPBACK or address.startswith("127.")


def _states(limits: tuple[Limit, ...], taken: Taken) -> tuple[LimitState, ...]:
    return tuple(limit.state(spent, taken.at) for limit, spent in zip(limits, taken.spent, strict=True))


def _reached(limit: Limit) -> str:
    subject, many = limit.name.partition("-")[0], f"{limit.bucket.capacity:,.0f}"
    if limit.unit == "concurrent":
        return f"{many} requests of this {subject} are running, and no more may at a time"
    unit = limit.unit.removesuffix("s") if limit.bucket.capacity == 1 else limit.unit
    return f"the limit of {many} {unit} {_PER[limit.unit]} for this {subject} is reached"


def _spent(limit: Limit, never: bool) -> str:
    subject, most = limit.name.partition("-")[0], limit.bucket.capacity / limit.scale
    budget = f"{most:,.2f} USD a {limit.bucket.kind}"
    if never:
        return f"this request could cost more than this {subject} may spend at all ({budget}); ask for a shorter answer"
    return f"the budget of this {subject} ({budget}) does not cover the most that this request could cost"
