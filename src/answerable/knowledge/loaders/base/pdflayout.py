"""Lines on pages to blocks: reading order of columns, tables without borders, headings, paragraphs, running headers.

Works on plain values (no PDF library), in PDF coordinates: points, y upwards.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from answerable.knowledge.loaders.base.builder import DocumentBuilder

_PAGE_NUMBER = re.compile(
    r"[-–—\s|]*(?:page|seite|p\.)?\s*\d{1,4}(?:\s*(?:of|von|/)\s*\d{1,4})?[-–—\s|]*", re.IGNORECASE
)
_BULLET = re.compile(r"[•‣▪▫■□●○◦∙·–*➢✓-]\s+\S|\(?\d{1,2}[.)]\s+\S|\(?[a-z][.)]\s+\S")
_ENDS_HYPHENATED = re.compile(r"[^\W\d_]{2}[-‐]$")
_DIGITS = re.compile(r"\d+")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_CJK = re.compile("[\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")
_RTL = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
_MARGIN = 0.1
_MAX_HEADING = 160


@dataclass(frozen=True, slots=True)
class Segment:
    """Text on one line without a wide gap inside."""

    text: str
    left: float
    right: float


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a page; several segments when wide gaps divide it (a table row, or neighbouring columns)."""

    segments: tuple[Segment, ...]
    bottom: float
    top: float
    size: float
    bold: bool = False

    @property
    def text(self) -> str:
        """The whole line."""
        return " ".join(segment.text for segment in self.segments)

    @property
    def left(self) -> float:
        """Left edge."""
        return min(segment.left for segment in self.segments)

    @property
    def is_turned(self) -> bool:
        """Whether the line runs along the page, as margin stamps and turned tables do."""
        letters = len(self.text)
        return letters > 4 and self.right - self.left < 0.12 * letters * self.size

    @property
    def right(self) -> float:
        """Right edge."""
        return max(segment.right for segment in self.segments)


@dataclass(frozen=True, slots=True)
class Page:
    """Lines in the order the file holds them."""

    number: int
    width: float
    height: float
    lines: tuple[Line, ...]


def append_pages(builder: DocumentBuilder, pages: Sequence[Page]) -> None:
    """Add all pages, without their running headers, footers and page numbers."""
    repeated = _running_texts(pages)
    body = _body_size(pages)
    levels = _heading_levels(pages, body)
    words = Counter(_WORD.findall("\n".join(line.text for page in pages for line in page.lines).lower()))
    for page in pages:
        builder.page = page.number
        kept = [line for line in page.lines if not _is_running(line, page, repeated, len(pages))]
        # A page of nothing but repeated lines is a form or a slide: they are its text.
        kept = kept or list(page.lines)
        _PageWriter(builder, body, levels, words).write(reading_order(kept, page.width))


def _running_texts(pages: Sequence[Page]) -> frozenset[str]:
    """Texts near the top or bottom edge, digits aside, that stand on at least 3 and on a third of the pages."""
    counts: Counter[str] = Counter()
    for page in pages:
        counts.update({_signature(line.text) for line in page.lines if _at_edge(line, page)})
    least = max(3, len(pages) / 3)
    return frozenset(text for text, count in counts.items() if count >= least)


def _signature(text: str) -> str:
    return _DIGITS.sub("#", " ".join(text.split())).lower()


def _at_edge(line: Line, page: Page) -> bool:
    return line.bottom > page.height * (1 - _MARGIN) or line.top < page.height * _MARGIN


def _is_running(line: Line, page: Page, repeated: frozenset[str], pages: int) -> bool:
    if not _at_edge(line, page):
        return False
    return _signature(line.text) in repeated or (pages > 1 and bool(_PAGE_NUMBER.fullmatch(line.text)))


def _body_size(pages: Iterable[Page]) -> float:
    """The size most characters are set in."""
    sizes: Counter[float] = Counter()
    for page in pages:
        for line in page.lines:
            sizes[round(line.size, 1)] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def _heading_levels(pages: Iterable[Page], body: float) -> dict[int, int]:
    """Level 1 to 4 of each size that stands out and is rare; bold lines of the body size come below them."""
    characters: Counter[int] = Counter()
    for page in pages:
        for line in page.lines:
            characters[round(line.size) if line.size > body * 1.12 else 0] += len(line.text)
    rare = [size for size in characters if size and characters[size] <= max(_MAX_HEADING, 0.1 * characters.total())]
    return {size: min(level, 4) for level, size in enumerate(sorted(rare, reverse=True), 1)}


def reading_order(lines: Sequence[Line], width: float) -> list[Line]:
    """Lines in reading order: as the file has them, unless a gutter shows two columns."""
    turned = [line for line in lines if line.is_turned]
    if turned and len(turned) * 2 < len(lines):
        return [*reading_order([line for line in lines if not line.is_turned], width), *turned]
    lines = _join_rows(lines)
    gutter = _gutter(lines, width)
    if gutter is None:
        return list(lines)
    pieces = [piece for line in lines for piece in _cut(line, gutter)]
    right_first = len(_RTL.findall("".join(line.text for line in lines))) * 2 > sum(len(line.text) for line in lines)
    ordered: list[Line] = []
    band: list[Line] = []
    for piece in sorted(pieces, key=lambda line: -line.top):
        if piece.left < gutter < piece.right:
            ordered += _band(band, gutter, right_first)
            ordered.append(piece)
            band = []
        else:
            band.append(piece)
    return ordered + _band(band, gutter, right_first)


def _join_rows(lines: Sequence[Line]) -> list[Line]:
    """Put what stands on one line, split by superscripts or by wide gaps, back on one line."""
    merged: list[Line] = []
    for line in lines:
        last = merged[-1] if merged else None
        gap = line.left - last.right if last else 0.0
        if last and _share_a_row(last, line) and -2 < gap < line.size:
            glue = " " if gap > 0.15 * line.size else ""
            head, tail = last.segments[-1], line.segments[0]
            joint = Segment(head.text + glue + tail.text, head.left, tail.right)
            big = max(last, line, key=lambda part: part.size)
            segments = (*last.segments[:-1], joint, *line.segments[1:])
            merged[-1] = Line(segments, big.bottom, big.top, big.size, last.bold and line.bold)
        elif last and gap >= line.size and abs(last.bottom - line.bottom) < 0.3 * line.size:
            segments = (*last.segments, *line.segments)
            merged[-1] = Line(segments, last.bottom, last.top, last.size, last.bold and line.bold)
        else:
            merged.append(line)
    return merged


def _share_a_row(first: Line, second: Line) -> bool:
    overlap = min(first.top, second.top) - max(first.bottom, second.bottom)
    return overlap > 0.3 * min(first.top - first.bottom, second.top - second.bottom)


def _band(lines: Iterable[Line], gutter: float, right_first: bool) -> list[Line]:
    """The two columns between two lines that span the page, one after the other."""
    return sorted(lines, key=lambda line: ((line.left >= gutter) != right_first, -line.top))


def _cut(line: Line, gutter: float) -> list[Line]:
    """The line, or its parts left and right of the gutter when none of its segments crosses it."""
    if any(segment.left < gutter < segment.right for segment in line.segments):
        return [line]
    sides = [
        tuple(s for s in line.segments if s.right <= gutter),
        tuple(s for s in line.segments if s.left >= gutter),
    ]
    return [Line(side, line.bottom, line.top, line.size, line.bold) for side in sides if side]


def _gutter(lines: Sequence[Line], width: float) -> float | None:
    """The x of an empty strip near the middle with running text on both sides, or None."""
    segments = [segment for line in lines for segment in line.segments]
    if len(segments) < 16:
        return None
    best: tuple[float, float] | None = None
    for step in range(35, 66):
        x = width * step / 100
        crossing = sum(segment.left < x + 2 and segment.right > x - 2 for segment in segments)
        left = [segment for segment in segments if segment.right <= x]
        right = [segment for segment in segments if segment.left >= x]
        if crossing <= len(segments) * 0.25 and _is_column(left) and _is_column(right):
            score = crossing + abs(step - 50) / 100
            best = min(best, (score, x)) if best else (score, x)
    return best[1] if best else None


def _is_column(segments: Sequence[Segment]) -> bool:
    """Running text has many lines, most of them long; table cells are short."""
    return len(segments) >= 8 and median(len(segment.text) for segment in segments) >= 24


class _PageWriter:
    """Gathers lines to paragraphs, lists and tables."""

    def __init__(self, builder: DocumentBuilder, body: float, levels: dict[int, int], words: Mapping[str, int]) -> None:
        self._builder = builder
        self._body = body
        self._levels = levels
        self._words = words
        self._page_lines: list[Line] = []
        self._open: list[Line] = []

    def write(self, lines: list[Line]) -> None:
        """Add the blocks of a page."""
        at = 0
        self._page_lines = lines
        leading = _leading(lines)
        while at < len(lines):
            rows = _table_length(lines, at)
            if rows:
                self._flush()
                self._builder.table(table_cells(lines[at : at + rows]))
                at += rows
                continue
            line = lines[at]
            at += 1
            if level := self._heading_level(line):
                self._flush_unless_heading(line)
                self._open.append(line)
                following = lines[at] if at < len(lines) else None
                if following is None or not self._continues_heading(line, following, leading):
                    self._builder.heading(join_lines([part.text for part in self._open], self._words), level)
                    self._open = []
                continue
            if self._open and _breaks(self._open[-1], line, leading):
                self._flush()
            self._open.append(line)
        self._flush()

    def _continues_heading(self, line: Line, following: Line, leading: float) -> bool:
        return (
            (line.size > self._body * 1.12 or following.bold)
            and abs(following.size - line.size) < 0.5
            and self._heading_level(following) > 0
            and 0 < line.bottom - following.bottom < max(leading, line.size) * 1.6
            and sum(len(part.text) for part in self._open) < _MAX_HEADING
        )

    def _flush_unless_heading(self, line: Line) -> None:
        if self._open and not (self._heading_level(self._open[-1]) and abs(self._open[-1].size - line.size) < 0.5):
            self._flush()

    def _heading_level(self, line: Line) -> int:
        text = line.text
        if (
            line.is_turned
            or len(text) > _MAX_HEADING
            or len(line.segments) > 2
            or not any(char.isalpha() for char in text)
        ):
            return 0
        if not text[0].isalnum() and text[0] not in "\"'“‘«¿¡§([":
            return 0
        if line.size > self._body * 1.12:
            return self._levels.get(round(line.size), 0) if len(text) > 1 else 0
        stands_alone = line.bold and not text.endswith((".", ",", ";", ":")) and len(text) < 80
        return len(set(self._levels.values())) + 1 if stands_alone and line.size > self._body * 0.95 else 0

    def _flush(self) -> None:
        lines, self._open = self._open, []
        if not lines:
            return
        if _BULLET.match(lines[0].text):
            items: list[list[str]] = []
            for line in lines:
                if _BULLET.match(line.text) or not items:
                    items.append([])
                items[-1].append(line.text)
            self._builder.items("\n".join(join_lines(item, self._words) for item in items))
        else:
            self._builder.prose(self._paragraph(lines))

    def _margin(self, line: Line) -> float:
        """Where the long lines of this line's column end."""
        near = [o.right for o in self._page_lines if abs(o.left - line.left) < 3 * line.size and len(o.text) >= 40]
        return median(near) if near else line.right

    def _paragraph(self, lines: Sequence[Line]) -> str:
        """Wrapped lines are joined; a line that ends far from the margin was meant to end there."""
        parts: list[list[str]] = [[]]
        for line in lines:
            parts[-1].append(line.text)
            margin = self._margin(line)
            if margin - line.right > 0.3 * (margin - line.left) and not _RTL.search(line.text):
                parts.append([])
        return "\n".join(join_lines(part, self._words) for part in parts if part)


def _leading(lines: Sequence[Line]) -> float:
    steps = [a.bottom - b.bottom for a, b in pairwise(lines) if 0 < a.bottom - b.bottom < 4 * a.size]
    return median(steps) if steps else 0.0


def _breaks(previous: Line, line: Line, leading: float) -> bool:
    """A new paragraph: a gap, a jump up to the next column, another size, the first bullet of a list."""
    step = previous.bottom - line.bottom
    if step > max(leading, previous.size) * 1.35 or step < -previous.size:
        return True
    if abs(previous.size - line.size) > max(1.0, previous.size * 0.15):
        return True
    return (
        bool(_BULLET.match(line.text)) and not _BULLET.match(previous.text) and previous.text.endswith((":", ".", ";"))
    )


def join_lines(texts: Iterable[str], words: Mapping[str, int]) -> str:
    """One paragraph: words cut at a line end are healed; scripts without spaces are joined without one.

    `words` counts the document's words: they tell `dual-` + `encoder` (both are words) from `candi-` + `date`.
    """
    joined = ""
    for text in texts:
        text = " ".join(text.split())
        if not joined or not text:
            joined = joined or text
        elif _ENDS_HYPHENATED.search(joined):
            joined = joined + text if _keeps_hyphen(joined, text, words) else joined[:-1] + text
        elif _CJK.match(joined[-1]) and _CJK.match(text[0]):
            joined += text
        else:
            joined += " " + text
    return joined


def _keeps_hyphen(before: str, after: str, words: Mapping[str, int]) -> bool:
    head, tail = _WORD.findall(before[:-1].lower()), _WORD.match(after.lower())
    if not head or not tail or not after[0].islower():
        return True
    first, last = head[-1], tail[0]
    if words.get(f"{first}{last}") or not words.get(f"{first}-{last}"):
        both_are_words = words.get(first, 0) > 1 and words.get(last, 0) > 1 and min(len(first), len(last)) > 3
        return not words.get(f"{first}{last}") and both_are_words
    return True


def _table_length(lines: Sequence[Line], start: int) -> int:
    """Number of lines from `start` that form a table: three rows with gaps, or two with two gaps each; else 0."""
    end = start
    while end < len(lines) and len(lines[end].segments) > 1:
        if end > start and not 0 < lines[end - 1].bottom - lines[end].bottom < lines[end].size * 4:
            break
        end += 1
    rows = lines[start:end]
    if len(rows) < 2 or (len(rows) == 2 and min(len(row.segments) for row in rows) < 3):
        return 0
    cells = [segment.text for row in rows for segment in row.segments]
    return len(rows) if median(map(len, cells)) <= 40 else 0


def table_cells(lines: Sequence[Line]) -> list[list[str]]:
    """Cells by column: segments that overlap in x, or stand close, share a column."""
    columns: list[list[float]] = []
    for segment in sorted((s for line in lines for s in line.segments), key=lambda s: s.left):
        for column in columns:
            if segment.left < column[1] and segment.right > column[0]:
                column[0], column[1] = min(column[0], segment.left), max(column[1], segment.right)
                break
        else:
            columns.append([segment.left, segment.right])
    columns.sort()
    rows = []
    for line in lines:
        row = [""] * len(columns)
        for segment in line.segments:
            middle = (segment.left + segment.right) / 2
            at = min(range(len(columns)), key=lambda i: abs((columns[i][0] + columns[i][1]) / 2 - middle))
            row[at] = f"{row[at]} {segment.text}".strip()
        rows.append(row)
    return rows
