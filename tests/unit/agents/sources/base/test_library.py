"""All sources together: what one cannot do is told, and the others answer."""

import asyncio
from dataclasses import replace

import pytest

from answerable.agents.sources.base.library import Config, Sources
from answerable.agents.sources.base.means import Means
from answerable.agents.sources.base.reach import Reach, Read
from answerable.agents.sources.base.source import Wanted
from answerable.agents.sources.base.visits import Visits
from answerable.agents.tools.base.services import Caller, Services
from answerable.core.errors import InvalidRequest, SetupError, StorageDown
from answerable.storage.shared_store import MemoryStore
from tests.data.tool_samples import PASSAGE, services
from tests.support.small_web import SmallWeb, broken, busy, down, wrong_key

ALL = ("collections", "wikipedia", "arxiv", "web", "pages")
TEA = Wanted("green tea", 3, Caller(collection="c"))


def sources(net: SmallWeb, read: Read, config: Config | None = None, **more: object) -> Sources:
    means = net.means(read)
    return Sources(
        config or Config(), net.options(), replace(means, services=services(http=means.services.http, **more))
    )


def bare(config: Config | None = None, **options: dict[str, object]) -> Sources:
    options.setdefault("wikipedia", {"base_url": "http://127.0.0.1:9"})
    return Sources(config or Config(), options, Means(Services(), Visits(Reach(), MemoryStore())))


async def test_all_are_asked_at_once_and_answer_in_order(net: SmallWeb, read: Read) -> None:
    found = await sources(net, read).find(ALL, TEA)
    assert [one.source for one in found.answers] == list(ALL)
    assert list(found.passages) == [PASSAGE, PASSAGE]
    assert [one.kind for one in found.texts] == ["wikipedia", "arxiv", "web", "web"]
    assert found.failures == ()
    assert all(one.took_ms > 0 for one in found.answers[:4])


async def test_what_is_ready_and_what_is_missing_are_told() -> None:
    found = bare()
    assert found.names == ("arxiv", "collections", "pages", "web", "wikipedia")
    assert found.ready == ("arxiv", "wikipedia")
    assert found.missing["web"].startswith("set base_url of web_search")
    answers = await found.find(["web", "collections"], TEA)
    assert dict(answers.failures) == {
        "web": found.missing["web"],
        "collections": "this program has no document search",
    } | {"wikipedia": answers.answers[-1].failed}


@pytest.mark.parametrize("failure", [busy, down, broken, wrong_key])
async def test_a_question_whose_main_source_always_fails_still_ends(failure: object, net: SmallWeb, read: Read) -> None:
    net.failing["searxng"] = failure  # type: ignore[assignment]
    found = await sources(net, read).find(["web"], TEA)
    assert [(one.source, one.instead) for one in found.answers] == [("web", False), ("wikipedia", True)]
    assert [one.title for one in found.texts] == ["Tea"]
    ((name, why),) = found.failures
    assert name == "web"
    assert "SearXNG" in why


async def test_where_everything_fails_each_reason_is_told(net: SmallWeb, read: Read) -> None:
    net.failing |= {"searxng": down, "wikipedia": broken, "arxiv": broken}
    found = await sources(net, read).find(["web", "arxiv"], TEA)
    assert [one for one, _ in found.failures] == ["web", "arxiv", "wikipedia"]
    assert (found.texts, found.passages) == ((), ())


async def test_who_names_pages_that_cannot_be_read_is_never_answered_from_elsewhere(net: SmallWeb, read: Read) -> None:
    wanted = replace(TEA, addresses=("http://127.0.0.1:9/tea",))
    found = await sources(net, read).find(["pages"], wanted)
    assert [one.source for one in found.answers] == ["pages"]
    assert found.failures


async def test_who_asks_only_at_home_is_never_answered_from_elsewhere(net: SmallWeb, read: Read) -> None:
    async def nothing(*_: object, **__: object) -> list[object]:
        return []

    found = await sources(net, read, search=nothing).find(["collections"], TEA)
    assert [one.source for one in found.answers] == ["collections"]
    assert not net.hits


async def test_a_source_that_takes_too_long_is_given_up(net: SmallWeb, read: Read) -> None:
    async def never(*_: object, **__: object) -> list[object]:
        await asyncio.Event().wait()
        return []

    clock = asyncio.get_running_loop().time
    began = clock()
    found = await sources(net, read, search=never).find(["collections", "wikipedia"], TEA, deadline_s=1.5)
    assert clock() - began < 10
    assert found.failures == (("collections", "did not answer in time"),)
    assert [one.title for one in found.texts] == ["Tea"]


async def test_an_outage_of_this_program_is_no_failure_of_a_source(net: SmallWeb, read: Read) -> None:
    async def out(*_: object, **__: object) -> list[object]:
        raise StorageDown("the database is out")

    with pytest.raises(StorageDown):
        await sources(net, read, search=out).find(["collections", "wikipedia"], TEA)


async def test_a_hang_up_stops_all_of_them(net: SmallWeb, read: Read) -> None:
    begun, stopped = asyncio.Event(), asyncio.Event()

    async def never(*_: object, **__: object) -> list[object]:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()
        return []

    task = asyncio.create_task(sources(net, read, search=never).find(["collections"], TEA))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert stopped.is_set()


async def test_a_question_asked_again_is_answered_from_what_is_known(net: SmallWeb, read: Read) -> None:
    asked = sources(net, read)
    first = await asked.find(["wikipedia", "arxiv", "web"], TEA)
    requests = net.hits.total()
    for _ in range(19):
        assert (await asked.find(["wikipedia", "arxiv", "web"], TEA)).texts == first.texts
    assert net.hits.total() == requests


async def test_policy_says_what_may_be_asked(net: SmallWeb, read: Read) -> None:
    found = sources(net, read, Config(allowed=("collections",)))
    assert found.names == ("collections",)
    with pytest.raises(InvalidRequest, match="there is no source 'web'; sources: collections"):
        await found.find(["web"], TEA)
    assert not found.uses_network("collections")


def test_settings_are_checked() -> None:
    with pytest.raises(ValueError, match="there is no source 'bing'; known: arxiv, collections"):
        Config(allowed=("bing",))
    with pytest.raises(ValueError, match="deadline_s"):
        Config(deadline_s=0)
    with pytest.raises(SetupError, match="options of the tool 'wikipedia'"):
        bare(wikipedia={"no": "such"})


def test_options_are_those_of_the_tools() -> None:
    assert "web" in bare(web_search={"base_url": "http://127.0.0.1:9"}).names
    assert bare(web_search={"base_url": "http://127.0.0.1:9"}).missing["web"] == "this program cannot fetch pages"
