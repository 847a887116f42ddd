"""What sources of research are given of this program: the safe fetcher, loaders, a breaker over all workers."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from answerable.agents.sources.base.library import Config, Sources
from answerable.agents.sources.base.means import Guard, Means
from answerable.agents.sources.base.reach import Before, MemoryPages, Pages, Reach, Visit, Visited, anywhere
from answerable.agents.sources.base.visits import Visits
from answerable.agents.toolbox import Config as ToolsConfig
from answerable.agents.tools.base.http import user_agent
from answerable.agents.tools.base.services import Page, Services
from answerable.core.errors import SourceFailed
from answerable.core.ports import SharedStore
from answerable.flows.tool_services import reader_of
from answerable.gateway.breaker import Breaker, Refused
from answerable.knowledge.fetch import Fetcher, Terms
from answerable.knowledge.reading import Limits, Reader

T = TypeVar("T")


def build_visits(
    config: Config,
    contact: str,
    store: SharedStore,
    reader: Reader,
    *,
    pages: Pages | None = None,
    fetcher: Fetcher | None = None,
) -> Visits:
    """The one way to pages of the web, for sources and tools alike. `contact` is how a site can reach the operator.

    `pages` keeps what was fetched, in this process where none is given; `fetcher` is for closed networks and tests.
    """
    if fetcher is None:
        limits = Limits(size_bytes=config.page_bytes, seconds=config.page_s)
        fetcher = Fetcher(limits, user_agent=user_agent(contact))
    return Visits(Reach(visit_of(fetcher), reader_of(reader), pages or MemoryPages()), store, config.pages)


def build_sources(config: Config, tools: ToolsConfig, services: Services, visits: Visits, breaker: Breaker) -> Sources:
    """The sources of an installation, with the options of its tools. `breaker` is one of their own: a source is no
    model. Raises SetupError for options that are wrong.
    """
    return Sources(config, tools.options, Means(services, visits, guard_of(breaker)))


def visit_of(fetcher: Fetcher) -> Visit:
    """The safe fetcher as sources know it."""

    async def visit(
        url: str, *, before: Before = anywhere, etag: str = "", modified: str = "", plainly: bool = False
    ) -> Visited:
        found = await fetcher.fetch(url, Terms(before, etag, modified, plainly))
        page = Page(found.data, found.final_url, found.media_type, found.charset)
        return Visited(page, found.status, found.etag, found.modified)

    return visit


def guard_of(breaker: Breaker) -> Guard:
    """The breaker as sources know it: three failures in a row (by its policy) and nobody asks for a while."""

    async def guard(name: str, work: Callable[[], Awaitable[T]]) -> T:
        permit = await breaker.admit(f"source.{name}", insist=True)
        if isinstance(permit, Refused):
            wait_s = permit.retry_after_s
            said = f"{name} failed several times in a row; it is asked again in {wait_s:.0f} s"
            raise SourceFailed(said, retry_after_s=wait_s)
        try:
            found = await work()
        except SourceFailed as error:
            await breaker.failed(permit, error.retry_after_s)
            raise
        except BaseException:
            await breaker.released(permit)
            raise
        await breaker.succeeded(permit)
        return found

    return guard
