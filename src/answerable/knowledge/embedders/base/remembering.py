"""An embedder that remembers the vectors of the texts seen last: rerankers and research ask for the same ones again.

A local embedder gives a text the same vector to the last bit in any batch, so that what was asked before changes no
result. Indexing does without: it embeds each text once.
"""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from answerable.core.ports import Embedder

if TYPE_CHECKING:
    from answerable.core.ports import Vectors

_KEPT = 4_096
"""The sentences of some ten reports: 6 MB at 384 numbers each."""


class Remembering:
    """`core.ports.Embedder` over another one. Thread-safe."""

    def __init__(self, embedder: Embedder, kept: int = _KEPT) -> None:
        self.name = embedder.name
        self.dimensions = embedder.dimensions
        self.max_tokens = embedder.max_tokens
        self.local = embedder.local
        self.spans = embedder.spans
        self.count = embedder.count
        self._embedder = embedder
        self._kept = kept
        self._lock = threading.Lock()
        self._rows: OrderedDict[str, Vectors] = OrderedDict()

    def embed(self, texts: Sequence[str]) -> "Vectors":
        """(n, dimensions) float32, L2-normalised, in the order given; a text longer than the window is cut."""
        import numpy as np

        with self._lock:
            known = {text: self._rows[text] for text in texts if text in self._rows}
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        if missing:
            rows = self._embedder.embed(missing)
            known |= {text: row.copy() for text, row in zip(missing, rows, strict=True)}  # a view would keep them all
        with self._lock:
            for text in dict.fromkeys(texts):
                self._rows[text] = known[text]
                self._rows.move_to_end(text)
            while len(self._rows) > self._kept:
                self._rows.popitem(last=False)
        return np.stack([known[text] for text in texts]) if texts else self._embedder.embed([])
