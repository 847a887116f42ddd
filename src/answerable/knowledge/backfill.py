"""Embeddings fill in behind the commit: takes live chunks that have no vector, embeds each text once, stores it.

Resumes by itself after a stop, because what is left to do is a question to SQL. One process of a machine at a time
embeds a collection (a lease); another that asks to wait watches the number left. Two machines may embed the same text,
and the first one's vector stays.
"""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from answerable.core.ports import Embedder
from answerable.knowledge.library import Library
from answerable.knowledge.publish import as_ranges
from answerable.storage import chunks, collections
from answerable.storage.database import Connection, Database
from answerable.storage.lease import Lease

_STEP = 256
"""Chunks embedded between two commits: about a second of work, so that a stop loses at most that."""

_INDEX_EVERY = 16
"""Steps between two times that the index on disk is brought level: bounds the tail that searches scan in memory."""

_WATCH_S = 0.5


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the embeddings of a collection have come; `eta_s` is None while there is nothing to judge by."""

    pending: int
    done: int = 0
    rate_per_s: float = 0.0

    @property
    def eta_s(self) -> float | None:
        """Seconds left at the present rate."""
        return self.pending / self.rate_per_s if self.rate_per_s else None


class Backfill:
    """Embeds what is missing. `progress` may be read at any time."""

    def __init__(self, database: Database, library: Library, embedder: Embedder, folder: Path) -> None:
        self._database = database
        self._library = library
        self._embedder = embedder
        self._folder = folder
        self._leases: dict[str, Lease] = {}
        self._progress: dict[str, Progress] = {}

    async def progress(self, collection: str) -> Progress:
        """Pending chunks of a collection, and the rate of the run that is on."""
        async with self._database.read() as connection:
            pending = (await collections.count_collection(connection, collection)).pending_chunks
        running = self._progress.get(collection, Progress(0))
        return Progress(pending, running.done, running.rate_per_s if pending else 0.0)

    async def run(self, collection: str, report: Callable[[Progress], Awaitable[None]] | None = None) -> int:
        """Embed until nothing is pending; returns how many distinct texts this call embedded."""
        lease = self._leases.setdefault(collection, Lease(self._folder / collection / "embedding.lock"))
        while True:
            async with lease.try_hold() as held:
                if held:
                    return await self._embed_all(collection, report)
            progress = await self.progress(collection)
            if report is not None:
                await report(progress)
            if not progress.pending:
                return 0
            await asyncio.sleep(_WATCH_S)

    async def _embed_all(self, collection: str, report: Callable[[Progress], Awaitable[None]] | None) -> int:
        started, done, texts = time.monotonic(), 0, 0
        try:
            for step in itertools.count(1):
                async with self._database.read() as connection:
                    rows = await chunks.chunks_to_embed(connection, collection, _STEP)
                if not rows:
                    break
                texts += await self._embed(collection, rows)
                done += len(rows)
                rate = done / max(time.monotonic() - started, 1e-9)
                self._progress[collection] = Progress(0, done, rate)
                if report is not None:
                    await report(await self.progress(collection))
                if step % _INDEX_EVERY == 0:
                    await self._library.catch_up(collection)
        finally:
            self._progress.pop(collection, None)
            if done:
                await self._library.catch_up(collection)
        return texts

    async def _embed(self, collection: str, rows: list[tuple[int, str, str]]) -> int:
        by_hash = {text_hash: text for _, text_hash, text in rows}
        async with self._database.read() as connection:
            known = await chunks.known_hashes(connection, self._embedder.name, list(by_hash))
        hashes = [one for one in by_hash if one not in known]
        vectors = await asyncio.to_thread(self._embedder.embed, [by_hash[one] for one in hashes])
        ids = sorted(row[0] for row in rows)

        async def work(connection: Connection) -> None:
            await chunks.put_embeddings(connection, self._embedder.name, hashes, vectors)
            done = await chunks.mark_embedded(connection, ids)
            await chunks.append_log(connection, collection, "vector", as_ranges(done))

        await self._database.write(work)
        return len(hashes)
