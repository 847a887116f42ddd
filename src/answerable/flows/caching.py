"""How a turn uses the caches: what it is looked up by, and when it may not be."""

from collections.abc import Sequence
from types import TracebackType

from answerable.core.filters import to_json
from answerable.core.messages import Event
from answerable.flows.collections import choose_collection
from answerable.flows.platform import Platform
from answerable.flows.turns import Turn
from answerable.gateway.cache.facade import Hit
from answerable.gateway.cache.key import Control, Lookup

_NOT_AT_ALL = Control(no_cache=True, no_store=True)


class look_up:  # noqa: N801 - used as a block, like `asyncio.timeout`
    """`async with look_up(turn, p) as looked`: `hit` is the stored answer, or None: then answer, and `keep` it. Equal
    requests wait meanwhile; however the block ends, they go on.
    """

    def __init__(self, turn: Turn, p: Platform) -> None:
        self.hit: Hit | None = None
        self._turn = turn
        self._p = p
        self._lookup: Lookup | None = None

    async def __aenter__(self) -> "look_up":
        self._lookup = await _lookup_of(self._turn, self._p)
        self.hit = await self._p.cache.find(self._lookup)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._lookup is not None:
            self._p.cache.leave(self._lookup)

    async def keep(self, events: Sequence[Event]) -> None:
        """Store a finished answer, where it may be."""
        if self._lookup is not None:
            await self._p.cache.put(self._lookup, events)


async def _lookup_of(turn: Turn, p: Platform) -> Lookup:
    """An answer from documents is known by their revision (what changed since is never answered from a cache) and by
    the access-list entries that let its reader see them.
    """
    model, collection = turn.model or p.models.default, turn.collection
    if collection is None and p.router.only_quotes(model):
        collection = await choose_collection(p, turn.reader)
    found = await p.library.get(collection) if collection else None
    live = turn.explain or bool(turn.tools)  # a trace is of this moment, and so is what a tool finds
    return Lookup(
        chat=turn.chat,
        model=model,
        reader=turn.reader,
        collection=collection,
        knowledge=found.row.revision if found else 0,
        entries=turn.reader.entries & found.catalog.entries if found else None,
        where=to_json(turn.where),
        as_of=turn.as_of,
        variant=p.router.audience(turn.reader),
        control=_NOT_AT_ALL if live else turn.cache,
        temporary=turn.temporary,
    )
