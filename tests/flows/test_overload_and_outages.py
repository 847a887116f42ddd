"""The whole platform with more requests than places, and with a database that goes away and comes back."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from answerable.config import EXTRACTIVE, ModelSettings, Settings
from answerable.core.errors import Overloaded, ProviderDown, StorageDown
from answerable.core.identity import Principal, Tier
from answerable.core.messages import CacheHit, Collected, Emit, Finished, Message, Queued, Text, TextDelta
from answerable.core.ports import Model
from answerable.core.tasks import Chat, Task
from answerable.core.usage import Usage
from answerable.flows.chat import chat
from answerable.flows.embeddings import Embeddings, embed_texts
from answerable.flows.ingest import GivenText, Ingest, embed, ingest
from answerable.flows.platform import Platform
from answerable.flows.turns import Turn
from answerable.gateway.models import Models
from answerable.gateway.queue import Config as QueueConfig
from answerable.policies import Policies
from answerable.providers import extractive
from answerable.storage.schema import requests
from answerable.wiring import build_embedder, open_platform
from tests.support.outage import away
from tests.support.patience import until
from tests.support.stack import migrated

MANUAL = "To reset the television, hold the power button for ten seconds until the red light blinks."
PRICE = ModelSettings(provider="openai", usd_per_million_input=2.0, usd_per_million_output=10.0)


class Gated:
    """A model that answers when it is told to, and fails where it is asked to."""

    name = "slow"

    def __init__(self) -> None:
        self.may_answer = asyncio.Event()
        self.running = 0

    async def run(self, task: Task, emit: Emit) -> None:
        self.running += 1
        try:
            await self.may_answer.wait()
            if isinstance(task, Chat) and "fail" in task.messages[-1].text:
                raise ProviderDown("gone")
            await emit(TextDelta("Hello." if isinstance(task, Chat) else f"{MANUAL[:-1]} [1]."))
            await emit(Finished("stop", Usage(10, 2), "slow"))
        finally:
            self.running -= 1

    async def close(self) -> None:
        """Nothing to release."""


class World:
    def __init__(self, p: Platform, model: Gated) -> None:
        self.p = p
        self.model = model

    async def ask(self, text: str, tier: Tier = "free", **more: Any) -> list[Any]:
        events = Collected()
        who = Principal(f"{tier} user", tier=tier)
        turn = Turn(Chat((Message("user", (Text(text),)),)), "slow", reader=who, address="192.0.2.1", **more)
        await chat(turn, events, self.p)
        return events.events

    async def begin(self, text: str, tier: Tier = "free") -> "asyncio.Task[list[Any]]":
        task = asyncio.create_task(self.ask(text, tier))
        line = self.p.queue
        before = line.running, line.waiting
        await until(lambda: task.done() or (line.running, line.waiting) != before)
        return task

    async def rows(self) -> list[Any]:
        await self.p.ledger.flush()
        async with self.p.database.read() as connection:
            return list((await connection.execute(select(requests).order_by(requests.c.id))).mappings())


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    policies = Policies(queue=QueueConfig(running=1, waiting=2))
    given = {"data": await migrated(tmp_path), "models": {"slow": PRICE}, "policies": policies}
    settings = Settings.model_validate(given)
    model, engine = Gated(), extractive.build(extractive.Config(), build_embedder(settings))
    built: dict[str, Callable[[], Model]] = {EXTRACTIVE: lambda: engine, "slow": lambda: model}
    p = await open_platform(settings, models=Models(built, {}, "slow", EXTRACTIVE))
    try:
        yield World(p, model)
    finally:
        await p.close()


async def test_one_runs_the_others_wait_by_tier_and_who_finds_no_room_is_a_row_of_the_ledger(world: World) -> None:
    runs = await world.begin("first")
    free, pro = await world.begin("second"), await world.begin("third", "pro")
    await until(lambda: world.model.running == 1)
    with pytest.raises(Overloaded) as refused:
        await world.ask("fourth")
    assert refused.value.request_id
    pays = await world.begin("fifth", "enterprise")
    with pytest.raises(Overloaded):
        await free
    world.model.may_answer.set()
    for task in (runs, pro, pays):
        events = await task
        assert "Hello." in [event.text for event in events if isinstance(event, TextDelta)]
        assert [type(event) for event in events].count(Queued) == (task is not runs)
    assert world.p.queue.running == 0
    found = [(row["principal"], row["outcome"], row["reason"], row["cost_nano"]) for row in await world.rows()]
    assert sorted(found) == [
        ("enterprise user", "answered", "", 40_000),
        ("free user", "answered", "", 40_000),
        ("free user", "refused", "overloaded", 0),
        ("free user", "refused", "overloaded", 0),
        ("pro user", "answered", "", 40_000),
    ]


async def test_what_needs_no_model_needs_no_place(world: World) -> None:
    world.model.may_answer.set()
    await world.ask("Hello?")
    world.model.may_answer.clear()
    runs = await world.begin("Something else")
    assert any(isinstance(event, CacheHit) for event in await world.ask("Hello?"))
    assert world.p.queue.running == 1
    runs.cancel()
    with pytest.raises(asyncio.CancelledError):
        await runs
    assert world.p.queue.running == 0


async def test_a_place_comes_back_from_a_failure_and_from_who_hangs_up_in_line(world: World) -> None:
    runs, gone = await world.begin("please fail"), await world.begin("second")
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    world.model.may_answer.set()
    with pytest.raises(ProviderDown):
        await runs
    assert (world.p.queue.running, sum(world.p.queue.waiting.values())) == (0, 0)
    assert [row["outcome"] for row in await world.rows()] == ["failed", "stopped"]


async def test_embedding_texts_takes_a_place(world: World) -> None:
    runs = await world.begin("first")
    vectors = asyncio.create_task(embed_texts(Embeddings(("some text",)), Collected(), world.p))
    await until(lambda: world.p.queue.waiting["enterprise"] == 1)
    world.model.may_answer.set()
    assert len(await vectors) == 1
    await runs


async def test_while_the_database_is_away_models_and_caches_answer_and_no_row_is_lost(world: World) -> None:
    await ingest(Ingest("tv", texts=(GivenText("m.md", "Manual", MANUAL),)), world.p)
    await embed("tv", world.p)
    world.model.may_answer.set()
    known: dict[str, Any] = {"text": "How do I reset the television?", "collection": "tv"}
    await world.ask(**known)
    with away(world.p.database):
        for n in range(5):
            await world.ask(f"Question {n}")
        assert any(isinstance(event, CacheHit) for event in await world.ask(**known))
        with pytest.raises(StorageDown) as refused:
            await world.ask("What blinks?", collection="tv")
        assert (refused.value.status, refused.value.retry_after_s) == (503, 5.0)
        with pytest.raises(StorageDown):
            await world.p.ledger.flush()
        assert world.p.ledger.waiting >= 7
    await until(lambda: not world.p.ledger.waiting)
    outcomes = [row["outcome"] for row in await world.rows()]
    assert len(outcomes) == 8
    assert outcomes.count("failed") == 1
    assert any(event for event in await world.ask("What blinks?", collection="tv"))
