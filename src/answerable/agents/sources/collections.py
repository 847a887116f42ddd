"""The program's own documents: passages of the collections a run may search, as far as its caller may read them."""

from typing import Final

from answerable.agents.sources.base.means import Means
from answerable.agents.sources.base.source import Found, Source, Traits, Wanted
from answerable.agents.tools.base.services import Search
from answerable.agents.tools.knowledge_search import Config
from answerable.core.documents import Passage
from answerable.core.errors import NotFound, SourceFailed

__all__ = ["TOOL", "Config", "build"]

TOOL: Final = "knowledge_search"


def build(config: Config, means: Means) -> Source:  # noqa: ARG001
    """The search of our own documents."""
    return Collections(means.services.search)


class Collections:
    """Searches each collection; the best of all of them come first."""

    name = "collections"

    def __init__(self, search: Search | None) -> None:
        self._search = search
        self.traits = Traits(network=False, missing="" if search else "this program has no document search")

    async def find(self, wanted: Wanted) -> Found:
        """Passages. One collection that is not there is told. Raises NotFound where none is."""
        if self._search is None:
            raise SourceFailed(self.traits.missing)
        passages: list[Passage] = []
        failed: list[str] = []
        for name in collections_of(wanted):
            try:
                principal, rerank = wanted.caller.principal, not wanted.quick
                passages += await self._search(name, wanted.query, wanted.k, principal, rerank=rerank)
            except NotFound as error:
                failed.append(f"{name}: {error.message}")
        if failed and len(failed) == len(collections_of(wanted)):
            raise NotFound("; ".join(failed))
        passages.sort(key=lambda one: -one.score)
        return Found(passages[: wanted.k], (), failed)


def collections_of(wanted: Wanted) -> tuple[str, ...]:
    """The collections that may be searched: those that are named, else the caller's."""
    own = wanted.caller.collection
    return tuple(dict.fromkeys(wanted.collections)) or ((own,) if own else ())
