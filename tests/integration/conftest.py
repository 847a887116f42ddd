"""A served platform with a manual and scripted models, and clients for it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from openai import OpenAI

from answerable.core.errors import ProviderBusy, ProviderDown, ProviderRefused
from answerable.core.messages import ToolCall
from answerable.core.ports import Model
from answerable.core.usage import Usage
from answerable.providers.scripted import Config, Reply, Scripted
from tests.support import researching
from tests.support.server import TRUE, Crashing, Stalled, manuals, serving


@dataclass
class Service:
    url: str
    stalled: Stalled


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    stalled = Stalled()
    models: dict[str, Model] = {"stalled": stalled, "crashing": Crashing()}
    said = {
        "fluent": Reply(TRUE, usage=Usage(100, 20)),
        "inventive": Reply(f"{TRUE} It costs 900 francs [1]."),
        "refused": Reply(error=ProviderRefused("refused: check the key")),
        "busy": Reply(error=ProviderBusy("busy", retry_after_s=7.2)),
        "breaking": Reply(f"{TRUE} The warr", error=ProviderDown("connection lost")),
        "calling": Reply(tool_calls=(ToolCall("call_1", "look_up", '{"key": "tv"}'),)),
    }
    models |= {name: Scripted(Config(name=name, replies=reply)) for name, reply in said.items()}
    with serving(manuals(tmp_path_factory.mktemp("served"), models)) as url:
        yield Service(url, stalled)


@pytest.fixture
def sdk(service: Service) -> Iterator[OpenAI]:
    """The official SDK, as a user has it, but without retries."""
    with OpenAI(base_url=f"{service.url}/v1", api_key="none", max_retries=0) as client:
        yield client


@pytest.fixture
async def http(service: Service) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(service.url) as session:
        yield session


@pytest.fixture(scope="session")
def research_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("research")


@pytest.fixture(scope="session")
def research_url(research_folder: Path) -> Iterator[str]:
    with serving(researching.opener(research_folder)) as address:
        yield address


@pytest.fixture
async def asking(research_url: str) -> AsyncIterator[aiohttp.ClientSession]:
    """A client of a server that does research."""
    async with aiohttp.ClientSession(research_url) as session:
        yield session


@pytest.fixture(scope="session")
def done(research_url: str) -> str:
    """A run of research that is done."""
    return asyncio.run(_run_until(research_url, "done"))


@pytest.fixture(scope="session")
def waiting_run(research_url: str) -> str:
    """A run that waits for a decision on its outline."""
    return asyncio.run(_run_until(research_url, "waiting", approve=["outline"]))


async def _run_until(url: str, status: str, **more: Any) -> str:
    async with aiohttp.ClientSession(url) as http:
        run = await researching.begin(http, **more)
        await researching.state(http, run, status)
        return run
