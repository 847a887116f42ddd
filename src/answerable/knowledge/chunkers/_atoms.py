"""A document as atoms: the smallest pieces that chunks are made of, each small enough for any chunk.

Token counts of the text are made once; everything after works on offsets.
"""

import re
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise

from answerable.core.documents import Block, BlockKind, LoadedDocument
from answerable.knowledge.chunkers._words import WordTokens

_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"')\]]*\s+(?=\S)|(?<=[。！？])|\n{2,}")
_LINE_END = re.compile(r"\n+")
_BLANKS = re.compile(r"(\s+)")

BLOCK, LINE, SENTENCE, PIECE, BODY = 10, 20, 30, 40, 50
"""How unwelcome a cut before an atom is, beside the depth of a heading (1..6); BODY is the text under its heading."""


@dataclass(frozen=True, slots=True)
class Atom:
    """A span that no chunker cuts further. `level` says how unwelcome a cut before it is, `mark` breaks ties."""

    start: int
    end: int
    tokens: int
    level: int
    mark: int
    block: Block


class Measure:
    """Counts tokens between offsets of one text, whose words are looked up once."""

    def __init__(self, words: WordTokens, text: str) -> None:
        self.text = text
        parts = _BLANKS.split(text)  # word, blanks, word, blanks ...
        self._starts = list(accumulate(map(len, parts), initial=0))[:-1:2]
        self._pieces = words.pieces(parts[::2])
        self._sums = list(accumulate(map(len, self._pieces), initial=0))

    def tokens(self, start: int, end: int) -> int:
        """Tokens that begin in [start, end)."""
        return self._before(end) - self._before(start)

    def after(self, start: int, tokens: int) -> int:
        """The offset at which `tokens` tokens from `start` are over."""
        wanted = self._before(start) + tokens
        if wanted >= self._sums[-1]:
            return len(self.text)
        word = bisect_right(self._sums, wanted) - 1
        return self._starts[word] + self._pieces[word][wanted - self._sums[word]]

    def _before(self, offset: int) -> int:
        """Tokens that begin before an offset."""
        word = bisect_left(self._starts, offset) - 1
        if word < 0:
            return 0
        return self._sums[word] + bisect_left(self._pieces[word], offset - self._starts[word])


def cut_document(document: LoadedDocument, measure: Measure, limit: int, *, sentences: bool = False) -> list[Atom]:
    """Atoms of at most `limit` tokens that cover all that is not blank: whole blocks where they fit, or `sentences`."""
    found: list[Atom] = []
    below_heading = False
    for block in _all_blocks(document):
        level = len(block.heading_path) or 1 if block.kind == "heading" else BODY if below_heading else BLOCK
        for start, end, inner in _cut_block(block, measure, limit, sentences):
            mark = zlib.crc32(measure.text[start:end].encode("utf-8", "surrogatepass"))
            found.append(Atom(start, end, measure.tokens(start, end), inner or level, mark, block))
        below_heading = block.kind == "heading"
    return found


def trim(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without blank ends; empty when it is all blank."""
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    return start, max(start, end - (len(piece) - len(piece.rstrip())))


def _all_blocks(document: LoadedDocument) -> Iterator[Block]:
    """The blocks, and what lies between them as prose of the section before it."""
    at, page = 0, None
    path: tuple[str, ...] = ()
    for block in document.blocks:
        if document.text[at : block.start].strip():
            yield Block(at, block.start, "prose", path, page)
        yield block
        at, path, page = max(at, block.end), block.heading_path, block.page
    if document.text[at:].strip():
        yield Block(at, len(document.text), "prose", path, page)


def _cut_block(block: Block, measure: Measure, limit: int, sentences: bool) -> Iterator[tuple[int, int, int]]:
    """(start, end, level) of its atoms; level 0 for the first."""
    start, end = trim(measure.text, block.start, block.end)
    if start == end:
        return
    fits = measure.tokens(start, end) <= limit
    if fits and (block.kind == "heading" or not sentences):
        yield start, end, 0
        return
    level, pattern = _seams(block.kind)
    first = True
    for low, high in _between(measure.text, start, end, pattern):
        for piece, (a, b) in enumerate(_pieces(measure, low, high, limit)):
            yield a, b, 0 if first else PIECE if piece else level
            first = False


def _seams(kind: BlockKind) -> tuple[int, re.Pattern[str]]:
    return (LINE, _LINE_END) if kind in ("table", "code", "list") else (SENTENCE, _SENTENCE_END)


def _between(text: str, start: int, end: int, pattern: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    seams = [start, *(m.end() for m in pattern.finditer(text, start, end)), end]
    for low, high in pairwise(seams):
        low, high = trim(text, low, high)
        if low < high:
            yield low, high


def _pieces(measure: Measure, start: int, end: int, limit: int) -> Iterator[tuple[int, int]]:
    """Cut what is too long for one atom after `limit` tokens, at a space if there is one in the last quarter."""
    while measure.tokens(start, end) > limit:
        cut = max(start + 1, measure.after(start, limit))
        space = measure.text.rfind(" ", measure.after(start, limit * 3 // 4), cut)
        low, high = trim(measure.text, start, space if space > start else cut)
        if low < high:
            yield low, high
        start = space if space > start else cut
    start, end = trim(measure.text, start, end)
    if start < end:
        yield start, end
