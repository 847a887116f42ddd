"""Whole sentences up to a size, each chunk opening with the last sentences of the one before it."""

from collections.abc import Sequence
from dataclasses import dataclass

from answerable.core.documents import Chunk, LoadedDocument
from answerable.core.ports import Chunker, Tokenizer
from answerable.knowledge.chunkers._atoms import Atom, Measure, cut_document
from answerable.knowledge.chunkers._packing import Writer, atom_limit, header_limit, pack
from answerable.knowledge.chunkers._words import WordTokens


@dataclass(frozen=True, slots=True)
class Config:
    """`chunk_tokens` counts header, overlap and text, and is cut to `window`; `overlap_ratio` is a share of it."""

    chunk_tokens: int = 254
    overlap_ratio: float = 0.1
    window: int = 254

    @property
    def effective_tokens(self) -> int:
        """The size that is used."""
        return min(self.chunk_tokens, self.window)


def build(config: Config, tokenizer: Tokenizer) -> Chunker:
    """Sentence chunks."""
    return SentenceChunker(config, tokenizer)


class SentenceChunker:
    """Chunker that cuts between sentences only (and inside those that are too long for a chunk)."""

    def __init__(self, config: Config, tokenizer: Tokenizer) -> None:
        self._size = config.effective_tokens
        self._overlap = int(self._size * config.overlap_ratio)
        self._words = WordTokens(tokenizer)

    def chunk(self, document: LoadedDocument) -> list[Chunk]:
        """Chunks in reading order."""
        measure = Measure(self._words, document.text)
        atoms = cut_document(document, measure, atom_limit(self._size), sentences=True)
        writer = Writer(document, self._words, self._size)
        room = max(1, self._size - header_limit(self._size) // 2 - self._overlap)
        chunks: list[Chunk] = []
        for low, high in pack(atoms, room):
            lead = atoms[self._lead(atoms, low)].start
            chunks += writer.chunks(atoms[low:high], lead=lead)
        return chunks

    def _lead(self, atoms: Sequence[Atom], low: int) -> int:
        """The first of the sentences before `low` that fit the overlap."""
        tokens, lead = 0, low
        while lead and tokens + atoms[lead - 1].tokens <= self._overlap:
            lead -= 1
            tokens += atoms[lead].tokens
        return lead
