"""What a report shows beside its sections' words: figures drawn from evidence, and sources that disagree."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace

from answerable.agents.conflicts import Found, find_conflicts
from answerable.agents.desk import Desk
from answerable.agents.drafts import sentences_of
from answerable.agents.evidence import Evidence
from answerable.agents.figures import find_figures
from answerable.agents.state import State
from answerable.core import facts
from answerable.core.errors import BudgetSpent
from answerable.core.report import Bar, Chart, Conflict, Grid, Section, Sentence, Side, Span

_MOST_FIGURES, _MOST_CONFLICTS = 3, 12
_AT_HOME = "collections"
_OF_EACH, _OF_TOPIC, _MOST_LOOKED_FOR, _LONGEST_LOOKED_FOR = 4, 32, 8, 400
_ABOUT = 0.3
"""A figure whose caption fits the topic less than this shows something else that the sources happen to list."""


async def others_who_speak_of(desk: Desk, state: State, sections: Sequence[Section]) -> list[Evidence]:
    """All else that could disagree: what was found and not kept, since the choice of evidence leaves out what says
    nearly the same; what the sources have on the topic further down; and on the values that the report states, each
    looked for in its own words.
    """
    ids = dict.fromkeys(one for found in state.get("found", {}).values() for one in found)
    others = await desk.evidence(list(ids))
    stated = [one.text for section in sections for one in sentences_of(section) if one.spans and _states(one.text)]
    if state.get("spent") or _AT_HOME not in desk.settings.sources:  # services of others are not asked so often
        return others
    wanted = [(text, _OF_EACH) for text in stated[:_MOST_LOOKED_FOR]]
    try:
        looks = (desk.find(text, k, (_AT_HOME,), quick=True) for text, k in [(state["topic"], _OF_TOPIC), *wanted])
        looked = await asyncio.gather(*looks)
    except BudgetSpent:
        return others
    return [*others, *(one for found in looked for one in found)]


def _states(text: str) -> bool:
    """Whether a sentence states a value that another source could have otherwise."""
    read = facts.read(text)
    return bool(read.numbers) and len(text) <= _LONGEST_LOOKED_FOR


def disagreements(
    desk: Desk, topic: str, sections: Sequence[Section], evidence: Sequence[Evidence]
) -> tuple[Conflict, ...]:
    """Sources that disagree about what the report says, or else about its topic, surest first, each side in its own
    words.
    """
    found = find_conflicts([one.passage for one in evidence], desk.services.embedder)
    said = [span for section in sections for sentence in sentences_of(section) for span in sentence.spans]
    fits = desk.relevance.of_texts(topic, [f"{one.subject} {one.sides[0].quote}" for one in found])
    about = [one for one, fit in zip(found, fits, strict=True) if fit >= _ABOUT or _is_said(one, said, evidence)]
    conflicts = []
    for one in about[:_MOST_CONFLICTS]:
        sides = []
        for side in one.sides:
            source = evidence[side.passage]
            span = _span(source, side.start, side.end, side.quote)
            sides.append(Side(side.value, Sentence(" ".join(side.quote.split()), (span,))))
        conflicts.append(Conflict(one.subject, tuple(sides)))
    return tuple(conflicts)


def _is_said(one: Found, said: Sequence[Span], evidence: Sequence[Evidence]) -> bool:
    """Whether a sentence of the report stands where one of its sides does."""
    places = [(evidence[side.passage].passage, side) for side in one.sides]
    return any(
        span.document_id == passage.document_id
        and span.version_id == passage.version_id
        and span.start < side.end
        and side.start < span.end
        for span in said
        for passage, side in places
    )


def with_figures(
    desk: Desk, topic: str, sections: Sequence[Section], evidence: Sequence[Evidence]
) -> tuple[Section, ...]:
    """The sections, each with the figures that are drawn from what it cites; those about the topic, and few."""
    figures = find_figures([one.passage for one in evidence], range(len(evidence)))
    fits = desk.relevance.of_texts(topic, [_read(one) for one in figures])
    best = sorted((at for at in range(len(figures)) if fits[at] >= _ABOUT), key=lambda at: (-fits[at], at))
    placed: dict[str, list[Chart | Grid]] = {}
    for at in best[:_MOST_FIGURES]:
        figure = _known(figures[at], evidence)
        cited = {span.evidence for span in spans_of_figure(figure)}
        home = next((one.id for one in sections if cited & _cited(one)), None)
        if home is not None:
            placed.setdefault(home, []).append(figure)
    return tuple(replace(one, blocks=(*one.blocks, *placed.get(one.id, ()))) for one in sections)


def spans_of_figure(figure: Chart | Grid) -> Iterator[Span]:
    """Where its values stand."""
    if isinstance(figure, Chart):
        yield from (span for bar in figure.bars for span in bar.spans)
    else:
        yield from (span for row in figure.rows for cell in row for span in cell.spans)


def _read(figure: Chart | Grid) -> str:
    labels = [bar.label for bar in figure.bars] if isinstance(figure, Chart) else [*figure.head, figure.rows[0][0].text]
    return f"{figure.caption} {' '.join(labels)}"


def _cited(section: Section) -> set[str]:
    return {span.evidence for one in sentences_of(section) for span in one.spans}


def _known(figure: Chart | Grid, evidence: Sequence[Evidence]) -> Chart | Grid:
    """The figure with its spans under the ids of their evidence: until here `number` was the place in the list."""

    def known(spans: tuple[Span, ...]) -> tuple[Span, ...]:
        return tuple(replace(one, evidence=evidence[one.number].id, number=0) for one in spans)

    if isinstance(figure, Chart):
        return replace(figure, bars=tuple(Bar(bar.label, bar.value, known(bar.spans)) for bar in figure.bars))
    rows = tuple(tuple(replace(cell, spans=known(cell.spans)) for cell in row) for row in figure.rows)
    return replace(figure, rows=rows)


def _span(source: Evidence, start: int, end: int, quote: str) -> Span:
    passage = source.passage
    page = passage.page_at(start)
    return Span(0, source.id, passage.document_id, passage.version_id, start, end, quote, 1.0, page)
