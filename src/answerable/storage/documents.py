"""The SQL of documents and their versions: each query named."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, and_, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from answerable.core.documents import DocumentId, VersionId
from answerable.storage.schema import chunks, documents, versions


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version without its text. `valid_to` is None while it is live; times in microseconds since 1970 UTC."""

    id: VersionId
    document_id: DocumentId
    number: int
    title: str
    media_type: str
    metadata: Mapping[str, Any]
    readers: Sequence[str]
    warnings: Sequence[str]
    content_hash: str
    first_chunk: int
    chunk_count: int
    valid_from: int
    valid_to: int | None
    revision: int
    size_chars: int


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document with its newest version; `versions` counts them all."""

    id: DocumentId
    collection: str
    source: str
    created_at: int
    versions: int
    embedded_chunks: int
    version: VersionRow


@dataclass(frozen=True, slots=True)
class LiveSpan:
    """What the catalogue needs to know of a version to decide whether a search may return its chunks."""

    version_id: int
    document_id: str
    source: str
    title: str
    media_type: str
    metadata: Mapping[str, Any]
    readers: Sequence[str]
    first_chunk: int
    chunk_count: int
    valid_from: int
    valid_to: int | None


_VERSION_COLUMNS = [
    *(versions.c[name] for name in VersionRow.__slots__ if name != "size_chars"),
    func.length(versions.c.text).label("size_chars"),
]


def _version(row: Row[Any]) -> VersionRow:
    values = row._mapping  # noqa: SLF001 - SQLAlchemy's documented accessor
    return VersionRow(**{name: values[name] for name in VersionRow.__slots__})


async def find_live_version(connection: AsyncConnection, document_id: str) -> VersionRow | None:
    """The version that is served now, or None when the document is removed or unknown."""
    statement = select(*_VERSION_COLUMNS).where(versions.c.document_id == document_id, versions.c.valid_to.is_(None))
    row = (await connection.execute(statement)).first()
    return _version(row) if row else None


async def list_versions(connection: AsyncConnection, document_id: str) -> list[VersionRow]:
    """All versions, the newest first."""
    statement = select(*_VERSION_COLUMNS).where(versions.c.document_id == document_id)
    rows = await connection.execute(statement.order_by(versions.c.number.desc()))
    return [_version(row) for row in rows]


async def find_text(connection: AsyncConnection, version_id: int) -> tuple[str, list[list[Any]]] | None:
    """The stored text of a version and its blocks as [start, end, kind, heading path, page]."""
    statement = select(versions.c.text, versions.c.blocks).where(versions.c.id == version_id)
    row = (await connection.execute(statement)).first()
    return (row.text, row.blocks) if row else None


async def find_blocks(connection: AsyncConnection, version_id: int) -> list[list[Any]]:
    """The blocks of a version as [start, end, kind, heading path, page]; none of a version that is gone."""
    row = (await connection.execute(select(versions.c.blocks).where(versions.c.id == version_id))).first()
    return row.blocks if row else []


async def insert_documents(connection: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add documents that are not there (a removed document comes back under its old id, with its history)."""
    found = set[str]()
    for begin in range(0, len(rows), 500):
        part = [row["id"] for row in rows[begin : begin + 500]]
        found.update((await connection.execute(select(documents.c.id).where(documents.c.id.in_(part)))).scalars())
    new = [dict(row) for row in rows if row["id"] not in found]
    if new:
        await connection.execute(insert(documents), new)


async def last_numbers(connection: AsyncConnection, document_ids: Sequence[str]) -> dict[str, int]:
    """The highest version number of each document that has one."""
    found: dict[str, int] = {}
    for begin in range(0, len(document_ids), 500):
        statement = (
            select(versions.c.document_id, func.max(versions.c.number).label("number"))
            .where(versions.c.document_id.in_(document_ids[begin : begin + 500]))
            .group_by(versions.c.document_id)
        )
        found.update({row.document_id: row.number for row in await connection.execute(statement)})
    return found


async def insert_versions(connection: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add versions in bulk."""
    await connection.execute(insert(versions), [dict(row) for row in rows])


async def end_versions(connection: AsyncConnection, document_ids: Sequence[str], at: int, revision: int) -> int:
    """Stop serving the live versions of documents from `at` on; returns how many there were."""
    ended = 0
    for begin in range(0, len(document_ids), 500):
        part = document_ids[begin : begin + 500]
        statement = (
            update(versions)
            .where(versions.c.document_id.in_(part), versions.c.valid_to.is_(None))
            .values(valid_to=at, revision=revision)
        )
        ended += (await connection.execute(statement)).rowcount
    return ended


async def changed_spans(connection: AsyncConnection, collection: str, after_revision: int) -> list[LiveSpan]:
    """Versions of a collection that changed after a revision, oldest first."""
    statement = (
        select(
            versions.c.id.label("version_id"),
            documents.c.source,
            *(versions.c[n] for n in LiveSpan.__slots__ if n not in ("version_id", "source")),
        )
        .join(documents, documents.c.id == versions.c.document_id)
        .where(versions.c.collection == collection, versions.c.revision > after_revision)
        .order_by(versions.c.id)
    )
    return [LiveSpan(**row) for row in (await connection.execute(statement)).mappings()]


async def count_versions(connection: AsyncConnection, collection: str) -> int:
    """Number of versions of a collection, ended ones included."""
    statement = select(func.count()).where(versions.c.collection == collection)
    return int((await connection.execute(statement)).scalar_one())


async def live_hashes(connection: AsyncConnection, document_ids: Sequence[str]) -> dict[str, str]:
    """Content hash of the live version of each document that has one."""
    found: dict[str, str] = {}
    for begin in range(0, len(document_ids), 500):
        part = document_ids[begin : begin + 500]
        statement = select(versions.c.document_id, versions.c.content_hash).where(
            versions.c.document_id.in_(part), versions.c.valid_to.is_(None)
        )
        found.update({row.document_id: row.content_hash for row in await connection.execute(statement)})
    return found


async def live_documents_under(connection: AsyncConnection, collection: str, source: str) -> list[str]:
    """Ids of live documents read from `source`: the file itself and its records (`source#record`)."""
    prefix = f"{source}#"
    statement = (
        select(documents.c.id)
        .join(versions, and_(versions.c.document_id == documents.c.id, versions.c.valid_to.is_(None)))
        .where(documents.c.collection == collection)
        .where(or_(documents.c.source == source, func.substr(documents.c.source, 1, len(prefix)) == prefix))
    )
    return list((await connection.execute(statement)).scalars())


def _listing() -> Select[Any]:
    counts = select(func.count()).where(versions.c.document_id == documents.c.id).correlate(documents)
    embedded = select(func.count()).where(chunks.c.version_id == versions.c.id, chunks.c.embedded).correlate(versions)
    return select(
        documents.c.collection,
        documents.c.source,
        documents.c.created_at,
        counts.scalar_subquery().label("versions"),
        embedded.scalar_subquery().label("embedded_chunks"),
        *_VERSION_COLUMNS,
    ).join(versions, versions.c.document_id == documents.c.id)


def _document(row: Row[Any]) -> DocumentRow:
    return DocumentRow(
        row.document_id, row.collection, row.source, row.created_at, row.versions, row.embedded_chunks, _version(row)
    )


async def find_document(connection: AsyncConnection, collection: str, document_id: str) -> DocumentRow | None:
    """A live document of a collection, or None."""
    statement = _listing().where(
        documents.c.collection == collection, documents.c.id == document_id, versions.c.valid_to.is_(None)
    )
    row = (await connection.execute(statement)).first()
    return _document(row) if row else None


async def find_documents_by_name(connection: AsyncConnection, collection: str, name: str) -> list[DocumentRow]:
    """Live documents whose id, source or last path part of the source is `name`."""
    statement = _listing().where(
        documents.c.collection == collection,
        versions.c.valid_to.is_(None),
        or_(
            documents.c.id == name,
            documents.c.source == name,
            documents.c.source.iendswith(f"/{name}", autoescape=True),
        ),
    )
    return [_document(row) for row in await connection.execute(statement.order_by(documents.c.source).limit(20))]


async def list_documents(
    connection: AsyncConnection, collection: str, limit: int, after: str = "", contains: str = ""
) -> list[DocumentRow]:
    """Live documents by source, from the first source beyond `after`; `contains` filters title and source."""
    statement = _listing().where(documents.c.collection == collection, versions.c.valid_to.is_(None))
    if after:
        statement = statement.where(documents.c.source > after)
    if contains:
        statement = statement.where(
            or_(
                documents.c.source.icontains(contains, autoescape=True),
                versions.c.title.icontains(contains, autoescape=True),
            )
        )
    rows = await connection.execute(statement.order_by(documents.c.source).limit(limit))
    return [_document(row) for row in rows]


async def purge_document(connection: AsyncConnection, document_id: str) -> list[tuple[int, int]]:
    """Erase a document with its history; returns the (first chunk, count) ranges that the indexes must forget."""
    ranges = await connection.execute(
        select(versions.c.first_chunk, versions.c.chunk_count).where(versions.c.document_id == document_id)
    )
    spans = [(row.first_chunk, row.chunk_count) for row in ranges]
    version_ids = select(versions.c.id).where(versions.c.document_id == document_id)
    await connection.execute(delete(chunks).where(chunks.c.version_id.in_(version_ids)))
    await connection.execute(delete(versions).where(versions.c.document_id == document_id))
    await connection.execute(delete(documents).where(documents.c.id == document_id))
    return spans
