"""What tools are given when they are built: ways into other parts of the program, a clock, keys.

Tools know no other area. A service that is None is not there, and the tools that need it say so.
"""

import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from answerable.agents.tools.base.http import HttpClient
from answerable.core.documents import Passage
from answerable.core.identity import OWNER, Principal

_CHARSETS = ("utf-8", "shift_jis", "euc-jp", "euc-kr")
_FAMILIES = ("windows-125", "iso-8859-", "koi8-", "gb", "big5")


@dataclass(frozen=True, slots=True)
class Caller:
    """For whom a tool runs, on which collection. `zone` is the time zone that is meant where none is named."""

    principal: Principal = OWNER
    collection: str | None = None
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Page:
    """A fetched address: its body, where it was found after redirects, what it is. `charset` is the server's word."""

    data: bytes
    final_url: str
    media_type: str
    charset: str = ""

    @property
    def believed_charset(self) -> str:
        """The server's word where it can be one: no UTF-16 without its zero bytes, nothing that no browser reads."""
        is_known = self.charset in _CHARSETS or self.charset.startswith(_FAMILIES)
        return self.charset if is_known and b"\0" not in self.data[:4_096] else ""


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A document that the caller may read. `name` finds it again."""

    name: str
    title: str
    media_type: str
    characters: int


@dataclass(frozen=True, slots=True)
class FileText:
    """The text of a document. Tables in it are lines of `| cell | cell |`, the header first, `\\|` inside a cell.

    `source` is the stable address by which a search can be held to this document.
    """

    name: str
    title: str
    media_type: str
    text: str
    source: str = ""


class Search(Protocol):
    """Passages of a collection that the principal may read, best first. Raises NotFound."""

    async def __call__(
        self,
        collection: str,
        query: str,
        k: int,
        principal: Principal,
        sources: Sequence[str] = (),
        *,
        rerank: bool = True,
    ) -> Sequence[Passage]:
        """At most `k` passages; of the documents with these `sources` alone, where some are given. Reranking costs most
        of the time.
        """
        ...


class Files(Protocol):
    """The documents of a collection, as far as the principal may read them: no name reaches a disk."""

    async def list(self, collection: str, principal: Principal) -> Sequence[FileEntry]:
        """Names in order. Raises NotFound for an unknown collection."""
        ...

    async def read(self, collection: str, name: str, principal: Principal) -> FileText:
        """One document by id, source or file name. Raises NotFound, also for one that may not be read."""
        ...


Fetch = Callable[[str], Awaitable[Page]]
"""The body of a public address: no private networks, bounded, robots.txt honoured. Raises InvalidRequest, Forbidden,
UnreadableDocument or SourceFailed."""

ReadAs = Callable[[Page], Awaitable[str]]
"""The text of a fetched document that is no page of text (PDF, Word ...). Raises UnreadableDocument."""


def now() -> datetime:
    """The moment, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that a tool may be built with. `secrets` holds keys by the name of their environment variable."""

    search: Search | None = None
    files: Files | None = None
    fetch: Fetch | None = None
    read_as: ReadAs | None = None
    http: HttpClient = field(default_factory=HttpClient)
    now: Callable[[], datetime] = now
    chance: random.Random = field(default_factory=random.SystemRandom)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
