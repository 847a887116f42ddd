"""One task over several routes: until the reader sees the first word, a failure moves on to the next route unnoticed;
after it, StreamBroken. Runs are metered, and models that the breaker took out of service are passed over.
"""

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from answerable.core.errors import (
    AllRoutesFailed,
    AnswerableError,
    ProviderDown,
    ProviderRefused,
    StreamBroken,
    UpstreamError,
)
from answerable.core.messages import Event, Finished, Routed, Sink, TextDelta, Visible
from answerable.core.tasks import Chat, Task
from answerable.gateway.breaker import Breaker, Permit, Refused, counts
from answerable.gateway.metered import Deadlines, Metered, Record
from answerable.gateway.models import Models
from answerable.gateway.prices import Prices


@dataclass(frozen=True, slots=True)
class Config:
    """How long a route is waited for, and how many are tried.

    A streamed reply must begin within `first_token_s`, a plain one be whole within `whole_reply_s`, as long as another
    route is left; `patience_s` sets both for single models that think long. All routes together get `total_s` and
    `attempts`; a degraded last resort comes on top, with `last_resort_s`.
    """

    first_token_s: float = 60.0
    whole_reply_s: float = 120.0
    patience_s: Mapping[str, float] = field(default_factory=dict)
    total_s: float = 600.0
    attempts: int = 4
    last_resort_s: float = 30.0

    def __post_init__(self) -> None:
        times = (self.first_token_s, self.whole_reply_s, self.total_s, self.last_resort_s, *self.patience_s.values())
        if min(times) <= 0:
            raise ValueError("first_token_s, whole_reply_s, patience_s, total_s and last_resort_s must be above 0")
        if self.attempts < 1:
            raise ValueError("attempts must be at least 1")


class Route(Protocol):
    """One way to an answer. `degraded` marks the last resort, which is not what the caller asked for."""

    @property
    def model(self) -> str:
        """Name of a model in `Models`."""
        ...

    @property
    def degraded(self) -> bool:
        """Whether the reader must be told."""
        ...


class Fallback:
    """`windows` holds the context tokens of models where they are known; `moved` is told of each model that was passed
    over, and the code of why: what failed, or `breaker_open`, `not_tried`, `model_not_found`, `setup_error`.
    """

    def __init__(
        self,
        models: Models,
        breaker: Breaker,
        prices: Prices,
        config: Config | None = None,
        windows: Mapping[str, int] | None = None,
        moved: Callable[[str, str], None] | None = None,
    ) -> None:
        self._models = models
        self._breaker = breaker
        self._prices = prices
        self._config = config or Config()
        self._windows = windows or {}
        self._moved = moved

    async def run(
        self, routes: Sequence[Route], task: Task, sink: Sink, record: Record, routed: Routed | None = None
    ) -> None:
        """Carry out `task` on the first route that works. `routed` is what the router says of the first; it is emitted
        again for each route. `record` gets one Attempt for each model that was called.

        Raises StreamBroken after the first visible event; ProviderRefused where the request itself is at fault; what
        went wrong when there was but one route; AllRoutesFailed otherwise.
        """
        trip = _Trip(self._config, routes, self._moved)
        while (route := trip.next()) is not None:
            try:
                model = self._models.get(route.model)
            except AnswerableError as error:  # no key, or a wrong option: the other routes do not suffer from it
                trip.note(route, error.code)
                continue
            permit = await self._breaker.admit(route.model, insist=route in trip.put_off)
            if isinstance(permit, Refused):
                trip.refused(route, permit)
                continue
            attempt = _Attempt(sink, permit, self._breaker, may_be_empty=route.model == self._models.engine)
            metered = Metered(model, self._prices.of(route.model), record, self._deadlines(trip, route, task))
            trip.called += not route.degraded
            try:
                await sink(trip.announce(route, routed))
                await metered.run(task, attempt)
            except UpstreamError as error:
                await self._judge(permit, error, attempt)
                self._go_on(trip, route, attempt, error)
            except BaseException:
                await self._breaker.released(permit)
                raise
            else:
                return await self._breaker.succeeded(permit)
        raise trip.failure()

    async def _judge(self, permit: Permit, error: UpstreamError, attempt: "_Attempt") -> None:
        if counts(error):
            await self._breaker.failed(permit, error.retry_after_s, broke=attempt.spoke)
        else:
            await self._breaker.succeeded(permit)

    def _go_on(self, trip: "_Trip", route: Route, attempt: "_Attempt", error: UpstreamError) -> None:
        """Make ready for the next route, or raise what ends the trip."""
        if attempt.spoke and attempt.sink.seen:
            if isinstance(error, StreamBroken):
                raise error
            raise StreamBroken(f"the answer broke off: {error.message}", retry_after_s=error.retry_after_s) from error
        if attempt.spoke:
            attempt.sink.rewind()
        trip.note(route, error.code, error)
        if isinstance(error, ProviderRefused) and error.reason != "setup":
            larger = self._larger(trip, route) if error.reason == "context_length" else deque[Route]()
            if not larger:
                raise error
            trip.left = larger

    def _larger(self, trip: "_Trip", route: Route) -> "deque[Route]":
        """The routes left whose models are known to take a longer conversation."""
        window = self._windows.get(route.model)
        if window is None:
            return deque()
        return deque(one for one in trip.left if not one.degraded and self._windows.get(one.model, 0) > window)

    def _deadlines(self, trip: "_Trip", route: Route, task: Task) -> Deadlines:
        config = self._config
        left_s = trip.left_s
        if route.degraded:
            return Deadlines(total_s=max(left_s, config.last_resort_s))
        if not trip.left:
            return Deadlines(total_s=left_s)
        plain = isinstance(task, Chat) and not task.stream
        wait_s = config.patience_s.get(route.model, config.whole_reply_s if plain else config.first_token_s)
        return Deadlines(total_s=min(wait_s, left_s)) if plain else Deadlines(wait_s, left_s)


class _Trip:
    """How far a task has come over its routes."""

    def __init__(self, config: Config, routes: Sequence[Route], moved: Callable[[str, str], None] | None) -> None:
        self.left = deque(routes)
        self.put_off: list[Route] = []
        self.called = 0
        self._only = len(routes) == 1
        self._config = config
        self._moved = moved
        self._ends_at = time.monotonic() + config.total_s
        self._passed: list[tuple[str, str]] = []
        self._errors: list[UpstreamError] = []
        self._waits: list[float] = []

    @property
    def left_s(self) -> float:
        """Seconds left for all that is not a last resort."""
        return self._ends_at - time.monotonic()

    def next(self) -> Route | None:
        """The next route; past the limits only a last resort."""
        while self.left:
            route = self.left.popleft()
            if route.degraded or (self.called < self._config.attempts and self.left_s > 0):
                return route
            self.note(route, "not_tried")
        return None

    def note(self, route: Route, code: str, error: UpstreamError | None = None) -> None:
        """`route` did not answer."""
        self._passed.append((route.model, code))
        if self._moved:
            self._moved(route.model, code)
        if error:
            self._errors.append(error)
            self._waits += [error.retry_after_s] if error.retry_after_s is not None else []

    def refused(self, route: Route, refused: Refused) -> None:
        """The breaker said no. A model that is coming back is tried after all before a last resort is."""
        if refused.ramping and route not in self.put_off:
            self.put_off.append(route)
            last = next((n for n, one in enumerate(self.left) if one.degraded), len(self.left))
            self.left.insert(last, route)
            return
        self.note(route, "breaker_open")
        self._waits.append(refused.retry_after_s)

    def announce(self, route: Route, first: Routed | None) -> Routed:
        """What is said of the route that is tried now."""
        said = first or Routed(route.model, "named")
        if not (self._passed or route.degraded) and said.model == route.model:
            return said
        why = "; ".join(f"{model}: {code}" for model, code in self._passed)
        return replace(
            said,
            model=route.model,
            reason=f"fallback ({why})" if why else said.reason,
            fallbacks=len(self._passed),
            degraded=route.degraded,
        )

    def failure(self) -> UpstreamError:
        """The error when no route is left."""
        if self._only and self._errors:
            return self._errors[0]
        listed = ", ".join(f"{model} ({code})" for model, code in self._passed)
        return AllRoutesFailed(
            f"no model could answer: {listed}; try again later" if listed else "there is no route to any model",
            retry_after_s=min(self._waits, default=None),
            attempts=tuple(self._passed),
        )


class _Attempt:
    """The `Emit` of one route."""

    def __init__(self, sink: Sink, permit: Permit, breaker: Breaker, may_be_empty: bool) -> None:
        self.sink = sink
        self.spoke = False
        self._permit = permit
        self._breaker = breaker
        self._empty = not may_be_empty

    async def __call__(self, event: Event) -> None:
        """Pass on; an empty answer is a failure unless the model says that it was cut short or filtered."""
        if self.spoke and not self._empty and type(event) is TextDelta:  # most of a run
            return await self.sink(event)
        if isinstance(event, Finished):
            lost = self._empty and event.reason in ("stop", "tool_calls")
            if lost and not (self.spoke and self.sink.seen):
                raise ProviderDown(f"{self._permit.model}: the provider's answer is empty")
        elif (self._empty or not self.spoke) and isinstance(event, Visible):
            self._empty = self._empty and isinstance(event, TextDelta) and not event.text.strip()
            if not self.spoke:
                self.spoke = True
                await self._breaker.spoke(self._permit)  # others need not wait until it has finished
        return await self.sink(event)
