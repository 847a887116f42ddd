"""Looking after collections and documents: which there are, what is in them, taking things away."""

import shutil
from dataclasses import dataclass

from answerable.core.errors import InvalidRequest, NotFound
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


async def choose_collection(p: Platform) -> str:
    """The collection to ask when none is named: the configured one, `default`, the only one, or the handbook."""
    if p.policy.default_collection:
        return p.policy.default_collection
    async with p.database.read() as connection:
        names = [row.name for row in await collections.list_collections(connection)]
    if not names:
        raise NotFound("there is nothing to ask yet: add documents with `answerable add FILE`", param="collection")
    others = [name for name in names if name != HANDBOOK]
    if DEFAULT in names:
        return DEFAULT
    return others[0] if len(others) == 1 else HANDBOOK if HANDBOOK in names else names[0]


async def list_collections(p: Platform) -> list[CollectionView]:
    """All collections with their counts."""
    async with p.database.read() as connection:
        rows = await collections.list_collections(connection)
        return [CollectionView(row, await collections.count_collection(connection, row.name)) for row in rows]


async def get_collection(name: str, p: Platform) -> CollectionView:
    """One collection. Raises NotFound."""
    async with p.database.read() as connection:
        row = await collections.find_collection(connection, name)
        if row is None:
            raise NotFound(f"there is no collection '{name}'", param="collection")
        return CollectionView(row, await collections.count_collection(connection, name))


async def make_collection(name: str, p: Platform) -> CollectionView:
    """A new empty collection, or the one that is there. Raises InvalidRequest for a name that is no name."""
    check_name(name)
    await p.publisher.open_collection(name, dict(p.policy.chunker))
    return await get_collection(name, p)


def check_name(name: str) -> None:
    """A collection's name is also its folder's. Raises InvalidRequest that says what is allowed."""
    plain = name.replace("-", "").replace("_", "").replace(".", "")
    if not (0 < len(name) <= 64 and plain.isascii() and plain.isalnum() and name[0].isalnum()):
        raise InvalidRequest(
            f"'{name}' cannot be a collection's name: up to 64 letters, digits, '-', '_', '.', a letter or digit first",
            param="collection",
        )


async def delete_collection(name: str, p: Platform) -> None:
    """Erase a collection: documents, history, embeddings, indexes. Raises NotFound."""
    await get_collection(name, p)
    await p.database.write(lambda connection: collections.delete_collection(connection, name))
    await p.library.drop(name)
    shutil.rmtree(p.library.folder_of(name), ignore_errors=True)


async def list_documents(
    name: str, p: Platform, *, limit: int = 100, after: str = "", contains: str = ""
) -> tuple[list[DocumentRow], str | None]:
    """A page of live documents by source, and where the next page begins (None at the end)."""
    await get_collection(name, p)
    async with p.database.read() as connection:
        rows = await documents.list_documents(connection, name, limit + 1, after, contains)
    return rows[:limit], rows[limit - 1].source if len(rows) > limit else None


async def get_document(name: str, document: str, p: Platform) -> DocumentRow:
    """A live document by id, source or file name. Raises NotFound, and InvalidRequest when several match."""
    await get_collection(name, p)
    async with p.database.read() as connection:
        found = await documents.find_documents_by_name(connection, name, document)
    exact = [row for row in found if document in (row.id, row.source)] or found
    if not exact:
        raise NotFound(f"collection '{name}' holds no document '{document}'", param="document")
    if len(exact) > 1:
        listed = ", ".join(row.source for row in exact[:5])
        raise InvalidRequest(f"'{document}' names several documents: {listed}; give the full source", param="document")
    return exact[0]


async def list_versions(name: str, document: str, p: Platform) -> list[VersionRow]:
    """The versions of a document, newest first. Raises NotFound."""
    row = await get_document(name, document, p)
    async with p.database.read() as connection:
        return await documents.list_versions(connection, row.id)


async def read_document(name: str, document: str, p: Platform, number: int | None = None) -> DocumentText:
    """The text of a version (the live one when no number is given). Raises NotFound."""
    version = await _version(name, document, p, number)
    async with p.database.read() as connection:
        found = await documents.find_text(connection, version.id)
    if found is None:
        raise NotFound(f"version {version.number} of '{document}' is gone", param="version")
    return DocumentText(version, *found)


async def list_chunks(name: str, document: str, p: Platform, number: int | None = None) -> list[ChunkRow]:
    """The chunks of a version in reading order. Raises NotFound."""
    version = await _version(name, document, p, number)
    async with p.database.read() as connection:
        return await chunks.list_chunks(connection, version.id)


async def remove_document(name: str, document: str, p: Platform, *, purge: bool = False) -> DocumentRow:
    """Stop serving a document at once; with `purge` erase its history too. Raises NotFound."""
    row = await get_document(name, document, p)
    await p.publisher.remove(name, [row.id], purge=purge)
    return row


async def _version(name: str, document: str, p: Platform, number: int | None) -> VersionRow:
    versions = await list_versions(name, document, p)
    for version in versions:
        if version.number == number or (number is None and version.valid_to is None):
            return version
    raise NotFound(f"'{document}' has no version {number}; it has {len(versions)}", param="version")
