"""Vectors of texts by the embedding model: admitted by the limits, one row in the ledger, tokens counted."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from answerable.core import counting
from answerable.core.errors import AnswerableError, InvalidRequest, ModelNotFound
from answerable.core.identity import OWNER, Principal
from answerable.core.messages import Finished, Routed, Sink
from answerable.core.ports import Embedder
from answerable.core.usage import Attempt, AttemptOutcome, Usage
from answerable.flows.accounting import Account, Admission
from answerable.flows.platform import Platform
from answerable.gateway.ledger_entry import Opening
from answerable.gateway.limits import Estimate

if TYPE_CHECKING:
    from answerable.core.ports import Vectors

ENDPOINT = "POST /v1/embeddings"

_MOST_TEXTS = 2_048


@dataclass(frozen=True, slots=True)
class Embeddings:
    """Which texts, as which model and with how many dimensions (None: as it is), for whom."""

    texts: tuple[str, ...]
    model: str | None = None
    dimensions: int | None = None
    reader: Principal = field(default=OWNER)
    address: str = ""


async def embed_texts(wanted: Embeddings, sink: Sink, p: Platform) -> "Vectors":
    """(n, dimensions) float32 in the order given; `sink` learns the limits, the usage and the cost.

    Raises ModelNotFound, InvalidRequest, and what the limits refuse with.
    """
    name = p.embedder.name
    # Four characters a token until somebody is let in: counting word pieces is work that a limit should prevent.
    estimate = Estimate(counting.text_tokens(wanted.texts), 0, p.prices.of(name).cost)
    admission = Admission(wanted.reader, wanted.address, Opening(ENDPOINT, wanted.model or name), estimate)
    async with Account(admission, sink, p) as account:
        _check(wanted, p.embedder)
        await account.take_place()
        await account.sink(Routed(name, "the embedding model"))
        with p.tracer.span("embeddings", model=name):
            vectors, usage = await _run(wanted.texts, account, p)
        await account.sink(Finished("stop", usage, name, p.prices.of(name).cost(usage)))
    return vectors


async def _run(texts: tuple[str, ...], account: Account, p: Platform) -> "tuple[Vectors, Usage]":
    """The vectors; the attempt is recorded whatever becomes of it. A client that goes does not stop the work."""
    usage = Usage(await asyncio.to_thread(lambda: sum(map(p.embedder.count, texts))))
    begun, error = time.perf_counter(), ""
    outcome: AttemptOutcome = "cancelled"
    try:
        vectors = await asyncio.to_thread(p.embedder.embed, texts)
        outcome = "answered"
    except AnswerableError as failure:
        outcome, error, usage = "failed", failure.code, Usage()
        raise
    finally:
        took_ms = (time.perf_counter() - begun) * 1e3
        cost = p.prices.of(p.embedder.name).cost(usage)
        account.attempt(Attempt(p.embedder.name, "Embed", outcome, usage, cost, took_ms, None, error))
    return vectors, usage


def _check(wanted: Embeddings, embedder: Embedder) -> None:
    if wanted.model not in (None, embedder.name):
        raise ModelNotFound(f"'{wanted.model}' is not the embedding model here; it is '{embedder.name}'", param="model")
    if wanted.dimensions not in (None, embedder.dimensions):
        raise InvalidRequest(f"'{embedder.name}' has {embedder.dimensions} dimensions, no others", param="dimensions")
    if not 0 < len(wanted.texts) <= _MOST_TEXTS:
        raise InvalidRequest(f"give between 1 and {_MOST_TEXTS} texts", param="input")
    if not all(text.strip() for text in wanted.texts):
        raise InvalidRequest("every input must be text that is not empty; token ids are not accepted", param="input")
