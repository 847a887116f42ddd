"""Three workers on one Postgres and one Redis are one program: limits, breaker, cached answers, streams, messages."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.integration.test_runs_over_http import Talk, data_of, number_of, text_of
from tests.support.postgres import PostgresServer
from tests.support.redis import running_redis
from tests.support.served import DRIPPED, Models, models_server, serving_processes

REQUESTS = 40


def policies(requests_per_hour: int) -> dict[str, Any]:
    return {
        "limits": {
            "local_owner_unlimited": False,
            "tiers": {tier: {"requests_per_hour": requests_per_hour} for tier in ("free", "pro", "enterprise")},
            "each_address": {"requests_per_hour": 1_000_000},
        },
        "breaker": {"failures": 3, "cool_down_s": 60},
    }


pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Program:
    urls: list[str]
    models: Models
    http: aiohttp.ClientSession

    async def chat(self, worker: int, text: str, model: str = "good", **more: Any) -> tuple[int, Any, Any]:
        """Status, headers and JSON of one plain request."""
        body = {"model": model, "messages": [{"role": "user", "content": text}]} | more
        async with self.http.post(f"{self.urls[worker]}/v1/chat/completions", json=body) as response:
            return response.status, response.headers, await response.json()

    async def talk(self, worker: int) -> Talk:
        """A new conversation, made by a worker."""
        async with self.http.post(f"{self.urls[worker]}/v1/conversations", json={}) as response:
            return Talk(self.http, f"/v1/conversations/{(await response.json())['id']}/messages")


@contextlib.asynccontextmanager
async def running(folder: Path, postgres: PostgresServer, requests_per_hour: int) -> AsyncIterator[Program]:
    url = await asyncio.to_thread(postgres.database)
    with contextlib.ExitStack() as stack:
        redis = stack.enter_context(running_redis(folder))
        async with models_server() as models, aiohttp.ClientSession() as http:
            free = {"provider": "openai", "base_url": models.url, "free": True}
            environment = {
                "ANSWERABLE_DATABASE_URL": url,
                "ANSWERABLE_REDIS_URL": redis.url,
                "ANSWERABLE_MODELS": json.dumps(dict.fromkeys(("good", "drip", "slow", "down"), free)),
                "ANSWERABLE_POLICIES": json.dumps(policies(requests_per_hour)),
                "ANSWERABLE_DEFAULT_MODEL": "drip",
            }
            servers = serving_processes(folder, 3, environment)
            urls = await asyncio.to_thread(stack.enter_context, servers)
            try:
                yield Program(urls, models, http)
            finally:
                await asyncio.to_thread(stack.close)
    await asyncio.to_thread(postgres.drop, url)


@pytest_asyncio.fixture(loop_scope="module")
async def limited(tmp_path: Path, postgres: PostgresServer) -> AsyncIterator[Program]:
    """One of which nothing was asked yet."""
    async with running(tmp_path, postgres, REQUESTS) as found:
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def program(tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer) -> AsyncIterator[Program]:
    async with running(tmp_path_factory.mktemp("program"), postgres, 1_000_000) as found:
        yield found


async def test_a_limit_is_one_for_all_workers_and_an_answer_of_one_is_cached_for_all(limited: Program) -> None:
    status, headers, _ = await limited.chat(0, "What is the capital of France?")
    assert (status, headers.get("x-answerable-cache")) == (200, None)
    for worker in (1, 2):
        status, headers, reply = await limited.chat(worker, "What is the capital of France?")
        assert status == 200
        assert headers["x-answerable-cache"].startswith("exact")
        assert reply["choices"][0]["message"]["content"] == "Well, yes."
    assert limited.models.replies["good"] == 1
    asked = [limited.chat(number % 3, f"Question {number}?") for number in range(2 * REQUESTS)]
    told = await asyncio.gather(*asked)
    assert sum(status == 200 for status, _, _ in told) == REQUESTS - 3
    refused = [headers for status, headers, _ in told if status == 429]
    assert len(refused) == REQUESTS + 3
    assert all(int(one["retry-after"]) > 0 for one in refused)


async def test_a_model_that_failed_at_one_worker_is_out_of_service_at_all(program: Program) -> None:
    for number in range(3):
        status, _, _ = await program.chat(0, f"Are you there, {number}?", "down")
        assert status == 502
    called = program.models.replies["down"]
    for worker in (1, 2):
        status, headers, reply = await program.chat(worker, "And now?", "down")
        assert (status, reply["error"]["code"]) == (503, "all_routes_failed")
        assert int(headers["retry-after"]) > 0
    assert program.models.replies["down"] == called


async def test_an_answer_is_followed_stopped_and_gone_on_from_at_any_worker(program: Program) -> None:
    talk = await program.talk(0)
    message, last = await talk.say(program.urls[0], until=7)
    await talk.follow(program.urls[1], message, last, by_header=True)
    assert text_of(talk.frames) == DRIPPED
    assert [number_of(one) for one in talk.frames] == list(range(1, len(talk.frames) + 1))
    path = program.urls[2] + talk.path
    async with program.http.get(path) as response:
        rows = (await response.json())["data"]
    assert [(row["role"], row["status"]) for row in rows] == [("user", "done"), ("assistant", "done")]
    assert rows[1]["content"] == DRIPPED
    talk.frames.clear()
    second, _ = await talk.say(program.urls[2], until=3, model="slow", content="Go on.")
    stopped = await talk.stop(program.urls[1], second)
    assert (stopped["status"], stopped["content"]) == ("stopped", "Well, ")
    whole = Talk(program.http, talk.path)
    await whole.follow(program.urls[0], second, 0)
    assert data_of(whole.frames[-1])["answerable"]["type"] == "stopped"


async def test_of_turns_at_all_workers_in_one_moment_one_is_taken(program: Program) -> None:
    talk, rounds = await program.talk(0), 5

    async def say(worker: int, text: str) -> int:
        body = {"content": text, "model": "drip", "stream": False}
        async with program.http.post(program.urls[worker] + talk.path, json=body) as response:
            assert response.status == 200 or (await response.json())["error"]["code"] == "answer_running"
            return response.status

    for number in range(rounds):
        told = await asyncio.gather(*(say(worker, f"{number} at {worker}?") for worker in range(3)))
        assert sorted(told) == [200, 409, 409]
    async with program.http.get(program.urls[1] + talk.path) as response:
        rows = (await response.json())["data"]
    assert [row["role"] for row in rows] == ["user", "assistant"] * rounds
    assert [row["content"] for row in rows if row["role"] == "assistant"] == [DRIPPED] * rounds
    assert all(len(row["versions"]) == 1 for row in rows)
