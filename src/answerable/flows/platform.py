"""Everything a flow may use, assembled by `wiring.py`. Flows take it as their last argument, `p`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from answerable.accounts.assembly import Accounts
from answerable.core.ports import Embedder
from answerable.gateway.models import Models
from answerable.knowledge.backfill import Backfill
from answerable.knowledge.cite import Verifier
from answerable.knowledge.fetch import Fetcher
from answerable.knowledge.library import Library
from answerable.knowledge.publish import Publisher
from answerable.knowledge.reading import Reader
from answerable.knowledge.retriever import Retriever
from answerable.storage.database import Database


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
    models: Models
    policy: Policy
    accounts: Accounts

    async def close(self) -> None:
        """Finish writes and release everything, in the reverse order of building."""
        await self.models.close()
        self.reader.close()
        await self.library.close()
        await self.database.close()
