"""The word pieces of a model folder: ids for the encoder, counts and character offsets for the chunkers."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from answerable.core.errors import SetupError

if TYPE_CHECKING:
    from tokenizers import Tokenizer as Backend


class WordPieces:
    """A `core.ports.Tokenizer` over `tokenizer.json`, read at the first use. Thread-safe."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "tokenizer.json"
        self._lock = threading.Lock()
        self._backend: Backend | None = None

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Character offsets [start, end) of every word piece, in order, special tokens left out."""
        return list(self._load().encode(text, add_special_tokens=False).offsets)

    def count(self, text: str) -> int:
        """Number of word pieces, special tokens left out."""
        return len(self._load().encode(text, add_special_tokens=False))

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids of each text, special tokens left out, uncut."""
        return [found.ids for found in self._load().encode_batch_fast(list(texts), add_special_tokens=False)]

    def id_of(self, token: str) -> int:
        """Id of a token of the vocabulary, such as `[CLS]`; SetupError when the vocabulary lacks it."""
        found = self._load().token_to_id(token)
        if found is None:
            raise SetupError(f"{self._path} has no token {token}; export the model with scripts/export_minilm.py")
        return int(found)

    def _load(self) -> "Backend":
        if self._backend is None:
            with self._lock:
                if self._backend is None:
                    self._backend = self._read()
        return self._backend

    def _read(self) -> "Backend":
        from tokenizers import Tokenizer as Backend

        if not self._path.is_file():
            raise SetupError(f"{self._path} is missing; export the model with scripts/export_minilm.py")
        return Backend.from_file(str(self._path))
