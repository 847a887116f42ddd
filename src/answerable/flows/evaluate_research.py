"""Measure research on topics with gold facts: index a fixed corpus once, research each topic, judge the reports.

The figures of the two splits stand apart: nothing may be tuned on the one that is held out.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from answerable import __version__
from answerable.agents.exports import md
from answerable.agents.state import Settings
from answerable.core.errors import AnswerableError, InvalidRequest, UpstreamError
from answerable.core.identity import OWNER
from answerable.evaluation.judge import Evidence as Read
from answerable.evaluation.judge import Judge, ModelJudge, RuleJudge
from answerable.evaluation.report import Part, Report
from answerable.evaluation.research import Assessed, Stored, Written, assess
from answerable.evaluation.statistics import percentiles
from answerable.evaluation.topics import SHIPPED, Split, Topic, TopicSet, load_topics
from answerable.evaluation.wording import is_taken_from
from answerable.flows import research, research_reading
from answerable.flows.platform import Platform
from answerable.flows.subject import PlatformSubject, Progress, collection_for, record_of
from answerable.storage import documents

_AT_ONCE = 2
"""Topics at a time: with a model most of the time is waiting, without one two cores are busy."""
_MOST_DOCUMENTS = 100_000


@dataclass(frozen=True, slots=True)
class ResearchEvaluation:
    """What is measured. Without `folder` the set that ships; `model` writes, and `judge` names a model that judges
    citations instead of the comparison of words."""

    folder: Path | None = None
    limit: int | None = None
    model: str | None = None
    judge: str | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """A report in the form of public benchmarks: the text is Markdown."""

    id: str
    prompt: str
    article: str


async def evaluate_research(
    wanted: ResearchEvaluation, p: Platform, progress: Progress = lambda *_: None
) -> tuple[Report, list[Article]]:
    """The figures, and the reports. Runs are erased; a collection for the documents is added, or used again.

    Raises InvalidRequest for a mistake in the data or a model that there is not.
    """
    topics = await asyncio.to_thread(load_topics, wanted.folder or SHIPPED, wanted.limit)
    judge: Judge = ModelJudge(p.models.get(wanted.judge)) if wanted.judge else RuleJudge(_is_copied)
    model = p.models.get(wanted.model).name
    collection = collection_for(topics.fingerprint, p)
    loop = asyncio.get_running_loop()
    began = loop.time()
    warnings = await PlatformSubject(p, collection).build(topics.documents, progress)
    built = loop.time()
    settings = Settings(collections=(collection,), model=wanted.model or "")
    written, lost = await _write_all(topics.topics, settings, p, progress)
    researched = loop.time()
    stored = await _stored(collection, p)
    assessed = [await assess(one, stored, judge) for one in written]
    seconds = {"build": built - began, "research": researched - built, "judge": loop.time() - researched}
    facts: dict[str, Any] = {"of": "topics", "version": __version__, "embedder": p.embedder.name, "model": model}
    facts |= {"judge": judge.name if wanted.judge else "comparison of words"}
    facts |= {"seconds": {name: round(value, 1) for name, value in seconds.items()}}
    articles = await asyncio.to_thread(lambda: [_article(one) for one in written])
    return _report(topics, written, assessed, facts, (*warnings, *lost)), articles


def export(articles: Sequence[Article], path: Path) -> None:
    """Write them as JSON lines of `id`, `prompt` and `article`. Raises InvalidRequest."""
    rows = ({"id": one.id, "prompt": one.prompt, "article": one.article} for one in articles)
    try:
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    except OSError as error:
        raise InvalidRequest(f"{path}: cannot be written ({error.strerror})", param="export") from error


def _is_copied(claim: str, evidence: Sequence[Read]) -> bool:
    """Without a model: whether the passages say the claim in its own words, one of them or all in a row."""
    return any(is_taken_from(claim, one.text) for one in evidence) or is_taken_from(
        claim, " ".join(one.text for one in evidence)
    )


async def _write_all(
    topics: Sequence[Topic], settings: Settings, p: Platform, progress: Progress
) -> tuple[list[Written], list[str]]:
    free, done = asyncio.Semaphore(_AT_ONCE), 0

    async def one(topic: Topic) -> Written | AnswerableError:
        nonlocal done
        try:
            async with free:
                return await _write(topic, settings, p)
        except UpstreamError as error:  # one lost report must not lose an hour of others: it is counted and told
            return error
        finally:
            done += 1
            progress("research", done, len(topics))

    tasks = [asyncio.create_task(one(topic)) for topic in topics]
    try:
        results = await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()  # after a mistake nobody waits for the others
        await asyncio.gather(*tasks, return_exceptions=True)
    written = [result for result in results if isinstance(result, Written)]
    errors = [result for result in results if isinstance(result, AnswerableError)]
    if not written:
        raise errors[0]
    return written, [f"{len(errors)} topics have no report and are left out: {errors[0]}"] if errors else []


async def _write(topic: Topic, settings: Settings, p: Platform) -> Written:
    row = await research.begin(topic.topic, settings, OWNER, p)
    try:
        async for _ in research.follow(row.id, 0, OWNER, p):
            pass
        row = await research.get_run(row.id, OWNER, p)
        if row.status != "done":
            raise UpstreamError(f"{topic.id}: {row.error or row.status}")
        report = await research_reading.get_report(row, p)
    finally:
        await research.delete_run(row.id, OWNER, p)
    return Written(topic, report, (row.updated_at - row.created_at) / 1_000, row.tokens, row.cost_nano / 1e9)


async def _stored(collection: str, p: Platform) -> Stored:
    async with p.database.read() as connection:
        rows = await documents.list_documents(connection, collection, _MOST_DOCUMENTS)
        texts: dict[int, str] = {}
        for row in rows:
            if found := await documents.find_text(connection, row.version.id):
                texts[row.version.id] = found[0]
    return Stored(texts, {row.id: record_of(row.source) for row in rows}, {row.source: row.id for row in rows})


def _report(
    topics: TopicSet,
    written: Sequence[Written],
    assessed: Sequence[Assessed],
    facts: dict[str, Any],
    lost: Sequence[str],
) -> Report:
    more = {"told": _told(written, assessed, facts), "reports": [_failure(one) for one in assessed]}
    return Report(
        dataset=topics.name,
        fingerprint=topics.fingerprint,
        documents=len(topics.documents),
        questions=len(topics.topics),
        unanswerable=sum(not topic.answerable for topic in topics.topics),
        systems=tuple(part for split in get_args(Split) if (part := _part(split, written, assessed)).values),
        facts=facts | more,
        warnings=tuple(lost),
    )


def _part(split: Split, written: Sequence[Written], assessed: Sequence[Assessed]) -> Part:
    mine = [one for one in assessed if one.topic.split == split]
    names = list(dict.fromkeys(name for one in mine for name in one.values))
    values = {name: {one.topic.id: one.values[name] for one in mine if name in one.values} for name in names}
    took_ms = [one.ms for one in written if one.topic.split == split and one.topic.answerable]
    return Part(split.replace("_", " "), values, percentiles(took_ms))


def _told(written: Sequence[Written], assessed: Sequence[Assessed], facts: dict[str, Any]) -> list[str]:
    """What is counted over all topics, in words."""
    seeded, found = sum(len(one.topic.conflicts) for one in assessed), sum(one.conflicts_found for one in assessed)
    reported, false = sum(one.conflicts_reported for one in assessed), sum(len(one.conflicts_false) for one in assessed)
    sentences, pairs = sum(one.sentences for one in assessed), sum(one.pairs for one in assessed)
    fabricated, used = sum(len(one.fabricated) for one in assessed), sum(one.tokens for one in written)
    usd, seconds = sum(one.usd for one in written if one.usd is not None), facts["seconds"]
    return [
        f"contradictions: {found} of {seeded} seeded ones found; {false} of {reported} reported ones were not seeded",
        f"{sentences} sentences with {pairs} citations, {fabricated} of them fabricated; judged by {facts['judge']}",
        f"{used} tokens, {usd:.4f} USD; {seconds['build']:.0f} s to index, {seconds['research']:.0f} s to research",
    ]


def _failure(one: Assessed) -> dict[str, Any]:
    """What to look at in a report."""
    return {
        "id": one.topic.id,
        "split": one.topic.split,
        "values": dict(one.values),
        "missed": list(one.missed),
        "unsupported": list(one.unsupported),
        "fabricated": list(one.fabricated),
        "conflicts_not_seeded": list(one.conflicts_false),
    }


def _article(one: Written) -> Article:
    return Article(one.topic.id, one.topic.topic, md.build().render(one.report).decode())
