"""Measure the program on labelled data: index the documents, search in four ways, ask, judge, report.

Retrieval is measured apart from answers. The program is seen through `Subject`, so that tests can hand in another;
`flows/subject.py` is the shipped one.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from answerable import __version__
from answerable.core.errors import InvalidRequest, UpstreamError
from answerable.core.ports import Embedder
from answerable.evaluation import answers, datasets, metrics, statistics
from answerable.evaluation.answers import AnswerRecord, Assessed, Assessor
from answerable.evaluation.datasets import Dataset, Document, Question
from answerable.evaluation.judge import Judge, ModelJudge, RuleJudge
from answerable.evaluation.report import Answers, Part, Report
from answerable.flows.platform import Platform
from answerable.flows.subject import SYSTEMS, PlatformSubject, Progress, System, collection_for, supports_by

_CHUNKS = 300
"""Chunks searched for: enough that 100 documents are among them unless documents are long."""
_SHOWN = 10
"""Passages of an ordinary search: what is timed. The deep one that the metrics need fetches far more."""
_TIMED = 100
"""Questions that are timed, for each system."""
_SEARCHED_AT_ONCE = 4
_ASKED_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What is measured. `foreign` is another set (or a file of {id, text}) whose questions cannot be answered here;
    `judge` names a model that judges claims instead of the rules. `fit` also fits the fusion weight to the labels;
    `keep` stores it in the collection, for a data folder that will be used again. Without `systems`, only answers are
    measured."""

    dataset: Path
    foreign: Path | None = None
    limit: int | None = None
    model: str | None = None
    judge: str | None = None
    fit: bool = False
    keep: bool = False
    systems: tuple[System, ...] = SYSTEMS


class Subject(Protocol):
    """The program that is measured."""

    async def build(self, documents: Sequence[Document], progress: Progress) -> list[str]:
        """Index the documents; returns what could not be indexed, in words."""
        ...

    async def search(self, query: str, system: System, k: int) -> list[str] | None:
        """Documents of the best k passages, best first, each once; None where the program lacks such a system."""
        ...

    async def ask(self, question: Question) -> AnswerRecord:
        """What is answered, and from what. May raise an UpstreamError."""
        ...


@dataclass(frozen=True, slots=True)
class Jury:
    """Who judges the answers: `model` is the name of the one that answered."""

    judge: Judge
    embedder: Embedder
    model: str
    at_once: int = 1


async def evaluate(wanted: Evaluation, p: Platform, progress: Progress = lambda *_: None) -> Report:
    """Measure the platform `p`; its collections stay as they are, and one for these documents is added or used again.

    Raises InvalidRequest for a mistake in the data.
    """
    dataset = await asyncio.to_thread(load, wanted)
    model = p.models.get(wanted.model).name
    judge: Judge = ModelJudge(p.models.get(wanted.judge)) if wanted.judge else RuleJudge(supports_by(p.verifier))
    jury = Jury(judge, p.embedder, model, 1 if model == p.models.engine else _ASKED_AT_ONCE)
    facts: dict[str, Any] = {"version": __version__, "embedder": p.embedder.name, "chunker": dict(p.policy.chunker)}
    facts |= {"threshold": p.policy.threshold, "passages": p.policy.passages}
    subject = PlatformSubject(p, collection_for(dataset.fingerprint, p), model)
    report = await measure(dataset, subject, jury, progress, facts, wanted.systems)
    if not wanted.fit:
        return report
    return replace(report, fit=await subject.fit(dataset, progress, store=wanted.keep))


def load(wanted: Evaluation) -> Dataset:
    """The dataset, with foreign questions mixed in. Raises InvalidRequest."""
    dataset = datasets.load_dataset(wanted.dataset, wanted.limit)
    if wanted.foreign is None:
        return dataset
    return datasets.with_foreign(dataset, datasets.load_questions(wanted.foreign), wanted.limit)


async def measure(
    dataset: Dataset,
    subject: Subject,
    jury: Jury,
    progress: Progress,
    facts: dict[str, Any] | None = None,
    wanted: Sequence[System] = SYSTEMS,
) -> Report:
    """Build, search with every system, ask where there is something to learn from it, and report."""
    began = time.perf_counter()
    warnings = [*dataset.warnings, *await subject.build(dataset.documents, progress)]
    built = time.perf_counter()
    tried = [await _search_all(dataset, subject, system, progress) for system in wanted]
    systems = [part for part in tried if part]
    warnings += [f"not set up, so not measured: {s.name}" for s, part in zip(wanted, tried, strict=True) if not part]
    searched = time.perf_counter()
    found = None
    if any(question.answers or not question.answerable for question in dataset.questions):
        found, failures = await _ask_all(dataset, subject, jury, progress)
        warnings += failures
    seconds = {"build": built - began, "search": searched - built, "answers": time.perf_counter() - searched}
    return Report(
        dataset=dataset.name,
        fingerprint=dataset.fingerprint,
        documents=len(dataset.documents),
        questions=len(dataset.questions),
        unanswerable=sum(not question.answerable for question in dataset.questions),
        systems=tuple(systems),
        answers=found,
        facts={**(facts or {}), "seconds": {name: round(value, 1) for name, value in seconds.items()}},
        warnings=tuple(warnings),
    )


async def _search_all(dataset: Dataset, subject: Subject, system: System, progress: Progress) -> Part | None:
    """One system over every question that has relevant documents. None where the program lacks such a system."""
    judged = [question for question in dataset.questions if dataset.relevant(question.id)]
    if not judged:
        raise InvalidRequest(f"{dataset.name}: none of the questions taken has a relevant document", param="dataset")
    took_ms = []
    for question in judged[:_TIMED]:  # one after the other, for honest timings
        began = time.perf_counter()
        if await subject.search(question.text, system, _SHOWN) is None:
            return None
        took_ms.append((time.perf_counter() - began) * 1_000)
    texts, free = {document.id: document.text for document in dataset.documents}, asyncio.Semaphore(_SEARCHED_AT_ONCE)
    run: dict[str, dict[str, float]] = {}

    async def one(question: Question) -> None:
        async with free:
            ids = await subject.search(question.text, system, _CHUNKS) or []
        # BEIR: a question that is itself a document (Quora, ArguAna) must not find itself
        others = [found for found in ids if found != question.id or texts.get(found) != question.text]
        run[question.id] = {found: -float(rank) for rank, found in enumerate(others)}
        progress(f"searching: {system.name}", len(run), len(judged))

    await asyncio.gather(*(one(question) for question in judged))
    return Part(system.name, metrics.measure(run, dataset.qrels), statistics.percentiles(took_ms))


async def _ask_all(dataset: Dataset, subject: Subject, jury: Jury, progress: Progress) -> tuple[Answers, list[str]]:
    assessor, free, done = Assessor(dataset, jury.judge, jury.embedder), asyncio.Semaphore(jury.at_once), 0

    async def one(question: Question) -> Assessed | UpstreamError:
        nonlocal done
        try:
            async with free:
                record = await subject.ask(question)
            return await assessor.assess(question, record)
        except UpstreamError as error:  # one lost call must not lose an hour of others: it is counted and told
            return error
        finally:
            done += 1
            progress("asking", done, len(dataset.questions))

    results = await asyncio.gather(*(one(question) for question in dataset.questions))
    assessed = [result for result in results if isinstance(result, Assessed)]
    errors = [result for result in results if isinstance(result, UpstreamError)]
    if not assessed:
        raise errors[0]
    lost = [f"{len(errors)} questions were not answered and are left out: {errors[0]}"] if errors else []
    return _answers(assessed, jury), lost


def _answers(assessed: Sequence[Assessed], jury: Jury) -> Answers:
    outcomes = {str(name): sum(one.outcome == name for one in assessed) for name in answers.STAGE}
    part = Part("answers", answers.per_question(assessed), statistics.percentiles([one.record.ms for one in assessed]))
    failures = [_failure(one) for one in assessed if answers.STAGE[one.outcome]]
    judge_failures = sum(one.judge_failures for one in assessed)
    calibration = answers.calibration(assessed)
    return Answers(part, jury.model, jury.judge.name, calibration, outcomes, failures, judge_failures)


def _failure(one: Assessed) -> dict[str, Any]:
    return {
        "id": one.question.id,
        "question": one.question.text,
        "outcome": one.outcome,
        "stage": answers.STAGE[one.outcome],
        "confidence": round(one.record.confidence, 4),
        "answer": " ".join(one.record.sentences),
        "read": list(dict.fromkeys(passage.document for passage in one.record.context)),
    }
