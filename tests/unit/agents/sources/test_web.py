from typing import Any

import pytest
from aiohttp import web as server

from answerable.agents.lookups.web_search import WebSearch
from answerable.agents.sources import web
from answerable.agents.sources.base.means import Means
from answerable.agents.sources.base.reach import Read
from answerable.agents.sources.base.source import Found, Wanted
from answerable.agents.sources.web import Web
from answerable.agents.tools.base.services import Services
from answerable.core.errors import SourceFailed
from tests.support.small_web import SmallWeb, as_json, broken, busy, down, no_json, wrong_key

SERVICES = ("searxng", "tavily", "brave", "serper")


def over(net: SmallWeb, means: Means, *names: str) -> Web:
    client = means.services.http
    searches = [WebSearch(client, name, f"{net.url}/api/{name}", "secret-key", 20.0, 2) for name in names]
    return Web(searches, means.visits, means.guard)


async def find(net: SmallWeb, read: Read, *names: str, query: str = "green tea", k: int = 3) -> Found:
    return await over(net, net.means(read), *names).find(Wanted(query, k))


@pytest.mark.parametrize("name", SERVICES)
async def test_pages_that_each_service_finds_are_read_whole(name: str, net: SmallWeb, read: Read) -> None:
    found = await find(net, read, name)
    assert [one.title for one in found.texts] == ["Green tea - Tea Board", "Black tea - Tea Board"]
    green = found.texts[0]
    assert (green.kind, green.date, green.authors) == ("web", "2024-05-06", "Ann Lee")
    assert green.text.startswith("Green tea\n\nGreen tea is steeped at 80 degrees")
    assert "Home" not in green.text
    assert "Imprint" not in green.text
    assert not found.failed


async def test_the_next_service_is_asked_where_one_fails(net: SmallWeb, read: Read) -> None:
    net.failing |= {"searxng": no_json, "tavily": wrong_key, "brave": down}
    found = await find(net, read, *SERVICES)
    assert len(found.texts) == 2
    assert [one.partition(":")[0] for one in found.failed] == [
        "SearXNG refused the request (403)",
        "Tavily refused the request (401)",
        "Brave Search asks to slow down; try again in 10 s, or use another source",
    ]
    assert "formats" in found.failed[0]


async def test_where_none_answers_the_source_has_failed(net: SmallWeb, read: Read) -> None:
    net.failing |= dict.fromkeys(SERVICES, broken)
    with pytest.raises(SourceFailed, match=r"SearXNG answered .*; Tavily .*; Brave Search .*; Serper "):
        await find(net, read, *SERVICES)


async def test_no_key_is_ever_told(net: SmallWeb, read: Read) -> None:
    net.failing |= dict.fromkeys(SERVICES, wrong_key)
    with pytest.raises(SourceFailed) as raised:
        await find(net, read, *SERVICES)
    assert "secret-key" not in f"{raised.value}{raised.value.__cause__!r}"


@pytest.mark.parametrize(
    "answer", [{}, {"results": None}, {"results": ["x", 3]}, {"results": [{"title": "no address"}]}, {"message": "x"}]
)
async def test_an_answer_without_results_is_nothing_found(answer: Any, net: SmallWeb, read: Read) -> None:
    net.failing |= {name: as_json(answer) for name in SERVICES}
    assert await find(net, read, *SERVICES) == Found((), [], [])


async def test_a_searxng_whose_engines_are_silent_has_failed(net: SmallWeb, read: Read) -> None:
    silent = [["brave", "Suspended: too many requests"], ["duckduckgo", "timeout"]]
    net.failing["searxng"] = as_json({"results": [], "unresponsive_engines": silent})
    with pytest.raises(SourceFailed, match=r"engines do not answer \(brave, duckduckgo\)"):
        await find(net, read, "searxng")


async def test_a_page_that_cannot_be_read_makes_room_for_the_next(net: SmallWeb, read: Read) -> None:
    net.results[:] = [net.page("/gone"), net.page("/green"), "mailto:x@example.org", "http://[", net.page("/black")]
    found = await find(net, read, "tavily", k=2)
    assert [one.address for one in found.texts] == [net.page("/green"), net.page("/black")]
    assert found.failed == [f"{net.page('/gone')}: cannot be fetched: the server said 404"]


async def test_a_page_that_robots_txt_forbids_is_left_alone_and_told(net: SmallWeb, read: Read) -> None:
    net.pages["/robots.txt"] = "User-agent: *\nDisallow: /green"
    found = await find(net, read, "brave")
    assert [one.address for one in found.texts] == [net.page("/black")]
    assert found.failed == [f"{net.page('/green')}: robots.txt forbids it"]
    assert net.hits["/green"] == 0


async def test_the_same_page_under_two_addresses_is_one_text(net: SmallWeb, read: Read) -> None:
    net.results[:] = [net.page("/green"), net.page("/green?utm_source=x#top"), net.page("/green?y=1")]
    assert len((await find(net, read, "serper")).texts) == 1


@pytest.mark.parametrize("name", SERVICES)
async def test_a_long_question_is_cut_to_what_the_service_takes(name: str, net: SmallWeb, read: Read) -> None:
    await find(net, read, name, query="tea " * 900)
    (asked,) = net.queries
    assert len(asked.split()) <= 50
    assert len(asked) <= 400


async def test_a_question_asked_again_costs_no_request(net: SmallWeb, read: Read) -> None:
    means = net.means(read)
    for _ in range(20):
        found = await over(net, means, "searxng").find(Wanted("green tea", 3))
        assert len(found.texts) == 2
    assert sum(net.hits.values()) == 1 + 1 + 2  # the search, robots.txt, two pages: 76 of 80 came from the cache


async def test_a_slow_page_does_not_hold_up_the_others(
    net: SmallWeb, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(request: server.Request) -> server.StreamResponse:
        return server.StreamResponse(headers={"Content-Length": "100"})

    means = net.means(read)
    await over(net, means, "searxng").find(
        Wanted("green tea", 3)
    )  # the others are known: how fast they are says nothing
    monkeypatch.setattr(web, "_READING_S", 0.5)
    net.pages["/slow"] = never
    net.results.insert(0, net.page("/slow", "slow.test"))
    found = await over(net, means, "searxng").find(Wanted("tea", 3))
    assert len(found.texts) == 2
    assert len(found.failed) == 1


@pytest.mark.parametrize(
    ("options", "secrets", "asked", "missing"),
    [
        ({}, {}, [], "set base_url of web_search"),
        ({"base_url": "http://searx:8888"}, {"TAVILY_API_KEY": "k"}, ["searxng", "tavily"], ""),
        ({}, {"SERPER_API_KEY": "k", "BRAVE_API_KEY": "k"}, ["brave", "serper"], ""),
        ({"service": "brave"}, {"TAVILY_API_KEY": "k"}, [], "set BRAVE_API_KEY"),
        ({"service": "tavily"}, {"TAVILY_API_KEY": "k", "BRAVE_API_KEY": "k"}, ["tavily"], ""),
    ],
)
def test_services_are_asked_in_order_or_what_is_missing_is_said(
    options: dict[str, Any], secrets: dict[str, str], asked: list[str], missing: str, net: SmallWeb, read: Read
) -> None:
    means = net.means(read, services=Services(secrets=secrets))
    source = web.build(web.Config(**options), means)
    assert isinstance(source, Web)
    assert [one.name for one in source._searches] == asked
    assert source.traits.missing.startswith(missing) if missing else not source.traits.missing


async def test_a_service_that_asks_for_a_long_pause_is_not_waited_for(net: SmallWeb, read: Read) -> None:
    net.failing["tavily"] = lambda: busy("60")
    found = await find(net, read, "tavily", "serper")
    assert len(found.texts) == 2
    assert net.hits["tavily"] == 1
    assert found.failed == ["Tavily asks to slow down; try again in 60 s, or use another source"]
