"""What a research report is worth: its citations, the gold facts it covers, contradictions, repetition, honesty.

Citation precision and recall are those of ALCE (Gao et al. 2023, arXiv 2305.14627), with the judge that is handed in.
A citation is fabricated when its reference, its document or its quote is not there; stored texts are read for it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from answerable.core.report import Bullets, Chart, Conflict, Grid, Listing, Paragraph, Report, Section, Sentence, Span
from answerable.evaluation.judge import Evidence, Judge
from answerable.evaluation.topics import COUNTER, Topic
from answerable.evaluation.wording import holds, repeats, tokens

LOWER_IS_BETTER = frozenset(["fabricated citations", "repetition", "conflicts false"])


@dataclass(frozen=True, slots=True)
class Stored:
    """What the collection holds: the text of each version, and the corpus id of each document and of each source that
    references are listed by."""

    texts: Mapping[int, str]
    documents: Mapping[str, str]
    sources: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Written:
    """A report as it came, and what it took: milliseconds of work, tokens, USD (None where a price is not known)."""

    topic: Topic
    report: Report
    ms: float
    tokens: int = 0
    usd: float | None = 0.0


@dataclass(frozen=True, slots=True)
class Assessed:
    """Values of one report by metric, and what went wrong in it, in words. `seeded` conflicts are those that were put
    in; `conflicts_found` of them and `conflicts_reported` in all, of which `conflicts_false` are none of any topic."""

    topic: Topic
    values: Mapping[str, float]
    missed: tuple[str, ...] = ()
    unsupported: tuple[str, ...] = ()
    fabricated: tuple[str, ...] = ()
    conflicts_found: int = 0
    conflicts_reported: int = 0
    conflicts_false: tuple[str, ...] = ()
    judge_failures: int = 0
    sentences: int = 0
    pairs: int = 0


async def assess(written: Written, stored: Stored, judge: Judge) -> Assessed:
    """One report. A metric that has nothing to count (no citation, no seeded conflict) is left out, not perfect."""
    topic, report = written.topic, written.report
    facts = [one for one in sentences_of(report) if one.kind == "fact"]
    values: dict[str, float] = {}
    if topic.answerable:
        covered = {fact.id for fact in topic.facts if any(_says(one.text, fact.all) for one in facts)}
        values["fact coverage"] = len(covered) / len(topic.facts)
        values["answered"] = float(bool(facts))
    else:
        covered = set()
        values["honest"] = float(not facts and bool(report.gaps))
    support = [await _judged(one, report, judge) for one in facts]
    pairs = [verdict for one in support for verdict in one.precise]
    if pairs:
        values["citation precision"] = sum(pairs) / len(pairs)
    if support:
        values["citation recall"] = sum(one.whole for one in support) / len(support)
    spans = list(spans_of(report))
    fabricated = [told for span in spans if (told := _fabricated(span, report, stored))]
    fabricated += [f"[{one.number}] {one.address}" for one in report.references if one.address not in stored.sources]
    values["fabricated citations"] = float(len(fabricated))
    body = [one.text for section in report.sections for one in _of(section) if one.kind == "fact"]
    if body:
        again = sum(any(repeats(one, other) for other in body[:at]) for at, one in enumerate(body))
        values["repetition"] = again / len(body)
    found, false = _conflicts(report.conflicts, topic, stored)
    if topic.conflicts:
        values["conflicts found"] = found / len(topic.conflicts)
    if report.conflicts:
        values["conflicts false"] = len(false) / len(report.conflicts)
    return Assessed(
        topic,
        values,
        missed=tuple(fact.text for fact in topic.facts if fact.id not in covered),
        unsupported=tuple(one.text for one, verdict in zip(facts, support, strict=True) if not verdict.whole),
        fabricated=tuple(fabricated),
        conflicts_found=found,
        conflicts_reported=len(report.conflicts),
        conflicts_false=tuple(false),
        judge_failures=sum(one.failures for one in support),
        sentences=len(facts),
        pairs=len(pairs),
    )


def sentences_of(report: Report) -> Iterator[Sentence]:
    """The sentences of summary and sections, the cells of tables among them."""
    yield from report.summary
    for section in report.sections:
        yield from _of(section)


def spans_of(report: Report) -> Iterator[Span]:
    """Every citation, those of listings, charts and conflicts among them."""
    for sentence in sentences_of(report):
        yield from sentence.spans
    for block in (block for section in report.sections for block in section.blocks):
        if isinstance(block, Listing):
            yield from block.spans
        elif isinstance(block, Chart):
            yield from (span for bar in block.bars for span in bar.spans)
    for conflict in report.conflicts:
        yield from (span for side in conflict.sides for span in side.sentence.spans)


def _of(section: Section) -> Iterator[Sentence]:
    for block in section.blocks:
        match block:
            case Paragraph(sentences):
                yield from sentences
            case Bullets(items, _):
                yield from items
            case Grid(_, _, rows):
                yield from (cell for row in rows for cell in row if cell.spans)
            case _:
                pass


def _says(sentence: str, needed: Sequence[Sequence[str]]) -> bool:
    words = tokens(sentence)
    return all(any(holds(words, phrase) for phrase in alternatives) for alternatives in needed)


@dataclass(frozen=True, slots=True)
class _Support:
    """`whole`: its citations together support the sentence; `precise`: for each whether it is needed or enough."""

    whole: bool
    precise: tuple[bool, ...]
    failures: int


async def _judged(sentence: Sentence, report: Report, judge: Judge) -> _Support:
    titles = {one.number: one.title for one in report.references}
    evidence = [Evidence(titles.get(span.number, ""), span.quote) for span in sentence.spans]
    failures = 0

    async def supports(chosen: Sequence[Evidence]) -> bool:
        nonlocal failures
        if not chosen:
            return False
        opinion = await judge.supports(sentence.text, chosen)
        failures += opinion.failed
        return opinion.supported

    whole = await supports(evidence)
    precise = []
    for at, one in enumerate(evidence):
        alone = whole and (len(evidence) == 1 or await supports([one]))
        needed = whole and not alone and not await supports([*evidence[:at], *evidence[at + 1 :]])
        precise.append(alone or needed)
    return _Support(whole, tuple(precise), failures)


def _fabricated(span: Span, report: Report, stored: Stored) -> str:
    """What is not there of a citation, in words; nothing for one that is."""
    if all(one.number != span.number for one in report.references):
        return f"[{span.number}] is not among the references"
    if span.document_id not in stored.documents:
        return f"[{span.number}] document {span.document_id} is not in the corpus"
    text = stored.texts.get(span.version_id)
    if text is None or not span.quote or text[span.start : span.end] != span.quote:
        return f"[{span.number}] {stored.documents[span.document_id]} does not hold {span.quote[:80]!r} at {span.start}"
    return ""


def _conflicts(reported: Sequence[Conflict], topic: Topic, stored: Stored) -> tuple[int, list[str]]:
    """How many of the topic's conflicts are reported, and those reported that nobody put in, in words."""
    sides = [
        {stored.documents.get(span.document_id, "") for side in one.sides for span in side.sentence.spans}
        for one in reported
    ]
    found = sum(any({seed.counter_id, seed.document} <= ids for ids in sides) for seed in topic.conflicts)
    false = [
        f"{one.subject}: {' | '.join(side.sentence.text for side in one.sides)}"
        for one, ids in zip(reported, sides, strict=True)
        if not any(id_.startswith(COUNTER) for id_ in ids)
    ]
    return found, false
