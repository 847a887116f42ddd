"""Lookups, answers and embedders that the tests of the caches share."""

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from answerable.core.identity import Principal
from answerable.core.messages import Event, Finished, FinishReason, Message, Text, TextDelta
from answerable.core.tasks import Chat, Sampling
from answerable.core.usage import Usage
from answerable.gateway.cache.facade import Cache, Config
from answerable.gateway.cache.key import Control, Lookup
from answerable.storage.shared_store import MemoryStore

if TYPE_CHECKING:
    from answerable.core.ports import Vectors

ANN = Principal("ann", workspace="red")
BOB = Principal("bob", workspace="red")
EVE = Principal("eve", workspace="blue")


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


class Words:
    """An embedder of a test: the words of a text in any order, without `the` and `please`."""

    name = "all-MiniLM-L6-v2"  # the model that the gate knows
    local = True
    dimensions = 64
    max_tokens = 50

    def spans(self, text: str) -> list[tuple[int, int]]:
        return [(0, len(word)) for word in text.split()]

    def count(self, text: str) -> int:
        return len(text.split())

    def embed(self, texts: Sequence[str]) -> "Vectors":
        rows = np.zeros((len(texts), self.dimensions), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.lower().strip("?! ").split():
                if word not in ("the", "please"):
                    row[hashlib.blake2b(word.encode(), digest_size=1).digest()[0] % self.dimensions] += 1
            row /= max(1e-9, float(np.linalg.norm(row)))
        return rows


def chat(question: str, *before: Message, **sampling: float) -> Chat:
    return Chat((*before, Message("user", (Text(question),))), sampling=Sampling(**sampling))  # type: ignore[arg-type]


def lookup(question: str = "How do I reset the router?", reader: Principal = ANN, **more: object) -> Lookup:
    control = Control(**more.pop("control", {}))  # type: ignore[arg-type]
    task = more.pop("chat", None) or chat(question)
    return Lookup(task, str(more.pop("model", "small")), reader, control=control, **more)  # type: ignore[arg-type]


def answer(text: str = "Hold the button for ten seconds.", reason: FinishReason = "stop") -> list[Event]:
    half = len(text) // 2
    return [TextDelta(text[:half]), TextDelta(text[half:]), Finished(reason, Usage(12, 7), "small-1")]


def cache(clock: Clock | None = None, store: MemoryStore | None = None, **config: object) -> Cache:
    made = Config(**config)  # type: ignore[arg-type]
    return Cache(made, store or MemoryStore(), Words(), policy="1", clock=clock or Clock())


async def ask(caches: Cache, one: Lookup, events: Sequence[Event] | None = None) -> bool:
    """As a flow does: whether it was a hit; otherwise `events` is what a model answered."""
    try:
        if await caches.find(one) is not None:
            return True
        await caches.put(one, answer() if events is None else events)
        return False
    finally:
        caches.leave(one)
