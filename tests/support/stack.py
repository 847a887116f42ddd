"""The real write and read path on a folder: SQL, tantivy, FAISS; only the embedder is the small one."""

import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from answerable.core.documents import Block, Chunk, LoadedDocument, Passage
from answerable.core.identity import OWNER, Principal
from answerable.knowledge.backfill import Backfill
from answerable.knowledge.catalog import Scope
from answerable.knowledge.indexes import faiss, tantivy
from answerable.knowledge.library import Library
from answerable.knowledge.publish import NO_LABELS, Labels, Published, Publisher
from answerable.knowledge.retriever import Config, Mode, Query, Retriever
from answerable.knowledge.trace import Trace
from answerable.storage.collections import CollectionRow
from answerable.storage.database import Database
from tests.support.embedding import HashEmbedder


class ParagraphChunker:
    """A chunk for each paragraph."""

    def chunk(self, document: LoadedDocument) -> list[Chunk]:
        return [Chunk(b.start, b.end, document.text[b.start : b.end]) for b in document.blocks]


def document(source: str, *paragraphs: str, **metadata: Any) -> LoadedDocument:
    text, blocks = "\n\n".join(paragraphs), []
    begin = 0
    for paragraph in paragraphs:
        blocks.append(Block(begin, begin + len(paragraph)))
        begin += len(paragraph) + 2
    return LoadedDocument(source, source, text, tuple(blocks), "text/plain", metadata)


@dataclass
class Stack:
    database: Database
    library: Library
    publisher: Publisher
    backfill: Backfill
    retriever: Retriever
    embedder: HashEmbedder
    collection: CollectionRow

    async def add(self, *documents: LoadedDocument, labels: Labels = NO_LABELS) -> list[Published]:
        return await self.publisher.publish(self.collection, documents, labels)

    async def embed(self) -> int:
        return await self.backfill.run(self.collection.name)

    async def remove(self, ids: Sequence[str], *, purge: bool = False) -> None:
        await self.publisher.remove(self.collection.name, ids, purge=purge)

    async def find(
        self, text: str, mode: Mode = "hybrid", *, k: int = 100, reader: Principal = OWNER, as_of_us: int | None = None
    ) -> list[Passage]:
        query = Query(text, Scope(reader, None, as_of_us), k, mode)
        return list((await self.retriever.search(self.collection.name, query, Trace(text))).passages)


_migrated: list[bytes] = []


async def open_database(url: str) -> Database:
    """A new SQLite is a copy of the first one: migrating would take most of the time of a small test."""
    path = Path(url.removeprefix("sqlite:///"))
    first = url.startswith("sqlite") and _is_first(path)
    database = await Database(url).open()
    if first:
        await database.close()
        _migrated.append(path.read_bytes())  # noqa: ASYNC240 - once a process
        await database.open()
    return database


async def migrated(folder: Path) -> Path:
    """The folder, with the empty database that a program on it would make: a copy, as migrating takes longer."""
    path = folder / "answerable.db"
    database = await open_database(f"sqlite:///{path}")
    await database.close()
    return folder


def _is_first(path: Path) -> bool:
    """Whether the database is new and there is none to copy; copies it where there is."""
    if path.exists():
        return False
    if _migrated:
        path.write_bytes(_migrated[0])
    return not _migrated


@contextlib.asynccontextmanager
async def open_stack(folder: Path, name: str = "c", *, url: str = "") -> AsyncIterator[Stack]:
    """On the database of an address; without one, on SQLite in the folder."""
    database = await open_database(url or f"sqlite:///{folder / 'a.db'}")
    embedder = HashEmbedder()
    library = Library(
        database,
        folder / "indexes",
        embedder,
        lambda path: tantivy.build(tantivy.Config(), path),
        lambda path, dimensions: faiss.build(faiss.Config(), path, dimensions),
    )
    publisher = Publisher(
        database, library, embedder.name, lambda _name, _options: ParagraphChunker(), lambda: time.time_ns() // 1_000
    )
    backfill = Backfill(database, library, embedder, folder / "indexes")
    retriever = Retriever(database, library, embedder, None, Config())
    collection = await publisher.open_collection(name, {"name": "paragraph"})
    try:
        yield Stack(database, library, publisher, backfill, retriever, embedder, collection)
    finally:
        await library.close()
        await database.close()
