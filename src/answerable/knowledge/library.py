"""Open collections: catalogue, keyword index and vector index of each, kept level with SQL.

SQL is the truth; an index is behind, level, or rebuilt. Every process keeps its own catalogue and its own tail of new
vectors; what is written to the index folder (keyword commits, vector segments) is written under a lease, by one
process at a time. A query always sees the newest committed versions, because the mask comes from SQL.
"""

import asyncio
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from answerable.core.documents import CollectionName
from answerable.core.errors import IndexMismatch, NotFound, StorageDown
from answerable.core.ports import Embedder, KeywordIndex, VectorIndex
from answerable.knowledge.catalog import Catalog
from answerable.storage import chunks, collections, documents
from answerable.storage.chunks import LogEntry
from answerable.storage.collections import CollectionHead, CollectionRow
from answerable.storage.database import Database
from answerable.storage.lease import Lease

_RANGE = 4_096
"""Chunks in one step of catching up: bounds memory (text of 4,096 chunks is about 5 MB)."""

_PASSED_MOST = 1_000
"""Ranges of the log without work for the keyword index that are read again next time rather than committed past."""


@dataclass(slots=True)
class OpenCollection:
    """One collection, ready to be searched. `vectors_seen` is how far into the log this process's vectors have come,
    and `vectors_unsaved` how many of them it took from SQL since it last offered them to the disk. `looked_at`: when
    SQL was last asked whether it is level.
    """

    row: CollectionRow
    catalog: Catalog
    keyword: KeywordIndex
    vectors: VectorIndex
    lease: Lease
    vectors_seen: int = 0
    vectors_unsaved: int = 0
    looked_at: float = float("-inf")
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def name(self) -> CollectionName:
        """Its name."""
        return self.row.name

    def is_level(self, head: CollectionHead) -> bool:
        """Whether nothing was committed that this process has not taken in."""
        level = self.catalog.revision >= head.row.revision and self.vectors_seen >= head.last_entry
        return level and self.catalog.is_complete


class Library:
    """Opens collections on first use and keeps them level. One instance a process, used from one event loop. `outage_s`
    is how long a collection is used as it was while the database cannot be reached; `clock` gives seconds.
    """

    def __init__(
        self,
        database: Database,
        folder: Path,
        embedder: Embedder,
        build_keyword: Callable[[Path], KeywordIndex],
        build_vectors: Callable[[Path, int], VectorIndex],
        outage_s: float = 300.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._folder = folder
        self._embedder = embedder
        self._build_keyword = build_keyword
        self._build_vectors = build_vectors
        self._outage_s = outage_s
        self._clock = clock
        self._open: dict[str, OpenCollection] = {}
        self._opening = asyncio.Lock()

    async def get(self, name: str) -> OpenCollection:
        """The collection, level with the newest commit; while the database cannot be reached and nobody can commit, as
        it was, for `outage_s` at most.

        Raises NotFound, IndexMismatch, and StorageDown: also in an outage for a collection that was not used before it.
        """
        began = self._clock()
        try:
            async with self._database.read() as connection:
                found = await collections.find_head(connection, name)
        except StorageDown as error:
            known = self._open.get(name)
            if known is None or not error.unreachable or self._clock() - known.looked_at > self._outage_s:
                raise
            return known
        collection = self._open.get(name)
        if found is None or (collection is not None and collection.row.created_at != found.row.created_at):
            await self.drop(name)  # erased, perhaps made anew, by another process
            collection = None
        if found is None:
            raise collection_not_found(name)
        collection = collection or await self._open_collection(found.row)
        if not collection.is_level(found):
            async with collection.lock:
                await self._follow(collection)
        collection.looked_at = max(collection.looked_at, began)
        return collection

    async def catch_up(self, name: str, wait_s: float = 60.0) -> None:
        """Bring both indexes on disk level with SQL. Raises Conflict when another process keeps the lease."""
        collection = await self.get(name)
        async with collection.lease.hold(wait_s):
            await self._write_keyword(collection)
            async with collection.lock:
                await self._follow_vectors(collection)
                await self._release_held(collection)
            await self._save_vectors(collection)

    async def drop(self, name: str) -> None:
        """Close a collection."""
        collection = self._open.pop(name, None)
        if collection is not None:
            await asyncio.to_thread(collection.keyword.close)
            await asyncio.to_thread(collection.vectors.close)

    async def close(self) -> None:
        """Close all collections."""
        for name in list(self._open):
            await self.drop(name)

    def folder_of(self, name: str) -> Path:
        """Where the derived indexes of a collection are kept."""
        return self._folder / name

    def _made(self, row: CollectionRow) -> Path:
        """The folder of the indexes, which bears the moment at which the collection was made: one of the same name that
        was erased elsewhere, or that is in another database, left its indexes with other numbers in them.
        """
        folder = self.folder_of(row.name) / str(row.created_at)
        for one in self.folder_of(row.name).glob("*/"):
            if not one.name.isdecimal() or int(one.name) < row.created_at:
                shutil.rmtree(one, ignore_errors=True)
        return folder

    async def _open_collection(self, row: CollectionRow) -> OpenCollection:
        async with self._opening:
            if row.name in self._open:
                return self._open[row.name]
            if row.embedder != self._embedder.name:
                raise IndexMismatch(
                    f"collection '{row.name}' was embedded with {row.embedder}, but {self._embedder.name} is "
                    f"configured: configure {row.embedder}, or add the documents to a new collection"
                )
            folder = await asyncio.to_thread(self._made, row)
            keyword = await asyncio.to_thread(self._build_keyword, folder / "keyword")
            vectors = await asyncio.to_thread(self._build_vectors, folder / "vectors", self._embedder.dimensions)
            lease = Lease(self.folder_of(row.name) / "writer.lock")
            opened = OpenCollection(row, Catalog(), keyword, vectors, lease, vectors_seen=vectors.cursor)
            self._open[row.name] = opened
            return opened

    async def _follow(self, collection: OpenCollection) -> None:
        """Bring catalogue, vectors and keywords level. The caller holds `collection.lock`."""
        await self._load_catalog(collection)
        await self._follow_vectors(collection)
        await self._follow_keyword(collection)

    async def _load_catalog(self, collection: OpenCollection) -> None:
        """One snapshot of the versions, and of which of their texts the keyword index lacks: no await between the two
        reaching the catalogue, so that no search sees one without the other.
        """
        known, cursor = collection.catalog.revision, collection.keyword.cursor
        async with self._database.read() as connection:
            head = await collections.find_head(connection, collection.name)
            if head is None:
                raise collection_not_found(collection.name)
            spans = await documents.changed_spans(connection, collection.name, known)
            count = await documents.count_versions(connection, collection.name)
            waiting = await chunks.first_unindexed(connection, collection.name, cursor)
            erased = count != collection.catalog.size_with(spans)
            if erased:
                spans = await documents.changed_spans(connection, collection.name, -1)
        if erased:
            collection.catalog = Catalog()
        collection.row = head.row
        collection.catalog.apply(spans, head.row.revision, waiting)

    async def _follow_vectors(self, collection: OpenCollection) -> None:
        vectors = collection.vectors
        collection.vectors_seen = await asyncio.to_thread(vectors.refresh, collection.vectors_seen)
        while entries := await self._read_log(collection, collection.vectors_seen):
            for kind, first, count in _ranges(entries):
                if kind == "vector":
                    async with self._database.read() as connection:
                        ids, rows = await chunks.chunk_vectors(
                            connection, self._embedder.name, first, count, self._embedder.dimensions
                        )
                    await asyncio.to_thread(vectors.add, ids, rows)
                    collection.vectors_unsaved += len(ids)
                elif kind == "purge":
                    await asyncio.to_thread(vectors.remove, range(first, first + count))
            collection.vectors_seen = entries[-1].seq

    async def _follow_keyword(self, collection: OpenCollection) -> None:
        """See what another process wrote; write it ourselves when nobody does (its writer may have died, or it has a
        folder of its own on another machine: then vectors gather here too, and one day belong on disk).
        """
        async with collection.lease.try_hold() as held:
            if held:
                await self._write_keyword(collection)
                if collection.vectors_unsaved >= _RANGE:
                    await self._save_vectors(collection)
        if not held:
            await asyncio.to_thread(collection.keyword.refresh)
        await self._release_held(collection)

    async def _save_vectors(self, collection: OpenCollection) -> None:
        """The caller holds the lease."""
        await asyncio.to_thread(collection.vectors.commit, collection.vectors_seen)
        collection.vectors_unsaved = 0

    async def _release_held(self, collection: OpenCollection) -> None:
        """Serve the versions whose text the keyword index has by now. The caller holds `collection.lock`."""
        async with self._database.read() as connection:
            waiting = await chunks.first_unindexed(connection, collection.name, collection.keyword.cursor)
        collection.catalog.hold_back(waiting)

    async def _write_keyword(self, collection: OpenCollection) -> None:
        keyword = collection.keyword
        await asyncio.to_thread(keyword.refresh)
        cursor, passed = keyword.cursor, 0
        while entries := await self._read_log(collection, cursor):
            for kind, first, count in _ranges(entries):
                if kind == "text":
                    async with self._database.read() as connection:
                        rows = await chunks.chunk_texts(connection, first, count)
                    await asyncio.to_thread(keyword.add, [row[0] for row in rows], [row[1] for row in rows])
                elif kind == "purge":
                    await asyncio.to_thread(keyword.remove, range(first, first + count))
                passed += 1 if kind == "vector" else _PASSED_MOST
            cursor = entries[-1].seq
        if passed >= _PASSED_MOST:
            await asyncio.to_thread(keyword.commit, cursor)
            await asyncio.to_thread(keyword.release)

    async def _read_log(self, collection: OpenCollection, after: int) -> list[LogEntry]:
        async with self._database.read() as connection:
            return await chunks.read_log(connection, collection.name, after)


def collection_not_found(name: str) -> NotFound:
    """What is said of a collection that is not there, or not for the one who asks."""
    return NotFound(f"there is no collection '{name}'; `answerable list` shows the ones there are", param="collection")


def _ranges(entries: Iterable[LogEntry]) -> Iterator[tuple[str, int, int]]:
    """(kind, first chunk, count) in log order, neighbours of one kind joined up to `_RANGE` chunks."""
    kind, first, count = "", 0, 0
    for entry in entries:
        if entry.kind == kind and entry.first_chunk == first + count and count + entry.chunk_count <= _RANGE:
            count += entry.chunk_count
            continue
        if count:
            yield kind, first, count
        kind, first, count = entry.kind, entry.first_chunk, entry.chunk_count
    if count:
        yield kind, first, count
