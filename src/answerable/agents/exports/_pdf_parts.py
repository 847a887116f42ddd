"""The parts of a report as strips of the PDF: headings, paragraphs, lists, code, tables, charts and references."""

from collections.abc import Iterable, Sequence

from answerable.agents.exports._pdf_pages import HEIGHT, WIDTH, Fill, Strip
from answerable.agents.exports._pdf_type import Colour, Glyphs, Line, Style, Type
from answerable.agents.exports.base.parts import (
    OWN,
    Beam,
    Cite,
    Code,
    Figure,
    Heading,
    Items,
    Part,
    Prose,
    Remark,
    Source,
    Table,
    Words,
)

INK: Colour = (29, 29, 27)
MUTED: Colour = (93, 93, 88)
RULE: Colour = (214, 214, 208)
STRONG: Colour = (140, 140, 134)
PALE: Colour = (246, 246, 243)
ACCENT: Colour = (15, 107, 92)

_BODY = Style("regular", 10, INK)
_HEADINGS = {1: Style("bold", 16, INK), 2: Style("bold", 11.5, INK)}
_REMARK = Style("italic", 9.5, MUTED)
_CODE = Style("mono", 8, INK)
_CELL = Style("regular", 8.8, INK)
_HEAD = Style("bold", 8.8, INK)
_CAPTION = Style("regular", 8.8, MUTED)
_LABEL = Style("bold", 8.8, INK)
_SOURCE = Style("regular", 9.2, INK)
_SMALL = Style("regular", 8, MUTED)
_LEADING = 15.5
_CELL_LEADING = 13.0
_GAP = 12.0  # between the columns of a table
_MANY = 6  # more columns than these are set smaller

Runs = list[tuple[str, Style]]


class Setter:
    """Sets parts in the type of one PDF."""

    def __init__(self, face: Type) -> None:
        self._type = face

    def part(self, part: Part) -> list[Strip]:
        """The strips of one part."""
        match part:
            case Heading():
                return self._heading(part)
            case Prose():
                return self.paragraph(_sentences(part.sentences), leading=_LEADING, before=7)
            case Remark():
                return self._remark(part)
            case Items():
                return self._items(part)
            case Code():
                return self._code(part)
            case Table():
                return self._table(part)
            case Figure():
                return self._figure(part)
            case Source():
                return self._source(part)

    def paragraph(
        self,
        runs: Runs,
        *,
        leading: float,
        before: float = 0.0,
        indent: float = 0.0,
        width: float = 0.0,
        keep: bool = False,
    ) -> list[Strip]:
        """Lines of a paragraph; `keep` binds its last line to what follows. `width` 0 is what `indent` leaves."""
        width = width or WIDTH - indent
        lines = self._type.lines(runs, width)
        strips = [Strip(leading, [*_placed(line, indent, width, leading)]) for line in lines]
        strips[0].before = before
        _hold_together(strips)
        strips[-1].keep = keep
        return strips

    def _heading(self, heading: Heading) -> list[Strip]:
        style = _HEADINGS[heading.level]
        before, leading = (30.0, 22.0) if heading.level == 1 else (18.0, 16.0)
        strips = self.paragraph([(heading.text, style)], leading=leading, before=before, keep=True)
        for strip in strips:
            strip.keep = True
        strips[0].anchor, strips[0].bookmark = heading.anchor, (heading.text, heading.level - 1)
        return strips

    def _remark(self, remark: Remark) -> list[Strip]:
        strips = self.paragraph([(remark.text, _REMARK)], leading=14, before=12, indent=12)
        for strip in strips:
            strip.ops.append(Fill(0, 0, 2, strip.height, RULE))
        strips[0].anchor = remark.anchor
        return strips

    def _items(self, items: Items) -> list[Strip]:
        strips: list[Strip] = []
        numbers = [f"{i}." if items.numbered else "•" for i in range(1, len(items.items) + 1)]
        indent = max((self._type.width(number, _BODY) for number in numbers), default=0) + 8
        for number, words in zip(numbers, items.items, strict=True):
            lines = self.paragraph(_sentence(words, _BODY), leading=_LEADING, before=4 if strips else 7, indent=indent)
            mark = self._type.lines([(number, _BODY)], indent)[0]
            lines[0].ops += _placed(mark, indent - 8 - mark.width, mark.width, _LEADING)
            strips += lines
        return strips

    def _code(self, code: Code) -> list[Strip]:
        leading, pad = 11.5, 8.0
        runs = [[(line or " ", _CODE)] for line in code.lines]
        lines = [line for one in runs for line in self._type.lines(one, WIDTH - 2 * pad)]
        strips = [
            Strip(leading, [Fill(0, 0, WIDTH, leading, PALE), *_placed(line, pad, WIDTH, leading)]) for line in lines
        ]
        edge = [Strip(pad, [Fill(0, 0, WIDTH, pad, PALE)], before=before, keep=before > 0) for before in (8.0, 0.0)]
        _hold_together(strips)
        if strips:
            strips[-1].keep = True
        cites = self.paragraph(_marks(code.cites, _BODY), leading=_LEADING) if code.cites else []
        return [edge[0], *strips, edge[1], *cites]

    def _table(self, table: Table) -> list[Strip]:
        small = len(table.head) > _MANY
        cell, head = (Style(s.face, 7 if small else s.size, s.colour) for s in (_CELL, _HEAD))
        rows = [[_sentence(words, cell) for words in row] for row in table.rows]
        heads: list[Runs] = [[(text, head)] for text in table.head]
        widths = self._widths([heads, *rows])
        top = self._row(heads, widths)
        top[0].ops.append(Fill(0, 0, WIDTH, 0.8, STRONG))
        top[-1].ops.append(Fill(0, top[-1].height - 0.8, WIDTH, 0.8, STRONG))
        strips = [*self._caption(table), *top]
        for strip in strips:
            strip.keep = True
        for row in rows:
            body = self._row(row, widths)
            body[-1].ops.append(Fill(0, body[-1].height - 0.5, WIDTH, 0.5, RULE))
            for strip in body:
                strip.head = top if sum(one.height for one in top) < HEIGHT / 3 else ()
            strips += body
        return [*strips, Strip(8)]

    def _row(self, cells: Sequence[Runs], widths: Sequence[float]) -> list[Strip]:
        """A row as strips of one line each, so that a long one can go on over the page."""
        set_cells = [self._type.lines(runs, width) for runs, width in zip(cells, widths, strict=True)]
        strips: list[Strip] = []
        for i in range(max(map(len, set_cells))):
            strip, x = Strip(_CELL_LEADING), 0.0
            for lines, width in zip(set_cells, widths, strict=True):
                if i < len(lines):
                    strip.ops += _placed(lines[i], x, width, _CELL_LEADING)
                x += width + _GAP
            strips.append(strip)
        _pad(strips[0], 5.0)
        strips[-1].height += 5.0
        _hold_together(strips, whole=14)
        return strips

    def _widths(self, rows: Sequence[Sequence[Runs]]) -> list[float]:
        """Widths of columns: all of what each wants where there is room, else at least its longest word."""
        room = WIDTH - _GAP * (len(rows[0]) - 1)
        least, wanted = [0.0] * len(rows[0]), [0.0] * len(rows[0])
        for row in rows:
            for i, runs in enumerate(row):
                text, style = "".join(text for text, _ in runs), runs[0][1]
                wanted[i] = max(wanted[i], self._type.width(text, style) + 1)
                words = (self._type.width(word, style) + 1 for word in text.split())
                least[i] = max(least[i], min(max(words, default=0.0), room / 3))
        if sum(wanted) <= room:
            return [one * room / sum(wanted) for one in wanted] if sum(wanted) else wanted
        if sum(least) >= room:
            return [one * room / sum(least) for one in least]
        # A long text is not worth its whole length: the root lets a column of short texts keep its line.
        spare = room - sum(least)
        weight = [max(0.0, want - low) ** 0.5 for want, low in zip(wanted, least, strict=True)]
        return [low + spare * one / sum(weight) for low, one in zip(least, weight, strict=True)]

    def _caption(self, part: Table | Figure) -> list[Strip]:
        strips = self.paragraph(
            [(f"{part.label}.", _LABEL), (f" {part.caption}", _CAPTION)], leading=13, before=16, keep=True
        )
        strips[-1].height += 4
        return strips

    def _figure(self, figure: Figure) -> list[Strip]:
        label, bar, row = WIDTH * 0.34, WIDTH * 0.44, 19.0
        strips = self._caption(figure)
        for beam in figure.beams:
            names = self._type.lines([(beam.label, _CELL)], label - 10)
            value = self._type.lines([(beam.value, _CELL), *_marks(beam.cites, _CELL)], WIDTH - label - bar - 10)
            height = max(row, _CELL_LEADING * max(len(names), len(value)) + 6)
            strip = Strip(height, [Fill(label, 3, bar, height - 6, PALE), *_bars(beam, label, bar, height)])
            for lines, x, width in ((names, 0.0, label - 10), (value, label + bar + 10, WIDTH)):
                top = (height - _CELL_LEADING * len(lines)) / 2
                for i, line in enumerate(lines):
                    for piece in _placed(line, x, width, _CELL_LEADING):
                        piece.y += top + i * _CELL_LEADING
                        strip.ops.append(piece)
            strips.append(strip)
        _hold_together(strips, whole=24)
        return [*strips, Strip(10)]

    def _source(self, source: Source) -> list[Strip]:
        indent = 30.0
        title = Style("regular", _SOURCE.size, ACCENT if source.link else INK, link=source.link)
        runs: Runs = [(source.title, title)]
        if source.particulars:
            runs.append((f" · {' · '.join(source.particulars)}", Style("regular", _SOURCE.size, MUTED)))
        strips = self.paragraph(runs, leading=13.5, before=9, indent=indent)
        strips[0].anchor = f"r{source.number}"
        number = self._type.lines([(f"[{source.number}]", _SOURCE)], indent)[0]
        strips[0].ops += _placed(number, indent - 8 - number.width, number.width, 13.5)
        if source.address:
            address = Style("regular", _SMALL.size, MUTED, link=source.link)
            strips[-1].keep = True
            strips += self.paragraph([(source.address, address)], leading=11.5, indent=indent)
        for quote in source.quotes:
            page: Runs = [(f" ({quote.page})", _SMALL)] if quote.page else []
            said = self.paragraph([(f"“{quote.text}”", _SMALL), *page], leading=11.5, before=2.5, indent=indent + 10)
            for strip in said:
                strip.ops.append(Fill(indent, 0, 1.5, strip.height, RULE))
            strips[-1].keep = strips[-1].keep or quote is source.quotes[0]
            strips += said
        return strips


def _placed(line: Line, x: float, width: float, leading: float) -> list[Glyphs]:
    """The pieces of a line in a strip of height `leading`; the baseline stands where capitals look centred."""
    size = max((piece.style.size for piece in line.pieces if not piece.style.rise), default=10.0)
    baseline = leading / 2 + size * 0.36
    x += width - line.width if line.right_to_left else 0.0
    for piece in line.pieces:
        piece.x, piece.y = piece.x + x, baseline
    return line.pieces


def _bars(beam: Beam, x: float, width: float, height: float) -> list[Fill]:
    return [Fill(x + beam.start * width, 3, max(beam.length * width, 0.5), height - 6, ACCENT)]


def _pad(strip: Strip, by: float) -> None:
    """Room above what stands in the strip."""
    strip.height += by
    for op in strip.ops:
        if isinstance(op, Glyphs):
            op.y += by


def _hold_together(strips: Sequence[Strip], whole: int = 3) -> None:
    """Up to `whole` lines stay on one page; of more, the first two and the last two do."""
    for i, strip in enumerate(strips[:-1]):
        strip.keep = strip.keep or len(strips) <= whole or i in (0, len(strips) - 2)


def _sentences(sentences: Iterable[Words]) -> Runs:
    runs: Runs = []
    for words in sentences:
        runs += [(" ", _BODY)] if runs else []
        runs += _sentence(words, _BODY)
    return runs


def _sentence(words: Words, style: Style) -> Runs:
    return [(words.text, style), *_marks(words.cites, style, own=words.own)]


def _marks(cites: Iterable[Cite], style: Style, own: bool = False) -> Runs:
    """Citations behind a sentence, small and raised; each leads to its reference."""
    size, rise = style.size * 0.72, style.size * 0.3
    marks = [(f"[{c.number}]", Style("regular", size, ACCENT, rise, f"#r{c.number}" if c.known else "")) for c in cites]
    if own:
        marks.append((OWN, Style("regular", style.size * 0.8, MUTED, rise, "#own")))
    return marks
