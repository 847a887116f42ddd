"""What telemetry costs a request: counts, the request line, redaction, a span that is off. Microseconds of
processor time, mean and p99 of rounds of 100 calls.

Usage: .venv/bin/python bench/telemetry.py
"""

import contextlib
import statistics
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Histogram

from answerable.core.usage import Attempt, Usage
from answerable.telemetry import log
from answerable.telemetry.metrics import Metrics
from answerable.telemetry.redaction import is_suspicious, redact_text
from answerable.telemetry.requests import RequestRecord, log_request
from answerable.telemetry.trace import Config, build_tracer

ROUNDS, CALLS = 400, 100
USAGE, COST = Usage(345, 120), Decimal("0.000123")
TEXT = "The heating must be bled once a year before the season begins. " * 32


def main() -> None:
    """Measure each in turn."""
    metrics, tracer = Metrics(), build_tracer(Config())
    registry = CollectorRegistry()
    buckets = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)
    counter = Counter("peer", "A peer", ["a"], registry=registry).labels("a")
    histogram = Histogram("peer_seconds", "A peer", ["a"], registry=registry, buckets=buckets).labels("a")
    done = RequestRecord(
        "req_0123456789abcdef",
        "POST /v1/chat/completions",
        total_s=0.801,
        model="gpt-4o-mini",
        usage=USAGE,
        cost_usd=COST,
        first_token_s=0.31,
        upstream_s=0.8,
    )
    attempt = Attempt("gpt-4o-mini", "Chat", "answered", USAGE, COST, 800.0)

    def span() -> None:
        with tracer.span("chat", model="gpt-4o-mini") as opened:
            opened.set(input_tokens=345)

    report("count", lambda: metrics.count_lookup("exact", "miss"))
    report("count, prometheus-client's own with a cached child", counter.inc)
    report("observe, prometheus-client's own with a cached child", lambda: histogram.observe(0.8))
    report("observe_request, everything of a finished request", lambda: metrics.observe_request(done))
    report("observe_attempt, a call of a model", lambda: metrics.observe_attempt(attempt))
    report("a span, traces off", span)
    report("scan of 2 KB of text for credentials", lambda: is_suspicious(TEXT))
    report("redaction of 2 KB with one key in it", lambda: redact_text(TEXT + "sk-0123456789abcdef"))
    log.configure("info")
    with Path("/dev/null").open("w", buffering=1) as nowhere, contextlib.redirect_stderr(nowhere):
        report("request line, written", lambda: log_request(done))


def report(name: str, call: Callable[[], object]) -> None:
    """Print mean and p99 of rounds of calls."""
    took: list[float] = []
    for _ in range(ROUNDS):
        began = time.thread_time()
        for _ in range(CALLS):
            call()
        took.append((time.thread_time() - began) / CALLS * 1e6)
    took.sort()
    print(f"{name:<55} {statistics.fmean(took):8.2f} {took[int(ROUNDS * 0.99)]:8.2f}")


if __name__ == "__main__":
    main()
