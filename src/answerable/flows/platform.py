"""Everything a flow may use, assembled by `wiring.py`. Flows take it as their last argument, `p`."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from answerable.accounts.assembly import Accounts
from answerable.agents.running import Running
from answerable.agents.sources.base.library import Sources
from answerable.agents.toolbox import Toolbox
from answerable.chats.imports import Imports
from answerable.chats.runs import Runs
from answerable.core.ports import Embedder, RunLog, SharedStore
from answerable.gateway.breaker import Breaker
from answerable.gateway.cache.facade import Cache
from answerable.gateway.fallback import Fallback
from answerable.gateway.guards.pipeline import Guards
from answerable.gateway.ledger import Ledger
from answerable.gateway.limits import Limits
from answerable.gateway.models import Models
from answerable.gateway.prices import Prices
from answerable.gateway.queue import Queue
from answerable.gateway.router import Router
from answerable.knowledge.backfill import Backfill
from answerable.knowledge.cite import Verifier
from answerable.knowledge.fetch import Fetcher
from answerable.knowledge.library import Library
from answerable.knowledge.publish import Publisher
from answerable.knowledge.reading import Reader
from answerable.knowledge.retriever import Retriever
from answerable.storage.counters import Counters, MemoryCounters
from answerable.storage.database import Database
from answerable.storage.run_log import MemoryRunLog
from answerable.storage.shared_store import MemoryStore
from answerable.telemetry.metrics import Metrics
from answerable.telemetry.trace import Tracer

if TYPE_CHECKING:
    from answerable.storage.redis_link import RedisLink


@dataclass(frozen=True, slots=True)
class Policy:
    """The settings that flows read: what to answer from, how much context, when to answer."""

    default_collection: str | None
    passages: int
    context_tokens: int
    max_sentences: int
    threshold: float
    chunker: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Shared:
    """What all workers of an installation count and remember in: in this process, or in Redis behind `links`."""

    counters: Counters = field(default_factory=MemoryCounters)
    store: SharedStore = field(default_factory=MemoryStore)
    log: RunLog = field(default_factory=MemoryRunLog)
    links: "tuple[RedisLink, ...]" = ()

    async def close(self) -> None:
        """Release the connections."""
        for link in self.links:
            await link.close()


@dataclass(frozen=True, slots=True)
class Platform:
    """The assembled program."""

    database: Database
    library: Library
    publisher: Publisher
    backfill: Backfill
    reader: Reader
    fetcher: Fetcher
    retriever: Retriever
    verifier: Verifier
    embedder: Embedder
    remembering: Embedder
    """The same, for what asks for the same texts again."""
    models: Models
    policy: Policy
    accounts: Accounts
    # what a request passes through
    metrics: Metrics
    tracer: Tracer
    shared: Shared
    ledger: Ledger
    limits: Limits
    queue: Queue
    guards: Guards
    cache: Cache
    prices: Prices
    breaker: Breaker
    router: Router
    fallback: Fallback
    toolbox: Toolbox
    sources: Sources
    runs: Runs
    research: Running
    imports: Imports = field(default_factory=Imports)

    async def close(self) -> None:
        """Finish writes and release everything, in the reverse order of building."""
        await self.research.close()
        await self.runs.close()  # first: what still answers needs all that follows
        await self.models.close()
        await self.ledger.close()
        await self.shared.close()
        await asyncio.to_thread(self.tracer.close)
        self.reader.close()
        await self.library.close()
        await self.database.close()
