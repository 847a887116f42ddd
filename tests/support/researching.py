"""Research over HTTP: a server with the extractive engine and some pages of the documentation, and ways to ask it."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp

from answerable.config import EXTRACTIVE, Settings
from answerable.flows.ingest import GivenText, Ingest, embed, ingest
from answerable.flows.platform import Platform
from answerable.gateway.models import Models
from answerable.policies import Policies
from answerable.providers import extractive
from answerable.wiring import build_embedder, open_platform
from tests.support.server import Stalled

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("guards", "caches", "limits-and-budgets", "how-an-answer-is-made", "when-a-model-fails", "privacy", "quality")
TOPIC = "How does Answerable verify citations?"
EVENTS = {"accept": "text/event-stream"}
_USUAL = Policies()


def opener(folder: Path, policies: Policies = _USUAL) -> Callable[[], Awaitable[Platform]]:
    settings = Settings(data=folder, default_collection="pages", policies=policies)

    async def opened() -> Platform:
        engine = extractive.build(extractive.Config(), build_embedder(settings))
        builders: dict[str, Any] = {EXTRACTIVE: lambda: engine, "stalled": Stalled}
        p = await open_platform(settings, models=Models(builders, {}, EXTRACTIVE, EXTRACTIVE))
        texts = [GivenText(f"{name}.md", name, (DOCS / f"{name}.md").read_text("utf-8")) for name in PAGES]
        await ingest(Ingest("pages", texts=tuple(texts)), p)
        await embed("pages", p)
        return p

    return opened


async def call(http: aiohttp.ClientSession, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    async with http.request(method, f"/v1/research{path}", json=body) as response:
        is_json = response.content_type == "application/json"
        return response.status, await response.json() if is_json else await response.text()


async def begin(http: aiohttp.ClientSession, **more: Any) -> str:
    status, run = await call(http, "POST", "", {"topic": TOPIC, **more})
    assert status == 201, run
    id_: str = run["id"]
    return id_


async def state(http: aiohttp.ClientSession, run: str, *wanted: str) -> dict[str, Any]:
    """The run, once its status is one of those that are wanted."""
    async with asyncio.timeout(240):
        while True:
            _, found = await call(http, "GET", f"/{run}")
            if found["status"] in wanted:
                assert isinstance(found, dict)
                return found
            assert found["status"] not in ("done", "failed", "cancelled"), found["error"]
            await asyncio.sleep(0.05)


async def stream(
    http: aiohttp.ClientSession, run: str, headers: dict[str, str] | None = None, query: str = ""
) -> bytes:
    """The whole stream, until the server ends it."""
    async with http.get(f"/v1/research/{run}/events{query}", headers=EVENTS | (headers or {})) as response:
        assert (response.status, response.content_type) == (200, "text/event-stream")
        return await response.read()
