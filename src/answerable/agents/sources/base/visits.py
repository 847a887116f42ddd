"""Pages of the web, politely: robots.txt is honoured, a host is asked twice at a time at most, a page that is kept is
asked for again only whether it changed, and what failed is left alone for a while.
"""

import asyncio
import hashlib
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, TypeVar
from urllib.parse import urlsplit, urlunsplit

import orjson

from answerable.agents.sources.base import robots
from answerable.agents.sources.base.reach import Before, Kept, Reach, Visit, anywhere
from answerable.agents.sources.base.robots import CLOSED, LARGEST_BYTES, OPEN, Rules
from answerable.agents.sources.base.source import Text
from answerable.agents.sources.base.texts import from_documents
from answerable.agents.tools.base.services import Page
from answerable.core.errors import AnswerableError, CallerError, Forbidden, SourceFailed, UnreadableDocument
from answerable.core.ports import SharedStore

Held = TypeVar("Held")

_ROBOTS_S = 86_400.0
"""How long a robots.txt is believed (RFC 9309, section 2.4: not longer than a day)."""

_CLICKS = ("utm_", "fbclid=", "gclid=", "mc_eid=")
_UNREACHABLE_S = 600.0
_FAILED_S = 600.0


@dataclass(frozen=True, slots=True)
class Manners:
    """How pages are visited. `robots` is `always` honoured, or `unless_named`: not for addresses that a person gave.

    A page that was looked at within `fresh_s` is not asked for again. `most_characters` of a page are kept.
    """

    robots: Literal["always", "unless_named"] = "always"
    fresh_s: float = 3_600.0
    most_characters: int = 300_000
    each_host: int = 2
    at_once: int = 6


class Visits:
    """Reads pages; one for all sources of a process. In `store` workers share what robots.txt said and what failed.

    `clock` counts seconds since 1970.
    """

    def __init__(
        self, reach: Reach, store: SharedStore, manners: Manners | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self._reach = reach
        self._manners = manners or Manners()
        self._store = store
        self._clock = clock
        self._all = asyncio.Semaphore(self._manners.at_once)
        self._hosts: weakref.WeakValueDictionary[str, asyncio.Semaphore] = weakref.WeakValueDictionary()
        self._asking: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()

    @property
    def missing(self) -> str:
        """What must be there before pages can be read, "" when nothing."""
        return "" if self._reach.visit and self._reach.read else "this program cannot fetch pages"

    async def page(self, address: str) -> Page:
        """A page as it is, for a tool: a model chose the address, so robots.txt is honoured whatever policy says of
        people. Raises InvalidRequest, Forbidden, UnreadableDocument; SourceFailed for what is no address.
        """
        visit = self._reach.visit
        if visit is None:
            raise SourceFailed(self.missing)
        url = plain_address(address)
        async with _of(self._hosts, urlsplit(url).netloc, self._slots), self._all:
            visited = await visit(url, before=self._before(visit, is_named=False))
        return visited.page

    async def text(self, address: str, kind: str, *, is_named: bool = False) -> Text:
        """The text of a page or document. `is_named`: a person gave this address.

        Raises SourceFailed with the reason where it may not or cannot be read.
        """
        if self._reach.visit is None or self._reach.read is None:
            raise SourceFailed(self.missing)
        url = plain_address(address)
        async with _of(self._asking, url, asyncio.Lock):  # who wants the same page at the same time waits for it
            kept = await self._reach.pages.find(url)
            if kept and 0 <= self._clock() - kept.checked_at < self._manners.fresh_s:
                return replace(kept.text, kind=kind)
            failure = f"page.failed:{is_named:d}:{hashlib.sha256(url.encode()).hexdigest()}"
            if (reason := await self._store.get(failure)) is not None:
                raise SourceFailed(reason.decode("utf-8", "replace"))
            try:
                async with _of(self._hosts, urlsplit(url).netloc, self._slots), self._all:
                    found = await self._read(url, kept, self._reach.visit, is_named=is_named)
            except (UnreadableDocument, CallerError) as error:
                if kept and isinstance(error, UnreadableDocument):
                    return replace(kept.text, kind=kind)  # the web is out; what it said before still stands
                said = _reason(error)
                await self._store.put(failure, said.encode(), _FAILED_S)
                raise SourceFailed(said) from error
        return replace(found, kind=kind)

    async def _read(self, url: str, kept: Kept | None, visit: Visit, *, is_named: bool) -> Text:
        """Fetch and read, or find the copy that is kept still good."""
        now = self._clock()
        before = self._before(visit, is_named=is_named)
        etag, modified = (kept.etag, kept.modified) if kept else ("", "")
        visited = await visit(url, before=before, etag=etag, modified=modified)
        if visited.status == 304 and kept:
            await self._reach.pages.keep(url, replace(kept, checked_at=now))
            return kept.text
        assert self._reach.read is not None
        documents = await self._reach.read(visited.page)
        empty = Text("", "", plain_address(visited.page.final_url), "")
        if not documents or not (found := from_documents(empty, documents, self._manners.most_characters)).text:
            raise UnreadableDocument(url, "empty", "holds no text")
        await self._reach.pages.keep(url, Kept(found, visited.etag, visited.modified, now))
        return found

    def _before(self, visit: Visit, *, is_named: bool) -> Before:
        if is_named and self._manners.robots == "unless_named":
            return anywhere

        async def before(url: str) -> None:
            rules = await self._rules(url, visit)
            # nobody knows what an unreachable file says: that stops a program, and no person who asks for one page
            if not rules.allow(url) and (rules.is_known or not is_named):
                raise Forbidden("robots.txt forbids it" if rules.is_known else "its robots.txt cannot be had")

        return before

    async def _rules(self, url: str, visit: Visit) -> Rules:
        """The rules of the host of `url`, which all workers share."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}".lower()
        async with _of(self._asking, origin, asyncio.Lock):
            if (value := await self._store.get(f"robots:{origin}")) is not None:
                return _unpacked(value)
            rules = await _fetched_rules(f"{origin}/robots.txt", visit)
            lasts_s = _ROBOTS_S if rules.is_known else _UNREACHABLE_S
            await self._store.put(f"robots:{origin}", orjson.dumps([rules.is_known, rules.rules]), lasts_s)
            return rules

    def _slots(self) -> asyncio.Semaphore:
        return asyncio.Semaphore(self._manners.each_host)


def _of(held: "weakref.WeakValueDictionary[str, Held]", name: str, make: Callable[[], Held]) -> Held:
    """What everybody who needs it at the same time shares."""
    found = held.get(name)
    if found is None:
        found = held[name] = make()
    return found


async def _fetched_rules(url: str, visit: Visit) -> Rules:
    """RFC 9309, section 2.3.1: a file that is not there (4xx) forbids nothing, one that cannot be had everything.
    Raises InvalidRequest for a host that nobody may ask.
    """
    try:
        visited = await visit(url, plainly=True)
    except UnreadableDocument:
        return CLOSED
    if visited.status == 200:
        return robots.parse(visited.page.data[:LARGEST_BYTES].decode("utf-8", "replace"))
    return CLOSED if visited.status >= 500 or visited.status == 429 else OPEN


def _unpacked(value: bytes) -> Rules:
    try:
        is_known, rules = orjson.loads(value)
        return Rules(tuple((bool(allow), str(pattern)) for allow, pattern in rules), bool(is_known))
    except (ValueError, TypeError):
        return OPEN


def _reason(error: AnswerableError) -> str:
    """Why, without the address: whoever tells it names that."""
    return error.detail if isinstance(error, UnreadableDocument) else error.message


def plain_address(address: str) -> str:
    """An address by which a page is known: no fragment, the host in lower case, no marks of where a click came from.

    Raises SourceFailed for what is no address.
    """
    try:
        parts = urlsplit(address.strip())
    except ValueError as error:
        raise SourceFailed("is no web address") from error
    said = [one for one in parts.query.split("&") if not one.lower().startswith(_CLICKS)]
    host = parts.netloc.lower() if "@" not in parts.netloc else parts.netloc
    return urlunsplit((parts.scheme.lower(), host, parts.path or "/", "&".join(said), ""))
