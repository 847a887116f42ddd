"""The SQL of collections: each query named. A collection's revision grows with every change a search could see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from answerable.core.documents import CollectionName
from answerable.storage.schema import chunks, collections, counters, embeddings, files, index_log, versions


@dataclass(frozen=True, slots=True)
class CollectionRow:
    """A collection as stored. `chunker` is {"name": ..., settings}, `settings` holds fitted values such as `alpha`."""

    name: CollectionName
    embedder: str
    chunker: Mapping[str, Any]
    settings: Mapping[str, Any]
    revision: int
    created_at: int
    updated_at: int
    workspace: str = "default"


@dataclass(frozen=True, slots=True)
class CollectionHead:
    """A collection and the newest entry of its index log (0 for none): what a reader compares itself with."""

    row: CollectionRow
    last_entry: int


@dataclass(frozen=True, slots=True)
class CollectionCounts:
    """What is live in a collection now."""

    documents: int = 0
    chunks: int = 0
    pending_chunks: int = 0


async def find_collection(connection: AsyncConnection, name: str) -> CollectionRow | None:
    """The collection, or None."""
    row = (await connection.execute(select(collections).where(collections.c.name == name))).mappings().first()
    return CollectionRow(**row) if row else None


_HEAD = select(
    *(collections.c[name] for name in CollectionRow.__slots__),
    select(func.coalesce(func.max(index_log.c.seq), 0))
    .where(index_log.c.collection == collections.c.name)
    .correlate(collections)
    .scalar_subquery()
    .label("last_entry"),
).where(collections.c.name == bindparam("name"))


async def find_head(connection: AsyncConnection, name: str) -> CollectionHead | None:
    """The collection with the newest entry of its log, or None. Every search asks this."""
    row = (await connection.execute(_HEAD, {"name": name})).first()
    return CollectionHead(CollectionRow(*row[:-1]), row[-1]) if row else None


async def list_collections(connection: AsyncConnection) -> list[CollectionRow]:
    """All collections by name."""
    rows = await connection.execute(select(collections).order_by(collections.c.name))
    return [CollectionRow(**row) for row in rows.mappings()]


async def count_collection(connection: AsyncConnection, name: str) -> CollectionCounts:
    """Live documents and chunks, and how many live chunks have no embedding yet."""
    live = select(func.count(), func.coalesce(func.sum(versions.c.chunk_count), 0)).where(
        versions.c.collection == name, versions.c.valid_to.is_(None)
    )
    document_count, chunk_count = (await connection.execute(live)).one()
    pending = (
        select(func.count())
        .select_from(chunks.join(versions, chunks.c.version_id == versions.c.id))
        .where(chunks.c.collection == name, chunks.c.embedded.is_(False), versions.c.valid_to.is_(None))
    )
    return CollectionCounts(document_count, chunk_count, (await connection.execute(pending)).scalar_one())


async def get_revision(connection: AsyncConnection, name: str) -> int:
    """The collection's revision; -1 when there is no such collection."""
    found = (await connection.execute(select(collections.c.revision).where(collections.c.name == name))).scalar()
    return -1 if found is None else int(found)


async def insert_collection(connection: AsyncConnection, row: CollectionRow) -> None:
    """Add a collection."""
    values = {name: getattr(row, name) for name in CollectionRow.__slots__}
    await connection.execute(insert(collections).values(**values))


async def update_settings(connection: AsyncConnection, name: str, settings: Mapping[str, Any]) -> None:
    """Replace a collection's settings."""
    await connection.execute(update(collections).where(collections.c.name == name).values(settings=dict(settings)))


async def bump_revision(connection: AsyncConnection, name: str, now: int) -> int:
    """The next revision of a collection, taken in this transaction."""
    statement = (
        update(collections)
        .where(collections.c.name == name)
        .values(revision=collections.c.revision + 1, updated_at=now)
        .returning(collections.c.revision)
    )
    return int((await connection.execute(statement)).scalar_one())


async def delete_collection(connection: AsyncConnection, name: str) -> None:
    """Erase a collection with all its documents, versions and chunks, and the embeddings nobody else uses."""
    for table in (chunks, versions, index_log):
        await connection.execute(delete(table).where(table.c.collection == name))
    await connection.execute(delete(collections).where(collections.c.name == name))
    await delete_unused_embeddings(connection)


async def delete_unused_embeddings(connection: AsyncConnection) -> None:
    """Drop vectors whose text no chunk holds any more: erased text leaves no trace of itself."""
    used = exists().where(chunks.c.embedding_hash == embeddings.c.hash)
    await connection.execute(delete(embeddings).where(~used))


async def take_ids(connection: AsyncConnection, counter: str, count: int) -> int:
    """Reserve `count` consecutive numbers of a counter, never given out before; returns the first (from 1)."""
    statement = (
        update(counters)
        .where(counters.c.name == counter)
        .values(value=counters.c.value + count)
        .returning(counters.c.value)
    )
    last = (await connection.execute(statement)).scalar()
    if last is None:
        await connection.execute(insert(counters).values(name=counter, value=count))
        last = count
    return int(last) - count + 1


async def find_file_hashes(connection: AsyncConnection, collection: str, sources: Sequence[str]) -> dict[str, str]:
    """The content hash of each file as it was last read, for those that were."""
    found: dict[str, str] = {}
    for begin in range(0, len(sources), 500):
        part = sources[begin : begin + 500]
        rows = await connection.execute(
            select(files.c.source, files.c.hash).where(files.c.collection == collection, files.c.source.in_(part))
        )
        found.update({row.source: row.hash for row in rows})
    return found


async def put_file_hash(connection: AsyncConnection, collection: str, source: str, content_hash: str) -> None:
    """Remember what a file held when its documents were stored."""
    await delete_file_hash(connection, collection, source)
    await connection.execute(insert(files).values(collection=collection, source=source, hash=content_hash))


async def delete_file_hash(connection: AsyncConnection, collection: str, source: str) -> None:
    """Forget a file, so that the next scan reads it again."""
    await connection.execute(delete(files).where(files.c.collection == collection, files.c.source == source))
