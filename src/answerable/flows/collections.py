"""Looking after collections and documents: which there are, what is in them, taking things away."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass

from answerable.core.errors import InvalidRequest, NotFound
from answerable.core.identity import OWNER, Principal
from answerable.flows.platform import Platform
from answerable.storage import chunks, collections, documents
from answerable.storage.chunks import ChunkRow
from answerable.storage.collections import CollectionCounts, CollectionRow
from answerable.storage.documents import DocumentRow, VersionRow

DEFAULT = "default"
HANDBOOK = "handbook"


@dataclass(frozen=True, slots=True)
class CollectionView:
    """A collection and what is live in it."""

    row: CollectionRow
    counts: CollectionCounts


@dataclass(frozen=True, slots=True)
class DocumentText:
    """The stored text of one version, with its blocks as [start, end, kind, heading path, page]."""

    version: VersionRow
    text: str
    blocks: list[list[object]]


async def choose_collection(p: Platform, who: Principal = OWNER) -> str:
    """The collection to ask when none is named: the configured one, `default`, the only one, or the handbook."""
    if p.policy.default_collection:
        return p.policy.default_collection
    async with p.database.read() as connection:
        rows = await collections.list_collections(connection)
    usual = usual_of([row.name for row in rows if who.reaches(row.workspace)])
    if usual is None:
        raise NotFound("there is nothing to ask yet: add documents with `answerable add FILE`", param="collection")
    return usual


def usual_of(names: Sequence[str], configured: str | None = None) -> str | None:
    """Of the collections that somebody sees, the one that is asked when none is named; None where there is none."""
    for name in (configured, DEFAULT):
        if name in names:
            return name
    if not names:
        return None
    others = [name for name in names if name != HANDBOOK]
    return others[0] if len(others) == 1 else HANDBOOK if HANDBOOK in names else names[0]


async def list_collections(p: Platform, who: Principal = OWNER) -> list[CollectionView]:
    """All collections of a workspace with their counts."""
    async with p.database.read() as connection:
        rows = [row for row in await collections.list_collections(connection) if who.reaches(row.workspace)]
        return [CollectionView(row, await collections.count_collection(connection, row.name)) for row in rows]


async def get_collection(name: str, p: Platform, who: Principal = OWNER) -> CollectionView:
    """One collection. Raises NotFound, also for one of another workspace."""
    async with p.database.read() as connection:
        row = await collections.find_collection(connection, name)
        if row is None or not who.reaches(row.workspace):
            raise NotFound(f"there is no collection '{name}'", param="collection")
        return CollectionView(row, await collections.count_collection(connection, name))


async def make_collection(name: str, p: Platform, who: Principal = OWNER) -> CollectionView:
    """A new empty collection, or the one that is there. Raises InvalidRequest for a name that is no name."""
    check_name(name)
    await p.publisher.open_collection(name, dict(p.policy.chunker), who)
    return await get_collection(name, p, who)


def check_name(name: str) -> None:
    """A collection's name is also its folder's. Raises InvalidRequest that says what is allowed."""
    plain = name.replace("-", "").replace("_", "").replace(".", "")
    if not (0 < len(name) <= 64 and plain.isascii() and plain.isalnum() and name[0].isalnum()):
        raise InvalidRequest(
            f"'{name}' cannot be a collection's name: up to 64 letters, digits, '-', '_', '.', a letter or digit first",
            param="collection",
        )


async def delete_collection(name: str, p: Platform, who: Principal = OWNER) -> None:
    """Erase a collection: documents, history, embeddings, indexes. Raises NotFound."""
    await get_collection(name, p, who)
    await p.database.write(lambda connection: collections.delete_collection(connection, name))
    await p.library.drop(name)
    shutil.rmtree(p.library.folder_of(name), ignore_errors=True)


async def list_documents(
    name: str, p: Platform, who: Principal = OWNER, *, limit: int = 100, after: str = "", contains: str = ""
) -> tuple[list[DocumentRow], str | None]:
    """A page of the live documents that `who` may read, by source, and where the next page begins (None at the end)."""
    await get_collection(name, p, who)
    async with p.database.read() as connection:
        rows = await documents.list_documents(connection, name, limit + 1, after, contains)
    seen = [row for row in rows[:limit] if who.may_read(row.version.readers)]
    return seen, rows[limit - 1].source if len(rows) > limit else None


async def get_document(name: str, document: str, p: Platform, who: Principal = OWNER) -> DocumentRow:
    """A live document by id, source or file name. Raises NotFound, and InvalidRequest when several match."""
    await get_collection(name, p, who)
    async with p.database.read() as connection:
        named = await documents.find_documents_by_name(connection, name, document)
    found = [row for row in named if who.may_read(row.version.readers)]
    exact = [row for row in found if document in (row.id, row.source)] or found
    if not exact:
        raise NotFound(f"collection '{name}' holds no document '{document}'", param="document")
    if len(exact) > 1:
        listed = ", ".join(row.source for row in exact[:5])
        raise InvalidRequest(f"'{document}' names several documents: {listed}; give the full source", param="document")
    return exact[0]


async def list_versions(name: str, document: str, p: Platform, who: Principal = OWNER) -> list[VersionRow]:
    """The versions of a document, newest first. Raises NotFound."""
    row = await get_document(name, document, p, who)
    async with p.database.read() as connection:
        found = await documents.list_versions(connection, row.id)
    return [version for version in found if who.may_read(version.readers)]


async def read_document(
    name: str, document: str, p: Platform, number: int | None = None, who: Principal = OWNER
) -> DocumentText:
    """The text of a version (the live one when no number is given). Raises NotFound."""
    version = await _version(name, document, p, number, who)
    async with p.database.read() as connection:
        found = await documents.find_text(connection, version.id)
    if found is None:
        raise NotFound(f"version {version.number} of '{document}' is gone", param="version")
    return DocumentText(version, *found)


async def list_chunks(
    name: str, document: str, p: Platform, number: int | None = None, who: Principal = OWNER
) -> list[ChunkRow]:
    """The chunks of a version in reading order. Raises NotFound."""
    version = await _version(name, document, p, number, who)
    async with p.database.read() as connection:
        return await chunks.list_chunks(connection, version.id)


async def remove_document(
    name: str, document: str, p: Platform, who: Principal = OWNER, *, purge: bool = False
) -> DocumentRow:
    """Stop serving a document at once; with `purge` erase its history too. Raises NotFound."""
    row = await get_document(name, document, p, who)
    await p.publisher.remove(name, [row.id], purge=purge)
    return row


async def _version(name: str, document: str, p: Platform, number: int | None, who: Principal) -> VersionRow:
    versions = await list_versions(name, document, p, who)
    for version in versions:
        if version.number == number or (number is None and version.valid_to is None):
            return version
    raise NotFound(f"'{document}' has no version {number}; it has {len(versions)}", param="version")
