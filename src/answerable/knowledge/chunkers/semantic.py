"""Sections and paragraphs: whole blocks packed by structure, big ones cut at rows, lines or sentence ends."""

from dataclasses import dataclass

from answerable.core.documents import Chunk, LoadedDocument
from answerable.core.ports import Chunker, Tokenizer
from answerable.knowledge.chunkers._atoms import Measure, cut_document
from answerable.knowledge.chunkers._packing import Writer, atom_limit, header_limit, pack
from answerable.knowledge.chunkers._words import WordTokens


@dataclass(frozen=True, slots=True)
class Config:
    """`chunk_tokens` counts header and text; beyond `window`, which is the model's, it is cut to the window."""

    chunk_tokens: int = 254
    window: int = 254

    @property
    def effective_tokens(self) -> int:
        """The size that is used."""
        return min(self.chunk_tokens, self.window)


def build(config: Config, tokenizer: Tokenizer) -> Chunker:
    """The default chunker."""
    return SemanticChunker(config, tokenizer)


class SemanticChunker:
    """Chunker without overlap: the header carries the context."""

    def __init__(self, config: Config, tokenizer: Tokenizer) -> None:
        self._size = config.effective_tokens
        self._words = WordTokens(tokenizer)

    def chunk(self, document: LoadedDocument) -> list[Chunk]:
        """Chunks in reading order."""
        measure = Measure(self._words, document.text)
        atoms = cut_document(document, measure, atom_limit(self._size))
        writer = Writer(document, self._words, self._size)
        ranges = pack(atoms, self._size - header_limit(self._size) // 2)
        return [chunk for low, high in ranges for chunk in writer.chunks(atoms[low:high])]
