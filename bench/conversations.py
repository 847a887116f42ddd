"""Conversations at a million messages: list, open a conversation of 10,000, page, search, over HTTP.

python bench/conversations.py [--messages 1000000] [--owners 2000] [--folder FOLDER] [--json FILE]

The database is written straight into SQLite by `seed` and kept in --folder for the next run: many owners, of whom one
is asked for; messages of all owners lie in the order of time, as they would; texts of made-up words whose frequencies
follow Zipf's law. Then a server of its own process answers on it. SQL statements are counted in this process, by the
same flows on the same database.
"""

import asyncio
import sqlite3
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from answerable.core.folding import words_of
from answerable.core.identity import OWNER
from answerable.storage.database import Database

LONG = 10_000
VOCABULARY = 50_000
BEGIN_US = 1_700_000_000_000_000
STEP_US = 60_000_000
_BATCH = 10_000
_SYLLABLES = [c + v for c in "bcdfghklmnprstvz" for v in ("a", "e", "i", "o", "u", "ar", "en", "is")]


def vocabulary(draw: np.random.Generator) -> list[str]:
    """Words by rank: frequent ones are short."""
    words: dict[str, None] = {}
    while len(words) < VOCABULARY:
        syllables = 1 + min(4, int(len(words) ** 0.25 / 3) + int(draw.integers(0, 2)))
        words["".join(_SYLLABLES[n] for n in draw.integers(0, len(_SYLLABLES), syllables))] = None
    return list(words)


def texts(count: int, draw: np.random.Generator, words: list[str]) -> Iterator[str]:
    """Questions of about 20 words and answers of about 80, in turn; some are many times longer."""
    share = np.cumsum(1 / np.arange(1, VOCABULARY + 1))
    share /= share[-1]
    for start in range(0, count, _BATCH):
        number = min(_BATCH, count - start)
        typical = np.where((np.arange(number) + start) % 2, 80.0, 20.0)
        lengths = np.clip(typical * draw.lognormal(0, 0.7, number), 2, 3_000).astype(int)
        drawn = np.searchsorted(share, draw.random(int(lengths.sum())))
        ends = np.cumsum(lengths)
        for begin, end in zip(ends - lengths, ends, strict=True):
            said = [words[n] for n in drawn[begin:end].tolist()]
            yield " ".join(said).capitalize() + "."


def seed(path: Path, count: int, owners: int) -> dict[str, float]:
    """Fill an empty database; how long the rows and the index took."""
    asyncio.run(_migrated(path))
    draw = np.random.default_rng(20)
    talks = max(3, count // 25)
    whose = np.minimum(draw.zipf(1.3, talks) - 1, owners - 1)
    whose[:300] = 0  # ours: one of 10,000 messages, and 299 others
    names = [OWNER.id, *(f"usr_{n:016x}" for n in range(1, owners))]
    turn = draw.integers(1, talks, count)
    turn[draw.choice(count, min(LONG, count // 2), replace=False)] = 0
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("PRAGMA cache_size=-500000")
    last: list[str | None] = [None] * talks
    at = [BEGIN_US] * talks
    rows = [(_id("conv", n), names[whose[n]], f"Conversation {n}", n) for n in range(talks)]
    connection.executemany(
        "INSERT INTO conversations VALUES (?1, ?2, 'default', ?3, 0, CASE ?4 % 7 WHEN 0 THEN 'work/boats' ELSE '' END, "
        "CASE ?4 % 5 WHEN 0 THEN '[\"later\"]' ELSE '[]' END, '{}', 0, NULL, NULL, 0, 0)",
        rows,
    )
    began, indexing = time.perf_counter(), 0.0
    batch: list[tuple[Any, ...]] = []
    for number, said in enumerate(texts(count, draw, vocabulary(draw))):
        talk, moment = int(turn[number]), BEGIN_US + number * STEP_US
        id_ = f"msg_{moment:014x}{number:016x}"
        role = "assistant" if number % 2 else "user"
        batch.append((id_, _id("conv", talk), last[talk], role, moment, said, names[whose[talk]]))
        last[talk], at[talk] = id_, moment
        if len(batch) == _BATCH or number == count - 1:
            indexing += _write(connection, batch)
            batch = []
            print(f"\r{number + 1:,} messages", end="", file=sys.stderr)
    ends = [(last[n], at[n], _id("conv", n)) for n in range(talks)]
    connection.executemany("UPDATE conversations SET leaf = ?1, updated_at = ?2, created_at = ?2 WHERE id = ?3", ends)
    connection.commit()
    connection.execute("ANALYZE")
    connection.close()
    took = time.perf_counter() - began
    return {"rows_s": round(took - indexing, 1), "index_s": round(indexing, 1)}


def _write(connection: sqlite3.Connection, batch: list[tuple[Any, ...]]) -> float:
    connection.executemany(
        "INSERT INTO messages (id, conversation, parent, role, created_at, updated_at, text, status, error, model, "
        "request_id, cursor, stop_asked, parts, answer) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, 'done', '', '', '', 0, 0, '[]', NULL)",
        [row[:6] for row in batch],
    )
    began = time.perf_counter()
    connection.executemany(
        "INSERT INTO search_entries (id, owner, conversation, message, role) VALUES (?1 << 10, ?2, ?3, ?4, ?5)",
        [(moment, owner, talk, id_, role) for id_, talk, _, role, moment, _, owner in batch],
    )
    connection.executemany(
        "INSERT INTO search_words (rowid, owner, words) VALUES (?1 << 10, ?2, ?3)",
        [(moment, f"o{owner.encode().hex()}", " ".join(words_of(said))) for *_, moment, said, owner in batch],
    )
    connection.commit()
    return time.perf_counter() - began


def _id(kind: str, number: int) -> str:
    return f"{kind}_{number:032x}"


async def _migrated(path: Path) -> None:
    await (await Database(f"sqlite:///{path}").open()).close()
