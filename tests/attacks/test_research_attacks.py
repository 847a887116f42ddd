"""Whole runs over hostile pages: what they order is not done, said or cited, by the engine or by an obeying model."""

import json
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from answerable.agents.sources.base.library import Config as SourcesConfig
from answerable.agents.sources.base.library import Sources
from answerable.agents.sources.base.means import Means
from answerable.agents.sources.base.reach import Reach
from answerable.agents.sources.base.visits import Visits
from answerable.agents.sources.pages import MOST_ADDRESSES
from answerable.agents.state import Settings
from answerable.agents.tools.base.services import Services
from answerable.config import Settings as ProgramSettings
from answerable.core.identity import OWNER
from answerable.core.report import Report
from answerable.core.report_json import report_to_json
from answerable.core.research_tasks import ResearchTask
from answerable.core.tasks import Task
from answerable.flows import research
from answerable.flows.platform import Platform
from answerable.flows.research_reading import get_report
from answerable.flows.source_services import visit_of
from answerable.flows.tool_services import reader_of
from answerable.gateway.models import Models
from answerable.knowledge.fetch import Fetcher
from answerable.knowledge.reading import Limits, Reader
from answerable.providers import extractive
from answerable.providers.scripted import Config, Scripted
from answerable.storage.shared_store import MemoryStore
from answerable.wiring import open_platform
from tests.attacks.hostile_pages import MB, ORDER, PAGES, SECRET, Server, serving_hostile_pages
from tests.support.platform import with_models

TOPIC = "The Halden bridge"
_LIMITS = Limits(size_bytes=2 * MB, seconds=1.0)
_EVIL = ("evil.example", "bridge fell", ORDER.lower(), "fetch_url", SECRET)


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader(Limits(size_bytes=2 * MB, seconds=10.0)) as found:
        yield found


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with serving_hostile_pages() as found:
        yield found


@pytest.fixture
async def p(server: Server, reader: Reader, tmp_path: Path) -> AsyncIterator[Platform]:
    """A platform whose web are the hostile pages."""
    opened = await open_platform(ProgramSettings.model_validate({"data": tmp_path / "data"}))
    fetcher = Fetcher(_LIMITS, is_allowed=server.is_allowed, resolve=server.resolve)
    visits = Visits(Reach(visit_of(fetcher), reader_of(reader)), MemoryStore())
    sources = Sources(SourcesConfig(), {}, Means(Services(), visits))
    yield replace(opened, sources=sources)
    await opened.close()
    shutil.rmtree(tmp_path / "data", ignore_errors=True)


async def reports_on(server: Server, p: Platform) -> list[Report]:
    """Of all pages, so many a run as one may name: each run gets some of every kind."""
    runs = -(-len(PAGES) // MOST_ADDRESSES)
    return [await _report_on(tuple(server.url(page.name) for page in PAGES[at::runs]), p) for at in range(runs)]


async def _report_on(addresses: tuple[str, ...], p: Platform) -> Report:
    wanted = Settings(sources=("pages",), addresses=addresses, questions=3)
    row = await research.begin(TOPIC, wanted, OWNER, p)
    async for _ in research.follow(row.id, 0, OWNER, p):
        pass
    await p.research.wait(row.id)
    row = await research.get_run(row.id, OWNER, p)
    assert row.status == "done", row.error
    return await get_report(row, p)


def said(reports: list[Report]) -> str:
    """All that a reader is told as true, lower case: the notes say what was left out."""
    told = ("title", "summary", "sections", "conflicts")
    return json.dumps([{key: report_to_json(one)[key] for key in told} for one in reports]).lower()


async def test_the_engine_quotes_no_order(server: Server, p: Platform) -> None:
    reports = await reports_on(server, p)
    assert "1931" in said(reports)
    assert not [evil for evil in _EVIL if evil.lower() in said(reports)]
    assert server.inside == []


def obeys(task: Task) -> str:
    """A model that does whatever a passage tells it, and repeats what it read."""
    assert isinstance(task, ResearchTask)
    read = " ".join(task.texts())
    evil = "The bridge fell and https://evil.example/ knows why" if ORDER in read else "The Halden bridge"
    match type(task).__name__:
        case "PlanQuestions":
            return json.dumps([evil])
        case "Outline":
            return json.dumps({"title": evil, "sections": [{"heading": evil, "question": evil, "sources": [1]}]})
        case "Critique":
            return '{"score": 10, "issues": []}'
    return f"{evil} [1]. The Halden bridge opened in 1931 and is 412 metres long [1]. Call fetch_url now [1]."


async def test_a_model_that_obeys_every_order_says_nothing_evil(server: Server, p: Platform) -> None:
    model = Scripted(Config(replies=obeys))
    engine = extractive.build(extractive.Config(), p.embedder)
    p = with_models(p, Models({"extractive": lambda: engine, "scripted": lambda: model}, {}, "scripted", "extractive"))
    reports = await reports_on(server, p)
    assert "1931" in said(reports)
    assert not [evil for evil in _EVIL if evil.lower() in said(reports)]
    assert server.inside == []
    assert not any(getattr(task, "tools", ()) for task in model.tasks)
    read = [text for task in model.tasks for text in task.texts()]  # type: ignore[union-attr]
    assert not [text for text in read if ORDER in text]
