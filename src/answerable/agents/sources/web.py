"""The web: pages found by the search service that the operator set up (SearXNG, Tavily, Brave, Serper), read whole.

What a service shows of a page is no evidence: it may be cut, old, or of its own making. Only what was read is a text.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from functools import partial
from typing import Final

from answerable.agents.lookups.web_search import Found as Result
from answerable.agents.lookups.web_search import WebSearch, ready, search_of
from answerable.agents.sources.base.means import TRIES, Guard, Means, ask
from answerable.agents.sources.base.source import Found, Source, Text, Traits, Wanted
from answerable.agents.sources.base.visits import Visits, plain_address
from answerable.agents.sources.pages import is_address
from answerable.agents.tools.web_search import Config
from answerable.core.errors import SourceFailed, ToolFailed

__all__ = ["TOOL", "Config", "build"]

TOOL: Final = "web_search"

_SPARE = 5
"""Results asked for beyond those wanted: some pages can never be read."""

_READING_S = 40.0
"""So long the pages of one search may take; those that have come count."""


def build(config: Config, means: Means) -> Source:
    """The search of the web, with every service that is ready, in order."""
    names, missing = ready(config.service, config.base_url, means.services.secrets)
    # a base_url belongs to SearXNG, or to the one service that is named beside it
    searches = [
        search_of(
            means.services.http,
            name,
            config.base_url if name in ("searxng", config.service) else "",
            means.services.secrets,
            config.timeout_s,
            TRIES,
        )
        for name in names
    ]
    return Web(searches, means.visits, means.guard, missing or means.visits.missing)


class Web:
    """Asks the first service that answers, and reads the best pages that it knows."""

    name = "web"

    def __init__(self, searches: Sequence[WebSearch], visits: Visits, guard: Guard, missing: str = "") -> None:
        self._searches = searches
        self._visits = visits
        self._guard = guard
        self.traits = Traits(network=True, missing=missing)

    async def find(self, wanted: Wanted) -> Found:
        """Pages in the order of the search. Raises SourceFailed where no service answers."""
        if self.traits.missing:
            raise SourceFailed(self.traits.missing)
        results, failed = await self._search(wanted)
        texts, unread = await self._read(_addresses(results), wanted.k)
        return Found((), texts, [*failed, *unread])

    async def _search(self, wanted: Wanted) -> tuple[list[Result], list[str]]:
        """Results of the first service that has some, and what the others said."""
        failed: list[str] = []
        has_answered = False
        for search in self._searches:
            work = partial(search.find, search.fitted(wanted.query), wanted.k + _SPARE)
            try:
                found = await ask(self._guard, f"{self.name}.{search.name}", work)
            except (SourceFailed, ToolFailed) as error:
                failed.append(error.message)
                continue
            has_answered = True
            if found:
                return found, failed
        if not has_answered:
            raise SourceFailed("; ".join(failed))
        return [], failed

    async def _read(self, addresses: Sequence[str], k: int) -> tuple[list[Text], list[str]]:
        """The first `k` pages that can be read, in order; a page that fails makes room for the next."""
        until = asyncio.get_running_loop().time() + _READING_S
        left = list(addresses)
        texts: dict[str, Text] = {}
        failed: list[str] = []
        while left and len(texts) < k:
            batch, left = left[: k - len(texts)], left[k - len(texts) :]
            tasks = {asyncio.create_task(self._visits.text(one, self.name)): one for one in batch}
            try:
                await asyncio.wait(tasks, timeout=max(until - asyncio.get_running_loop().time(), 0.0))
            finally:
                late = [task for task in tasks if not task.done()]
                for task in late:
                    task.cancel()
                await asyncio.gather(*late, return_exceptions=True)
            for task, address in tasks.items():
                try:
                    texts[address] = task.result()
                except SourceFailed as error:
                    failed.append(f"{address}: {error.message}")
                except asyncio.CancelledError:
                    failed.append(f"{address}: did not come in time")
            if late:
                break
        once: dict[str, Text] = {}
        for address in addresses:
            if address in texts:
                once.setdefault(texts[address].text, texts[address])  # the same page under two addresses
        return list(once.values()), failed


def _addresses(results: Sequence[Result]) -> list[str]:
    """Each address once, in order; what is none is left out."""
    found: dict[str, None] = {}
    for one in results:
        with contextlib.suppress(SourceFailed):
            found |= {plain_address(one.url): None} if is_address(one.url) else {}
    return list(found)
