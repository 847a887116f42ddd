"""`core.ports.Embedder` over an exported model folder."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from answerable.knowledge.embedders.base.encoder import SPECIAL_TOKENS, Encoder

if TYPE_CHECKING:
    from answerable.core.ports import Vectors


class FolderEmbedder:
    """Embeds with a local encoder. The folder's graph pools and normalises; this class only fulfils the port."""

    local = True

    def __init__(self, name: str, encoder: Encoder) -> None:
        self.name = name
        self.dimensions = encoder.folder.dimensions
        self.max_tokens = encoder.folder.max_length - SPECIAL_TOKENS
        self._encoder = encoder

    def embed(self, texts: Sequence[str]) -> "Vectors":
        """(n, dimensions) float32, L2-normalised, in the order given."""
        if not texts:
            import numpy as np

            return np.zeros((0, self.dimensions), np.float32)
        return self._encoder.encode(texts)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Character offsets [start, end) of every word piece, special tokens left out."""
        return self._encoder.pieces.spans(text)

    def count(self, text: str) -> int:
        """Number of word pieces, special tokens left out."""
        return self._encoder.pieces.count(text)
