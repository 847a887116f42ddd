"""What is known of a request when it is over, and its one log line: figures and names, never content or people."""

from dataclasses import dataclass
from decimal import Decimal

from answerable.core.usage import Usage
from answerable.telemetry.log import logger
from answerable.telemetry.names import NO_CACHE, REQUEST_DONE, Outcome

CLIENT_GONE = 499
"""nginx's status for a client that hung up; nobody receives it, the access log of a proxy shows it."""

_NOTHING = Usage()


@dataclass(slots=True)
class RequestRecord:
    """Filled while a request runs. `endpoint` is the route as declared, never the address as sent; `upstream_s` is the
    time spent waiting for models, None where none is part of it; `cost_usd` is None where no price is known.
    `limit`, `guard` and `error` name what ended it, empty when nothing did.
    """

    id: str
    endpoint: str
    status: int = 200
    outcome: Outcome = "answered"
    total_s: float = 0.0
    model: str = ""
    cache: str = NO_CACHE
    usage: Usage = _NOTHING
    cost_usd: Decimal | None = None
    first_token_s: float | None = None
    upstream_s: float | None = None
    fallbacks: int = 0
    streamed: bool = False
    limit: str = ""
    guard: str = ""
    error: str = ""


def log_request(done: RequestRecord) -> None:
    """Write the line; about 10 microseconds."""
    fields: dict[str, object] = {
        "id": done.id,
        "endpoint": done.endpoint,
        "status": done.status,
        "outcome": done.outcome,
        "ms": round(done.total_s * 1e3, 2),
    }
    if done.model:
        usage = done.usage
        fields["model"] = done.model
        fields["cache"] = done.cache
        fields["input_tokens"] = usage.prompt_tokens
        fields["output_tokens"] = usage.completion_tokens
        fields["cost_usd"] = None if done.cost_usd is None else str(done.cost_usd)
        fields["streamed"] = done.streamed
        if done.first_token_s is not None:
            fields["first_token_ms"] = round(done.first_token_s * 1e3, 2)
        if done.upstream_s is not None:
            fields["own_ms"] = round((done.total_s - done.upstream_s) * 1e3, 2)
        if done.fallbacks:
            fields["fallbacks"] = done.fallbacks
    ended_by = (("limit", done.limit), ("guard", done.guard), ("error", done.error))
    fields.update((name, value) for name, value in ended_by if value)
    logger.info(REQUEST_DONE, **fields)
