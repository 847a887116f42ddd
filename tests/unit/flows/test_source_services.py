"""Sources on the whole program: the breaker that all workers share, the safe fetcher, the loaders."""

from pathlib import Path

import pytest

from answerable.agents.sources.base.library import Config
from answerable.agents.sources.base.source import Wanted
from answerable.agents.toolbox import Config as ToolsConfig
from answerable.agents.tools.base.services import Caller
from answerable.core.errors import SourceFailed, ToolFailed
from answerable.flows.ingest import GivenText, Ingest, ingest
from answerable.flows.source_services import build_sources, build_visits, guard_of, visit_of
from answerable.flows.tool_services import build_services
from answerable.gateway.breaker import Breaker
from answerable.gateway.circuit import Config as BreakerConfig
from answerable.knowledge.fetch import Fetcher
from answerable.storage.shared_store import MemoryStore
from tests.support.platform import open_small_platform
from tests.support.small_web import small_web


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


class Asked:
    """Work that fails as long as it is told to."""

    def __init__(self) -> None:
        self.times = 0
        self.error: Exception | None = SourceFailed("it is down")

    async def __call__(self) -> str:
        self.times += 1
        if self.error:
            raise self.error
        return "found"


async def test_three_failures_in_a_row_and_no_worker_asks_for_a_while() -> None:
    clock, store, work = Clock(), MemoryStore(), Asked()
    first, second = (guard_of(Breaker(store, BreakerConfig(refresh_s=0), clock)) for _ in "ab")
    for guard in (first, second, first):
        with pytest.raises(SourceFailed, match="it is down"):
            await guard("web.tavily", work)
    for guard in (first, second):
        with pytest.raises(SourceFailed, match=r"web\.tavily failed several times in a row; it is asked again in 10 s"):
            await guard("web.tavily", work)
    assert work.times == 3
    work.error = None
    clock.now += 11
    assert await second("web.tavily", work) == "found"
    assert await first("web.tavily", work) == "found"


async def test_a_bad_question_says_nothing_about_the_service() -> None:
    work, guard = Asked(), guard_of(Breaker(MemoryStore(), BreakerConfig(), Clock()))
    work.error = ToolFailed("the query holds no words")
    for _ in range(9):
        with pytest.raises(ToolFailed):
            await guard("arxiv", work)
    assert work.times == 9


async def test_the_fetcher_is_safe_for_sources_too() -> None:
    visit = visit_of(Fetcher())
    with pytest.raises(Exception, match="not a public address"):
        await visit("http://127.0.0.1/")


async def test_a_run_finds_in_its_documents_and_its_services_with_the_options_of_the_tools(tmp_path: Path) -> None:
    async with open_small_platform(tmp_path) as p, small_web() as net:
        texts = (
            GivenText("one.md", "One", "Green tea is steeped for two minutes."),
            GivenText("two.md", "Two", "Tea."),
        )
        await ingest(Ingest("c", texts=texts), p)
        tools = ToolsConfig(options=net.options(), contact="ops@example.org")
        visits = build_visits(Config(), tools.contact, p.shared.store, p.reader)
        given = build_services(p.database, p.retriever, visits.page, p.reader, {}, tools.contact, p.shared.store)
        sources = build_sources(Config(), tools, given, visits, Breaker(p.shared.store))
        named = ["one.md", "http://127.0.0.1:1/", "gone.md"]
        wanted = Wanted("green tea", 3, Caller(collection="c"), addresses=named)
        found = await sources.find(["collections", "wikipedia", "pages"], wanted)
        assert {one.source for one in found.answers[0].found.passages} == {"one.md", "two.md"}
        assert {one.source for one in found.answers[2].found.passages} == {"one.md"}
        assert [one.title for one in found.texts] == ["Tea"]
        assert [reason.partition(": ")[0] for _, reason in found.failures] == ["http://127.0.0.1:1/", "gone.md"]
        assert all("(self-hosted; ops@example.org)" in one for one in net.agents)
