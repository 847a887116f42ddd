"""Measure the program on labelled data: index the documents, search in four ways, ask, judge, report.

Retrieval is measured apart from answers. The program is seen through `Subject`, so that tests can hand in another;
`PlatformSubject` is the shipped one, on a platform whose data folder the caller made for this (nothing is removed).
"""

import asyncio
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from answerable import __version__
from answerable.core.documents import ChunkId, Passage
from answerable.core.errors import Conflict, DataError, InvalidRequest, UpstreamError
from answerable.core.messages import Event, Explained, Message, Retrieved, Sentence, Text
from answerable.core.ports import Embedder
from answerable.core.tasks import Chat
from answerable.evaluation import answers, datasets, metrics, statistics
from answerable.evaluation.answers import AnswerRecord, Assessed, Assessor, ContextPassage
from answerable.evaluation.datasets import Dataset, Document, Question
from answerable.evaluation.judge import Judge, ModelJudge, RuleJudge
from answerable.evaluation.report import Answers, Part, Report
from answerable.flows.chat import Turn, chat
from answerable.flows.ingest import GivenFile, Ingest, embed, ingest
from answerable.flows.platform import Platform
from answerable.flows.search import Search, search
from answerable.knowledge.backfill import Progress as EmbeddingProgress
from answerable.knowledge.retriever import Mode
from answerable.storage import chunks, collections

COLLECTION = "evaluation"

_CHUNKS = 300
"""Chunks searched for: enough that 100 documents are among them unless documents are long."""
_SHOWN = 10
"""Passages of an ordinary search: what is timed. The deep one that the metrics need fetches far more."""
_TIMED = 100
"""Questions that are timed, for each system."""
_FILE_DOCUMENTS = 2_000
"""Documents a temporary corpus file holds: well inside the reader's limits of size and time."""
_ASKED_AT_ONCE = 4

Progress = Callable[[str, int, int], None]
"""Told the stage, how many are done and how many there are."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What is measured. `foreign` is another set (or a file of {id, text}) whose questions cannot be answered here;
    `judge` names a model that judges claims instead of the rules."""

    dataset: Path
    foreign: Path | None = None
    limit: int | None = None
    model: str | None = None
    judge: str | None = None


@dataclass(frozen=True, slots=True)
class System:
    """One way of searching."""

    name: str
    mode: Mode
    rerank: bool = False


SYSTEMS = (
    System("BM25", "keyword"),
    System("vectors", "vector"),
    System("hybrid", "hybrid"),
    System("hybrid + rerank", "hybrid", rerank=True),
)


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
    """Measure the platform `p`, which must hold no collection `evaluation` yet.

    Raises InvalidRequest for a mistake in the data, Conflict when the collection is there.
    """
    dataset = await asyncio.to_thread(load, wanted)
    model = p.models.get(wanted.model).name
    judge: Judge = ModelJudge(p.models.get(wanted.judge)) if wanted.judge else RuleJudge()
    async with p.database.read() as connection:
        if await collections.find_collection(connection, COLLECTION):
            raise Conflict(f"the data folder holds a collection '{COLLECTION}' already; evaluate in an empty one")
    jury = Jury(judge, p.embedder, model, 1 if model == p.models.engine else _ASKED_AT_ONCE)
    facts: dict[str, Any] = {"version": __version__, "embedder": p.embedder.name, "chunker": dict(p.policy.chunker)}
    facts |= {"threshold": p.policy.threshold, "passages": p.policy.passages}
    return await measure(dataset, PlatformSubject(p, model), jury, progress, facts)


def load(wanted: Evaluation) -> Dataset:
    """The dataset, with foreign questions mixed in. Raises InvalidRequest."""
    dataset = datasets.load_dataset(wanted.dataset, wanted.limit)
    if wanted.foreign is None:
        return dataset
    return datasets.with_foreign(dataset, datasets.load_questions(wanted.foreign), wanted.limit)


async def measure(
    dataset: Dataset, subject: Subject, jury: Jury, progress: Progress, facts: dict[str, Any] | None = None
) -> Report:
    """Build, search with every system, ask where there is something to learn from it, and report."""
    began = time.perf_counter()
    warnings = [*dataset.warnings, *await subject.build(dataset.documents, progress)]
    built = time.perf_counter()
    tried = [await _search_all(dataset, subject, system, progress) for system in SYSTEMS]
    systems = [part for part in tried if part]
    warnings += [f"not set up, so not measured: {s.name}" for s, part in zip(SYSTEMS, tried, strict=True) if not part]
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
    """One system over every question that has relevant documents, one after the other, for honest timings."""
    texts = {document.id: document.text for document in dataset.documents}
    judged = [question for question in dataset.questions if dataset.relevant(question.id)]
    if not judged:
        raise InvalidRequest(f"{dataset.name}: none of the questions taken has a relevant document", param="dataset")
    run: dict[str, dict[str, float]] = {}
    took_ms = []
    for number, question in enumerate(judged, 1):
        if number <= _TIMED:
            began = time.perf_counter()
            await subject.search(question.text, system, _SHOWN)
            took_ms.append((time.perf_counter() - began) * 1_000)
        ids = await subject.search(question.text, system, _CHUNKS)
        if ids is None:
            return None
        # BEIR: a question that is itself a document (Quora, ArguAna) must not find itself
        others = [one for one in ids if one != question.id or texts.get(one) != question.text]
        run[question.id] = {one: -float(rank) for rank, one in enumerate(others)}
        progress(f"searching: {system.name}", number, len(judged))
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


class PlatformSubject:
    """The shipped program, through the same flows that a user's call takes."""

    def __init__(self, p: Platform, model: str | None = None, collection: str = COLLECTION) -> None:
        self._p = p
        self._model = model
        self._collection = collection

    async def build(self, documents: Sequence[Document], progress: Progress) -> list[str]:
        """Add the documents as corpus files and wait for their embeddings."""
        with tempfile.TemporaryDirectory(prefix="answerable-") as folder:
            files = await asyncio.to_thread(_write_corpus, documents, Path(folder))
            added = await ingest(Ingest(self._collection, files=tuple(files)), self._p)
        errors = [str(item.error) for item in added.items if item.error]
        if not added.count("added"):
            raise DataError(f"none of the documents could be indexed: {'; '.join(errors[:3]) or 'they are empty'}")

        async def embedded(now: EmbeddingProgress) -> None:
            progress("embedding", now.done, now.done + now.pending)

        await embed(self._collection, self._p, embedded)
        left = len(documents) - added.count("added")
        return [f"{left} documents were not indexed ({'; '.join(errors[:3]) or 'no text'})"] if left else []

    async def search(self, query: str, system: System, k: int) -> list[str] | None:
        """Documents in the order of their best chunk; None for reranking where no reranker is configured."""
        wanted = Search(self._collection, query, k, system.mode, rerank=system.rerank)
        passages, trace = await search(wanted, self._p)
        if system.rerank and all(step["name"] != "rerank" for step in trace.steps):
            return None
        return list(dict.fromkeys(_document_of(passage) for passage in passages))

    async def ask(self, question: Question) -> AnswerRecord:
        """One chat turn; what was read is taken from its trace, also when it abstained."""
        events: list[Event] = []

        async def collect(event: Event) -> None:
            events.append(event)

        message = Message("user", (Text(question.text),))
        began = time.perf_counter()
        await chat(Turn(Chat((message,)), self._model, self._collection, explain=True), collect, self._p)
        ms = (time.perf_counter() - began) * 1_000
        sentences = [event for event in events if isinstance(event, Sentence)]
        found = next(event for event in events if isinstance(event, Retrieved))
        trace = next(dict(event.trace) for event in events if isinstance(event, Explained))
        context = await self._passages(trace["context"], found.passages)
        dropped = await self._passages(trace["dropped"], ())
        return AnswerRecord(
            question=question.text,
            sentences=tuple(sentence.text.strip() for sentence in sentences),
            confidence=found.confidence,
            retrieved=tuple(dict.fromkeys(_document_of(passage) for passage in (*context, *dropped))),
            context=tuple(ContextPassage(_document_of(one), one.title, one.text) for one in context),
            cited=tuple(_record_of(citation.source) for sentence in sentences for citation in sentence.citations),
            ms=ms,
        )

    async def _passages(self, rows: Sequence[dict[str, Any]], known: Sequence[Passage]) -> list[Passage]:
        """The passages of a section of the trace, as they were read where that is known."""
        found = {passage.chunk_id: passage for passage in known}
        missing = [int(row["chunk_id"]) for row in rows if row["chunk_id"] not in found]
        async with self._p.database.read() as connection:
            found |= {ChunkId(key): one for key, one in (await chunks.find_passages(connection, missing)).items()}
        return [found[row["chunk_id"]] for row in rows if row["chunk_id"] in found]


def _write_corpus(documents: Sequence[Document], folder: Path) -> list[GivenFile]:
    files = []
    for begin in range(0, len(documents), _FILE_DOCUMENTS):
        path = folder / f"part{begin}.jsonl"
        with path.open("w", encoding="utf-8") as file:
            for one in documents[begin : begin + _FILE_DOCUMENTS]:
                row = {"id": one.id, "title": one.title, "text": one.text, "metadata": dict(one.metadata)}
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
        files.append(GivenFile(path, path.name))
    return files


def _document_of(passage: Passage) -> str:
    return _record_of(passage.source)


def _record_of(source: str) -> str:
    """The document's id in `part0.jsonl#id`."""
    return source.partition("#")[2]
