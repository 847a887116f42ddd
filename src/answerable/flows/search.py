"""Search a collection: ranked passages, and how they came about."""

from dataclasses import dataclass, field
from datetime import datetime

from answerable.core.documents import Passage
from answerable.core.filters import Filter, to_json
from answerable.core.identity import OWNER, Principal
from answerable.core.messages import Sink
from answerable.core.moments import to_us
from answerable.flows.accounting import Account, Admission
from answerable.flows.platform import Platform
from answerable.gateway.ledger_entry import Opening
from answerable.gateway.limits import Estimate, free
from answerable.knowledge.catalog import Scope
from answerable.knowledge.retriever import Mode, Query
from answerable.knowledge.trace import Trace

ENDPOINT = "POST /v1/collections/{name}/search"


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for, where, by whom, and how. `mode` keyword is the plain search shown beside an answer (E8)."""

    collection: str
    query: str
    k: int = 10
    mode: Mode = "hybrid"
    where: Filter | None = None
    as_of: datetime | None = None
    reader: Principal = field(default=OWNER)
    rerank: bool = True


async def counted_search(wanted: Search, address: str, sink: Sink, p: Platform) -> tuple[tuple[Passage, ...], Trace]:
    """A search that somebody asked for from outside: it counts as one request without tokens, and is in the ledger.

    Raises NotFound, and what the limits refuse with.
    """
    opening = Opening(ENDPOINT, collection=wanted.collection)
    async with Account(Admission(wanted.reader, address, opening, Estimate(0, 0, free)), sink, p):
        return await search(wanted, p)


async def search(wanted: Search, p: Platform) -> tuple[tuple[Passage, ...], Trace]:
    """The best `k` passages and the trace. Raises NotFound for an unknown collection."""
    trace = Trace(wanted.query)
    trace.record(collection=wanted.collection, filter=to_json(wanted.where), mode=wanted.mode)
    scope = Scope(wanted.reader, wanted.where, to_us(wanted.as_of) if wanted.as_of else None)
    query = Query(wanted.query, scope, wanted.k, wanted.mode, wanted.rerank)
    return (await p.retriever.search(wanted.collection, query, trace)).passages, trace
