"""Every source keeps the contract of `agents/sources/base/source.py`, on a small web and on what a run may ask."""

import asyncio
import contextlib
import dataclasses
from collections.abc import Iterator
from dataclasses import replace

import pytest

from answerable.agents.sources.base.library import PACKAGE
from answerable.agents.sources.base.means import Means
from answerable.agents.sources.base.reach import Read
from answerable.agents.sources.base.source import Found, Source, Wanted
from answerable.agents.toolbox import PACKAGE as TOOLS
from answerable.agents.tools.base.services import Caller
from answerable.core import loading
from answerable.core.errors import SourceFailed, ToolFailed
from answerable.flows.tool_services import reader_of
from answerable.knowledge.reading import Reader
from tests.data.tool_samples import services
from tests.support.small_web import SmallWeb, broken, busy, down, small_web, wrong_key

NAMES = loading.names(PACKAGE)
CALLER = Caller(collection="c")
NASTY = [
    "", " ", "\x00", "A" * 3_000, "a " * 3_000, "((((((", "%s%n{0}", "'; DROP TABLE data; --", "../../etc/passwd",
    "http://169.254.169.254/", "ﷺ🙂𝟙𝟚", "\u202e\u0301" * 20, "au:x AND (", "?", "\ud800",
]  # fmt: skip


@pytest.fixture(scope="module")
def read() -> Iterator[Read]:
    with Reader() as reader:
        yield reader_of(reader)


def build(name: str, net: SmallWeb, means: Means) -> Source:
    module = loading.load(PACKAGE, name)
    source: Source = module.build(module.Config(**net.options().get(module.TOOL, {})), means)
    return source


def ready(net: SmallWeb, read: Read) -> Means:
    means = net.means(read)
    return replace(means, services=services(http=means.services.http))


@pytest.mark.parametrize("name", NAMES)
async def test_a_source_says_what_it_is_and_shares_the_options_of_its_tool(name: str, read: Read) -> None:
    module = loading.load(PACKAGE, name)
    assert module.Config is loading.load(TOOLS, module.TOOL).Config
    assert dataclasses.is_dataclass(module.Config)
    async with small_web() as net:
        source = build(name, net, ready(net, read))
        assert isinstance(source, Source)
        assert source.name == name
        assert not source.traits.missing
        assert source.traits.network == (name != "collections")


@pytest.mark.parametrize("name", NAMES)
async def test_what_it_finds_can_be_cited(name: str, read: Read) -> None:
    async with small_web() as net:
        wanted = Wanted("green tea", 2, CALLER, addresses=[net.page("/green"), "manual.md"])
        found = await build(name, net, ready(net, read)).find(wanted)
        assert found.passages or found.texts
        assert not found.failed
        assert len(found.texts) <= 2
        for text in found.texts:
            assert (text.kind, bool(text.title), text.address.startswith("http")) == (name, True, True)
            assert [text.text[one.start : one.end].strip() for one in text.blocks]
            assert "\n\n".join(text.text[one.start : one.end] for one in text.blocks) == text.text


@pytest.mark.parametrize("query", NASTY)
@pytest.mark.parametrize("name", NAMES)
async def test_no_question_breaks_it(name: str, query: str, read: Read) -> None:
    async with small_web() as net:
        wanted = Wanted(query, 2, CALLER, addresses=[query])
        found = Found()
        with contextlib.suppress(SourceFailed, ToolFailed):
            found = await build(name, net, ready(net, read)).find(wanted)
        assert all(one.text for one in found.texts)
        assert not [one for one in net.hits if "169.254" in one]


@pytest.mark.parametrize("failure", [busy, down, broken, wrong_key])
@pytest.mark.parametrize("name", ["wikipedia", "arxiv", "web"])
async def test_a_failing_service_is_a_failed_source(name: str, failure: object, read: Read) -> None:
    async with small_web() as net:
        net.failing |= dict.fromkeys(("wikipedia", "arxiv", "searxng"), failure)  # type: ignore[arg-type]
        with pytest.raises(SourceFailed):
            await build(name, net, ready(net, read)).find(Wanted("green tea", 2, CALLER))


@pytest.mark.parametrize("name", NAMES)
async def test_many_may_ask_at_once(name: str, read: Read) -> None:
    async with small_web() as net:
        source = build(name, net, ready(net, read))
        wanted = Wanted("green tea", 2, CALLER, addresses=[net.page("/green")])
        found = await asyncio.gather(*(source.find(wanted) for _ in range(10)))
        assert all(one == found[0] for one in found)
        assert net.hits.total() <= 5


def test_there_are_five() -> None:
    assert NAMES == ["arxiv", "collections", "pages", "web", "wikipedia"]
