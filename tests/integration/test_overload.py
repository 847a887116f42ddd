"""Many more requests than places at a served process: some are answered, later ones wait by tier, the rest are told
when to come back; the process itself stays quick.
"""

import asyncio
import json
import sqlite3
import statistics
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from prometheus_client.parser import text_string_to_metric_families

from answerable.config import Settings
from answerable.core.identity import OWNER, Tier
from answerable.flows.admin import HERE, NewUser, create_user
from answerable.flows.keys import NewKey, create_key
from answerable.wiring import open_accounts
from tests.support.patience import until
from tests.support.served import serving_processes

PLACES, WAITING, TAKES_S = 4, 16, 0.15
TIERS: tuple[Tier, ...] = ("free", "pro", "enterprise")
EACH = 40
"""Requests of each tier, all at once, the lowest tier first."""
LET = web.AppKey("let", asyncio.Event)
"""The model answers while it is set."""


@dataclass
class Seen:
    tier: str
    status: int
    headers: Mapping[str, str]
    text: str
    ended: float


@dataclass
class World:
    http: aiohttp.ClientSession
    keys: dict[str, str]
    database: Path
    let: asyncio.Event

    async def ask(self, tier: str, number: int) -> Seen:
        body = {
            "model": "slow",
            "stream": number % 2 == 0,
            "messages": [{"role": "user", "content": f"{tier} {number}"}],
        }
        headers = {"authorization": f"Bearer {self.keys[tier]}"}
        async with self.http.post("/v1/chat/completions", json=body, headers=headers) as response:
            text = await response.text()
            return Seen(tier, response.status, response.headers, text, time.monotonic())

    async def metrics(self) -> dict[tuple[str, ...], float]:
        async with self.http.get("/metrics", headers={"authorization": f"Bearer {self.keys['admin']}"}) as response:
            families = text_string_to_metric_families(await response.text())
        found = [sample for family in families for sample in family.samples]
        return {(one.name, *(value for _, value in sorted(one.labels.items()))): one.value for one in found}


async def _keys(folder: Path) -> dict[str, str]:
    a = await open_accounts(Settings(data=folder))
    try:
        admin, _ = await create_user(OWNER, NewUser("admin@example.org", "A", "admin", service=True), HERE, a)
        keys = {"admin": (await create_key(OWNER, admin.id, NewKey("m", scopes=("metrics",)), HERE, a))[1]}
        for tier in TIERS:
            user, _ = await create_user(OWNER, NewUser(f"{tier}@example.org", tier, tier=tier, service=True), HERE, a)
            keys[tier] = (await create_key(OWNER, user.id, NewKey(tier), HERE, a))[1]
        return keys
    finally:
        await a.database.close()


async def _answer(request: web.Request) -> web.StreamResponse:
    body = await request.json()
    await request.app[LET].wait()
    await asyncio.sleep(TAKES_S)
    if not body.get("stream"):
        message = {"index": 0, "message": {"role": "assistant", "content": "Yes."}, "finish_reason": "stop"}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        return web.json_response({"id": "c", "created": 1, "model": "m", "choices": [message], "usage": usage})
    response = web.StreamResponse(headers={"content-type": "text/event-stream"})
    await response.prepare(request)
    choice = {"index": 0, "delta": {"content": "Yes."}, "finish_reason": "stop"}
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    await response.write(b"data: " + json.dumps(chunk).encode() + b"\n\ndata: [DONE]\n\n")
    return response


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    keys = await _keys(tmp_path / "data")
    application, let = web.Application(), asyncio.Event()
    application[LET] = let
    application.router.add_post("/v1/chat/completions", _answer)
    runner = web.AppRunner(application, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    models = {"slow": {"provider": "openai", "base_url": f"http://127.0.0.1:{runner.addresses[0][1]}/v1"}}
    plenty = {"requests_per_hour": 1_000_000}
    policies = {
        "queue": {"running": PLACES, "waiting": WAITING},
        "limits": {"tiers": dict.fromkeys(TIERS, plenty), "each_address": plenty},
    }
    environment = {
        "ANSWERABLE_ACCOUNTS": "on",
        "ANSWERABLE_MODELS": json.dumps(models),
        "ANSWERABLE_POLICIES": json.dumps(policies),
    }
    served = serving_processes(tmp_path, 1, environment)
    (url,) = await asyncio.to_thread(served.__enter__)
    try:
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(url, connector=connector, timeout=aiohttp.ClientTimeout(total=180)) as http:
            yield World(http, keys, tmp_path / "data" / "answerable.db", let)
    finally:
        await asyncio.to_thread(served.__exit__, None, None, None)
        await runner.cleanup()


def outcomes(path: Path) -> Counter[tuple[str, str]]:
    with sqlite3.connect(path) as database:
        rows = database.execute("SELECT outcome, reason, count(*) FROM requests GROUP BY 1, 2").fetchall()
    database.close()
    return Counter({(outcome, reason): count for outcome, reason, count in rows})


async def test_a_flood_is_answered_queued_by_tier_or_told_when_to_come_back(world: World) -> None:
    world.let.set()
    for tier in TIERS:  # what is loaded at first use, and the mean time of a request
        await asyncio.gather(*(world.ask(tier, -number) for number in range(1, PLACES + 1)))
    world.let.clear()
    tasks = [asyncio.create_task(world.ask(tier, number)) for tier in TIERS for number in range(EACH)]
    looks: list[float] = []
    while not all(task.done() for task in tasks):
        began = time.monotonic()
        async with world.http.get("/health/live") as response:
            assert response.status == 200
        looks.append(time.monotonic() - began)
        if sum(task.done() for task in tasks) >= len(tasks) - PLACES - WAITING:
            world.let.set()  # all have come
        await asyncio.sleep(0.01)
    seen = [await task for task in tasks]
    assert {one.status for one in seen} == {200, 503}
    for one in seen:
        if one.status == 503:
            assert int(one.headers["retry-after"]) >= 1
            assert json.loads(one.text)["error"]["code"] == "overloaded"
            assert "come again after that" in one.text
    answered = Counter(one.tier for one in seen if one.status == 200)
    assert answered["enterprise"] > answered["free"]
    assert sum(answered.values()) >= PLACES + WAITING
    waits = [float(one.headers["x-answerable-queue-ms"]) for one in seen if "x-answerable-queue-ms" in one.headers]
    assert len(waits) >= WAITING
    assert max(waits) < 30_000
    assert statistics.median(looks) < 1.0
    assert max(looks) < 5.0  # a busy machine may stand still for a moment

    refused = sum(one.status == 503 for one in seen)
    await until(lambda: sum(outcomes(world.database).values()) == len(seen) + 3 * PLACES)
    assert outcomes(world.database)["refused", "overloaded"] == refused
    metrics = await world.metrics()
    assert sum(metrics.get(("answerable_queue_refused_total", tier), 0) for tier in TIERS) == refused
    assert metrics["answerable_queue_running",] == 0
    assert sum(metrics["answerable_queue_waiting", tier] for tier in TIERS) == 0
    assert sum(metrics.get(("answerable_queue_wait_seconds_count", tier), 0) for tier in TIERS) == len(waits)
