"""A deterministic embedder of hashed words: close texts get close vectors, in microseconds and with no model."""

import hashlib
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from answerable.core.ports import Vectors


class HashEmbedder:
    """Bag of words, each word a fixed pseudo-random direction; counts the texts it was given."""

    name = "hash-words"
    local = True
    dimensions = 64
    max_tokens = 64

    def __init__(self) -> None:
        self.embedded: list[str] = []

    def spans(self, text: str) -> list[tuple[int, int]]:
        return [found.span() for found in re.finditer(r"\w+|[^\w\s]", text)]

    def count(self, text: str) -> int:
        return len(self.spans(text))

    def embed(self, texts: Sequence[str]) -> "Vectors":
        self.embedded += texts
        rows = [sum((_direction(w) for w in re.findall(r"\w+", t.lower())), _direction("")) for t in texts]
        vectors = np.array(rows, dtype=np.float32).reshape(len(texts), self.dimensions)
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def _direction(word: str) -> "Vectors":
    seed = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "little")
    return np.random.default_rng(seed).standard_normal(HashEmbedder.dimensions).astype(np.float32)
