import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from answerable.config import ModelSettings, Settings
from answerable.core.errors import Forbidden, ModelNotFound
from answerable.core.identity import OWNER, Principal
from answerable.flows.models import check_offered, list_standings, offered
from answerable.flows.platform import Platform
from answerable.gateway import route_policy
from answerable.gateway.breaker import Permit
from answerable.gateway.route_policy import RoutePolicy
from answerable.policies import Policies
from answerable.wiring import open_platform
from tests.support.platform import open_small_platform

FREE = Principal("ann", tier="free")
ROUTES = {"fast": RoutePolicy({"small": 1.0}), "deep": RoutePolicy({"big": 1.0}, ("small",))}
ROUTES["brains"] = RoutePolicy({"big": 1.0})
PRICED: dict[str, Any] = {"usd_per_million_input": 0.1, "usd_per_million_output": 0.4}
PRICED |= {"source": "a page", "as_of": "2026-11-01"}
MODELS = {
    "small": ModelSettings(provider="openai", base_url="http://127.0.0.1:9/v1", **PRICED),
    "big": ModelSettings(provider="openai", base_url="http://127.0.0.1:9/v1", tier="strong"),
    "keyless": ModelSettings(provider="openai", api_key_env="BIG_KEY"),
}


@contextlib.asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Platform]:
    """A platform with models that are never called."""
    router = route_policy.Config(routes=ROUTES, allowed={"free": ("small",)})
    p = await open_platform(Settings(data=folder, models=MODELS, policies=Policies(router=router)))
    try:
        yield p
    finally:
        await p.close()


async def test_without_a_language_model_there_is_no_auto(tmp_path: Path) -> None:
    async with open_small_platform(tmp_path) as p:
        assert offered(OWNER, p) == ["scripted", "hash-words"]
        with pytest.raises(ModelNotFound, match="auto"):
            check_offered("auto", OWNER, p)
        engine, embedding = await list_standings(p)
        assert (engine.kind, engine.card.price.free, engine.is_default) == ("engine", True, True)
        assert (embedding.kind, embedding.card.price.free) == ("embedding", True)


async def test_what_a_tier_may_not_use_is_not_offered(tmp_path: Path) -> None:
    last = "all-MiniLM-L6-v2"
    async with opened(tmp_path) as p:
        assert offered(OWNER, p) == ["extractive", "small", "big", "auto", "fast", "deep", "brains", last]
        assert offered(FREE, p) == ["extractive", "small", "auto", "fast", "deep", last]
        check_offered("fast", FREE, p)
        with pytest.raises(Forbidden, match="tier free"):
            check_offered("big", FREE, p)
        with pytest.raises(ModelNotFound, match="set BIG_KEY"):
            check_offered("keyless", OWNER, p)


async def test_an_administrator_sees_how_every_model_stands(tmp_path: Path) -> None:
    async with opened(tmp_path) as p:
        for _ in range(3):
            permit = await p.breaker.admit("big")
            assert isinstance(permit, Permit)
            await p.breaker.failed(permit, 60.0)
        found = {one.card.name: one for one in await list_standings(p)}
    assert list(found) == ["extractive", "small", "big", "keyless", "all-MiniLM-L6-v2"]
    assert (found["big"].breaker, 50 < found["big"].retry_after_s <= 60) == ("open", True)
    assert (found["big"].routes, found["big"].tiers) == (("auto", "deep", "brains"), ("pro", "enterprise"))
    assert (found["small"].routes, found["small"].breaker) == (("auto", "fast", "deep"), "closed")
    assert "set BIG_KEY" in found["keyless"].why_not
    assert (found["keyless"].routes, found["keyless"].card.price.known) == ((), False)
    assert (found["small"].card.price.source, found["small"].card.price.as_of) == ("a page", "2026-11-01")
