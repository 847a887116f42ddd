"""The write path: documents become a new version in one transaction, or nothing happens.

Chunks by the collection's chunker, compares with the stored version by content, keeps the embeddings of text that was
embedded before, and switches the served version in the commit. Loading is `reading.py`'s, embedding `backfill.py`'s.
"""

import asyncio
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from answerable.core.documents import PUBLIC, Chunk, CollectionName, DocumentId, LoadedDocument, Metadata
from answerable.core.errors import Conflict, NotFound
from answerable.core.identity import OWNER, Principal
from answerable.core.ports import Chunker
from answerable.knowledge.library import Library
from answerable.storage import chunks, collections, documents
from answerable.storage.collections import CollectionRow
from answerable.storage.database import Connection, Database

Clock = Callable[[], int]
"""Microseconds since 1970 UTC."""

BuildChunker = Callable[[str, dict[str, Any]], Chunker]
"""A chunker by name and settings."""


@dataclass(frozen=True, slots=True)
class Published:
    """What became of one document."""

    source: str
    document_id: DocumentId
    status: Literal["added", "updated", "unchanged"]
    chunks: int = 0
    chunks_to_embed: int = 0


@dataclass(frozen=True, slots=True)
class Labels:
    """What the person who adds documents says about them: metadata for filters, and who may read them."""

    metadata: Metadata
    readers: tuple[str, ...] = (PUBLIC,)


NO_LABELS = Labels({})


@dataclass(frozen=True, slots=True)
class _Prepared:
    document: LoadedDocument
    id: DocumentId
    hash: str
    chunks: list[Chunk]


class Publisher:
    """Adds, updates and removes documents. Safe with other writers: every decision is taken inside the transaction."""

    def __init__(
        self, database: Database, library: Library, embedder_name: str, build_chunker: BuildChunker, clock: Clock
    ) -> None:
        self._database = database
        self._library = library
        self._embedder_name = embedder_name
        self._build_chunker = build_chunker
        self._clock = clock

    async def open_collection(self, name: str, chunker: dict[str, Any], who: Principal = OWNER) -> CollectionRow:
        """The collection, made in the workspace of `who` with this chunker when it is new.

        Raises Conflict for a name that another workspace has.
        """
        now = self._clock()

        async def work(connection: Connection) -> CollectionRow:
            found = await collections.find_collection(connection, name)
            if found is None:
                found = CollectionRow(
                    CollectionName(name),
                    self._embedder_name,
                    chunker,
                    {},
                    0,
                    created_at=now,
                    updated_at=now,
                    workspace=who.workspace,
                )
                await collections.insert_collection(connection, found)
            return found

        row = await self._database.write(work)
        if not who.reaches(row.workspace):
            raise Conflict(f"the name '{name}' is taken; choose another", param="collection")
        return row

    async def publish(
        self, collection: CollectionRow, loaded: Sequence[LoadedDocument], labels: Labels = NO_LABELS
    ) -> list[Published]:
        """Store documents; each is visible whole, and to keyword search at once. Results in the order of `loaded`."""
        labelled = [replace(d, metadata={**d.metadata, **labels.metadata}) for d in loaded]
        identified = [
            (document_id(collection.name, d.source), content_hash(d, labels, collection), d) for d in labelled
        ]
        async with self._database.read() as connection:
            live = await documents.live_hashes(connection, [i for i, _, _ in identified])
        fresh = [(i, h, d) for i, h, d in identified if live.get(i) != h]
        prepared = await asyncio.to_thread(self._prepare, collection, fresh)
        outcomes = {i: Published(d.source, i, "unchanged") for i, _, d in identified}
        if prepared:
            now = self._clock()
            stored = await self._database.write(lambda c: self._store(c, collection, prepared, labels, now))
            outcomes.update({p.document_id: p for p in stored})
            await self._library.catch_up(collection.name)
        return [outcomes[i] for i, _, _ in identified]

    async def remove(self, collection: str, document_ids: Sequence[str], *, purge: bool = False) -> int:
        """Stop serving documents at once; returns how many were served.

        With `purge`, their history and the embeddings of their text are erased too. Raises NotFound when none exists.
        """
        now = self._clock()

        async def work(connection: Connection) -> int:
            rows = [await documents.find_document(connection, collection, i) for i in document_ids]
            revision = await collections.bump_revision(connection, collection, now)
            ended = await documents.end_versions(connection, document_ids, now, revision)
            for row in rows:
                if row is not None:
                    base, _, _ = row.source.partition("#")
                    await collections.delete_file_hash(connection, collection, row.source)
                    await collections.delete_file_hash(connection, collection, base)
            if purge:
                for one in document_ids:
                    ranges = await documents.purge_document(connection, one)
                    await chunks.append_log(connection, collection, "purge", ranges)
                await collections.delete_unused_embeddings(connection)
            return ended

        ended = await self._database.write(work)
        if not ended and not purge:
            raise NotFound(f"'{collection}' holds no such document", param="document")
        if purge:
            await self._library.catch_up(collection)
        return ended

    async def remember_files(self, collection: str, hashes: Mapping[str, str]) -> None:
        """Note what files held when their documents were stored, so that the next scan can pass them over."""

        async def work(connection: Connection) -> None:
            for source, value in hashes.items():
                await collections.put_file_hash(connection, collection, source, value)

        if hashes:
            await self._database.write(work)

    async def missing_records(self, collection: str, source: str, present: Sequence[str]) -> list[str]:
        """Ids of served documents that were read from `source` earlier and are not among the sources `present` now."""
        keep = {document_id(collection, one) for one in present}
        async with self._database.read() as connection:
            under = await documents.live_documents_under(connection, collection, source)
        return [one for one in under if one not in keep]

    def _prepare(
        self, collection: CollectionRow, fresh: Sequence[tuple[DocumentId, str, LoadedDocument]]
    ) -> list[_Prepared]:
        settings = dict(collection.chunker)
        chunker = self._build_chunker(str(settings.pop("name")), settings)
        latest = {i: (h, d) for i, h, d in fresh}  # of a source given twice in one batch, the last counts
        return [_Prepared(d, i, h, chunker.chunk(d)) for i, (h, d) in latest.items()]

    async def _store(
        self,
        connection: Connection,
        collection: CollectionRow,
        prepared: Sequence[_Prepared],
        labels: Labels,
        now: int,
    ) -> list[Published]:
        live = await documents.live_hashes(connection, [p.id for p in prepared])  # another process may have been faster
        changed = [p for p in prepared if live.get(p.id) != p.hash]
        if not changed:
            return []
        revision = await collections.bump_revision(connection, collection.name, now)
        await documents.end_versions(connection, [p.id for p in changed if p.id in live], now, revision)
        hashes = {text_hash(c.embedding_text) for p in changed for c in p.chunks}
        known = await chunks.known_hashes(connection, collection.embedder, sorted(hashes))
        numbers = await documents.last_numbers(connection, [p.id for p in changed])
        first = await collections.take_ids(connection, "chunk", sum(len(p.chunks) for p in changed))
        version_id = await collections.take_ids(connection, "version", len(changed))
        document_rows, version_rows, chunk_rows, spans = [], [], [], []
        for item in changed:
            place = {"id": version_id, "number": numbers.get(item.id, 0) + 1, "first_chunk": first}
            source = item.document.source
            document_rows.append({"id": item.id, "collection": collection.name, "source": source, "created_at": now})
            version_rows.append(_version_values(item, collection, labels) | place | _served_from(now, revision))
            chunk_rows += [_chunk_values(c, n, first, version_id, collection, known) for n, c in enumerate(item.chunks)]
            spans.append((first, len(item.chunks)))
            first, version_id = first + len(item.chunks), version_id + 1
        await documents.insert_documents(connection, document_rows)
        await documents.insert_versions(connection, version_rows)
        await chunks.insert_chunks(connection, chunk_rows)
        embedded = [row["id"] for row in chunk_rows if row["embedded"]]
        await chunks.append_log(connection, collection.name, "text", spans)
        await chunks.append_log(connection, collection.name, "vector", as_ranges(embedded))
        return [_published(item, live, known) for item in changed]


def document_id(collection: str, source: str) -> DocumentId:
    """Stable: the same source in the same collection is the same document, also after it was removed."""
    digest = hashlib.blake2b(f"{collection}\0{source}".encode(), digest_size=12).hexdigest()
    return DocumentId(f"doc_{digest}")


def text_hash(text: str) -> str:
    """The address of a text's embedding (128 bits)."""
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def content_hash(document: LoadedDocument, labels: Labels, collection: CollectionRow) -> str:
    """Equal when storing the document again would change nothing that a search or a reader could see."""
    blocks = [(b.start, b.end, b.kind, b.heading_path, b.page) for b in document.blocks]
    seen = (document.title, document.text, blocks, dict(document.metadata), labels.readers)
    content = json.dumps([seen, dict(collection.chunker), collection.embedder], sort_keys=True, default=str)
    return hashlib.blake2b(content.encode(), digest_size=20).hexdigest()


def as_ranges(ids: Sequence[int]) -> list[tuple[int, int]]:
    """Ascending ids as (first, count) of their consecutive runs."""
    ranges: list[tuple[int, int]] = []
    for one in ids:
        if ranges and ranges[-1][0] + ranges[-1][1] == one:
            ranges[-1] = (ranges[-1][0], ranges[-1][1] + 1)
        else:
            ranges.append((one, 1))
    return ranges


def _published(item: _Prepared, live: Mapping[str, str], known: set[str]) -> Published:
    waiting = sum(text_hash(chunk.embedding_text) not in known for chunk in item.chunks)
    status: Literal["updated", "added"] = "updated" if item.id in live else "added"
    return Published(item.document.source, item.id, status, len(item.chunks), waiting)


def _served_from(now: int, revision: int) -> dict[str, Any]:
    return {"valid_from": now, "valid_to": None, "revision": revision}


def _version_values(item: _Prepared, collection: CollectionRow, labels: Labels) -> dict[str, Any]:
    document = item.document
    return {
        "document_id": item.id,
        "collection": collection.name,
        "title": document.title,
        "media_type": document.media_type,
        "text": document.text,
        "blocks": [[b.start, b.end, b.kind, list(b.heading_path), b.page] for b in document.blocks],
        "metadata": dict(document.metadata),
        "readers": list(labels.readers),
        "warnings": list(document.warnings),
        "content_hash": item.hash,
        "chunk_count": len(item.chunks),
    }


def _chunk_values(
    chunk: Chunk, ordinal: int, first: int, version_id: int, collection: CollectionRow, known: set[str]
) -> dict[str, Any]:
    address = text_hash(chunk.embedding_text)
    parent_start, parent_end = chunk.parent or (None, None)
    return {
        "id": first + ordinal,
        "version_id": version_id,
        "collection": collection.name,
        "ordinal": ordinal,
        "start": chunk.start,
        "end": chunk.end,
        "text": chunk.text,
        "header": chunk.header,
        "heading_path": list(chunk.heading_path),
        "page": chunk.page,
        "kind": chunk.kind,
        "parent_start": parent_start,
        "parent_end": parent_end,
        "embedding_hash": address,
        "embedded": address in known,
    }
