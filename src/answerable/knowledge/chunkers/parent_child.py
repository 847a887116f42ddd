"""Search small, read wide: chunks of about 200 tokens, each pointing to the stretch of its section it stands in."""

from dataclasses import dataclass

from answerable.core.documents import Chunk, LoadedDocument
from answerable.core.ports import Chunker, Tokenizer
from answerable.knowledge.chunkers._atoms import Measure, cut_document
from answerable.knowledge.chunkers._packing import Writer, atom_limit, header_limit, pack
from answerable.knowledge.chunkers._words import WordTokens


@dataclass(frozen=True, slots=True)
class Config:
    """`chunk_tokens` (header and text) is cut to `window`, the model's; `parent_tokens` is for the reader only."""

    chunk_tokens: int = 200
    parent_tokens: int = 1_000
    window: int = 254

    @property
    def effective_tokens(self) -> int:
        """The size of a child that is used."""
        return min(self.chunk_tokens, self.window)


def build(config: Config, tokenizer: Tokenizer) -> Chunker:
    """Children with parents."""
    return ParentChildChunker(config, tokenizer)


class ParentChildChunker:
    """Chunker whose chunks carry `parent`."""

    def __init__(self, config: Config, tokenizer: Tokenizer) -> None:
        self._size = config.effective_tokens
        self._parent_size = max(config.parent_tokens, self._size)
        self._words = WordTokens(tokenizer)

    def chunk(self, document: LoadedDocument) -> list[Chunk]:
        """Children in reading order."""
        measure = Measure(self._words, document.text)
        atoms = cut_document(document, measure, atom_limit(self._size))
        writer = Writer(document, self._words, self._size)
        chunks: list[Chunk] = []
        parents = pack(atoms, self._parent_size)
        around = [one for one in parents for _ in range(*one)]
        for low, high in pack(atoms, self._size - header_limit(self._size) // 2):
            parent = (atoms[around[low][0]].start, atoms[around[high - 1][1] - 1].end)
            chunks += writer.chunks(atoms[low:high], parent)
        return chunks
