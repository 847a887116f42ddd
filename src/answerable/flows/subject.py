"""The shipped program as an evaluation sees it: documents go in, and questions out, through the flows of every user.

Its collection is named after what it holds and how that was cut and embedded, so a second run uses it again.
"""

import asyncio
import hashlib
import json
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from answerable.core.documents import ChunkId, Citation, CollectionName, DocumentId, Passage, VersionId
from answerable.core.errors import Blocked, DataError, InvalidRequest
from answerable.core.identity import OWNER
from answerable.core.messages import Collected, Explained, Message, Retrieved, Sentence, Text
from answerable.core.tasks import Chat
from answerable.evaluation.answers import AnswerRecord, ContextPassage
from answerable.evaluation.datasets import Dataset, Document, Question
from answerable.evaluation.judge import Evidence, Supports
from answerable.evaluation.report import Fit
from answerable.evaluation.statistics import Estimate
from answerable.flows.chat import chat
from answerable.flows.ingest import GivenFile, Ingest, embed, ingest
from answerable.flows.platform import Platform
from answerable.flows.search import Search, search
from answerable.flows.turns import Turn
from answerable.knowledge.backfill import Progress as EmbeddingProgress
from answerable.knowledge.catalog import Scope
from answerable.knowledge.cite import Verifier
from answerable.knowledge.fit_alpha import LabelledQuery, fit_alpha
from answerable.knowledge.retriever import Mode, Query
from answerable.knowledge.trace import Trace
from answerable.storage import chunks, collections, documents

_FILE_DOCUMENTS = 2_000
"""Documents a temporary corpus file holds: well inside the reader's limits of size and time."""

Progress = Callable[[str, int, int], None]
"""Told the stage, how many are done and how many there are."""


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


def collection_for(fingerprint: str, p: Platform) -> str:
    """The collection of a corpus: another chunker or embedder makes another one."""
    made = json.dumps([fingerprint, dict(p.policy.chunker), p.embedder.name], sort_keys=True)
    return f"evaluation-{hashlib.blake2b(made.encode(), digest_size=6).hexdigest()}"


def supports_by(verifier: Verifier) -> Supports:
    """The check that citations pass, as the rule of a judge."""

    def supports(claim: str, evidence: Sequence[Evidence]) -> bool:
        return verifier.check(claim, [_as_passage(number, one) for number, one in enumerate(evidence)]).supported

    return supports


class PlatformSubject:
    """The program `p`, with the documents in one collection of it."""

    def __init__(self, p: Platform, collection: str, model: str | None = None) -> None:
        self._p = p
        self._model = model
        self._collection = collection

    async def build(self, given: Sequence[Document], progress: Progress) -> list[str]:
        """Add the documents as corpus files and wait for their embeddings; what is there already is not read again.

        One whose metadata says `"format": "markdown"` is a file of its own, which keeps its headings.
        """
        with tempfile.TemporaryDirectory(prefix="answerable-") as folder:
            files = await asyncio.to_thread(_write_documents, given, Path(folder))
            added = await ingest(Ingest(self._collection, files=tuple(files)), self._p)
        async with self._p.database.read() as connection:
            held = (await collections.count_collection(connection, self._collection)).documents
        errors = [str(item.error) for item in added.items if item.error]
        if not held:
            raise DataError(f"none of the documents could be indexed: {'; '.join(errors[:3]) or 'they are empty'}")

        async def embedded(now: EmbeddingProgress) -> None:
            progress("embedding", now.done, now.done + now.pending)

        await embed(self._collection, self._p, embedded)
        left = len(given) - held
        return [f"{left} documents were not indexed ({'; '.join(errors[:3]) or 'no text'})"] if left else []

    async def search(self, query: str, system: System, k: int) -> list[str] | None:
        """Documents in the order of their best chunk; None for reranking where no reranker is configured."""
        wanted = Search(self._collection, query, k, system.mode, rerank=system.rerank)
        passages, trace = await search(wanted, self._p)
        if system.rerank and all(step["name"] != "rerank" for step in trace.steps):
            return None
        return list(dict.fromkeys(_document_of(passage) for passage in passages))

    async def ask(self, question: Question) -> AnswerRecord:
        """One chat turn; what was read is taken from its trace, also when it abstained. A question that a guard refuses
        was not answered.
        """
        collected = Collected()
        message = Message("user", (Text(question.text),))
        began = time.perf_counter()
        try:
            await chat(Turn(Chat((message,)), self._model, self._collection, explain=True), collected, self._p)
        except Blocked:
            return AnswerRecord(question.text, (), 0.0, ms=(time.perf_counter() - began) * 1_000)
        ms, events = (time.perf_counter() - began) * 1_000, collected.events
        said = [event for event in events if isinstance(event, Sentence) and event.citations]
        found = next(event for event in events if isinstance(event, Retrieved))
        trace = next(dict(event.trace) for event in events if isinstance(event, Explained))
        context = await self._passages(trace["context"], found.passages)
        dropped = await self._passages(trace["dropped"], ())
        citations = [citation for sentence in said for citation in sentence.citations]
        return AnswerRecord(
            question=question.text,
            sentences=tuple(sentence.text.strip() for sentence in said),
            confidence=found.confidence,
            retrieved=tuple(dict.fromkeys(_document_of(passage) for passage in (*context, *dropped))),
            context=tuple(ContextPassage(_document_of(one), _headings(one), one.text) for one in context),
            cited=tuple(record_of(citation.source) for citation in citations),
            resolved=await self._resolved(citations),
            ms=ms,
        )

    async def fit(self, dataset: Dataset, progress: Progress, *, store: bool) -> Fit:
        """The share of the vectors that the labels ask for. Raises InvalidRequest where fusion has no such share."""
        config = self._p.retriever.config
        if config.fusion != "convex":
            raise InvalidRequest(f"fusion '{config.fusion}' has no weight to fit; configure 'convex'", param="fit")
        judged = [question for question in dataset.questions if dataset.relevant(question.id)]
        labelled = []
        for number, question in enumerate(judged, 1):
            labelled.append(await self._labelled(question.text, dataset.qrels[question.id]))
            progress("fitting", number, len(judged))
        found = await asyncio.to_thread(fit_alpha, labelled, config.alpha)
        if store:
            row = (await self._p.library.get(self._collection)).row
            kept = {name: value for name, value in row.settings.items() if name != "alpha"}
            settings = kept if found.kept_default else kept | {"alpha": found.alpha}
            await self._p.database.write(lambda c: collections.update_settings(c, self._collection, settings))
        gain = Estimate(found.gain, found.low, found.high, found.queries)
        return Fit(found.alpha, found.default, found.before, gain, stored=store and not found.kept_default)

    async def _labelled(self, question: str, relevance: Mapping[str, float]) -> LabelledQuery:
        query = Query(question, Scope(OWNER), rerank=False)
        found = await self._p.retriever.search(self._collection, query, Trace(question))
        async with self._p.database.read() as connection:
            passages = await chunks.find_passages(connection, found.fused.ids.tolist())
        held = [_document_of(passages[one]) if one in passages else "" for one in found.fused.ids.tolist()]
        return LabelledQuery(found.keyword, found.vector, found.fused, held, relevance)

    async def _passages(self, rows: Sequence[Mapping[str, Any]], known: Sequence[Passage]) -> list[Passage]:
        """The passages of a section of the trace, as they were read where that is known."""
        found = {passage.chunk_id: passage for passage in known}
        missing = [int(row["chunk_id"]) for row in rows if row["chunk_id"] not in found]
        async with self._p.database.read() as connection:
            found |= {ChunkId(key): one for key, one in (await chunks.find_passages(connection, missing)).items()}
        return [found[row["chunk_id"]] for row in rows if row["chunk_id"] in found]

    async def _resolved(self, citations: Sequence[Citation]) -> tuple[bool, ...]:
        """For each citation whether its quote stands where it points, in the stored text of that version."""
        texts: dict[int, str] = {}
        async with self._p.database.read() as connection:
            for version in {citation.version_id for citation in citations}:
                found = await documents.find_text(connection, version)
                texts[version] = found[0] if found else ""
        return tuple(bool(c.quote) and texts[c.version_id][c.start : c.end] == c.quote for c in citations)


def _write_documents(given: Sequence[Document], folder: Path) -> list[GivenFile]:
    pages = [one for one in given if one.metadata.get("format") == "markdown"]
    files = _write_corpus([one for one in given if one.metadata.get("format") != "markdown"], folder)
    for number, page in enumerate(pages):
        path = folder / f"page{number}.md"
        path.write_text(page.text, encoding="utf-8")
        files.append(GivenFile(path, page.id))
    return files


def _write_corpus(given: Sequence[Document], folder: Path) -> list[GivenFile]:
    files = []
    for begin in range(0, len(given), _FILE_DOCUMENTS):
        path = folder / f"part{begin}.jsonl"
        with path.open("w", encoding="utf-8") as file:
            for one in given[begin : begin + _FILE_DOCUMENTS]:
                row = {"id": one.id, "title": one.title, "text": one.text, "metadata": dict(one.metadata)}
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
        files.append(GivenFile(path, path.name))
    return files


def _as_passage(number: int, evidence: Evidence) -> Passage:
    return Passage(
        chunk_id=ChunkId(number),
        document_id=DocumentId(str(number)),
        version_id=VersionId(number),
        collection=CollectionName(""),
        source=str(number),
        title=evidence.title,
        text=evidence.text,
        start=0,
        end=len(evidence.text),
    )


def _headings(passage: Passage) -> str:
    return " ".join(dict.fromkeys((passage.title, *passage.heading_path)))


def _document_of(passage: Passage) -> str:
    return record_of(passage.source)


def record_of(source: str) -> str:
    """The document's id: of `part0.jsonl#id` what follows the sign, of a file of its own all of it."""
    before, sign, after = source.partition("#")
    return after if sign else before
