"""What tools are given of this program: search, documents, the safe fetcher, loaders. Access lists are kept here."""

import codecs
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from answerable.agents.tools.base.http import HttpClient, user_agent
from answerable.agents.tools.base.services import Fetch, FileEntry, FileText, Page, Services
from answerable.core.documents import LoadedDocument, Passage
from answerable.core.errors import InvalidRequest, NotFound
from answerable.core.filters import Compare
from answerable.core.identity import Principal
from answerable.core.ports import SharedStore
from answerable.knowledge.catalog import Scope
from answerable.knowledge.reading import Reader
from answerable.knowledge.retriever import Query, Retriever
from answerable.knowledge.trace import Trace
from answerable.storage import collections, documents
from answerable.storage.database import Database
from answerable.storage.documents import DocumentRow

_HTML = ("text/html", "application/xhtml+xml")
_PAGE = 500
_MOST_LISTED = 5_000


def build_services(
    database: Database,
    retriever: Retriever,
    fetch: Fetch,
    reader: Reader,
    secrets: Mapping[str, str],
    contact: str = "",
    store: SharedStore | None = None,
) -> Services:
    """The services of the toolbox. `fetch` is the way to pages that sources have too (`Visits.page`). `secrets` holds
    the keys that are set by environment variable (`toolbox.KEYS`), `contact` is how a service can reach the
    operator; in `store` workers agree on the pace of services.
    """

    read = reader_of(reader)

    async def search(
        collection: str,
        query: str,
        k: int,
        principal: Principal,
        sources: Sequence[str] = (),
        *,
        rerank: bool = True,
    ) -> Sequence[Passage]:
        where = Compare("source", "in", tuple(sources)) if sources else None
        asked = Query(query, Scope(principal, where), k, rerank=rerank)
        found = await retriever.search(collection, asked, Trace(query))
        return found.passages

    async def read_as(page: Page) -> str:
        return "\n\n".join(one.text for one in await read(page))

    client = HttpClient(user_agent(contact), store=store)
    return Services(search, StoredFiles(database), fetch, read_as, client, secrets=secrets)


def reader_of(reader: Reader) -> Callable[[Page], Awaitable[Sequence[LoadedDocument]]]:
    """The loaders, for fetched pages of any kind. Raises UnreadableDocument."""

    async def read(page: Page) -> Sequence[LoadedDocument]:
        is_html = page.media_type in _HTML
        # a page of a script (.php, .aspx) is a page; what the server calls HTML is read as such
        suffix = ".html" if is_html else PurePosixPath(urlsplit(page.final_url).path).suffix[:8]
        with tempfile.TemporaryDirectory(prefix="answerable-page-") as folder:
            path = Path(folder) / f"page{suffix if suffix[1:].isalnum() else ''}"
            path.write_bytes(_marked(page) if is_html else page.data)
            return await reader.read(path, page.final_url)

    return read


def _marked(page: Page) -> bytes:
    """The page with the charset that its server names, which goes before its own word, as a mark that loaders know."""
    try:
        charset = page.believed_charset
        return (
            codecs.BOM_UTF8 + page.data.removeprefix(codecs.BOM_UTF8).decode(charset).encode() if charset else page.data
        )
    except (LookupError, ValueError):
        return page.data


@dataclass(frozen=True, slots=True)
class StoredFiles:
    """The live documents of a collection, as far as a principal may read them."""

    database: Database

    async def list(self, collection: str, principal: Principal) -> Sequence[FileEntry]:
        """By source, the first 5,000. Raises NotFound for an unknown collection."""
        rows: list[DocumentRow] = []
        async with self.database.read() as connection:
            row = await collections.find_collection(connection, collection)
            if row is None or not principal.reaches(row.workspace):
                raise NotFound(f"there is no collection '{collection}'", param="collection")
            after = ""
            while len(rows) < _MOST_LISTED:
                page = await documents.list_documents(connection, collection, _PAGE, after)
                rows += page
                if len(page) < _PAGE:
                    break
                after = page[-1].source
        seen = [row for row in rows if _may_read(row, principal)]
        names = [_short_name(row) for row in seen]
        return [
            FileEntry(
                name if names.count(name) == 1 else row.source,
                row.version.title,
                row.version.media_type,
                row.version.size_chars,
            )
            for row, name in zip(seen, names, strict=True)
        ]

    async def read(self, collection: str, name: str, principal: Principal) -> FileText:
        """One document by id, source or file name.

        Raises NotFound, also for one that may not be read, and InvalidRequest when several have the name.
        """
        async with self.database.read() as connection:
            rows = await documents.find_documents_by_name(connection, collection, name)
            found = [row for row in rows if _may_read(row, principal)]
            found = [row for row in found if name in (row.id, row.source)] or found
            if len(found) > 1:
                listed = ", ".join(row.source for row in found[:5])
                raise InvalidRequest(f"'{name}' names several files: {listed}; give the full source", param="file")
            text = await documents.find_text(connection, found[0].version.id) if found else None
        if text is None:
            raise NotFound(f"there is no file '{name}' here; read_file without a name lists the files", param="file")
        row = found[0]
        return FileText(_short_name(row), row.version.title, row.version.media_type, text[0], row.source)


def _may_read(row: DocumentRow, principal: Principal) -> bool:
    return principal.sees_all or not principal.entries.isdisjoint(row.version.readers)


def _short_name(row: DocumentRow) -> str:
    return PurePosixPath(row.source).name or row.source
