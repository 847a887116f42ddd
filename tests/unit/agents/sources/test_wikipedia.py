import pytest

from answerable.agents.lookups import wikipedia as lookup
from answerable.agents.sources import wikipedia
from answerable.agents.sources.base.reach import Read
from answerable.agents.sources.base.source import Found, Source, Wanted
from answerable.core.errors import SourceFailed, ToolFailed
from tests.support.small_web import ARTICLES, SmallWeb, broken, busy, down, lagged


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


async def test_what_was_read_in_time_counts(net: SmallWeb, read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wikipedia, "_READING_S", -1.0)
    found = await find(net, read, "tea or coffee")
    assert not found.texts
    assert found.failed == [
        "https://en.wikipedia.org/wiki/Tea: there was no time to read it",
        "https://en.wikipedia.org/wiki/Coffee: there was no time to read it",
    ]


async def test_an_introduction_stands_in_for_an_article_that_cannot_be_read(
    net: SmallWeb, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(*_: object) -> None:
        raise ToolFailed("Wikipedia refused: too long")

    monkeypatch.setattr(lookup.Wikipedia, "article", refused)
    found = await find(net, read, "tea")
    assert [one.text for one in found.texts] == [ARTICLES["Tea"].partition("\n")[0]]
    assert "only its introduction could be read: Wikipedia refused: too long" in found.failed[0]


async def test_the_edition_that_is_set_is_asked(net: SmallWeb, read: Read) -> None:
    def source(language: str) -> Source:
        config = wikipedia.Config(base_url=f"{net.url}/api/{{language}}", language=language)
        return wikipedia.build(config, net.means(read))

    with pytest.raises(SourceFailed):  # nobody is there: the path shows the language
        await source("de").find(Wanted("Tee", 1))
    assert net.hits["de"] == 3
    with pytest.raises(ToolFailed, match="is no language code"):
        await source("../x").find(Wanted("Tee", 1))
