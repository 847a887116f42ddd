"""Search in one's own conversations: messages and titles, newest or best first, in pages."""

import asyncio
from dataclasses import dataclass
from typing import Literal

from answerable.chats.search import Snippet, parse_query, score, snippet_of
from answerable.core.identity import Principal
from answerable.storage.database import Database
from answerable.storage.message_search import Entry, Phrase, Text, Within, find_entries, read_entries

Order = Literal["newest", "best"]

_RANKED = 200
"""Matches that are compared with each other for `best`: the newest ones. Reading and counting them takes 15 ms."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A search. `after` is the `following` of the page before."""

    typed: str
    order: Order = "newest"
    limit: int = 20
    after: int | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A match with its conversation's title and the piece that shows it."""

    entry: Entry
    title: str
    at: int
    snippet: Snippet


@dataclass(frozen=True, slots=True)
class Found:
    """A page; `following` is None after the last one."""

    hits: tuple[Hit, ...]
    following: int | None


async def search_messages(asked: Asked, who: Principal, database: Database) -> Found:
    """What one said or was told. Nothing that is typed is an error; what asks for nothing finds nothing."""
    query = parse_query(asked.typed)
    if query.asks_nothing:
        return Found((), None)
    within = Within(who.id, query.role, query.folder, query.tags)
    phrases = query.terms.wanted
    async with database.read() as connection:
        if asked.order == "newest":
            within = Within(who.id, query.role, query.folder, query.tags, asked.after)
            entries = await find_entries(connection, query.terms, within, asked.limit + 1)
            following = entries[asked.limit - 1].id if len(entries) > asked.limit else None
            entries = entries[: asked.limit]
            texts = await read_entries(connection, who.id, entries)
        else:
            entries = await find_entries(connection, query.terms, within, _RANKED)
            texts = await read_entries(connection, who.id, entries)
            start = asked.after or 0
            end = start + asked.limit
            following = end if end < len(entries) else None
    # texts are long: to fold them here would stop everything else in the process for seconds
    if asked.order == "best":
        entries = (await asyncio.to_thread(_ranked, entries, texts, phrases))[start:end]
    return Found(await asyncio.to_thread(_hits, entries, texts, phrases), following)


def _hits(entries: list[Entry], texts: dict[int, Text], phrases: tuple[Phrase, ...]) -> tuple[Hit, ...]:
    return tuple(_hit(entry, texts[entry.id], phrases) for entry in entries)


def _ranked(entries: list[Entry], texts: dict[int, Text], phrases: tuple[Phrase, ...]) -> list[Entry]:
    typical = sum(len(text.text) for text in texts.values()) / (6 * max(len(texts), 1))
    return sorted(entries, key=lambda entry: -score(texts[entry.id].text, phrases, typical))


def _hit(entry: Entry, text: Text, phrases: tuple[Phrase, ...]) -> Hit:
    return Hit(entry, text.title, text.at, snippet_of(text.text, phrases))
