"""The report from drafts: order, numbers, references, findings, gaps; and the last check of every citation.

Here a citation is held to what is stored: its passage was found in this run, and the text at its place still reads as
quoted. One that fails is withdrawn, and a sentence without any other goes with it.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from answerable.agents import drafts
from answerable.agents.desk import Desk
from answerable.agents.drafts import Draft, sentences_of
from answerable.agents.evidence import Evidence
from answerable.agents.findings import disagreements, others_who_speak_of, spans_of_figure, with_figures
from answerable.agents.state import State
from answerable.agents.summary import main_findings
from answerable.core.report import (
    Bar,
    Block,
    Bullets,
    Chart,
    Conflict,
    Gap,
    Grid,
    Listing,
    Paragraph,
    Reference,
    Report,
    Score,
    Section,
    Sentence,
    Side,
    Span,
)

_NOT_WRITTEN = "This section was not written: the budget of {limit} was spent before."
_MOST_REASONS, _LONGEST_REASON = 3, 160
NO_MODEL = "No language model took part: every sentence is quoted from the sources."
UNANSWERED = "None of the sources that were asked says enough about it."


async def assemble(desk: Desk, state: State, best: Mapping[str, Any] | None) -> tuple[Report, int]:
    """The report of a version (the newest drafts where none was judged), and how many citations were withdrawn."""
    nothing = {"title": state["topic"], "sections": []}
    outline: dict[str, Any] = await desk.get(state["outline"]) if state.get("outline") else nothing
    chosen = best["sections"] if best else state.get("sections", {})
    written = {one.id: one for one in await drafts.load(desk, chosen, drafts.order_of(outline))}
    evidence = {one.id: one for one in await desk.evidence(state.get("evidence", []))}
    spans = [one for draft in written.values() for one in spans_of(draft.sections)]
    good = await good_spans(desk, spans, evidence)
    total = len({(one.evidence, one.start, one.end) for one in spans})
    sections = _sections(desk, state, outline, written, good)
    summary = await asyncio.to_thread(main_findings, desk, state["topic"], outline, sections)
    evidence |= {one.id: one for one in await others_who_speak_of(desk, state, sections)}
    conflicts, sections = await _shown_beside(desk, state["topic"], sections, evidence)
    report = Report(
        title=outline["title"],
        topic=state["topic"],
        summary=summary,
        sections=tuple(sections),
        references=(),
        conflicts=conflicts,
        gaps=_gaps(state, bool(sections)),
        notes=await _notes(desk, state, written),
        score=await _score(desk, best),
        date=desk.day,
        written_by=desk.model,
    )
    return numbered(report, evidence), total - len(good)


async def _shown_beside(
    desk: Desk, topic: str, sections: Sequence[Section], evidence: Mapping[str, Evidence]
) -> tuple[tuple[Conflict, ...], list[Section]]:
    """Disagreements, and the sections with their figures; without those whose places do not read as quoted."""
    known = list(evidence.values())
    conflicts = await asyncio.to_thread(disagreements, desk, topic, sections, known)
    drawn = await asyncio.to_thread(with_figures, desk, topic, sections, known)
    sides = [span for one in conflicts for side in one.sides for span in side.sentence.spans]
    figures = [block for one in drawn for block in one.blocks if isinstance(block, Chart | Grid)]
    good = await good_spans(desk, [*sides, *(span for one in figures for span in spans_of_figure(one))], evidence)

    def holds(spans: Iterable[Span]) -> bool:
        return all((one.evidence, one.start, one.end) in good for one in spans)

    kept = tuple(one for one in conflicts if holds(span for side in one.sides for span in side.sentence.spans))
    return kept, [
        replace(
            one, blocks=tuple(b for b in one.blocks if not isinstance(b, Chart | Grid) or holds(spans_of_figure(b)))
        )
        for one in drawn
    ]


def _sections(
    desk: Desk, state: State, outline: Mapping[str, Any], written: Mapping[str, Draft], good: frozenset[Any]
) -> list[Section]:
    sections: list[Section] = []
    said: set[str] = set()
    planned = {one["id"]: one["heading"] for one in outline["sections"]}
    for id_ in drafts.order_of(outline):
        draft = written.get(id_)
        if draft is not None and not draft.missing:
            kept = only_new([kept_of(one, good) for one in draft.sections], said)
            whole = [one for one in kept if one.blocks or (one.level == 1 and len(kept) > 1)]
            if any(one.blocks for one in whole):
                said |= {_words(sentence) for one in whole for sentence in sentences_of(one)}
                sections += whole
                continue
        if id_ in planned:
            limit = state.get("spent", "")
            why = draft.missing if draft and draft.missing else _NOT_WRITTEN.format(limit=limit or desk.model)
            sections.append(Section(id_, planned[id_], 1, (), why))
    return sections


def only_new(sections: list[Section], said: set[str]) -> list[Section]:
    """Their paragraphs without what stands above in the same words: sections are written at the same time. Those that
    would say nothing at all stay as they are.
    """
    new = [replace(one, blocks=tuple(_new_blocks(one.blocks, said))) for one in sections]
    return new if any(one.blocks for one in new) else sections


def _new_blocks(blocks: Iterable[Block], said: set[str]) -> Iterator[Block]:
    for block in blocks:
        if not isinstance(block, Paragraph):
            yield block
        elif new := tuple(one for one in block.sentences if _words(one) not in said):
            yield Paragraph(new)


def _words(sentence: Sentence) -> str:
    return " ".join(sentence.text.casefold().split())


# --- the last check ---------------------------------------------------------------------------------------------------


async def good_spans(desk: Desk, spans: Sequence[Span], evidence: Mapping[str, Evidence]) -> frozenset[Any]:
    """The places that were found in this run and still read as quoted."""
    texts: dict[tuple[str, int], str | None] = {}
    good: set[Any] = set()
    for span in spans:
        one = evidence.get(span.evidence)
        if one is None or not one.passage.start <= span.start <= span.end <= one.passage.end:
            continue
        key = (span.document_id, span.version_id)
        if key not in texts:
            texts[key] = await desk.text_of(*key)
        text = texts[key]
        if text is not None and text[span.start : span.end] == span.quote:
            good.add((span.evidence, span.start, span.end))
    return frozenset(good)


def kept_of(section: Section, good: frozenset[Any], *, own: bool = False) -> Section:
    """The section with what is still cited. With `own`, what cites nothing stays too: it is its author's."""
    blocks = (kept for block in section.blocks if (kept := _kept_block(block, good, own=own)) is not None)
    return replace(section, blocks=tuple(blocks))


def _kept_block(block: Block, good: frozenset[Any], *, own: bool) -> Block | None:
    match block:
        case Paragraph(sentences):
            kept = _kept_sentences(sentences, good)
            return Paragraph(kept) if any(one.spans or own for one in kept) else None
        case Bullets(items, numbered_):
            kept = _kept_sentences(items, good)
            return Bullets(kept, numbered_) if kept else None
        case Listing():
            held = _held(block.spans, good)
            return replace(block, spans=held) if held or (own and not block.spans) else None
        case Grid() | Chart():
            return block


def _kept_sentences(sentences: Iterable[Sentence], good: frozenset[Any]) -> tuple[Sentence, ...]:
    held = (replace(one, spans=_held(one.spans, good)) for one in sentences)
    return tuple(one for one in held if one.spans or one.kind == "synthesis")


def _held(spans: Iterable[Span], good: frozenset[Any]) -> tuple[Span, ...]:
    return tuple(one for one in spans if (one.evidence, one.start, one.end) in good)


def spans_of(sections: Iterable[Section]) -> list[Span]:
    """Every span of sections."""
    found: list[Span] = []
    for section in sections:
        found += [span for sentence in sentences_of(section) for span in sentence.spans]
        found += [span for block in section.blocks if isinstance(block, Listing) for span in block.spans]
        found += [
            span for block in section.blocks if isinstance(block, Chart) for bar in block.bars for span in bar.spans
        ]
    return found


# --- what stands around the sections ----------------------------------------------------------------------------------


def _gaps(state: State, has_sections: bool) -> tuple[Gap, ...]:
    if not has_sections:
        spent = state.get("spent")
        why = f"The budget of {spent} was spent before anything was written about it." if spent else UNANSWERED
        return (Gap(state["topic"], tuple(state.get("questions", [])), why),)
    return tuple(Gap(question, (question,), UNANSWERED) for question in state.get("gaps", []))


async def _notes(desk: Desk, state: State, written: Mapping[str, Draft]) -> tuple[str, ...]:
    """What a reader must know of how the report was made."""
    notes: list[str] = []
    if desk.only_engine and any(one.sections for one in written.values()):
        notes.append(NO_MODEL)
    if limit := state.get("spent"):
        notes.append(f"The budget of {limit} was spent: what stands was published, and what is missing is listed.")
    return (*notes, *await troubles_of(desk, written.values()))


async def troubles_of(desk: Desk, written: Iterable[Draft]) -> list[str]:
    """What went wrong on the way, and how much of what was written did not pass the gate, a sentence each."""
    troubles = await desk.troubles()
    notes = [f"The source {name} failed: {why}" for name, why in troubles.failed]
    if troubles.fallbacks:
        notes.append(_done_by_the_engine(troubles.fallbacks))
    if troubles.no_room:
        count, room = sum(one for one, _ in troubles.no_room), min(room for _, room in troubles.no_room)
        notes.append(
            f"A request of yours may use {room:,} tokens: in {len(troubles.no_room)} of the steps the model did not "
            f"read all that was found ({count} passages were left out, those that say least about what was asked)."
        )
    if troubles.left_out:
        notes.append(f"Left out, because they give orders to whoever reads them: {', '.join(troubles.left_out)}")
    if cut := sum(len(one.cut) for one in written):
        sentences = "sentence was" if cut == 1 else "sentences were"
        notes.append(f"{cut} written {sentences} cut, because no source that was found says it.")
    return notes


def _done_by_the_engine(whys: Sequence[str]) -> str:
    """How many steps, and the reasons, the most frequent first."""
    reasons = Counter(" ".join(why.split())[:_LONGEST_REASON].rstrip(". ") for why in whys)
    said = [one if count == 1 else f"{one} ({count} times)" for one, count in reasons.most_common(_MOST_REASONS)]
    more = len(reasons) - len(said)
    listed = "; ".join([*said, *([f"and {more} other reasons"] if more else [])])
    were = "was" if len(whys) == 1 else "were"
    return f"{len(whys)} of the steps {were} done by the extractive engine, because the model failed: {listed}."


async def _score(desk: Desk, best: Mapping[str, Any] | None) -> Score | None:
    if best is None:
        return None
    critique: dict[str, Any] = await desk.get(best["critique"])
    return Score(overall=critique["score"], **critique["measured"])


# --- numbers ----------------------------------------------------------------------------------------------------------


def numbered(report: Report, evidence: Mapping[str, Evidence]) -> Report:
    """The report with its sources numbered as they first appear, and listed."""
    numbers: dict[str, int] = {}
    cited: dict[str, Evidence] = {}

    def number(span: Span) -> Span:
        one = evidence[span.evidence]
        cited.setdefault(one.document, one)
        return replace(span, number=numbers.setdefault(one.document, len(numbers) + 1))

    def sentence(one: Sentence) -> Sentence:
        return replace(one, spans=tuple(map(number, one.spans)))

    def block(one: Block) -> Block:
        match one:
            case Paragraph(sentences):
                return Paragraph(tuple(map(sentence, sentences)))
            case Bullets(items, is_numbered):
                return Bullets(tuple(map(sentence, items)), is_numbered)
            case Listing():
                return replace(one, spans=tuple(map(number, one.spans)))
            case Grid(caption, head, rows):
                return Grid(caption, head, tuple(tuple(map(sentence, row)) for row in rows))
            case Chart(caption, unit, bars):
                return Chart(caption, unit, tuple(Bar(b.label, b.value, tuple(map(number, b.spans))) for b in bars))

    summary = tuple(map(sentence, report.summary))
    sections = tuple(replace(one, blocks=tuple(map(block, one.blocks))) for one in report.sections)
    conflicts = tuple(
        Conflict(one.subject, tuple(Side(side.value, sentence(side.sentence)) for side in one.sides))
        for one in report.conflicts
    )
    references = tuple(_reference(numbers[key], one) for key, one in cited.items())
    return replace(report, summary=summary, sections=sections, conflicts=conflicts, references=references)


def _reference(number: int, one: Evidence) -> Reference:
    passage = one.passage
    return Reference(
        number,
        one.kind,
        passage.title or passage.source,
        passage.source,
        passage.version,
        one.date,
        one.authors,
        one.licence,
    )
