"""Wikipedia: whole articles, with the day of their last revision and the licence that a reference must name."""

import asyncio
from typing import Final

from answerable.agents.lookups.wikipedia import LICENCE, LONGEST_QUERY, Article, Wikipedia
from answerable.agents.sources.base.means import TRIES, Means, ask
from answerable.agents.sources.base.source import Found, Source, Text, Traits, Wanted
from answerable.agents.sources.base.texts import parts_of_article, structured
from answerable.agents.tools.wikipedia import Config
from answerable.core.errors import SourceFailed, ToolFailed

__all__ = ["TOOL", "Config", "build"]

TOOL: Final = "wikipedia"

_MOST = 8
_READING_S = 40.0
"""No article is begun later: what was read until then counts."""

_SHORTEST = 80
"""Characters: an article below that says nothing that could be cited."""


def build(config: Config, means: Means) -> Source:
    """The encyclopedia."""
    encyclopedia = Wikipedia(means.services.http, config.base_url, config.timeout_s, TRIES)
    return Encyclopedia(encyclopedia, config.language, means)


class Encyclopedia:
    """Finds articles by a question, and reads each whole: one request at a time, as Wikimedia asks."""

    name = "wikipedia"
    traits = Traits(network=True)

    def __init__(self, encyclopedia: Wikipedia, language: str, means: Means) -> None:
        self._encyclopedia = encyclopedia
        self._language = language
        self._guard = means.guard

    async def find(self, wanted: Wanted) -> Found:
        """Articles in the order of the search. Raises SourceFailed and ToolFailed."""
        return await ask(self._guard, self.name, lambda: self._find(wanted))

    async def _find(self, wanted: Wanted) -> Found:
        query, language = wanted.query.strip()[:LONGEST_QUERY], self._language
        found = await self._encyclopedia.search(query, min(wanted.k, _MOST), language)
        texts: list[Text] = []
        failed: list[str] = []
        until = asyncio.get_running_loop().time() + _READING_S
        for introduction in found:
            if introduction.is_disambiguation or not introduction.address:
                continue
            if asyncio.get_running_loop().time() > until:
                failed.append(f"{introduction.address}: there was no time to read it")
                continue
            try:
                whole = await self._encyclopedia.article(introduction.title, language)
            except (SourceFailed, ToolFailed) as error:
                failed.append(f"{introduction.address}: only its introduction could be read: {error.message}")
                whole = None
            if len((text := _text(whole or introduction)).text) >= _SHORTEST:
                texts.append(text)
        return Found((), texts, failed)


def _text(article: Article) -> Text:
    empty = Text("wikipedia", article.title, article.address, "", article.date, "Wikipedia contributors", LICENCE)
    return structured(empty, parts_of_article(article.text))
