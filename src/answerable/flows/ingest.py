"""Documents in: load, chunk, compare with what is stored, commit, let the indexes catch up, embed behind.

One bad file never stops the others; its error is in the result beside theirs. A file whose bytes are known is not read
again, a document whose content is known is not chunked again, a text that was embedded is never embedded again.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from answerable.core.documents import PUBLIC, Block, DocumentId, LoadedDocument, Metadata
from answerable.core.errors import AnswerableError, InvalidRequest, UnreadableDocument
from answerable.flows.collections import check_name
from answerable.flows.platform import Platform
from answerable.knowledge.backfill import Progress
from answerable.knowledge.publish import Labels, Published
from answerable.storage import collections
from answerable.storage.collections import CollectionRow
from answerable.telemetry.log import logger

_BATCH_CHARS = 400_000
"""Text committed at once: about a second of chunking and indexing, so that progress is seen and a stop loses little."""

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
    """The results in the order given; `skipped` counts files of a folder whose kind is not read."""

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
    given, skipped = await _given(request, p)
    collection = await p.publisher.open_collection(request.collection, dict(p.policy.chunker))
    labels = Labels(request.metadata, request.readers or (PUBLIC,))
    results: list[ItemResult] = []

    async def settle(result: ItemResult) -> None:
        results.append(result)
        await report(result)

    run = _Run(collection, labels, settle, p)
    for text in request.texts:
        await run.add(_as_document(text))
    await run.read(await run.changed(given))
    await run.flush()
    return Ingested(tuple(results), skipped)


async def embed(collection: str, p: Platform, report: Callable[[Progress], Awaitable[None]] | None = None) -> int:
    """Wait until every live chunk of a collection has its vector; returns how many texts were embedded here."""
    return await p.backfill.run(collection, report)


async def embed_in_background(p: Platform) -> None:
    """Embed whatever is pending, in any collection, for as long as the server runs."""
    while True:
        async with p.database.read() as connection:
            names = [row.name for row in await collections.list_collections(connection)]
            counts = [await collections.count_collection(connection, name) for name in names]
        for name, count in zip(names, counts, strict=True):
            if count.pending_chunks:
                await _embed_or_log(name, p)
        await asyncio.sleep(_IDLE_S)


async def _embed_or_log(name: str, p: Platform) -> None:
    try:
        await p.backfill.run(name)
    except AnswerableError as error:  # the next round tries again
        logger.warning("embedding.failed", collection=name, error=str(error))
