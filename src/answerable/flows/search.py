"""Search a collection: ranked passages, and how they came about."""

from dataclasses import dataclass, field
from datetime import datetime

from answerable.core.documents import Passage
from answerable.core.filters import Filter, to_json
from answerable.core.identity import OWNER, Principal
from answerable.core.moments import to_us
from answerable.flows.platform import Platform
from answerable.knowledge.catalog import Scope
from answerable.knowledge.retriever import Mode, Query
from answerable.knowledge.trace import Trace


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


async def search(wanted: Search, p: Platform) -> tuple[tuple[Passage, ...], Trace]:
    """The best `k` passages and the trace. Raises NotFound for an unknown collection."""
    trace = Trace(wanted.query)
    trace.record(collection=wanted.collection, filter=to_json(wanted.where), mode=wanted.mode)
    scope = Scope(wanted.reader, wanted.where, to_us(wanted.as_of) if wanted.as_of else None)
    query = Query(wanted.query, scope, wanted.k, wanted.mode, wanted.rerank)
    return (await p.retriever.search(wanted.collection, query, trace)).passages, trace
