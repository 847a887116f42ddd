"""Vectors of texts, each computed once for all tasks of a report.

The local embedder gives a text the same vector to the last bit in any batch, so that what was asked before changes no
result.
"""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from answerable.core.ports import Embedder

if TYPE_CHECKING:
    from answerable.core.ports import Vectors

_KEPT = 4_096
"""The sentences of about five reports: 6 MB at 384 numbers each."""


class Remembered:
    """An embedder that remembers the texts seen last. Thread-safe."""

    def __init__(self, embedder: Embedder, kept: int = _KEPT) -> None:
        self._embedder = embedder
        self._kept = kept
        self._lock = threading.Lock()
        self._rows: OrderedDict[str, Vectors] = OrderedDict()

    def embed(self, texts: Sequence[str]) -> "Vectors":
        """(n, dimensions) float32, L2-normalised, in the order given; a text longer than the window is cut."""
        with self._lock:
            known = {text: self._rows[text] for text in texts if text in self._rows}
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        if missing:
            known |= dict(zip(missing, self._embedder.embed(missing), strict=True))
        with self._lock:
            for text in dict.fromkeys(texts):
                self._rows[text] = known[text]
                self._rows.move_to_end(text)
            while len(self._rows) > self._kept:
                self._rows.popitem(last=False)
        if not texts:
            return np.zeros((0, self._embedder.dimensions), np.float32)
        return np.stack([known[text] for text in texts])
