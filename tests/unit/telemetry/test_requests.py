import json
import logging
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from answerable.core.usage import Usage
from answerable.telemetry import log
from answerable.telemetry.requests import RequestRecord, log_request


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers[:]
    yield
    root.handlers[:] = before


def line_of(done: RequestRecord, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    log.configure("info")
    log_request(done)
    (line,) = capsys.readouterr().err.splitlines()
    found: dict[str, Any] = json.loads(line)
    del found["timestamp"]
    return found


def test_a_chat_is_told_with_model_cache_tokens_cost_and_times(capsys: pytest.CaptureFixture[str]) -> None:
    done = RequestRecord(
        id="req_1",
        endpoint="POST /v1/chat/completions",
        total_s=0.8123456,
        model="m",
        usage=Usage(345, 120),
        cost_usd=Decimal("0.000123"),
        first_token_s=0.3,
        upstream_s=0.81,
        fallbacks=1,
        streamed=True,
        guard="pii",
    )
    assert line_of(done, capsys) == {
        "event": "request.done",
        "level": "info",
        "id": "req_1",
        "endpoint": "POST /v1/chat/completions",
        "status": 200,
        "outcome": "answered",
        "ms": 812.35,
        "model": "m",
        "cache": "none",
        "input_tokens": 345,
        "output_tokens": 120,
        "cost_usd": "0.000123",
        "streamed": True,
        "first_token_ms": 300.0,
        "own_ms": 2.35,
        "fallbacks": 1,
        "guard": "pii",
    }


def test_a_request_without_a_model_says_no_more_than_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    done = RequestRecord("req_2", "GET /v1/models", 429, "refused", 0.001, limit="ip", error="rate_limit_exceeded")
    found = line_of(done, capsys)
    assert set(found) == {"event", "level", "id", "endpoint", "status", "outcome", "ms", "limit", "error"}


def test_an_unknown_price_is_null_and_not_zero(capsys: pytest.CaptureFixture[str]) -> None:
    assert line_of(RequestRecord("req_3", "e", model="m"), capsys)["cost_usd"] is None
