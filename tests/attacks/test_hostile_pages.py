"""Sources of research read hostile pages: the text is what a reader sees, nothing private is asked, all of it ends."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator

import pytest

from answerable.agents.sources.base.library import Config, Sources
from answerable.agents.sources.base.means import Means
from answerable.agents.sources.base.reach import Reach
from answerable.agents.sources.base.source import Text, Wanted
from answerable.agents.sources.base.visits import Manners, Visits
from answerable.agents.tools.base.services import Services
from answerable.core.errors import SourceFailed
from answerable.flows.source_services import visit_of
from answerable.flows.tool_services import reader_of
from answerable.knowledge.fetch import Fetcher
from answerable.knowledge.reading import Limits, Reader
from answerable.storage.shared_store import MemoryStore
from tests.attacks.hostile_pages import (
    HOST,
    INSIDE,
    MB,
    ORDER,
    PAGES,
    SECRET,
    SEEN,
    TRUTH,
    Hostile,
    Server,
    serving_hostile_pages,
)

FETCHING = Limits(size_bytes=2 * MB, seconds=1.0)
READING = Limits(size_bytes=2 * MB, seconds=10.0)
LONGEST_S = 12.0
UNSEEN_CHARACTERS = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e0fff\x00-\x08]")


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader(READING) as found:
        yield found


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with serving_hostile_pages() as found:
        yield found


def visits(server: Server, reader: Reader, manners: Manners | None = None) -> Visits:
    fetcher = Fetcher(FETCHING, is_allowed=server.is_allowed, resolve=server.resolve)
    return Visits(Reach(visit_of(fetcher), reader_of(reader)), MemoryStore(), manners)


def test_there_are_fifty_and_more() -> None:
    assert len({one.name for one in PAGES}) == len(PAGES) >= 50


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
async def test_a_page_gives_what_a_reader_sees_or_is_refused(page: Hostile, server: Server, reader: Reader) -> None:
    clock = asyncio.get_running_loop().time
    began = clock()
    try:
        found: Text | None = await visits(server, reader).text(server.url(page.name), "web")
        why = ""
    except SourceFailed as error:
        found, why = None, error.message
    assert (found is None) == bool(why)
    assert "Traceback" not in why
    assert clock() - began < LONGEST_S
    assert server.inside == []
    if page.is_read is not None:
        assert (found is not None) == page.is_read
    if found is not None:
        assert TRUTH in found.text
        assert SECRET not in found.text
        assert not UNSEEN_CHARACTERS.search(found.text)
        assert not [one for one in page.hidden if one in found.text]
        assert [found.text[one.start : one.end].strip() != "" for one in found.blocks] == [True] * len(found.blocks)


@pytest.mark.parametrize("page", SEEN, ids=lambda page: page.name)
async def test_an_order_that_a_reader_sees_stays_for_the_guards(page: Hostile, server: Server, reader: Reader) -> None:
    assert ORDER in (await visits(server, reader).text(server.url(page.name), "web")).text


async def test_a_name_that_changes_its_mind_reaches_nothing_private(server: Server, reader: Reader) -> None:
    server.names["turning.test"] = ["127.0.0.1", "127.0.0.1", INSIDE]
    visiting = visits(server, reader, Manners(fresh_s=0))
    url = f"http://turning.test:{server.port}/plain-order"
    assert TRUTH in (await visiting.text(url, "web")).text  # robots.txt took the first answer, the page the second
    with pytest.raises(SourceFailed, match="not a public address"):
        await visiting.text(f"http://turning.test:{server.port}/polite-order", "web")
    assert server.inside == []


async def test_all_of_them_at_once_end_soon_and_each_failure_has_its_reason(server: Server, reader: Reader) -> None:
    means = Means(Services(), visits(server, reader))
    clock = asyncio.get_running_loop().time
    began = clock()
    asked = [server.url(one.name) for one in PAGES if one.name not in ("zip-bomb", "deep-nesting")]
    gathered = await Sources(Config(), {}, means).find(["pages"], Wanted("bridge", 5, addresses=asked[:50]))
    rest = await Sources(Config(), {}, means).find(["pages"], Wanted("bridge", 5, addresses=asked[50:]))
    assert clock() - began < 60
    told = [*gathered.failures, *rest.failures]
    assert all(source == "pages" and reason.startswith(f"http://{HOST}:") for source, reason in told)
    assert len(told) >= sum(one.is_read is False for one in PAGES if one.name != "zip-bomb")
    assert gathered.texts
    assert server.inside == []
    assert not [one for one in (*gathered.texts, *rest.texts) if SECRET in one.text]


async def test_a_hanging_page_can_be_given_up_at_any_moment(server: Server, reader: Reader) -> None:
    task = asyncio.create_task(visits(server, reader).text(server.url("silent-body"), "web"))
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
