"""Every name that a monitoring system sees: metrics with their labels, span names and attributes, the request's line.

Rules: one prefix, base units, counters end in `_total`; the sum over all labels means something; no label holds a
user, an address, a key or anything else without bound. `docs/metrics.md` lists them; a test compares.
"""

from dataclasses import dataclass
from typing import Literal, TypedDict

Kind = Literal["counter", "gauge", "histogram"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric; `buckets` are upper bounds in the unit of a histogram, ascending."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


_WAITS_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)
_OWN_WORK_S = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)

REQUESTS = Metric(
    "answerable_requests_total",
    "counter",
    "Requests that ended, by address, what came of them, and class of HTTP status",
    ("endpoint", "outcome", "status"),
)
IN_FLIGHT = Metric("answerable_requests_in_flight", "gauge", "Requests that are being worked on")
DURATION = Metric(
    "answerable_request_duration_seconds",
    "histogram",
    "From the request to the last byte of its answer",
    ("endpoint", "model", "cache"),
    _WAITS_S,
)
FIRST_TOKEN = Metric(
    "answerable_first_token_seconds",
    "histogram",
    "From the request to the first visible token",
    ("model", "cache"),
    _WAITS_S,
)
OVERHEAD = Metric(
    "answerable_overhead_seconds",
    "histogram",
    "What the program itself took: the duration without the time spent waiting for models",
    ("endpoint",),
    _OWN_WORK_S,
)
ATTEMPTS = Metric("answerable_attempts_total", "counter", "Calls of models, by how they ended", ("model", "outcome"))
TOKENS = Metric("answerable_tokens_total", "counter", "Tokens of models", ("model", "direction"))
PROVIDER_CACHED = Metric(
    "answerable_provider_cached_tokens_total",
    "counter",
    "Input tokens that a provider took from its own cache; they are part of the input tokens",
    ("model",),
)
COST = Metric("answerable_cost_usd_total", "counter", "What models cost, in US dollars", ("model",))
UNPRICED = Metric(
    "answerable_unpriced_requests_total", "counter", "Requests to a model whose price is not known", ("model",)
)
CACHE_LOOKUPS = Metric(
    "answerable_cache_lookups_total",
    "counter",
    "Looks into a cache: hit, miss, rejected (near, but the gate found it to be another question), bypassed",
    ("kind", "outcome"),
)
CACHE_STORES = Metric("answerable_cache_stores_total", "counter", "Answers put into a cache", ("kind",))
BREAKER = Metric(
    "answerable_breaker_models",
    "gauge",
    "1 for the state that a model's circuit breaker is in; the sum by state counts models",
    ("model", "state"),
)
FALLBACKS = Metric(
    "answerable_fallbacks_total", "counter", "Moves from a model that failed to the next route", ("model", "reason")
)
LIMIT_DECISIONS = Metric(
    "answerable_limit_decisions_total",
    "counter",
    "Requests that the limits judged: refused by the limit of that name, or admitted (limit is empty)",
    ("limit", "outcome"),
)
QUEUE_WAIT = Metric(
    "answerable_queue_wait_seconds",
    "histogram",
    "How long requests stood in line before they ran; those that found room at once are not in it",
    ("tier",),
    _WAITS_S,
)
QUEUE_WAITING = Metric("answerable_queue_waiting", "gauge", "Requests that stand in line", ("tier",))
QUEUE_RUNNING = Metric("answerable_queue_running", "gauge", "Requests that hold a place: their models work for them")
QUEUE_FULLNESS = Metric(
    "answerable_queue_fullness",
    "gauge",
    "How full the line is, by length or by expected wait, from 0 to 1, where requests are refused",
)
QUEUE_REFUSED = Metric(
    "answerable_queue_refused_total", "counter", "Requests that were refused because too many waited", ("tier",)
)
GUARD_BLOCKS = Metric(
    "answerable_guard_blocks_total", "counter", "Contents that a guard refused, by what it found", ("guard", "kind")
)
GUARD_MASKS = Metric(
    "answerable_guard_masks_total", "counter", "Pieces that a guard masked, by what they were", ("guard", "kind")
)
TOOL_RUNS = Metric("answerable_tool_runs_total", "counter", "Runs of tools, by how they ended", ("tool", "outcome"))
TOOL_DURATION = Metric("answerable_tool_duration_seconds", "histogram", "How long tools ran", ("tool",), _WAITS_S)
LEDGER_WAITING = Metric("answerable_ledger_rows_waiting", "gauge", "Ledger rows that are not in the database yet")
LEDGER_FLUSHED = Metric("answerable_ledger_rows_flushed_total", "counter", "Ledger rows written to the database")
LEDGER_FAILURES = Metric(
    "answerable_ledger_flush_failures_total", "counter", "Attempts to write ledger rows that failed"
)
DATABASE_UP = Metric(
    "answerable_database_up", "gauge", "Whether the database worked when it was last used (1) or not (0)"
)
DATABASE_WAIT = Metric(
    "answerable_database_wait_seconds",
    "histogram",
    "How long a read waited for a connection, and a write for the writer's next transaction",
    ("use",),
    _OWN_WORK_S,
)
JOURNAL_WAITING = Metric(
    "answerable_journal_messages_waiting", "gauge", "Messages of conversations that are not in the database yet"
)
REDIS_UP = Metric("answerable_redis_up", "gauge", "Whether Redis is in reach (1) or not (0); absent without Redis")
FEEDBACK = Metric("answerable_feedback_total", "counter", "Marks that users gave answers: up or down", ("mark",))
LOOP_LAG = Metric(
    "answerable_event_loop_lag_seconds",
    "histogram",
    "How much later than asked a sleeping task woke up: the wait of everything else",
    (),
    _OWN_WORK_S,
)
BUILD_INFO = Metric("answerable_build_info", "gauge", "Always 1; the labels tell what runs", ("version", "python"))

METRICS = tuple(one for one in tuple(globals().values()) if isinstance(one, Metric))
"""All of them, in the order of this file."""

Outcome = Literal["answered", "abstained", "cached", "degraded", "stopped", "refused", "blocked", "failed"]
"""What came of a request: `stopped` by its client, `refused` for its form, right or limit, `blocked` by a guard."""

CacheKind = Literal["exact", "semantic", "flight", "history"]
CacheOutcome = Literal["hit", "miss", "rejected", "bypassed"]
NO_CACHE = "none"
"""The label `cache` of a request that a model answered."""

REQUEST_DONE = "request.done"
"""The one log line of a request."""

# --- traces -----------------------------------------------------------------------------------------------------------

Operation = Literal["request", "chat", "embeddings", "retrieval", "execute_tool", "guard", "cache", "rerank"]
"""What a span is about. `chat`, `embeddings`, `retrieval` and `execute_tool` are OpenTelemetry's GenAI operations."""

GENAI = frozenset({"chat", "embeddings", "retrieval", "execute_tool"})
CALLS = frozenset({"chat", "embeddings"})
"""Operations that leave the program: spans of kind CLIENT."""


class Attributes(TypedDict, total=False):
    """What a span may tell. Closed, so that no content gets in: texts, names of people and keys have no place here."""

    model: str
    provider: str
    response_model: str
    response_id: str
    finish_reason: str
    max_tokens: int
    temperature: float
    input_tokens: int
    output_tokens: int
    tool: str
    server: str
    error: str
    request_id: str
    endpoint: str
    status: int
    outcome: str
    cache: str
    fallbacks: int
    passages: int
    guard: str


SPAN_ATTRIBUTES = {
    "model": "gen_ai.request.model",
    "provider": "gen_ai.provider.name",
    "response_model": "gen_ai.response.model",
    "response_id": "gen_ai.response.id",
    "finish_reason": "gen_ai.response.finish_reasons",
    "max_tokens": "gen_ai.request.max_tokens",
    "temperature": "gen_ai.request.temperature",
    "input_tokens": "gen_ai.usage.input_tokens",
    "output_tokens": "gen_ai.usage.output_tokens",
    "tool": "gen_ai.tool.name",
    "server": "server.address",
    "error": "error.type",
    "endpoint": "http.route",
    "status": "http.response.status_code",
    "request_id": "answerable.request.id",
    "outcome": "answerable.outcome",
    "cache": "answerable.cache",
    "fallbacks": "answerable.fallbacks",
    "passages": "answerable.passages",
    "guard": "answerable.guard",
}
"""OpenTelemetry's names (GenAI and HTTP conventions, both subject to change: hence only here) and our own."""

OPERATION_NAME = "gen_ai.operation.name"
