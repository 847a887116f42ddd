"""The SQL of chunks, their embeddings and the index log: each query named. Vectors are stored as float16."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from answerable.core.documents import ChunkId, CollectionName, DocumentId, Passage, VersionId
from answerable.core.moments import from_us
from answerable.storage.engines import insert_into
from answerable.storage.schema import chunks, documents, embeddings, index_log, versions

if TYPE_CHECKING:
    from answerable.core.ports import Ids, Vectors

_IN = 500


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One instruction to an index. `kind`: text (index these), vector (their vectors are there), purge (forget)."""

    seq: int
    kind: str
    first_chunk: int
    chunk_count: int


@dataclass(frozen=True, slots=True)
class ChunkRow:
    """A stored chunk of a version, in reading order."""

    id: ChunkId
    ordinal: int
    start: int
    end: int
    text: str
    header: str
    heading_path: Sequence[str]
    page: int | None
    kind: str
    embedded: bool


async def insert_chunks(connection: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add chunks in bulk."""
    if rows:
        await connection.execute(insert(chunks), list(rows))


async def append_log(connection: AsyncConnection, collection: str, kind: str, spans: Iterable[tuple[int, int]]) -> None:
    """Tell the indexes of a collection about (first chunk, count) ranges."""
    rows = [{"collection": collection, "kind": kind, "first_chunk": f, "chunk_count": n} for f, n in spans if n]
    if rows:
        await connection.execute(insert(index_log), rows)


async def read_log(connection: AsyncConnection, collection: str, after: int, limit: int = 2_000) -> list[LogEntry]:
    """The next entries of a collection's log, in order."""
    statement = (
        select(*(index_log.c[n] for n in LogEntry.__slots__))
        .where(index_log.c.collection == collection, index_log.c.seq > after)
        .order_by(index_log.c.seq)
        .limit(limit)
    )
    return [LogEntry(**row) for row in (await connection.execute(statement)).mappings()]


async def first_unindexed(connection: AsyncConnection, collection: str, after: int) -> int | None:
    """The lowest chunk id whose text an index that has come to `after` lacks; None when it lacks nothing."""
    statement = select(func.min(index_log.c.first_chunk)).where(
        index_log.c.collection == collection, index_log.c.seq > after, index_log.c.kind == "text"
    )
    found = (await connection.execute(statement)).scalar()
    return None if found is None else int(found)


async def chunk_texts(connection: AsyncConnection, first: int, count: int) -> list[tuple[int, str]]:
    """(id, what the keyword index holds) of the chunks in a range that still exist, by id.

    A text leans on what was said just before it, so the chunk before counts too, half as much as header and text
    themselves: nDCG@10 of BM25 and hybrid on five sets .786, .821 -> .789, .829 (`docs/lab-log.md`).
    """
    statement = (
        select(chunks.c.id, chunks.c.version_id, chunks.c.header, chunks.c.text)
        .where(chunks.c.id >= first - 1, chunks.c.id < first + count)
        .order_by(chunks.c.id)
    )
    found, before = [], None
    for row in await connection.execute(statement):
        own = f"{row.header}\n{row.text}" if row.header else row.text
        follows = before is not None and before.version_id == row.version_id
        if row.id >= first:
            found.append((row.id, f"{own}\n{own}\n{before.text if before and follows else ''}"))
        before = row
    return found


async def chunk_vectors(
    connection: AsyncConnection, model: str, first: int, count: int, dimensions: int
) -> "tuple[Ids, Vectors]":
    """Ids (n,) int64 and vectors (n, dimensions) float32 of the chunks in a range that have one for `model`."""
    statement = (
        select(chunks.c.id, embeddings.c.vector)
        .join(embeddings, embeddings.c.hash == chunks.c.embedding_hash)
        .where(chunks.c.id >= first, chunks.c.id < first + count, embeddings.c.model == model)
        .order_by(chunks.c.id)
    )
    rows = (await connection.execute(statement)).all()
    ids = np.fromiter((row.id for row in rows), dtype=np.int64, count=len(rows))
    flat = np.frombuffer(b"".join(row.vector for row in rows), dtype=np.float16).astype(np.float32)
    return ids, flat.reshape(len(rows), dimensions)


async def known_hashes(connection: AsyncConnection, model: str, hashes: Sequence[str]) -> set[str]:
    """Which of the texts have been embedded by `model` before."""
    found: set[str] = set()
    for begin in range(0, len(hashes), _IN):
        statement = select(embeddings.c.hash).where(
            embeddings.c.model == model, embeddings.c.hash.in_(hashes[begin : begin + _IN])
        )
        found.update((await connection.execute(statement)).scalars())
    return found


async def chunks_to_embed(connection: AsyncConnection, collection: str, limit: int) -> list[tuple[int, str, str]]:
    """(id, hash, header and text) of live chunks without an embedding, oldest first."""
    statement = (
        select(chunks.c.id, chunks.c.embedding_hash, chunks.c.header, chunks.c.text)
        .join(versions, chunks.c.version_id == versions.c.id)
        .where(chunks.c.collection == collection, chunks.c.embedded.is_(False), versions.c.valid_to.is_(None))
        .order_by(chunks.c.id)
        .limit(limit)
    )
    rows = await connection.execute(statement)
    return [(r.id, r.embedding_hash, f"{r.header}\n{r.text}" if r.header else r.text) for r in rows]


async def put_embeddings(connection: AsyncConnection, model: str, hashes: Sequence[str], vectors: "Vectors") -> None:
    """Store vectors by the hash of their text; one that is there already stays."""
    rows = [
        {"hash": text_hash, "model": model, "vector": vector.astype(np.float16).tobytes()}
        for text_hash, vector in zip(hashes, vectors, strict=True)
    ]
    if rows:
        await connection.execute(insert_into(connection.dialect, embeddings).on_conflict_do_nothing(), rows)


async def mark_embedded(connection: AsyncConnection, ids: Sequence[int]) -> list[int]:
    """Note that these chunks have their vectors; returns those that had none, in order."""
    marked: list[int] = []
    for begin in range(0, len(ids), _IN):
        waiting = chunks.c.id.in_(ids[begin : begin + _IN]) & chunks.c.embedded.is_(False)
        marked += (
            await connection.execute(update(chunks).where(waiting).values(embedded=True).returning(chunks.c.id))
        ).scalars()
    return sorted(marked)


async def list_chunks(connection: AsyncConnection, version_id: int) -> list[ChunkRow]:
    """All chunks of a version in reading order."""
    statement = select(*(chunks.c[n] for n in ChunkRow.__slots__)).where(chunks.c.version_id == version_id)
    return [ChunkRow(**row) for row in (await connection.execute(statement.order_by(chunks.c.ordinal))).mappings()]


_PASSAGE = (
    select(
        chunks,
        versions.c.document_id,
        versions.c.title,
        versions.c.metadata,
        versions.c.valid_from,
        versions.c.number,
        documents.c.source,
    )
    .join(versions, chunks.c.version_id == versions.c.id)
    .join(documents, documents.c.id == versions.c.document_id)
)


def _passage(row: Row[Any]) -> Passage:
    return Passage(
        chunk_id=ChunkId(row.id),
        document_id=DocumentId(row.document_id),
        version_id=VersionId(row.version_id),
        collection=CollectionName(row.collection),
        source=row.source,
        title=row.title,
        text=row.text,
        start=row.start,
        end=row.end,
        header=row.header,
        heading_path=tuple(row.heading_path),
        page=row.page,
        metadata=row.metadata,
        valid_from=from_us(row.valid_from),
        version=row.number,
        has_parent=row.parent_start is not None,
    )


async def find_passages(connection: AsyncConnection, ids: Sequence[int]) -> dict[int, Passage]:
    """The passages of chunk ids, those that exist."""
    found: dict[int, Passage] = {}
    for begin in range(0, len(ids), _IN):
        rows = await connection.execute(_PASSAGE.where(chunks.c.id.in_(ids[begin : begin + _IN])))
        found.update({row.id: _passage(row) for row in rows})
    return found


async def find_parents(connection: AsyncConnection, ids: Sequence[int]) -> dict[int, tuple[int, int, str]]:
    """(start, end, text) of the parent span of each chunk that has one."""
    statement = (
        select(
            chunks.c.id,
            chunks.c.parent_start,
            chunks.c.parent_end,
            func.substr(versions.c.text, chunks.c.parent_start + 1, chunks.c.parent_end - chunks.c.parent_start).label(
                "text"
            ),
        )
        .join(versions, chunks.c.version_id == versions.c.id)
        .where(chunks.c.id.in_(list(ids)), chunks.c.parent_start.is_not(None))
    )
    rows = await connection.execute(statement)
    return {row.id: (row.parent_start, row.parent_end, row.text) for row in rows}
