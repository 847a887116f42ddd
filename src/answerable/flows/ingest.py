"""Documents in: load, chunk, compare with what is stored, commit, let the indexes catch up, embed behind.

One bad file never stops the others; its error is in the result beside theirs. A file whose bytes are known is not read
again, a document whose content is known is not chunked again, a text that was embedded is never embedded again.
"""

import asyncio
import contextlib
import hashlib
import mimetypes
import re
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from answerable.core.documents import PUBLIC, Block, DocumentId, LoadedDocument, Metadata
from answerable.core.errors import AnswerableError, Conflict, InvalidRequest, StorageDown
from answerable.core.identity import OWNER, Principal
from answerable.flows.collections import check_name
from answerable.flows.platform import Platform
from answerable.knowledge.backfill import Progress
from answerable.knowledge.fetch import Fetched
from answerable.knowledge.publish import Labels
from answerable.knowledge.reading import Item, Outcome
from answerable.knowledge.sources import Expansion, expand, is_url
from answerable.storage import collections, documents
from answerable.storage.collections import CollectionRow
from answerable.telemetry.log import logger

_BATCH_CHARS = 1_000_000
"""Text committed at once: one to two seconds of work, so that progress is seen and a stop loses little."""

_BATCH_DOCUMENTS = 256
_IDLE_S = 2.0
"""How often the server looks for documents that another process added and left without embeddings."""

Status = Literal["added", "updated", "unchanged", "removed", "failed"]


@dataclass(frozen=True, slots=True)
class GivenFile:
    """A file on this machine, and the source it is known by."""

    path: Path
    source: str


@dataclass(frozen=True, slots=True)
class GivenText:
    """A text that is no file."""

    source: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Ingest:
    """What is added to which collection. `sources` are paths, folders, globs and addresses as a person types them."""

    collection: str
    sources: tuple[str, ...] = ()
    files: tuple[GivenFile, ...] = ()
    texts: tuple[GivenText, ...] = ()
    metadata: Metadata = field(default_factory=dict)
    readers: tuple[str, ...] | None = None
    urls_only: bool = False
    who: Principal = field(default=OWNER)


@dataclass(frozen=True, slots=True)
class ItemResult:
    """What became of one document, or of one file that could not be read."""

    source: str
    status: Status
    document_id: DocumentId | None = None
    chunks: int = 0
    chunks_to_embed: int = 0
    error: AnswerableError | None = None


@dataclass(frozen=True, slots=True)
class Ingested:
    """The results in the order they were settled; `skipped` counts files of a folder whose kind is not read."""

    items: tuple[ItemResult, ...]
    skipped: int = 0

    def count(self, status: Status) -> int:
        """How many items ended so."""
        return sum(item.status == status for item in self.items)


Report = Callable[[ItemResult], Awaitable[None]]
"""Told of each item as soon as it is settled."""


async def _silent(_result: ItemResult) -> None:
    return


async def ingest(request: Ingest, p: Platform, report: Report = _silent) -> Ingested:
    """Add documents; when it returns, keyword search finds them. Embeddings fill in behind (`embed`)."""
    check_name(request.collection)
    expansion = await asyncio.to_thread(_expand, request)
    collection = await p.publisher.open_collection(request.collection, dict(p.policy.chunker), request.who)
    names = [file.source for file in request.files] + [text.source for text in request.texts]
    await _check_may_replace([*names, *(source.name for source in expansion.sources)], request, p)
    run = _Run(collection, Labels(request.metadata, request.readers or (PUBLIC,)), report, p)
    with tempfile.TemporaryDirectory(prefix="answerable-") as folder:
        items = [Item(file.path, file.source) for file in request.files]
        items += [Item(source.path, source.name) for source in expansion.sources if source.path]
        items += await run.fetch([source.name for source in expansion.sources if source.is_url], Path(folder))
        for text in request.texts:
            await run.take(_as_document(text))
        async for outcome in p.reader.read_many(await run.changed(items)):
            await run.settle(outcome)
        await run.publish()
    return Ingested(tuple(run.results), expansion.skipped)


async def _check_may_replace(names: Sequence[str], request: Ingest, p: Platform) -> None:
    """Raises Conflict where an addition would take the place of a document that its adder may not read."""
    if request.who.sees_all:
        return
    async with p.database.read() as connection:
        for name in names:
            for one in await documents.live_documents_under(connection, request.collection, name):
                row = await documents.find_document(connection, request.collection, one)
                if row is not None and not request.who.may_read(row.version.readers):
                    raise Conflict(f"the name '{name}' is taken; give this document another one", param="source")


async def embed(collection: str, p: Platform, report: Callable[[Progress], Awaitable[None]] | None = None) -> int:
    """Wait until every live chunk of a collection has its vector; returns how many texts were embedded here."""
    return await p.backfill.run(collection, report)


async def embed_in_background(p: Platform) -> None:
    """Embed whatever is pending, in any collection, for as long as the server runs."""
    while True:
        with contextlib.suppress(StorageDown):  # its own metric tells of the outage; the next round tries again
            for name in await _pending(p):
                await _embed_or_log(name, p)
        await asyncio.sleep(_IDLE_S)


async def _pending(p: Platform) -> list[str]:
    """The collections in which something waits for its vector."""
    async with p.database.read() as connection:
        names = [row.name for row in await collections.list_collections(connection)]
        return [name for name in names if (await collections.count_collection(connection, name)).pending_chunks]


async def _embed_or_log(name: str, p: Platform) -> None:
    try:
        await p.backfill.run(name)
    except AnswerableError as error:
        logger.warning("embedding.failed", collection=name, error=str(error))


class _Run:
    """One ingestion: collects documents into batches, publishes them, and keeps the results."""

    def __init__(self, collection: CollectionRow, labels: Labels, report: Report, p: Platform) -> None:
        self._collection = collection
        self._labels = labels
        self._report = report
        self._p = p
        self._hashes: dict[str, str] = {}
        self._batch: list[LoadedDocument] = []
        self._files: dict[str, list[str]] = {}
        self._held: dict[str, list[LoadedDocument]] = {}
        self.results: list[ItemResult] = []

    async def changed(self, items: Sequence[Item]) -> list[Item]:
        """The files whose bytes were not stored before; the others are settled as unchanged."""
        hashes = await asyncio.to_thread(lambda: {item.source: _file_hash(item.path, self._labels) for item in items})
        async with self._p.database.read() as connection:
            known = await collections.find_file_hashes(connection, self._collection.name, list(hashes))
        self._hashes = {source: value for source, value in hashes.items() if value}
        fresh = []
        for item in items:
            if item.source in known and known[item.source] == hashes[item.source]:
                await self._done(ItemResult(item.source, "unchanged"))
            else:
                fresh.append(item)
        return fresh

    async def fetch(self, urls: Sequence[str], folder: Path) -> list[Item]:
        """Addresses as files of a temporary folder; one that fails is settled as failed."""
        items = []
        for number, url in enumerate(urls):
            try:
                fetched = await self._p.fetcher.fetch(url)
            except AnswerableError as error:
                await self._done(ItemResult(url, "failed", error=error))
                continue
            path = folder / f"{number}{_suffix(fetched)}"
            await asyncio.to_thread(path.write_bytes, fetched.data)
            items.append(Item(path, url))
        return items

    async def settle(self, outcome: Outcome) -> None:
        """Take in what the reader says of a file: all of its documents, or its error and none."""
        source = outcome.item.source
        if outcome.error is not None:
            self._held.pop(source, None)
            await self._done(ItemResult(source, "failed", error=outcome.error))
            return
        held = self._held.setdefault(source, [])
        held += outcome.documents
        if outcome.is_last:
            self._files[source] = [document.source for document in held]
            for document in self._held.pop(source):
                await self.take(document)

    async def take(self, document: LoadedDocument) -> None:
        """Add a document to the batch, and publish the batch when it is full."""
        self._batch.append(document)
        if len(self._batch) >= _BATCH_DOCUMENTS or sum(len(d.text) for d in self._batch) >= _BATCH_CHARS:
            await self._publish_batch()

    async def publish(self) -> None:
        """Publish what is left, end the records that files no longer hold, remember what the files held."""
        await self._publish_batch()
        for source, present in self._files.items():
            missing = await self._p.publisher.missing_records(self._collection.name, source, present)
            if missing:
                await self._p.publisher.remove(self._collection.name, missing)
                for one in missing:
                    await self._done(ItemResult(source, "removed", DocumentId(one)))
        known = {source: self._hashes[source] for source in self._files if source in self._hashes}
        await self._p.publisher.remember_files(self._collection.name, known)

    async def _publish_batch(self) -> None:
        batch, self._batch = self._batch, []
        if batch:
            for one in await self._p.publisher.publish(self._collection, batch, self._labels):
                await self._done(ItemResult(one.source, one.status, one.document_id, one.chunks, one.chunks_to_embed))

    async def _done(self, result: ItemResult) -> None:
        self.results.append(result)
        await self._report(result)


def _expand(request: Ingest) -> Expansion:
    if not request.sources:
        return Expansion(())
    if request.urls_only and not all(is_url(source) for source in request.sources):
        raise InvalidRequest("give an address that begins with http:// or https://", param="url")
    return expand(request.sources, base=Path.cwd())


def _suffix(fetched: Fetched) -> str:
    """A file name's ending for what was fetched; the loader looks into the bytes all the same."""
    suffix = Path(urlsplit(fetched.final_url).path).suffix
    return suffix if 1 < len(suffix) <= 6 else mimetypes.guess_extension(fetched.media_type) or ""


def _as_document(given: GivenText) -> LoadedDocument:
    """A text as it came: its paragraphs are its structure."""
    text = given.text.replace("\r\n", "\n").replace("\0", "")
    blocks = tuple(Block(found.start(), found.end()) for found in re.finditer(r"\S(?:.|\n(?!\s*\n))*", text))
    return LoadedDocument(given.source, given.title, text, blocks, "text/plain")


def _file_hash(path: Path, labels: Labels) -> str | None:
    """What a file holds and how it is labelled, as one hash; None when it cannot be read (the reader will say why)."""
    digest = hashlib.blake2b(repr((sorted(labels.metadata.items()), labels.readers)).encode(), digest_size=20)
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError:
        return None
    return digest.hexdigest()
