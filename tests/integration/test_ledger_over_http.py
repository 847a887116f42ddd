"""Mixed requests to three server processes on one folder and one Redis: each is one row, and the sums are equal."""

import asyncio
import json
import random
import sqlite3
import time
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.redis import running_redis
from tests.support.served import Models, models_server, serving_processes

REQUESTS, WARM_UP, AT_ONCE, AN_HOUR = 600, 24, 24, 420
PROMPTS = 60
"""Different prompts: fewer than requests, so that some are answered from the cache."""

PRICES = {"good": (Decimal("0.15"), Decimal("0.6")), "slow": (Decimal(1), Decimal(2)), "busy": (Decimal(1), Decimal(1))}
POLICIES = {
    "limits": {
        "local_owner_unlimited": False,
        "users": {"owner": {"requests_per_hour": AN_HOUR, "tokens_per_request": 4_000}},
        "each_address": {"requests_per_hour": 1_000_000},
    },
    "router": {"fallbacks": {"busy": ["good"]}, "last_resort": False},
    "cache": {"semantic": {"enabled": False}},
}
KINDS = ("good", "good", "good", "busy", "down", "slow", "missing", "too long")


def environment(redis: str, models: str) -> dict[str, str]:
    entries: dict[str, Any] = {name: {"provider": "openai", "base_url": models} for name in (*PRICES, "down")}
    for name, (prompt, completion) in PRICES.items():
        entries[name] |= {"usd_per_million_input": float(prompt), "usd_per_million_output": float(completion)}
    given = {"MODELS": json.dumps(entries), "POLICIES": json.dumps(POLICIES), "REDIS_URL": redis}
    return {f"ANSWERABLE_{name}": value for name, value in given.items()}


def outcome_of(status: int, headers: Any) -> str:
    if status >= 500:
        return "failed"
    return "refused" if status >= 400 else "cached" if "x-answerable-cache" in headers else "answered"


async def ask(http: aiohttp.ClientSession, url: str, kind: str, dice: random.Random) -> tuple[str, int, bool]:
    """What a client sees of one request: its outcome, its status, and whether it fell back."""
    text = "word " * 5_000 if kind == "too long" else f"Is {dice.randrange(PROMPTS)} a number?"
    model = {"missing": "nobody", "too long": "good"}.get(kind, kind)
    body = {"model": model, "messages": [{"role": "user", "content": text}]}
    stream = kind == "slow" or dice.random() < 0.5
    async with http.post(f"{url}/v1/chat/completions", json=body | {"stream": stream}) as response:
        if kind == "slow" and response.status == 200:
            await response.content.readany()
            response.close()
            return "stopped", 200, False
        await response.read()
        fell_back = response.headers.get("x-answerable-fallbacks", "0") != "0"
        return outcome_of(response.status, response.headers), response.status, fell_back


async def ask_all(urls: Sequence[str]) -> list[tuple[str, int, bool]]:
    dice, turns = random.Random(26), asyncio.Semaphore(AT_ONCE)
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=180)) as http:

        async def one(number: int) -> tuple[str, int, bool]:
            async with turns:
                return await ask(http, urls[number % len(urls)], dice.choice(KINDS), dice)

        first = [await one(number) for number in range(WARM_UP)]  # what is loaded at first use holds up the loop
        return first + await asyncio.gather(*(one(number) for number in range(WARM_UP, REQUESTS)))


async def run(folder: Path, redis: str) -> tuple[list[tuple[str, int, bool]], Models, float]:
    async with models_server() as models:
        served = serving_processes(folder, 3, environment(redis, models.url))
        urls = await asyncio.to_thread(served.__enter__)
        began = time.monotonic()
        try:
            seen = await ask_all(urls)
        finally:
            took_s = time.monotonic() - began
            await asyncio.to_thread(served.__exit__, None, None, None)
    return seen, models, took_s


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[tuple[str, int, bool]], Models, float, Path]:
    folder = tmp_path_factory.mktemp("mixed")
    with running_redis(folder) as redis:
        return (*asyncio.run(run(folder, redis.url)), folder / "data" / "answerable.db")


def test_rows_are_requests_and_sums_are_equal(
    told: tuple[list[tuple[str, int, bool]], Models, float, Path],
) -> None:
    seen, models, _, path = told
    with sqlite3.connect(path) as database:
        outcomes = dict(database.execute("SELECT outcome, count(*) FROM requests GROUP BY outcome"))
        fell_back = database.execute("SELECT count(*) FROM requests WHERE fallbacks > 0 AND outcome = 'answered'")
        moved = fell_back.fetchone()[0]
        sums = "sum(prompt_tokens), sum(completion_tokens), sum(cost_nano)"
        by_request = database.execute(f"SELECT {sums} FROM requests").fetchone()
        by_attempt = database.execute(f"SELECT {sums} FROM attempts").fetchone()
        answered = "WHERE model = 'good' AND outcome = 'answered'"
        good = database.execute(f"SELECT count(*), {sums} FROM attempts {answered}").fetchone()
    database.close()
    assert outcomes == Counter(outcome for outcome, _, _ in seen)
    assert sum(outcomes.values()) == REQUESTS
    assert set(outcomes) == {"answered", "cached", "failed", "refused", "stopped"}
    assert moved == sum(fallen and outcome == "answered" for outcome, _, fallen in seen) > 0
    assert by_request == by_attempt
    prompt, completion = models.tokens["good", "prompt"], models.tokens["good", "completion"]
    assert good[:3] == (models.replies["good"], prompt, completion)
    assert good[3] == (prompt * PRICES["good"][0] + completion * PRICES["good"][1]) * 1_000


def test_three_servers_admit_together_what_one_limit_allows(
    told: tuple[list[tuple[str, int, bool]], Models, float, Path],
) -> None:
    seen, _, took_s, path = told
    statuses = Counter(status for _, status, _ in seen)
    admitted = REQUESTS - statuses[429] - statuses[413]
    assert statuses[413] > 0
    assert admitted >= AN_HOUR
    outages = [log for log in path.parents[1].glob("server-*.log") if "redis.down" in log.read_text()]
    if not outages:  # a worker without Redis, if only for a moment, goes on alone: docs/limits-and-budgets.md
        assert admitted <= AN_HOUR + AN_HOUR * took_s / 3_600 + 1
