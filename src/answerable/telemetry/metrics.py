"""What the program counts about itself, for Prometheus. The names are in `names.py`, the numbers in `series.py`.

Each `Metrics` has its own registry, so that several platforms live in one process. All methods are cheap enough for
every request; from other threads too.
"""

import platform
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from answerable import __version__
from answerable.core.usage import Attempt
from answerable.telemetry import names
from answerable.telemetry.names import CacheKind, CacheOutcome, Metric
from answerable.telemetry.requests import RequestRecord
from answerable.telemetry.series import Histogram, Numbers

_STATUS: Final = {n: f"{n}xx" for n in range(1, 6)}


class Metrics:
    """The counters of one platform."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=False)
        self._requests = self._numbers(names.REQUESTS)
        self._in_flight = self._numbers(names.IN_FLIGHT)
        self._duration = self._histogram(names.DURATION)
        self._first_token = self._histogram(names.FIRST_TOKEN)
        self._overhead = self._histogram(names.OVERHEAD)
        self._attempts = self._numbers(names.ATTEMPTS)
        self._tokens = self._numbers(names.TOKENS)
        self._provider_cached = self._numbers(names.PROVIDER_CACHED)
        self._cost = self._numbers(names.COST)
        self._unpriced = self._numbers(names.UNPRICED)
        self._lookups = self._numbers(names.CACHE_LOOKUPS)
        self._stores = self._numbers(names.CACHE_STORES)
        self._breaker = self._numbers(names.BREAKER)
        self._breaker_states: dict[str, str] = {}
        self._fallbacks = self._numbers(names.FALLBACKS)
        self._limits = self._numbers(names.LIMIT_DECISIONS)
        self._queue_wait = self._histogram(names.QUEUE_WAIT)
        self._queue_refused = self._numbers(names.QUEUE_REFUSED)
        self._blocks = self._numbers(names.GUARD_BLOCKS)
        self._masks = self._numbers(names.GUARD_MASKS)
        self._tool_runs = self._numbers(names.TOOL_RUNS)
        self._tool_duration = self._histogram(names.TOOL_DURATION)
        self._flushed = self._numbers(names.LEDGER_FLUSHED)
        self._flush_failures = self._numbers(names.LEDGER_FAILURES)
        self._database_wait = self._histogram(names.DATABASE_WAIT)
        self._feedback = self._numbers(names.FEEDBACK)
        self._lag = self._histogram(names.LOOP_LAG)
        self._numbers(names.BUILD_INFO).set(1, (__version__, platform.python_version()))
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)

    # --- a request ------------------------------------------------------------------------------------------------

    def begin_request(self) -> None:
        """A request came in."""
        self._in_flight.add(1)

    def end_request(self) -> None:
        """It is over, however it ended."""
        self._in_flight.add(-1)

    def observe_request(self, done: RequestRecord) -> None:
        """Everything one finished request counts for; about 2 microseconds."""
        self._requests.add(1, (done.endpoint, done.outcome, _STATUS.get(done.status // 100, "other")))
        self._duration.observe(done.total_s, (done.endpoint, done.model, done.cache))
        if done.first_token_s is not None:
            self._first_token.observe(done.first_token_s, (done.model, done.cache))
        if done.upstream_s is not None:
            self._overhead.observe(max(0.0, done.total_s - done.upstream_s), (done.endpoint,))

    def observe_attempt(self, attempt: Attempt) -> None:
        """One call of a model: its tokens and what it cost; about 1 microsecond."""
        model, usage = attempt.model, attempt.usage
        self._attempts.add(1, (model, attempt.outcome))
        self._tokens.add(usage.prompt_tokens, (model, "input"))
        self._tokens.add(usage.completion_tokens, (model, "output"))
        if usage.cached_tokens:
            self._provider_cached.add(usage.cached_tokens, (model,))
        if attempt.cost_usd is not None:
            self._cost.add(float(attempt.cost_usd), (model,))
        elif usage.total_tokens:
            self._unpriced.add(1, (model,))

    # --- what happens to it on the way ----------------------------------------------------------------------------

    def count_lookup(self, kind: CacheKind, outcome: CacheOutcome) -> None:
        """A look into a cache."""
        self._lookups.add(1, (kind, outcome))

    def count_store(self, kind: CacheKind) -> None:
        """An answer was put into a cache."""
        self._stores.add(1, (kind,))

    def show_breaker(self, model: str, state: str) -> None:
        """The circuit breaker of a model is in this state now (closed, open, half_open ...)."""
        before = self._breaker_states.get(model)
        if before is not None:
            self._breaker.set(0, (model, before))
        self._breaker_states[model] = state
        self._breaker.set(1, (model, state))

    def count_fallback(self, model: str, reason: str) -> None:
        """`model` failed for this reason (an error code), and the next route is tried."""
        self._fallbacks.add(1, (model, reason))

    def count_admitted(self) -> None:
        """All limits let a request pass."""
        self._limits.add(1, ("", "admitted"))

    def count_refused(self, limit: str) -> None:
        """The limit of this name refused a request. A name of the policy, never of a user."""
        self._limits.add(1, (limit, "refused"))

    def observe_queue_wait(self, tier: str, seconds: float) -> None:
        """A request stood in line for so long before it ran."""
        self._queue_wait.observe(seconds, (tier,))

    def count_queue_refused(self, tier: str) -> None:
        """A request was sent away because too many waited."""
        self._queue_refused.add(1, (tier,))

    def count_block(self, guard: str, kind: str) -> None:
        """A guard refused a content for what it found."""
        self._blocks.add(1, (guard, kind))

    def count_masks(self, guard: str, kind: str, count: int = 1) -> None:
        """A guard masked so many pieces of a kind."""
        self._masks.add(count, (guard, kind))

    def observe_tool(self, tool: str, outcome: str, seconds: float) -> None:
        """A tool ran (`ok`, or what failed)."""
        self._tool_runs.add(1, (tool, outcome))
        self._tool_duration.observe(seconds, (tool,))

    def count_mark(self, mark: str) -> None:
        """A user gave an answer a mark (`up` or `down`), or another one than before."""
        self._feedback.add(1, (mark,))

    # --- the program ----------------------------------------------------------------------------------------------

    def count_flushed(self, rows: int) -> None:
        """Ledger rows reached the database."""
        self._flushed.add(rows)

    def count_flush_failure(self) -> None:
        """Writing ledger rows failed; they wait."""
        self._flush_failures.add(1)

    def watch_ledger(self, waiting: Callable[[], int]) -> None:
        """Ask `waiting` for the number of unwritten rows whenever somebody looks."""
        self.registry.register(_Asked(names.LEDGER_WAITING, waiting))

    def watch_queue(
        self, waiting: Callable[[], Mapping[str, int]], running: Callable[[], int], fullness: Callable[[], float]
    ) -> None:
        """Ask how the line stands whenever somebody looks; `waiting` is by tier."""
        self.registry.register(_AskedByLabel(names.QUEUE_WAITING, waiting))
        self.registry.register(_Asked(names.QUEUE_RUNNING, running))
        self.registry.register(_Asked(names.QUEUE_FULLNESS, fullness))

    def observe_database_wait(self, use: str, seconds: float) -> None:
        """A `read` got its connection, or a `write` its transaction, after so long."""
        self._database_wait.observe(seconds, (use,))

    def watch_database(self, is_up: Callable[[], bool]) -> None:
        """Ask whether the database worked when it was last used, whenever somebody looks."""
        self.registry.register(_Asked(names.DATABASE_UP, is_up))

    def watch_journal(self, waiting: Callable[[], int]) -> None:
        """Ask `waiting` for the number of unwritten messages whenever somebody looks."""
        self.registry.register(_Asked(names.JOURNAL_WAITING, waiting))

    def watch_redis(self, is_up: Callable[[], bool]) -> None:
        """Ask whether Redis is in reach whenever somebody looks."""
        self.registry.register(_Asked(names.REDIS_UP, is_up))

    def observe_lag(self, seconds: float) -> None:
        """The event loop was this late."""
        self._lag.observe(seconds)

    def render(self, accept: str = "") -> tuple[bytes, str]:
        """All of it and its content type: Prometheus text, or OpenMetrics for who accepts that. Takes milliseconds:
        call it in a thread.
        """
        encode, content_type = choose_encoder(accept)
        return encode(self.registry), content_type

    def _numbers(self, metric: Metric) -> Numbers:
        made = Numbers(metric)
        self.registry.register(made)
        return made

    def _histogram(self, metric: Metric) -> Histogram:
        made = Histogram(metric)
        self.registry.register(made)
        return made


class _Asked(Collector):
    """A gauge whose value is asked for when somebody looks."""

    def __init__(self, metric: Metric, ask: Callable[[], float]) -> None:
        self._metric = metric
        self._ask = ask

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """What the registry exposes."""
        yield GaugeMetricFamily(self._metric.name, self._metric.help, value=self._ask())


class _AskedByLabel(Collector):
    """A gauge with one label whose values are asked for when somebody looks."""

    def __init__(self, metric: Metric, ask: Callable[[], Mapping[str, float]]) -> None:
        self._metric = metric
        self._ask = ask

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """What the registry exposes."""
        family = GaugeMetricFamily(self._metric.name, self._metric.help, labels=self._metric.labels)
        for label, value in self._ask().items():
            family.add_metric((label,), value)
        yield family
