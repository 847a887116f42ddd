"""Charts and tables drawn from evidence: comparable values that sentences or tables of the passages state.

Pure and deterministic. Only what is certain: the same statement of three subjects or of one subject in three years, in
convertible units, without bounds, ranges or `about`; else nothing is drawn.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from answerable.agents.claims.reading import GENERIC_STEMS, LIGHT_STEMS, Statement, find_statements
from answerable.agents.claims.tables import Table, find_tables
from answerable.agents.claims.values import Value, differ
from answerable.agents.units import UNITS
from answerable.core.documents import Passage
from answerable.core.report import Bar, Chart, Grid, Sentence, Span

_TRAILING_TEXT = "in on at of by to for from with the a an and as is are was were since during per"
_TRAILING = frozenset(_TRAILING_TEXT.split())
Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Config:
    """`fewest` comparable values make a figure, `most` are shown in one; `figures` are made at most, largest first."""

    fewest: int = 3
    most: int = 12
    figures: int = 6


@dataclass(frozen=True, slots=True)
class _Point:
    """A value, what it is of (`label`), and the statement that says so."""

    label: str
    value: Value
    statement: Statement
    caption: str


def find_figures(
    passages: Sequence[Passage], numbers: Sequence[int], config: Config | None = None
) -> tuple[Chart | Grid, ...]:
    """Figures of what `passages` state; `numbers` are the reference numbers of their sources, one for each passage."""
    config = config or Config()
    statements = find_statements(passages)
    groups = [*_groups(statements, _over_years), *_groups(statements, _over_subjects)]
    spans = _Spans(passages, numbers)
    found: list[tuple[int, Chart | Grid]] = []
    for group in groups:
        points = _certain(group)
        if len(points) >= config.fewest:
            found.append((len(points), _figure(points[: config.most], spans)))
    found += [
        (len(table.rows), _of_table(table, index, passage, spans, config.most))
        for index, passage in enumerate(passages)
        for table in find_tables(passage.text, config.fewest)
    ]
    unique = {_said(figure): (size, figure) for size, figure in reversed(found)}
    ordered = sorted(unique.values(), key=lambda one: (-one[0], one[1].caption))
    return tuple(figure for _, figure in ordered[: config.figures])


def _said(figure: Chart | Grid) -> str:
    """What a figure shows, by which two of the same text are one."""
    if isinstance(figure, Chart):
        return repr([(bar.label, bar.value) for bar in figure.bars])
    return repr([[cell.text for cell in row] for row in figure.rows])


class _Spans:
    """Makes the spans of statements and rows; a quote of evidence supports what is drawn from it wholly."""

    def __init__(self, passages: Sequence[Passage], numbers: Sequence[int]) -> None:
        self._passages = passages
        self._numbers = numbers

    def of(self, index: int, start: int, end: int) -> Span:
        passage = self._passages[index]
        return Span(
            number=self._numbers[index],
            evidence=str(passage.chunk_id),
            document_id=passage.document_id,
            version_id=passage.version_id,
            start=start,
            end=end,
            quote=passage.text[start - passage.start : end - passage.start],
            support=1.0,
            page=passage.page_at(start),
        )


_Reading = Callable[[Statement], tuple[Key, _Point] | None]


def _groups(statements: Iterable[Statement], reading: _Reading) -> Iterator[list[_Point]]:
    groups: dict[Key, list[_Point]] = defaultdict(list)
    for one in statements:
        read = None if one.refers or one.row or one.own_result or one.facts.denied else reading(one)
        if read is not None:
            groups[read[0]].append(read[1])
    yield from groups.values()


def _measured(one: Statement) -> Value | None:
    """The one value of a statement that is exact and no date; None where there is none, or a second."""
    values = [value for value in one.values if value.kind not in ("date", "clock")]
    if len(values) != 1 or _labels(one):
        return None
    return values[0] if _exact(values[0]) else None


def _exact(value: Value) -> bool:
    return value.low == value.high and not value.limit and not value.vague and value.kind != "number"


def _labels(one: Statement) -> bool:
    """Whether it has numbers besides its values that may be part of what it says."""
    used = {at for value in one.values for at in range(value.first, value.last + 1)}
    return any(token.value and at not in used and not token.name for at, token in enumerate(one.facts.tokens))


def _over_years(one: Statement) -> tuple[Key, _Point] | None:
    """`In 2019, Brightwater employed 4,100 people`: the same in three years."""
    value = _measured(one)
    dates = [value for value in one.values if value.kind == "date"]
    if value is None or len(dates) != 1 or dates[0].date is None:
        return None
    date = dates[0].date
    specific = one.content - GENERIC_STEMS
    if not date.year or date.month or one.qualified.get(dates[0].first) not in ("in", "during") or not specific:
        return None
    key = ("year", *_measure(value), one.content - {"report"})
    return key, _Point(str(date.year), value, one, _caption(one, {*_span(value), *_span(dates[0])}))


def _over_subjects(one: Statement) -> tuple[Key, _Point] | None:
    """`The Kestrel X2 weighs 320 g`: the same of three subjects, each named before its verb."""
    dates = [value for value in one.values if value.kind == "date"]
    value = _measured(one)
    if value is None and len(one.values) == len(dates) == 1 and not _labels(one):
        value, dates = dates[0], []
    run = _subject(one)
    if value is None or run is None or value.first <= run[1] or len(dates) > 1:
        return None
    names = {one.roots[at] for at in range(run[0], run[1] + 1)}
    rest = one.content - names
    if not rest or any(one.roots[at] in one.names for at in range(run[1] + 1, len(one.roots))):
        return None
    when = dates[0].text if dates else ""
    words = tuple(one.roots[at] for at in range(run[1] + 1, len(one.roots)) if at not in _span(value))
    label = one.text[one.spans[run[0]][0] : one.spans[run[1]][1]]
    key = ("subject", *_measure(value), words, when)
    return key, _Point(label, value, one, _caption(one, {*_span(value), *range(run[1] + 1)}))


def _measure(value: Value) -> Key:
    return value.kind, value.nouns, value.per


def _span(value: Value) -> range:
    return range(value.first, value.last + 1)


_VERBS_TEXT = "is are was were has have had weighs costs lasts takes holds measures covers contains runs"
_VERBS = frozenset(_VERBS_TEXT.split())


def _subject(one: Statement) -> tuple[int, int] | None:
    """The names that a sentence begins with, articles left out, right before its verb."""
    tokens = one.facts.tokens
    start = 1 if tokens[0].lower in ("the", "a", "an") else 0
    end = start
    while end < len(tokens) and tokens[end].name:
        end += 1
    follows = end < len(tokens) and (tokens[end].lower in _VERBS or tokens[end].lower.endswith(("s", "ed")))
    single = end - start == 1 and tokens[start].opens and one.roots[start] in GENERIC_STEMS | LIGHT_STEMS
    return (start, end - 1) if end > start and follows and not single and one.segment[end] == 0 else None


def _caption(one: Statement, without: set[int]) -> str:
    """What is measured, in the words of the first sentence that says it."""
    kept = [at for at in range(len(one.spans)) if at not in without]
    while kept and one.facts.tokens[kept[-1]].lower in _TRAILING:
        kept.pop()
    while kept and one.facts.tokens[kept[0]].lower in _TRAILING:
        kept.pop(0)
    words = [one.text[one.spans[at][0] : one.spans[at][1]] for at in kept]
    return " ".join(words)


def _certain(points: Sequence[_Point]) -> list[_Point]:
    """One point a label, without the labels on which sources disagree, by label of years or in the order read."""
    by_label: dict[str, list[_Point]] = defaultdict(list)
    for point in points:
        by_label[point.label].append(point)
    kept = [same[0] for same in by_label.values() if not any(differ(same[0].value, other.value) for other in same[1:])]
    years = all(point.label.isdigit() for point in kept)
    return sorted(kept, key=lambda point: point.label) if years else kept


def _figure(points: Sequence[_Point], spans: _Spans) -> Chart | Grid:
    first = points[0]
    years = first.label.isdigit()
    others = f"{first.label} and {len(points) - 1} others"
    caption = f"{first.caption}, by year" if years else f"{others}: {first.caption}"
    if first.value.kind == "date":
        rows = tuple((_cell(point.label, point, spans), _cell(point.value.text, point, spans)) for point in points)
        return Grid(caption, ("", first.caption), rows)
    bars = tuple(Bar(point.label, _in_unit(point.value, first.value), (_span_of(point, spans),)) for point in points)
    return Chart(caption, _unit(first), bars)


def _cell(text: str, point: _Point, spans: _Spans) -> Sentence:
    return Sentence(text, (_span_of(point, spans),))


def _span_of(point: _Point, spans: _Spans) -> Span:
    one = point.statement
    return spans.of(one.passage, one.start, one.end)


def _in_unit(value: Value, first: Value) -> float:
    unit = UNITS.get(first.unit)
    if unit is None:
        return value.low
    return float(f"{(value.low - float(unit.offset * unit.factor)) / float(unit.factor):.10g}")


def _unit(point: _Point) -> str:
    """The unit as written, a rate with what it is a rate of; for counts what is counted."""
    value = point.value
    words = point.statement.text[point.statement.spans[value.first][1] : point.statement.spans[value.last][1]].strip()
    if value.kind == "count":
        at = [at for at, name in enumerate(point.statement.facts.tokens) if name.stem in value.nouns]
        spans = point.statement.spans
        return " ".join(point.statement.text[spans[k][0] : spans[k][1]] for k in at)
    if value.kind in ("%", "$", "€", "£", "¥"):
        return f"{value.kind} per {value.per}" if value.per else value.kind
    return words or value.unit


def _of_table(table: Table, index: int, passage: Passage, spans: _Spans, most: int) -> Chart | Grid:
    """A table as it stands; a chart where it is one column of amounts of one unit (bare numbers may be mere codes)."""
    caption = table.caption or (passage.heading_path[-1] if passage.heading_path else passage.title)
    rows = table.rows[:most]
    marks = [spans.of(index, passage.start + row.start, passage.start + row.end) for row in rows]
    if len(table.head) == 2 and table.amounts and table.unit:
        bars = tuple(
            Bar(row.cells[0], amount, (mark,)) for row, amount, mark in zip(rows, table.amounts, marks, strict=False)
        )
        return Chart(f"{caption}: {table.head[1]}", table.unit, bars)
    cells = tuple(tuple(Sentence(cell, (mark,)) for cell in row.cells) for row, mark in zip(rows, marks, strict=True))
    return Grid(caption, table.head, cells)
