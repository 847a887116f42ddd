"""What a person named: single addresses of the web, and documents of the collections by name."""

import asyncio
from typing import Final

from answerable.agents.sources.base.means import Means
from answerable.agents.sources.base.source import Found, Source, Text, Traits, Wanted
from answerable.agents.sources.base.visits import Visits
from answerable.agents.sources.collections import collections_of
from answerable.agents.tools.base.services import Services
from answerable.agents.tools.fetch_url import Config
from answerable.core.documents import Passage
from answerable.core.errors import InvalidRequest, NotFound, SourceFailed

__all__ = ["TOOL", "Config", "build"]

TOOL: Final = "fetch_url"

MOST_ADDRESSES = 50
"""Addresses of one question."""


def build(config: Config, means: Means) -> Source:  # noqa: ARG001
    """The reader of what was named."""
    return Named(means.services, means.visits)


class Named:
    """Reads addresses whole, and searches documents for what fits. No name ever reaches a disk."""

    name = "pages"

    def __init__(self, services: Services, visits: Visits) -> None:
        self._services = services
        self._visits = visits
        self.traits = Traits(network=True, missing=visits.missing, named=True)

    async def find(self, wanted: Wanted) -> Found:
        """Texts of addresses, in order, and passages of documents; what cannot be read is told."""
        addresses = list(dict.fromkeys(one.strip() for one in wanted.addresses if one.strip()))
        failed = [f"{one}: only {MOST_ADDRESSES} addresses are read at once" for one in addresses[MOST_ADDRESSES:]]
        on_web = [one for one in addresses[:MOST_ADDRESSES] if is_address(one)]
        visits = (self._visits.text(one, self.name, is_named=True) for one in on_web)
        read = await asyncio.gather(*visits, return_exceptions=True)
        texts: list[Text] = []
        for address, one in zip(on_web, read, strict=True):
            if isinstance(one, SourceFailed):
                failed.append(f"{address}: {one.message}")
            elif isinstance(one, BaseException):
                raise one
            else:
                texts.append(one)
        passages: list[Passage] = []
        for name in (one for one in addresses[:MOST_ADDRESSES] if not is_address(one)):
            try:
                passages += await self._in_document(name, wanted)
            except (NotFound, InvalidRequest) as error:
                failed.append(f"{name}: {error.message}")
        return Found(passages, texts, failed)

    async def _in_document(self, name: str, wanted: Wanted) -> list[Passage]:
        """Passages of the document of that name, in the first collection that has it."""
        services, who = self._services, wanted.caller.principal
        if services.files is None or services.search is None:
            raise NotFound("this program has no documents")
        for collection in collections_of(wanted):
            try:
                file = await services.files.read(collection, name, who)
            except NotFound:
                continue
            return list(await services.search(collection, wanted.query, wanted.k, who, [file.source or file.name]))
        raise NotFound("there is no document of that name in the collections of this run")


def is_address(text: str) -> bool:
    """Whether it names something on the web."""
    return text.lower().startswith(("http://", "https://"))
