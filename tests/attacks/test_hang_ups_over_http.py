"""A client who hangs up stops what it asked for within a second, wherever the request is by then."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from answerable.config import EXTRACTIVE, Settings
from answerable.flows.ingest import GivenText, Ingest, ingest
from answerable.flows.platform import Platform
from answerable.gateway.models import Models
from answerable.providers import extractive
from answerable.wiring import build_embedder, open_platform
from tests.support.embedding import HashEmbedder
from tests.support.patience import LONG_S, is_set_within
from tests.support.server import MANUAL, QUESTION, Stalled, serving

AT_MOST_S = 1.0
HISTORY = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi"}]
ASKED = {"role": "user", "content": QUESTION}
CHAT = "/v1/chat/completions"
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "plain, before the first word": (CHAT, {"messages": [ASKED]}),
    "stream, before the first word": (CHAT, {"messages": [ASKED], "stream": True}),
    "answer from documents": (CHAT, {"messages": [ASKED], "collection": "tv", "stream": True}),
    "rewriting the question": (CHAT, {"messages": [*HISTORY, ASKED], "collection": "tv"}),
    "offered tools": (CHAT, {"messages": [ASKED], "answerable_tools": ["calculator"], "stream": True}),
    "one question": ("/v1/collections/tv/ask", {"question": QUESTION}),
}


class SlowEmbedder(HashEmbedder):
    """Takes its time where it is asked to."""

    def embed(self, texts: Sequence[str]) -> Any:
        if texts and texts[0].startswith("slow"):
            time.sleep(3)
        return super().embed(texts)


@dataclass
class Served:
    url: str
    stalled: Stalled


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    settings = Settings(data=tmp_path_factory.mktemp("hang-ups"), default_collection="tv")
    stalled = Stalled()

    async def opened() -> Platform:
        engine = extractive.build(extractive.Config(), build_embedder(settings))
        builders: Any = {EXTRACTIVE: lambda: engine, "stalled": lambda: stalled}
        models = Models(builders, {}, "stalled", EXTRACTIVE)
        p = await open_platform(settings, models=models, embedder=SlowEmbedder())
        await ingest(Ingest("tv", texts=(GivenText("manual.md", "Television manual", MANUAL),)), p)
        return p

    with serving(opened) as url:
        yield Served(url, stalled)


@pytest.mark.parametrize("case", CASES)
async def test_the_model_is_stopped(served: Served, case: str) -> None:
    path, body = CASES[case]
    served.stalled.asked.clear()
    served.stalled.stopped.clear()
    async with aiohttp.ClientSession(served.url) as http:
        asking = asyncio.create_task(_read(http, path, body | {"model": "stalled"}))
        assert await is_set_within(served.stalled.asked, LONG_S)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        assert await is_set_within(served.stalled.stopped, AT_MOST_S)


async def test_an_equal_request_that_waits_for_another_can_leave_alone(served: Served) -> None:
    body = {"messages": [{"role": "user", "content": "The same for two"}], "model": "stalled"}
    served.stalled.asked.clear()
    served.stalled.stopped.clear()
    async with aiohttp.ClientSession(served.url) as http:
        leads, waits = (asyncio.create_task(_read(http, CHAT, body)) for _ in range(2))
        assert await is_set_within(served.stalled.asked, LONG_S)
        await asyncio.sleep(0.2)
        for task in (leads, waits):
            task.cancel()
        await asyncio.gather(leads, waits, return_exceptions=True)
        await _until(http, 0, AT_MOST_S)


async def test_embeddings_are_waited_for_no_longer(served: Served) -> None:
    async with aiohttp.ClientSession(served.url) as http:
        asking = asyncio.create_task(_read(http, "/v1/embeddings", {"input": "slow text"}))
        await _until(http, 1, LONG_S)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        await _until(http, 0, AT_MOST_S)


async def _read(http: aiohttp.ClientSession, path: str, body: dict[str, Any]) -> None:
    async with http.post(path, json=body) as response:
        await response.read()


async def _until(http: aiohttp.ClientSession, count: int, limit_s: float) -> None:
    """Wait until so many requests are being worked on."""
    async with asyncio.timeout(limit_s):
        while await _in_flight(http) != count:  # noqa: ASYNC110 - the server is another program
            await asyncio.sleep(0.02)


async def _in_flight(http: aiohttp.ClientSession) -> int:
    """Requests that are being worked on, beside the one that asks."""
    async with http.get("/metrics") as response:
        lines = (await response.text()).splitlines()
    return int(float(next(line for line in lines if line.startswith("answerable_requests_in_flight ")).split()[1])) - 1
