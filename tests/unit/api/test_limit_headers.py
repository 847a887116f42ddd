import pytest

from answerable.api.limit_headers import duration, headers_of
from answerable.core.usage import LimitState

REQUESTS = LimitState("user-requests", "requests", 100, 98.7, 3_600, 46.8)
ADDRESS = LimitState("address-requests", "requests", 500, 400, 3_600, 720)
TOKENS = LimitState("user-tokens", "tokens", 20_000, 18_500.2, 60, 4.5)
SLOTS = LimitState("user-concurrency", "concurrent", 4, 3, 900, 1)
BUDGET = LimitState("user-day-budget", "usd", 2, 1.5, 86_400, 50_400)


def test_the_tightest_limit_of_each_unit_is_shown() -> None:
    headers = dict(headers_of((ADDRESS, REQUESTS, TOKENS, SLOTS, BUDGET)))
    assert headers["x-ratelimit-limit-requests"] == "100"
    assert headers["x-ratelimit-remaining-requests"] == "98"
    assert headers["x-ratelimit-reset-requests"] == "47s"
    assert headers["x-ratelimit-limit-tokens"] == "20000"
    assert headers["x-ratelimit-remaining-tokens"] == "18500"
    assert headers["x-ratelimit-reset-tokens"] == "5s"


def test_the_draft_headers_name_every_policy_and_its_state() -> None:
    headers = dict(headers_of((ADDRESS, REQUESTS, TOKENS, SLOTS)))
    assert headers["ratelimit-policy"] == (
        '"address-requests";q=500;w=3600, "user-requests";q=100;w=3600, "user-tokens";q=20000;w=60;qu="tokens", '
        '"user-concurrency";q=4;qu="concurrent-requests"'
    )
    assert headers["ratelimit"] == (
        '"address-requests";r=400;t=720, "user-requests";r=98;t=47, "user-tokens";r=18500;t=5, '
        '"user-concurrency";r=3;t=1'
    )


def test_money_is_in_no_header_and_no_limit_gives_none() -> None:
    assert headers_of(()) == []
    assert headers_of((BUDGET,)) == []


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(0, "0ms"), (0.0165, "17ms"), (1, "1s"), (1.2, "2s"), (60, "1m0s"), (360, "6m0s"), (3_605, "1h0m5s")],
)
def test_durations_are_written_as_openai_writes_them(seconds: float, written: str) -> None:
    assert duration(seconds) == written
