import pytest

from answerable.agents.sources import wikipedia
from answerable.agents.sources.base.reach import Read
from answerable.agents.sources.base.source import Found, Wanted
from answerable.core.errors import SourceFailed
from tests.support.small_web import SmallWeb, broken, busy, down, lagged


async def find(net: SmallWeb, read: Read, query: str, k: int = 3) -> Found:
    source = wikipedia.build(wikipedia.Config(**net.options()["wikipedia"]), net.means(read))
    return await source.find(Wanted(query, k))


async def test_whole_articles_come_with_all_that_a_reference_needs(net: SmallWeb, read: Read) -> None:
    (tea,) = (await find(net, read, "where does tea come from")).texts
    assert (tea.kind, tea.title, tea.date, tea.licence) == ("wikipedia", "Tea", "2026-10-01", "CC BY-SA 4.0")
    assert tea.address == "https://en.wikipedia.org/wiki/Tea"
    headings = [(tea.text[one.start : one.end], one.heading_path) for one in tea.blocks if one.kind == "heading"]
    assert headings == [("History", ("History",)), ("Europe", ("History", "Europe")), ("Health", ("Health",))]
    assert "Amsterdam in 1610." in tea.text
    assert "lists" not in tea.text
    assert net.agents == {"Answerable/test (ops@example.org)"}


async def test_an_article_is_asked_for_once_whoever_asks_again(net: SmallWeb, read: Read) -> None:
    means = net.means(read)
    for _ in range(10):
        source = wikipedia.build(wikipedia.Config(**net.options()["wikipedia"]), means)
        await source.find(Wanted("tea", 3))
    assert net.hits["wikipedia"] == 2


async def test_nothing_found_is_no_failure(net: SmallWeb, read: Read) -> None:
    assert await find(net, read, "zzz") == Found((), [], [])


@pytest.mark.parametrize(
    ("failure", "says", "tries"),
    [
        (busy, "asks to slow down", 3),
        (down, "asks to slow down", 1),
        (lagged, "asks to slow down", 3),
        (broken, "not JSON", 1),
    ],
)
async def test_a_service_at_fault_is_tried_again_where_that_may_help(
    failure: object, says: str, tries: int, net: SmallWeb, read: Read
) -> None:
    net.failing["wikipedia"] = failure  # type: ignore[assignment]
    with pytest.raises(SourceFailed, match=says):
        await find(net, read, "tea")
    assert net.hits["wikipedia"] == tries


async def test_a_busy_service_that_comes_back_is_no_failure(net: SmallWeb, read: Read) -> None:
    def once() -> object:
        del net.failing["wikipedia"]
        return busy()

    net.failing["wikipedia"] = once  # type: ignore[assignment]
    assert (await find(net, read, "tea")).texts
