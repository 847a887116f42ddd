"""Atoms to chunks, so that an edit stays local: where to cut depends on what stands there, not on what comes before.

A range that is too big is cut at its most welcome seam; among equals, where no scrap is left over, and at the smallest
hash of the text that follows (as in a treap). Editing a paragraph leaves the ranges that do not touch it as they were.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from answerable.core.documents import Chunk, LoadedDocument
from answerable.knowledge.chunkers._atoms import Atom, trim
from answerable.knowledge.chunkers._words import WordTokens

Range = tuple[int, int]

_SCRAP = 4
"""Less than 1/4 of the budget is joined to a neighbour where that fits: scraps match by chance."""


def atom_limit(budget: int) -> int:
    """Tokens of the largest atom: what a chunk has beside the longest header."""
    return max(1, budget - header_limit(budget) - 1)


def header_limit(budget: int) -> int:
    """Tokens that a header may take."""
    return budget // 4


def pack(atoms: Sequence[Atom], budget: int) -> list[Range]:
    """Ranges of atoms [i, j) of at most `budget` tokens each, in order."""
    sums = [0]
    for atom in atoms:
        sums.append(sums[-1] + atom.tokens)
    done: list[Range] = []
    waiting = [(0, len(atoms))] if atoms else []
    while waiting:
        low, high = waiting.pop()
        if high - low == 1 or sums[high] - sums[low] <= budget:
            done.append((low, high))
            continue
        cut = _best_seam(atoms, sums, (low, high), budget // _SCRAP)
        waiting += [(cut, high), (low, cut)]
    return _join_scraps(done, sums, budget)


def _best_seam(atoms: Sequence[Atom], sums: Sequence[int], inside: Range, scrap: int) -> int:
    low, high = inside
    middle = (low + high) // 2

    def order(i: int) -> tuple[int, bool, int, int]:
        leaves_scrap = min(sums[i] - sums[low], sums[high] - sums[i]) < scrap
        return atoms[i].level, leaves_scrap, atoms[i].mark, abs(i - middle)

    return min(range(low + 1, high), key=order)


def _join_scraps(ranges: Sequence[Range], sums: Sequence[int], budget: int) -> list[Range]:
    joined: list[Range] = []
    for low, high in ranges:
        if joined:
            before = joined[-1][0]
            scrap = min(sums[low] - sums[before], sums[high] - sums[low]) < budget // _SCRAP
            if scrap and sums[high] - sums[before] <= budget:
                joined[-1] = (before, high)
                continue
        joined.append((low, high))
    return joined


@dataclass(frozen=True, slots=True)
class Writer:
    """Makes chunks of one document, each within the window."""

    document: LoadedDocument
    words: WordTokens
    window: int

    def chunks(self, atoms: Sequence[Atom], parent: Range | None = None, lead: int | None = None) -> Iterator[Chunk]:
        """The chunk over `atoms`, or its halves where the window is exceeded. `lead` is where overlap begins."""
        start, end = atoms[0].start, atoms[-1].end
        path = _common([atom.block.heading_path for atom in atoms])
        header = self._header(atoms, path)
        whole = self._chunk(atoms, header, path, parent, (start if lead is None else lead, end))
        if self.words.count(whole.embedding_text) <= self.window:
            yield whole
        elif lead is not None and lead < start:
            yield from self.chunks(atoms, parent)
        elif len(atoms) > 1:
            middle = len(atoms) // 2
            yield from self.chunks(atoms[:middle], parent)
            yield from self.chunks(atoms[middle:], parent)
        else:
            for span in self._halves(start, end, header):
                yield self._chunk(atoms, header, path, parent, span)

    def _chunk(
        self, atoms: Sequence[Atom], header: str, path: tuple[str, ...], parent: Range | None, span: Range
    ) -> Chunk:
        start, end = span
        body = next((atom.block for atom in atoms if atom.block.kind != "heading"), atoms[0].block)
        wider = parent if parent and parent != span else None
        text = self.document.text[start:end]
        return Chunk(start, end, text, header, path, atoms[0].block.page, body.kind, wider)

    def _halves(self, start: int, end: int, header: str) -> Iterator[Range]:
        """A span that is too long even alone, cut in the middle until it fits."""
        text = f"{header}\n{self.document.text[start:end]}" if header else self.document.text[start:end]
        if end - start <= 1 or self.words.count(text) <= self.window:
            yield start, end
            return
        middle = (start + end) // 2
        for low, high in (trim(self.document.text, start, middle), trim(self.document.text, middle, end)):
            if low < high:
                yield from self._halves(low, high, header)

    def _header(self, atoms: Sequence[Atom], path: tuple[str, ...]) -> str:
        first = atoms[0].block
        above = path[:-1] if first.kind == "heading" and path == first.heading_path else path
        opening = self.document.text[atoms[0].start : atoms[0].start + len(self.document.title) + 8].lstrip("# ")
        title = self.document.title.strip()
        shown = [title] if title and not opening.startswith(title) else []
        shown += [one for one in above if one.strip() and one.strip() != title]
        header = self._shorten(" > ".join(" ".join(one.split()) for one in shown))
        row = self._table_head(atoms)
        return "\n".join(part for part in (header, row) if part)

    def _table_head(self, atoms: Sequence[Atom]) -> str:
        """The header row of a table, where the chunk holds later rows only."""
        block = atoms[0].block
        if block.kind != "table" or any(atom.block is not block for atom in atoms):
            return ""
        start, end = trim(self.document.text, block.start, block.end)
        return "" if atoms[0].start == start else self._shorten(self.document.text[start:end].partition("\n")[0])

    def _shorten(self, header: str) -> str:
        """Cut to half of what a header may take: a table's chunk has two lines of them."""
        limit = header_limit(self.window) // 2
        return (header if self.words.count(header) <= limit else header[: self.words.end_of(header, limit)]).rstrip()


def _common(paths: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    common = paths[0]
    for path in paths[1:]:
        while common != path[: len(common)]:
            common = common[:-1]
    return common
