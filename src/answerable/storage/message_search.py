"""The SQL of the full-text index over messages and titles: FTS5 in SQLite, a tsvector with a GIN index in Postgres.

Words come folded (`core/folding.py`), so both find the same. The owner is a word of each entry: the index itself
intersects it with the words that are looked for, and a common word costs what the owner has, not what all have.
Only finished messages are in it: an answer that is being written is not indexed again each quarter second.
"""

import asyncio
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Select, and_, column, delete, func, insert, or_, select, table, text
from sqlalchemy.ext.asyncio import AsyncConnection

from answerable.core.folding import words_of
from answerable.storage.conversation_schema import search_entries
from answerable.storage.labels import has_tag, in_folder
from answerable.storage.schema import conversations, messages

T = TypeVar("T")

TITLE = "title"
"""The role of an entry that is a conversation's title."""

READ_CHARACTERS = 100_000
"""Of each message; its words also have to fit into a tsvector (1 MB)."""

_AT_ONCE = 2_000
"""Characters (or words) that are worked on where they are: 1 ms of Latin, 8 ms of Chinese. More goes into a thread, or
one import would stop everything else in the process.
"""

_SALT_BITS = 10
_LAST_PLACE, _MOST_PLACES = 16_383, 255
"""Of a tsvector (Postgres manual, "Limitations" of text search)."""
_WORDS = table("search_words", column("rowid"))


class Phrase(NamedTuple):
    """Folded words that stand side by side; with `prefix` the last one may go on."""

    words: tuple[str, ...]
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """What an entry has to hold, all of it, and what it must not."""

    wanted: tuple[Phrase, ...] = ()
    unwanted: tuple[Phrase, ...] = ()


@dataclass(frozen=True, slots=True)
class Within:
    """Whose entries, and which of them; None leaves a thing open. `before` is the id of an entry: older ones only."""

    owner: str
    role: str | None = None
    folder: str | None = None
    tags: tuple[str, ...] = ()
    before: int | None = None


class Entry(NamedTuple):
    """A match. `message` None: the title."""

    id: int
    conversation: str
    message: str | None
    role: str


class Text(NamedTuple):
    """What a match says, with what is shown beside it. `at` is microseconds since 1970 UTC."""

    title: str
    text: str
    at: int


class _New(NamedTuple):
    at: int
    owner: str
    conversation: str
    message: str | None
    role: str
    words: str


async def fold(said: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The words of messages (id and text) for `index_messages`; what says nothing is left out. It takes 1 to 4
    microseconds a character: fold before the transaction begins, which everybody who writes waits for.
    """
    texts = [(id_, text[:READ_CHARACTERS]) for id_, text in said if text]
    size = sum(len(text) for _, text in texts)
    return await _aside(size, lambda: {id_: _words(text) for id_, text in texts})


async def index_messages(connection: AsyncConnection, words: Mapping[str, str]) -> None:
    """Take finished messages into the index with their words (of `fold`, by id), in the place of what was there: an
    answer that was taken for interrupted may have gone on. What is still written is passed over; call it in the
    transaction that finishes a message.
    """
    if not words:
        return
    m = messages.c
    columns = (m.created_at, conversations.c.owner, m.conversation, m.id, m.role)
    finished = and_(m.id.in_(words), m.status != "streaming")
    query = select(*columns).select_from(messages.join(conversations)).where(finished).order_by(m.id)
    rows = [_New(*row, words[row.id]) for row in await connection.execute(query)]
    old = search_entries.c.message.in_([row.message for row in rows])
    await connection.execute(delete(search_entries).where(old))
    await _insert(connection, rows)


async def index_title(connection: AsyncConnection, conversation: str) -> None:
    """Take the title that a conversation has now in the place of the one it had. While nobody named it and nothing was
    said it has none.
    """
    old = and_(search_entries.c.conversation == conversation, search_entries.c.message.is_(None))
    await connection.execute(delete(search_entries).where(old))
    columns = (conversations.c.created_at, conversations.c.owner, conversations.c.title)
    has_one = or_(conversations.c.named, conversations.c.leaf.is_not(None))
    rows = await connection.execute(select(*columns).where(conversations.c.id == conversation, has_one))
    await _insert(connection, [_New(at, owner, conversation, None, TITLE, _words(title)) for at, owner, title in rows])


async def find_entries(connection: AsyncConnection, terms: Terms, within: Within, limit: int) -> list[Entry]:
    """The newest matches first."""
    query = _query(connection.dialect.name, terms, within)
    rows = await connection.execute(query.limit(limit))
    return [Entry(row.id, row.conversation, row.message, row.role) for row in rows]


async def read_entries(
    connection: AsyncConnection, owner: str, entries: Sequence[Entry], characters: int = READ_CHARACTERS
) -> dict[int, Text]:
    """What matches say (at most so many characters of each), by the ids of the entries."""
    at = func.coalesce(messages.c.created_at, conversations.c.created_at)
    content = func.substr(func.coalesce(messages.c.text, conversations.c.title), 1, characters)
    joined = search_entries.join(conversations, conversations.c.id == search_entries.c.conversation).outerjoin(
        messages, messages.c.id == search_entries.c.message
    )
    query = select(search_entries.c.id, conversations.c.title, content, at).select_from(joined)
    mine = and_(search_entries.c.id.in_([entry.id for entry in entries]), search_entries.c.owner == owner)
    return {id_: Text(*rest) for id_, *rest in await connection.execute(query.where(mine))}


async def _insert(connection: AsyncConnection, rows: Sequence[_New]) -> None:
    if not rows:
        return
    ids = await _free_ids(connection, [row.at for row in rows])
    given: list[dict[str, Any]] = [{"id": id_, **row._asdict()} for id_, row in zip(ids, rows, strict=True)]
    if connection.dialect.name != "sqlite":
        size = sum(len(row.words) for row in rows)
        vectors = await _aside(size, lambda: [one | {"words": _vector(one["owner"], one["words"])} for one in given])
        await connection.execute(_POSTGRES_ENTRY, vectors)
        return
    names = [column.name for column in search_entries.c]
    await connection.execute(insert(search_entries), [{name: one[name] for name in names} for one in given])
    lines = [{"id": one["id"], "who": _owner_word(one["owner"]), "words": one["words"]} for one in given]
    await connection.execute(_SQLITE_WORDS, lines)


_SQLITE_WORDS = text("INSERT INTO search_words (rowid, owner, words) VALUES (:id, :who, :words)")
_POSTGRES_ENTRY = text(
    "INSERT INTO search_entries (id, owner, conversation, message, role, words) "
    "VALUES (:id, :owner, :conversation, :message, :role, CAST(:words AS tsvector))"
)


async def _aside(size: int, work: Callable[[], T]) -> T:
    return work() if size <= _AT_ONCE else await asyncio.to_thread(work)


def _words(text: str) -> str:
    return " ".join(words_of(text))


async def _free_ids(connection: AsyncConnection, times: Sequence[int]) -> list[int]:
    """An id for each moment: it grows with time, and those of one moment differ in their last bits."""
    ids = [max(at, 0) << _SALT_BITS for at in times]
    taken, salt = set(ids), _SALT_BITS
    while taken:
        ids = [id_ + secrets.randbits(salt) if id_ in taken else id_ for id_ in ids]
        salt += 1
        query = select(search_entries.c.id).where(search_entries.c.id.in_(ids))
        twice = (id_ for id_, number in Counter(ids).items() if number > 1)
        taken = {*(await connection.execute(query)).scalars(), *twice}
    return ids


def _query(dialect: str, terms: Terms, within: Within) -> Select[tuple[int, str, str | None, str]]:
    e = search_entries.c
    query = select(e.id, e.conversation, e.message, e.role).where(e.owner == within.owner, *_narrowed(dialect, within))
    if dialect != "sqlite":
        match = text("search_entries.words @@ CAST(:match AS tsquery)")
        query = query if within.before is None else query.where(e.id < within.before)
        return query.where(match.bindparams(match=_tsquery(within.owner, terms))).order_by(e.id.desc())
    # the sum keeps SQLite from beginning with the entries: the index has the order and the fewest rows
    query = query.where(e.id == _WORDS.c.rowid + 0, text("search_words MATCH :match"))
    query = query if within.before is None else query.where(_WORDS.c.rowid < within.before)
    return query.params(match=_fts5(within.owner, terms)).order_by(_WORDS.c.rowid.desc())


def _narrowed(dialect: str, within: Within) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [] if within.role is None else [search_entries.c.role == within.role]
    kept = [has_tag(dialect, tag) for tag in within.tags]
    kept += [] if within.folder is None else [in_folder(within.folder)]
    if kept:
        theirs = select(conversations.c.id).where(conversations.c.owner == within.owner, *kept)
        found.append(search_entries.c.conversation.in_(theirs))
    return found


def _owner_word(owner: str) -> str:
    """One word of letters and digits for any id."""
    return f"o{owner.encode().hex()}"


def _fts5(owner: str, terms: Terms) -> str:
    """FTS5's syntax; folded words hold letters and digits only, so that nothing in them is syntax."""
    wanted = " AND ".join([f'owner : "{_owner_word(owner)}"', *map(_fts5_phrase, terms.wanted)])
    return f"({wanted})" + "".join(f" NOT {_fts5_phrase(phrase)}" for phrase in terms.unwanted)


def _fts5_phrase(phrase: Phrase) -> str:
    return f'words : "{" ".join(phrase.words)}"' + (" *" if phrase.prefix else "")


def _tsquery(owner: str, terms: Terms) -> str:
    """Postgres's syntax. The owner's word has a sign that no word of a text has."""
    wanted = [f"'#{_owner_word(owner)}'", *map(_tsquery_phrase, terms.wanted)]
    return " & ".join([*wanted, *(f"!({_tsquery_phrase(phrase)})" for phrase in terms.unwanted)])


def _tsquery_phrase(phrase: Phrase) -> str:
    return " <-> ".join(f"'{word}'" for word in phrase.words) + (":*" if phrase.prefix else "")


def _vector(owner: str, words: str) -> str:
    """The words with their positions as Postgres writes a tsvector; its parser, which knows of URLs, stays out."""
    places: dict[str, list[str]] = {}
    for place, word in enumerate(words.split(), 1):
        places.setdefault(word, []).append(str(min(place, _LAST_PLACE)))
    found = [f"'{word}':{','.join(at[:_MOST_PLACES])}" for word, at in places.items()]
    return " ".join([f"'#{_owner_word(owner)}'", *found])
