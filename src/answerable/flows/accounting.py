"""What surrounds a request of a model: it is entered in the ledger, admitted by the limits, settled and counted,
whatever becomes of it. Every token is spent inside.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from answerable.core import counting
from answerable.core.errors import (
    AnswerableError,
    Blocked,
    CallerError,
    GuardUnavailable,
    LimitExceeded,
    Overloaded,
)
from answerable.core.identity import Principal
from answerable.core.messages import (
    Abstained,
    Admitted,
    CacheHit,
    Event,
    Finished,
    Placed,
    Queued,
    Routed,
    Sink,
    TextDelta,
    ToolRan,
    Visible,
)
from answerable.core.tasks import Chat
from answerable.core.usage import Usage
from answerable.core.values import value_class
from answerable.flows.platform import Platform
from answerable.gateway.ledger_entry import Entry, Opening
from answerable.gateway.limits import Estimate, Slot
from answerable.gateway.queue import Place
from answerable.telemetry.metrics import Metrics
from answerable.telemetry.names import NO_CACHE, Outcome
from answerable.telemetry.requests import CLIENT_GONE, RequestRecord, log_request

_SETTLE_S = 5.0
_NOTHING = Decimal(0)
_PLACED = Placed()


@value_class(frozen=True, slots=True)
class Admission:
    """Who asks for what: all that limits and ledger need to know of a request before it runs. What is no chat says
    itself what it may use. `counts` is false for a step of work that was admitted already and costs nobody anything.
    """

    who: Principal
    address: str
    opening: Opening
    chat: Chat | Estimate
    counts: bool = True


class Account:
    """`async with Account(admission, sink, p) as account`: the block runs once the limits have let it in. `sink` takes
    the events of the run; `attempt` is what models record themselves with.
    """

    def __init__(self, admission: Admission, sink: Sink, p: Platform) -> None:
        self.entry: Entry = p.ledger.open(admission.who, admission.opening)
        self._span = p.tracer.request({}, endpoint=admission.opening.endpoint, request_id=self.entry.id)
        self.attempt = self.entry.attempt
        self.max_output_tokens: int | None = None
        self.sink = _Watched(sink, self.entry, p.metrics)
        self._admission = admission
        self._p = p
        self._slot: Slot | None = None
        self._place: Place | None = None

    async def __aenter__(self) -> "Account":
        self._span.__enter__()
        try:
            if self._admission.counts:
                self._slot = await self._p.limits.reserve(
                    self._admission.who, self._admission.address, estimate(self._admission, self._p)
                )
                self.max_output_tokens = self._slot.max_output_tokens
                await self.sink(Admitted(self.entry.id, self._slot.limits))
        except BaseException as error:
            await self._end(error)
            raise
        return self

    async def take_place(self) -> None:
        """Before work for a model: a place among the requests that run, held until the block ends; where there is none,
        the request waits in line. Raises Overloaded.
        """
        self._place = await self._p.queue.enter(self._admission.who.tier)
        if self._place.waited_s:
            await self.sink(Queued(self._place.waited_s * 1e3))
        await self.sink(_PLACED)

    def capped(self, chat: Chat) -> Chat:
        """The chat with the length of answer that its limits allow, where it names none itself."""
        sampling, most = chat.sampling, self.max_output_tokens
        if most is None or sampling.max_tokens is not None or "max_completion_tokens" in sampling.extra:
            return chat
        return replace(chat, sampling=replace(sampling, max_tokens=most))

    async def __aexit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        await self._end(error)

    async def _end(self, error: BaseException | None) -> None:
        if self._place is not None:
            self._place.leave()
        entry, outcome, reason = self.entry, _outcome(error, self.sink), _reason(error)
        entry.model, entry.fallbacks = self.sink.route.model, self.sink.route.fallbacks
        entry.cache = self.sink.cache
        entry.close(outcome, reason)
        usage, cost_usd = entry.usage, entry.cost_usd
        if isinstance(error, AnswerableError):
            error.request_id = entry.id
        slot, settling = self._slot, None
        if slot is not None:  # a task of its own: a cancellation that comes now, or once more, must not lose it
            settling = asyncio.ensure_future(slot.settle(usage, cost_usd))
        self._span.set(outcome=outcome, cache=entry.cache or NO_CACHE, fallbacks=entry.fallbacks)
        self._span.__exit__(type(error) if error else None, error, None)
        done = _record(entry, error, outcome, reason, usage, cost_usd)
        self._p.metrics.observe_request(done)
        log_request(done)
        if settling is not None:
            await asyncio.wait((settling,), timeout=_SETTLE_S)


class _Watched:
    """The sink of a request: notes what the ledger wants to know, and gives `Finished` the request's id and cost."""

    def __init__(self, sink: Sink, entry: Entry, metrics: Metrics) -> None:
        self.route = Routed("", "")
        self.cache = ""
        self.abstained = False
        self._sink = sink
        self._entry = entry
        self._metrics = metrics

    async def __call__(self, event: Event) -> None:
        """Pass on."""
        if type(event) is TextDelta or isinstance(event, Visible):  # a union of types is slow to ask
            if self._entry.first_token_ms is None:
                self._entry.first_token_ms = (time.perf_counter() - self._entry.began) * 1e3
            self.abstained = self.abstained or isinstance(event, Abstained)
        elif isinstance(event, Finished):
            cost = self._total(event.cost_usd)
            event = Finished(event.reason, event.usage, event.model, cost, self._entry.id)
        elif isinstance(event, Routed):
            self.route = event
        elif isinstance(event, CacheHit):
            self.cache = event.kind
        elif isinstance(event, ToolRan):
            self._metrics.observe_tool(event.name, "ok" if event.ok else "failed", event.ms / 1e3)
        await self._sink(event)

    def _total(self, answer: Decimal | None) -> Decimal | None:
        """The cost of the answer and of what failed before it; None where a part of it is not known."""
        failed = [one.cost_usd for one in self._entry.attempts if one.outcome != "answered" and one.usage.total_tokens]
        known = [cost for cost in (answer, *failed) if cost is not None]
        return sum(known, _NOTHING) if len(known) == len(failed) + 1 else None

    @property
    def seen(self) -> bool:
        """Whether the reader has seen anything."""
        return self._sink.seen

    def rewind(self) -> None:
        """Forget what nobody has seen."""
        self.abstained = False
        self._sink.rewind()


def estimate(admission: Admission, p: Platform) -> Estimate:
    """What a request may use at most, as far as it can be told before it runs."""
    chat = admission.chat
    if isinstance(chat, Estimate):
        return chat
    extra = chat.sampling.extra.get("max_completion_tokens")
    asked = chat.sampling.max_tokens if chat.sampling.max_tokens is not None else extra
    output = asked if isinstance(asked, int) and asked > 0 else None
    return Estimate(counting.prompt_tokens(chat), output, dearest(p, admission.opening.model_asked))


def dearest(p: Platform, wanted: str) -> Callable[[Usage], Decimal | None]:
    """Prices a usage by the dearest model that may answer; None where one of them has no known price."""

    def cost(usage: Usage) -> Decimal | None:
        costs = [p.prices.of(model).cost(usage) for model in p.router.candidates(wanted)]
        known = [one for one in costs if one is not None]
        return max(known, default=Decimal(0)) if len(known) == len(costs) else None

    return cost


def _reason(error: BaseException | None) -> str:
    """The limit that refused, else the code of the error."""
    if isinstance(error, LimitExceeded):
        return error.limit or error.code
    if isinstance(error, Exception):
        return error.code if isinstance(error, AnswerableError) else AnswerableError.code
    return ""


def _outcome(error: BaseException | None, sink: _Watched) -> Outcome:
    if error is None:
        if sink.abstained:
            return "abstained"
        return "cached" if sink.cache else "degraded" if sink.route.degraded else "answered"
    if isinstance(error, Blocked | GuardUnavailable):
        return "blocked"
    if isinstance(error, CallerError | Overloaded):
        return "refused"
    return "failed" if isinstance(error, Exception) else "stopped"


def _record(
    entry: Entry, error: BaseException | None, outcome: Outcome, reason: str, usage: Usage, cost_usd: Decimal | None
) -> RequestRecord:
    status = 200
    if error is not None:
        gone = isinstance(error, asyncio.CancelledError)
        status = CLIENT_GONE if gone else error.status if isinstance(error, AnswerableError) else 500
    by_limit, by_guard = isinstance(error, LimitExceeded), isinstance(error, Blocked | GuardUnavailable)
    return RequestRecord(
        id=entry.id,
        endpoint=entry.opening.endpoint,
        status=status,
        outcome=outcome,
        total_s=(entry.total_ms or 0.0) / 1e3,
        model=entry.model,
        cache=entry.cache or NO_CACHE,
        usage=usage,
        cost_usd=cost_usd,
        first_token_s=None if entry.first_token_ms is None else entry.first_token_ms / 1e3,
        upstream_s=sum([one.total_ms for one in entry.attempts]) / 1e3 if entry.attempts else None,
        fallbacks=entry.fallbacks,
        streamed=entry.opening.streamed,
        limit=reason if by_limit else "",
        guard=reason if by_guard else "",
        error="" if by_limit or by_guard else reason,
    )
