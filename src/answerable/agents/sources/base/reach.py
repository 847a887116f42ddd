"""The ways to pages of the web that sources are given: the safe fetcher with all it can say, loaders, and a place where
fetched pages are kept.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from answerable.agents.sources.base.source import Text
from answerable.agents.tools.base.services import Page
from answerable.core.documents import LoadedDocument

Before = Callable[[str], Awaitable[None]]
"""Asked for each address on the way to a page, redirects too; raises where it may not be visited."""


async def anywhere(url: str) -> None:
    """Every public address may be visited."""


@dataclass(frozen=True, slots=True)
class Visited:
    """An answer of the web. `status` 304: the page is as it was; `etag` and `modified` name the state it is in."""

    page: Page
    status: int = 200
    etag: str = ""
    modified: str = ""


class Visit(Protocol):
    """The safe fetcher: public addresses only, judged again at each redirect, bounded in bytes and time."""

    async def __call__(
        self, url: str, *, before: Before = anywhere, etag: str = "", modified: str = "", plainly: bool = False
    ) -> Visited:
        """Status 200, or 304 where `etag` or `modified` still hold; any status where `plainly` is set, long bodies cut.

        Raises InvalidRequest for an address that may not be fetched, UnreadableDocument for one that cannot be, and
        what `before` raises.
        """
        ...


@dataclass(frozen=True, slots=True)
class Kept:
    """A page as it was read. `checked_at` is when the web last said so, in seconds since 1970."""

    text: Text
    etag: str
    modified: str
    checked_at: float


class Pages(Protocol):
    """Pages by address, for all workers and users: what is public to one is public to all. Losing one costs a fetch."""

    async def find(self, address: str) -> Kept | None:
        """The page, however old."""
        ...

    async def keep(self, address: str, kept: Kept) -> None:
        """Keep it, in place of an earlier state."""
        ...


class MemoryPages:
    """Pages of this process, within a number of characters; the least recently used go."""

    def __init__(self, most_characters: int = 20_000_000) -> None:
        self._most = most_characters
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._size = 0

    async def find(self, address: str) -> Kept | None:
        """The page, however old."""
        if address in self._kept:
            self._kept.move_to_end(address)
        return self._kept.get(address)

    async def keep(self, address: str, kept: Kept) -> None:
        """Keep it, in place of an earlier state."""
        if before := self._kept.pop(address, None):
            self._size -= len(before.text.text)
        self._kept[address] = kept
        self._size += len(kept.text.text)
        while self._size > self._most:
            _, gone = self._kept.popitem(last=False)
            self._size -= len(gone.text.text)


Read = Callable[[Page], Awaitable[Sequence[LoadedDocument]]]
"""The text and structure of a fetched page of any kind, without what no reader sees. Raises UnreadableDocument."""


@dataclass(frozen=True, slots=True)
class Reach:
    """The ways. `visit` or `read` that is None is not there."""

    visit: Visit | None = None
    read: Read | None = None
    pages: Pages = field(default_factory=MemoryPages)
