"""Conversations at a million messages: list, open a conversation of 10,000, page, search, over HTTP.

python bench/conversations.py [--messages 1000000] [--owners 2000] [--folder FOLDER] [--json FILE]

The database is written straight into SQLite by `seed` and kept in --folder for the next run: many owners, of whom one
is asked for; messages of all owners lie in the order of time, as they would; texts of made-up words whose frequencies
follow Zipf's law. Then a server of its own process answers on it. SQL statements are counted in this process, by the
same flows on the same database.
"""

import argparse
import asyncio
import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import event
from sqlalchemy.engine import Engine

from answerable.core.folding import words_of
from answerable.core.identity import OWNER
from answerable.flows import conversations, message_search
from answerable.storage.conversations import Shelf
from answerable.storage.database import Database
from corpus import percentiles, report

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


def common_words(path: Path) -> list[str]:
    """Words of the stored texts, the most frequent first."""
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT text FROM messages LIMIT 3000").fetchall()
    connection.close()
    return [word for word, _ in Counter(word for (said,) in rows for word in words_of(said)).most_common()]


def queries(words: list[str], count: int) -> list[str]:
    """What is typed: words of every frequency alone and together, phrases, prefixes, exclusions, filters."""
    draw = np.random.default_rng(7)
    found = []
    for number in range(count):
        common, middle, rare = (words[int(draw.integers(*span))] for span in ((0, 20), (100, 1_000), (2_000, 5_000)))
        kinds = (
            common,
            middle,
            rare,
            f"{common} {middle}",
            f'"{words[0]} {common}"',
            f"{middle[:3]}*",
            f"{common} -{middle}",
            f"{common} folder:work role:user",
            f"{words[0]} {words[1]} {words[2]}",
        )
        found.append(kinds[number % len(kinds)])
    return found


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Our server on the folder, without accounts: whoever asks is the owner."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "answerable", "serve", "--port", str(port), "--no-handbook"]
    env = os.environ | {"ANSWERABLE_DATA": str(folder)}
    server = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    base = f"http://127.0.0.1:{port}"
    try:
        for _ in range(120):
            with suppress(OSError), urllib.request.urlopen(f"{base}/health/live", timeout=2):
                break
            time.sleep(0.5)
        yield base
    finally:
        server.terminate()
        server.wait(30)


def ask(base: str, path: str, **query: str) -> tuple[float, Any]:
    """Seconds of a request, and its answer."""
    address = f"{base}/v1/conversations{path}" + (f"?{urllib.parse.urlencode(query)}" if query else "")
    began = time.perf_counter()
    with urllib.request.urlopen(address, timeout=60) as reply:
        data = reply.read()
    return time.perf_counter() - began, json.loads(data)


def measure(base: str, words: list[str], count: int) -> dict[str, Any]:
    """Each case, one request at a time; the first of a case counts too."""
    long = _id("conv", 0)
    first = ask(base, f"/{long}/messages")[1]
    middle = ask(base, f"/{long}/messages", limit="200", before=first["before"])[1]["before"]
    cases: dict[str, list[tuple[str, dict[str, str]]]] = {
        "list, first page": [("", {})] * count,
        "list, one tag": [("", {"tag": "later"})] * count,
        "open 10,000 messages": [(f"/{long}/messages", {})] * count,
        "a page further up": [(f"/{long}/messages", {"before": middle})] * count,
        "search, newest": [("/search", {"q": one}) for one in queries(words, count)],
        "search, best": [("/search", {"q": one, "order": "best"}) for one in queries(words, count)],
        "labels": [("/labels", {})] * count,
    }
    found = {}
    for name, requests in cases.items():
        took = [ask(base, path, **query)[0] for path, query in requests]
        found[name] = percentiles(took) | {"max_ms": round(max(took) * 1_000, 1)}
    return found


async def count_statements(path: Path) -> dict[str, int]:
    """SQL statements of one page each."""
    seen: list[str] = []
    database = await Database(f"sqlite:///{path}").open()

    @event.listens_for(Engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    async def counted(work: Awaitable[Any]) -> int:
        seen.clear()
        await work
        return len([one for one in seen if not one.startswith("BEGIN")])

    search = message_search.search_messages
    pages = {
        "list, first page": conversations.list_conversations(Shelf(OWNER.id), database),
        "open 10,000 messages": conversations.read_messages(_id("conv", 0), OWNER, database),
        "search, newest": search(message_search.Asked("a"), OWNER, database),
        "search, best": search(message_search.Asked("a", "best"), OWNER, database),
        "labels": conversations.list_labels(OWNER, database),
    }
    found = {name: await counted(work) for name, work in pages.items()}
    event.remove(Engine, "before_cursor_execute", note)
    await database.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--owners", type=int, default=2_000)
    parser.add_argument("--requests", type=int, default=180)
    parser.add_argument("--folder", type=Path, default=Path(__file__).parent / ".data" / "conversations")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    path = options.folder / "answerable.db"
    figures: dict[str, Any] = {}
    if not path.exists():
        options.folder.mkdir(parents=True, exist_ok=True)
        figures["seed"] = seed(path, options.messages, options.owners)
    figures["database_bytes"] = path.stat().st_size
    figures["statements"] = asyncio.run(count_statements(path))
    with serving(options.folder) as base:
        figures["requests"] = measure(base, common_words(path), options.requests)
    rows = [[name, *one.values(), figures["statements"].get(name, "")] for name, one in figures["requests"].items()]
    head = ["request", "p50 ms", "p95 ms", "p99 ms", "max ms", "SQL statements"]
    report(f"Conversations at {options.messages:,} messages", head, rows, {"conversations": figures}, options.json)


if __name__ == "__main__":
    main()
