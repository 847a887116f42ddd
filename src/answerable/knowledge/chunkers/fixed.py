"""Equal stretches of tokens with overlap, whatever the structure. An edit moves every later chunk of the document."""

from dataclasses import dataclass

from answerable.core.documents import Block, Chunk, LoadedDocument
from answerable.core.ports import Chunker, Tokenizer
from answerable.knowledge.chunkers._atoms import Atom, Measure, trim
from answerable.knowledge.chunkers._packing import Writer, header_limit
from answerable.knowledge.chunkers._words import WordTokens


@dataclass(frozen=True, slots=True)
class Config:
    """`chunk_tokens` counts header and text, and is cut to `window`; `overlap_ratio` is a share of it, below 0.5."""

    chunk_tokens: int = 254
    overlap_ratio: float = 0.15
    window: int = 254

    @property
    def effective_tokens(self) -> int:
        """The size that is used."""
        return min(self.chunk_tokens, self.window)


def build(config: Config, tokenizer: Tokenizer) -> Chunker:
    """Fixed-size chunks."""
    return FixedChunker(config, tokenizer)


class FixedChunker:
    """Chunker by token count alone."""

    def __init__(self, config: Config, tokenizer: Tokenizer) -> None:
        self._size = config.effective_tokens
        self._overlap = int(self._size * min(config.overlap_ratio, 0.5))
        self._words = WordTokens(tokenizer)

    def chunk(self, document: LoadedDocument) -> list[Chunk]:
        """Chunks in reading order."""
        measure = Measure(self._words, document.text)
        writer = Writer(document, self._words, self._size)
        room = max(1, self._size - header_limit(self._size) // 2)
        step = max(1, room - self._overlap)
        chunks: list[Chunk] = []
        at = 0
        while at < len(document.text):
            end = measure.after(at, room)
            start, stop = trim(document.text, at, end)
            if start < stop:
                chunks += writer.chunks([Atom(start, stop, room, 0, 0, _block_at(document, start))])
            if end >= len(document.text):
                break
            at = max(at + 1, measure.after(at, step))
        return chunks


def _block_at(document: LoadedDocument, offset: int) -> Block:
    """The block around an offset, or the last one before it."""
    found = Block(0, len(document.text))
    for block in document.blocks:
        if block.start > offset:
            break
        found = block
    return found
