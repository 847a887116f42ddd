"""A report as the sequence of parts that every format prints: the same words, numbers and order in all of them.

What a format adds is its own markup. Anchors: `hN` is the Nth heading, `rN` reference N, `own` the explanation of the
mark that a sentence of the author's own carries.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass

from answerable.agents.exports.base.text import clean, clean_lines, link_of, with_unit
from answerable.core.report import Bar, Block, Bullets, Chart, Grid, Listing, Paragraph, Report, Sentence, Span

OWN = "†"
OWN_WORDS = "The author's own words: no source was checked for this sentence."
OWN_READING = f"{OWN} marks a sentence of the author's own: it was not checked against a source."
READING = (
    "A number in brackets leads to the source of what stands before it. "
    "Under each source are the words that were quoted from it."
)
MAX_TITLE = 300


@dataclass(frozen=True, slots=True)
class Cite:
    """A citation at the end of a sentence. `known` is false where the report has no such reference."""

    number: int
    quote: str
    known: bool


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence in clean text with its citations, ascending. `own`: it is the author's, and is marked so."""

    text: str
    cites: tuple[Cite, ...] = ()
    own: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 1 or 2."""

    text: str
    level: int
    anchor: str


@dataclass(frozen=True, slots=True)
class Prose:
    """A paragraph."""

    sentences: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class Remark:
    """A line about the report itself, set apart from what it says. Its `anchor` is `own` where it explains the mark."""

    text: str
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple[Words, ...]
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class Code:
    """Lines that are shown as they are."""

    lines: tuple[str, ...]
    language: str
    cites: tuple[Cite, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A table; `label` is "Table 3". Every row has as many cells as the head."""

    label: str
    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Words, ...], ...]


@dataclass(frozen=True, slots=True)
class Beam:
    """One bar: it begins at `start` and is `length` long, both parts of the whole width in 0..1."""

    label: str
    value: str
    start: float
    length: float
    cites: tuple[Cite, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A bar chart; `label` is "Figure 2"."""

    label: str
    caption: str
    beams: tuple[Beam, ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of a source that a sentence of the report rests on, and the page they stand on ("" where there is none)."""

    text: str
    page: str


@dataclass(frozen=True, slots=True)
class Source:
    """A reference: its title, the rest of its particulars as one line, and what was quoted from it."""

    number: int
    title: str
    address: str
    link: str
    particulars: tuple[str, ...]
    quotes: tuple[Quote, ...]


Part = Heading | Prose | Remark | Items | Code | Table | Figure | Source


@dataclass(frozen=True, slots=True)
class Document:
    """A report in parts. `byline` are the date and who wrote it, where they are known."""

    title: str
    topic: str
    byline: tuple[str, ...]
    parts: tuple[Part, ...]

    @property
    def headings(self) -> list[Heading]:
        """The table of contents."""
        return [part for part in self.parts if isinstance(part, Heading)]

    def texts(self) -> Iterator[str]:
        """All that can be read in it, piece by piece."""
        yield from _texts(self)


def document_of(report: Report) -> Document:
    """The report in parts."""
    return _Writer(report).document()


class _Writer:
    def __init__(self, report: Report) -> None:
        self._report = report
        self._known = {reference.number for reference in report.references}
        self._headings = self._tables = self._figures = 0
        self._quotes: dict[int, dict[tuple[str, int, int, int], Quote]] = {}
        self._own = False

    def document(self) -> Document:
        report = self._report
        title = clean(report.title) or "Report"
        topic = clean(report.topic)
        byline = [clean(report.date), f"Written by {clean(report.written_by)}" if clean(report.written_by) else ""]
        body = [*self._body(), *self._about(), *self._sources()]
        return Document(
            title, "" if topic == title else topic, tuple(filter(None, byline)), tuple(self._explained(body))
        )

    def _explained(self, body: list[Part]) -> Iterator[Part]:
        """The body with a word on how to read it before its second heading, after the main findings."""
        first = next((i for i, part in enumerate(body) if isinstance(part, Heading) and i), len(body))
        yield from body[:first]
        if self._report.references or self._own:
            yield Remark(" ".join([READING] * bool(self._report.references) + [OWN_READING] * self._own), "own")
        yield from body[first:]

    def _body(self) -> Iterator[Part]:
        if self._report.summary:
            yield self._heading("Main findings")
            yield Items(tuple(self._words(one) for one in self._report.summary))
        for section in self._report.sections:
            yield self._heading(section.heading, section.level)
            for block in section.blocks:
                yield self._block(block)
            if section.missing:
                yield Remark(f"Missing: {clean(section.missing)}")
        if self._report.conflicts:
            yield self._heading("Where sources disagree")
            rows = [
                (Words(clean(conflict.subject)), Words(clean(side.value)), self._words(side.sentence))
                for conflict in self._report.conflicts
                for side in conflict.sides
            ]
            yield self._table(
                "What sources say that cannot all be true", ("About", "Value", "In the words of the source"), rows
            )
        if self._report.gaps:
            yield self._heading("What was looked for and not found")
            gaps = [
                (Words(clean(gap.question)), Words(clean("; ".join(gap.queries))), Words(clean(gap.reason)))
                for gap in self._report.gaps
            ]
            yield self._table(
                "Questions that the sources do not answer", ("Question", "Searched for", "Why it is open"), gaps
            )

    def _block(self, block: Block) -> Part:
        if isinstance(block, Paragraph):
            return Prose(tuple(self._words(one) for one in block.sentences))
        if isinstance(block, Bullets):
            return Items(tuple(self._words(one) for one in block.items), block.numbered)
        if isinstance(block, Listing):
            return Code(tuple(clean_lines(block.text)), clean(block.language), self._cites(block.spans))
        if isinstance(block, Grid):
            return self._table(block.caption, block.head, [tuple(map(self._words, row)) for row in block.rows])
        return self._figure(block)

    def _about(self) -> Iterator[Part]:
        report = self._report
        if not (report.notes or report.score or report.extra):
            return
        yield self._heading("About this report")
        if report.notes:
            yield Items(tuple(Words(clean(note)) for note in report.notes))
        if (score := report.score) is not None:
            rest = ("support", "coverage", "structure", "balance", "freshness", "repetition")
            rows = [(Words("Overall"), Words(f"{score.overall:.1f} of 10"))]
            rows += [(Words(name.capitalize()), Words(f"{getattr(score, name):.2f}")) for name in rest]
            yield self._table("The critique of this report; but for the first, 1 is best", ("Judged", "Score"), rows)
        if report.extra:
            rows = [(Words(clean(key)), Words(clean(value))) for key, value in report.extra.items()]
            yield self._table("How it was made", ("What", "Value"), rows)

    def _sources(self) -> Iterator[Part]:
        if not self._report.references:
            return
        yield self._heading("References")
        for one in sorted(self._report.references, key=lambda reference: reference.number):
            particulars = [
                one.authors,
                one.kind,
                one.date,
                f"version {one.version}" if one.version > 1 else "",
                one.licence,
            ]
            title, address = clean(one.title) or clean(one.address), clean(one.address)
            yield Source(
                number=one.number,
                title=title or f"Source {one.number}",
                address="" if address == title else address,
                link=link_of(one.address),
                particulars=tuple(filter(None, map(clean, particulars))),
                quotes=tuple(self._quotes.get(one.number, {}).values()),
            )

    def _heading(self, text: str, level: int = 1) -> Heading:
        self._headings += 1
        return Heading(clean(text) or "Untitled", 1 if level <= 1 else 2, f"h{self._headings}")

    def _words(self, sentence: Sentence) -> Words:
        own = sentence.kind == "synthesis" and bool(clean(sentence.text))
        self._own = self._own or own
        return Words(clean(sentence.text), self._cites(sentence.spans), own)

    def _cites(self, spans: Iterable[Span]) -> tuple[Cite, ...]:
        found: dict[int, str] = {}
        for span in spans:
            text = clean(span.quote)
            key = (span.document_id, span.version_id, span.start, span.end)
            page = "" if span.page is None else f"page {span.page}"
            if text:
                self._quotes.setdefault(span.number, {}).setdefault(key, Quote(text, page))
            found.setdefault(span.number, text)
        return tuple(Cite(number, _cut(found[number]), number in self._known) for number in sorted(found))

    def _table(self, caption: str, head: tuple[str, ...], rows: Sequence[tuple[Words, ...]]) -> Table:
        """Rows have as many cells as the head; where they do not, blanks fill the others and no cell is lost."""
        self._tables += 1
        columns = max([1, len(head), *map(len, rows)])
        heads = (*map(clean, head), *[""] * (columns - len(head)))
        filled = tuple((*row, *[Words("")] * (columns - len(row))) for row in rows)
        return Table(f"Table {self._tables}", clean(caption), heads, filled)

    def _figure(self, chart: Chart) -> Figure:
        self._figures += 1
        beams = [
            Beam(clean(bar.label), with_unit(bar.value, chart.unit), start, length, self._cites(bar.spans))
            for bar, (start, length) in zip(chart.bars, scaled(chart.bars), strict=True)
        ]
        return Figure(f"Figure {self._figures}", clean(chart.caption), tuple(beams))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from _texts(one)
    elif is_dataclass(value):
        for one in fields(value):
            yield from _texts(getattr(value, one.name))


def scaled(bars: Iterable[Bar]) -> list[tuple[float, float]]:
    """Where each bar begins and how long it is, in parts of the whole width. A bar begins at zero, to either side."""
    values = [bar.value if math.isfinite(bar.value) else 0.0 for bar in bars]
    low, high = min([0.0, *values]), max([0.0, *values])
    span = (high - low) or 1.0
    return [((min(value, 0.0) - low) / span, abs(value) / span) for value in values]


def _cut(text: str) -> str:
    return text if len(text) <= MAX_TITLE else text[: MAX_TITLE - 1] + "…"
