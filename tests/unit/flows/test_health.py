import dataclasses
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from answerable.core.ports import Model
from answerable.flows.health import Health, check_health
from answerable.flows.platform import Platform, Shared
from answerable.gateway.models import Models
from answerable.providers.scripted import Config, Scripted
from tests.support.outage import away
from tests.support.platform import open_small_platform


@pytest.fixture
async def p(tmp_path: Path) -> AsyncIterator[Platform]:
    async with open_small_platform(tmp_path) as opened:
        yield dataclasses.replace(opened, models=models("extractive", "talks"))


def models(*names: str) -> Models:
    built: dict[str, Model] = {name: Scripted(Config(name=name)) for name in names}
    return Models({name: partial(built.__getitem__, name) for name in names}, {}, names[-1], "extractive")


async def test_all_is_well(p: Platform) -> None:
    assert await check_health(p, accounts=False) == Health("up", None, can_answer=True)


async def test_without_the_database_a_model_still_answers(p: Platform) -> None:
    with away(p.database):
        assert await check_health(p, accounts=False) == Health("down", None, can_answer=True)
    assert (await check_health(p, accounts=False)).database != "down"


async def test_without_database_and_model_nothing_can_be_answered(p: Platform) -> None:
    with away(p.database):
        only_quotes = dataclasses.replace(p, models=models("extractive"))
        assert await check_health(only_quotes, accounts=False) == Health("down", None, can_answer=False)
        for _ in range(3):
            await p.breaker.failed(cast("Any", await p.breaker.admit("talks")))
        assert await check_health(p, accounts=False) == Health("down", None, can_answer=False)


async def test_without_the_database_nobody_is_let_in_whom_no_worker_knows(p: Platform) -> None:
    with away(p.database):
        assert not (await check_health(p, accounts=True)).can_answer
    await p.accounts.auth.revocations.poll()
    with away(p.database):
        assert (await check_health(p, accounts=True)).can_answer


@pytest.mark.parametrize(("up", "state"), [((True, True), "up"), ((True, False), "down")])
async def test_redis_is_up_when_all_its_links_are(p: Platform, up: tuple[bool, ...], state: str) -> None:
    links = cast("Any", tuple(SimpleNamespace(is_up=one) for one in up))
    health = await check_health(dataclasses.replace(p, shared=Shared(links=links)), accounts=False)
    assert health.redis == state
    assert health.is_whole == (state == "up")
