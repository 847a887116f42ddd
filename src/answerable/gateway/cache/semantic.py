"""Answers to questions that mean the same: nearest vectors within one context, then the gate.

A context is everything of a request but the words of its last message: workspace, model, parameters, system message,
history, tools, revision of the knowledge. Entries live in this process only; each worker learns its own.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from answerable.core.errors import AnswerableError
from answerable.core.ports import Embedder
from answerable.gateway.cache.entry import Entry
from answerable.gateway.cache.hit_gate import HitGate

if TYPE_CHECKING:
    from answerable.core.ports import Vectors

_NEAREST = 5
"""Candidates that the gate looks at."""
_FIRST_ROWS = 16
_BURST_S = 1.0
"""Seconds of embedding that may follow each other without a pause."""
_OVERHEAD_BYTES = 3_000
"""A vector and its places, beside the entry."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is kept: entries of one context, entries and bytes of all. How much may be embedded: questions at once,
    and the share of a core that it takes over time.
    """

    each_context: int
    entries: int
    size_bytes: int
    at_once: int = 4
    share: float = 0.25


@dataclass(frozen=True, slots=True)
class Near:
    """What a search found: an entry with the cosine to its question, and whether the gate turned others away."""

    entry: Entry | None = None
    similarity: float = 0.0
    rejected: bool = False


class _Shelf:
    """The entries of one context, oldest first, with one row of `vectors` each."""

    def __init__(self, dimensions: int) -> None:
        self.vectors: Vectors = np.zeros((_FIRST_ROWS, dimensions), np.float32)
        self.kept: list[tuple[str, Entry]] = []

    def add(self, question: str, entry: Entry, vector: "Vectors") -> None:
        if len(self.kept) == len(self.vectors):
            self.vectors = np.concatenate([self.vectors, np.zeros_like(self.vectors)])
        self.vectors[len(self.kept)] = vector
        self.kept.append((question, entry))

    def keep(self, places: Sequence[int]) -> None:
        """Only the entries at these places."""
        self.vectors[: len(places)] = self.vectors[list(places)]
        self.kept = [self.kept[place] for place in places]

    @property
    def size_bytes(self) -> int:
        return sum(_weight(entry) for _, entry in self.kept)


class Semantic:
    """Not shared between threads: searched and filled on the event loop, while embedding runs in a thread.

    Embedding is bounded: a request costs 0.2 ms without it and 2-3 ms with it, so that under load the cache would take
    more from the others than it gives. Beyond the bounds questions go without this cache.
    """

    def __init__(
        self, embedder: Embedder, gate: HitGate, bounds: Bounds, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._embedder = embedder
        self._gate = gate
        self._bounds = bounds
        self._clock = clock
        self._embedding = 0
        self._allowance_s, self._counted_at = _BURST_S, clock()
        self._shelves: OrderedDict[bytes, _Shelf] = OrderedDict()
        self.entries = 0
        self.size_bytes = 0

    def holds(self, context: bytes) -> bool:
        """Whether there is anything to compare with: spares embedding a question that nothing can match."""
        return context in self._shelves

    async def vector(self, question: str) -> "Vectors | None":
        """(d,) float32; None when the question is longer than the model reads, when enough was embedded lately, or when
        the embedder is out of order.
        """
        now = self._clock()
        refilled = self._allowance_s + (now - self._counted_at) * self._bounds.share
        self._allowance_s, self._counted_at = min(_BURST_S, refilled), now
        if self._embedding >= self._bounds.at_once or self._allowance_s <= 0:
            return None
        self._embedding += 1
        try:
            return await asyncio.to_thread(self._embed, question)
        except AnswerableError:
            return None
        finally:
            self._embedding -= 1
            self._allowance_s -= self._clock() - now

    def search(self, context: bytes, owner: str, question: str, vector: "Vectors", now: float) -> Near:
        """The entry whose question the gate takes for the same one, the surest first."""
        shelf = self._shelves.get(context)
        if shelf is None:
            return Near()
        self._shelves.move_to_end(context)
        cosines = shelf.vectors[: len(shelf.kept)] @ vector
        best, found, rejected = 0.0, Near(), False
        for place in np.argsort(-cosines, kind="stable")[:_NEAREST].tolist():
            similarity = min(1.0, float(cosines[place]))
            other, entry = shelf.kept[place]
            if similarity < self._gate.floor:
                break
            if entry.owner != owner or entry.expires_at <= now:
                continue
            judged = self._gate.judge(question, other, similarity)
            rejected = rejected or not judged.same
            if judged.same and judged.probability > best:
                best, found = judged.probability, Near(entry, similarity)
        return found if found.entry is not None else Near(rejected=rejected)

    def put(self, context: bytes, question: str, vector: "Vectors", entry: Entry, now: float) -> None:
        """Keep it; the same question asked before is replaced."""
        shelf = self._shelves.setdefault(context, _Shelf(self._embedder.dimensions))
        self._shelves.move_to_end(context)
        self._tidy(shelf, question, now)
        shelf.add(question, entry, vector)
        self.entries += 1
        self.size_bytes += _weight(entry)
        while self.entries > self._bounds.entries or self.size_bytes > self._bounds.size_bytes:
            self._drop(next(iter(self._shelves)))

    def _tidy(self, shelf: _Shelf, question: str, now: float) -> None:
        """Take out what has expired, the same question, and the oldest one of a full shelf."""
        places = [n for n, (q, entry) in enumerate(shelf.kept) if entry.expires_at > now and q != question]
        places = places[max(0, len(places) + 1 - self._bounds.each_context) :]
        if len(places) < len(shelf.kept):
            self.entries -= len(shelf.kept) - len(places)
            self.size_bytes -= shelf.size_bytes
            shelf.keep(places)
            self.size_bytes += shelf.size_bytes

    def _drop(self, context: bytes) -> None:
        shelf = self._shelves.pop(context)
        self.entries -= len(shelf.kept)
        self.size_bytes -= shelf.size_bytes

    def _embed(self, question: str) -> "Vectors | None":
        if self._embedder.count(question) > self._embedder.max_tokens:
            return None
        found: Vectors = self._embedder.embed([question])[0]
        return found


def _weight(entry: Entry) -> int:
    return entry.size_bytes + _OVERHEAD_BYTES
