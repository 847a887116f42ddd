"""Labelled data from a folder: corpus, queries and judgements as JSON lines, plain or gzipped, or in BEIR's layout.

Every mistake in a file is an InvalidRequest that names the file, the line and what is wrong with it.
"""

import gzip
import hashlib
import json
import math
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn

from answerable.core.errors import InvalidRequest

FOREIGN = "foreign:"
"""Prefix of the ids of questions that were mixed in from another set."""

_ENDINGS = (".jsonl", ".jsonl.gz")
_SPLITS = ("test", "dev", "train")


@dataclass(frozen=True, slots=True)
class Document:
    """A row of the corpus."""

    id: str
    title: str
    text: str
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """A row of the queries. `answers` are the right ones where the data has any; `answerable` is from this corpus."""

    id: str
    text: str
    answers: tuple[str, ...] = ()
    answerable: bool = True


@dataclass(frozen=True, slots=True)
class Dataset:
    """Documents, questions, and `qrels`: query id -> document id -> relevance (above 0 is relevant).

    `warnings` tell of judgements that cannot be met or used; they are counted, never silently dropped.
    """

    name: str
    documents: tuple[Document, ...]
    questions: tuple[Question, ...]
    qrels: Mapping[str, Mapping[str, float]]
    warnings: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Of the corpus: a report says with it whether the documents were the same."""
        digest = hashlib.blake2b(digest_size=12)
        for document in self.documents:
            digest.update(f"{document.id}\0{document.title}\0{document.text}\0".encode())
        return digest.hexdigest()

    def relevant(self, question: str) -> frozenset[str]:
        """Ids of the documents that are relevant for a question."""
        return frozenset(doc for doc, value in self.qrels.get(question, {}).items() if value > 0)


def load_dataset(folder: Path, limit: int | None = None) -> Dataset:
    """A folder of `corpus`, `queries` and `qrels`, or of BEIR's `corpus.jsonl`, `queries.jsonl`, `qrels/test.tsv`.

    `limit` takes only the first so many questions; all documents stay. Raises InvalidRequest.
    """
    documents = load_documents(folder)
    questions = load_questions(folder)
    path, split = _qrels_path(folder)
    qrels, warnings = _known(_qrels(path), documents, questions, path.name)
    if split:  # BEIR keeps the questions of all splits in one file: the others were not judged here
        questions = tuple(question for question in questions if question.id in qrels)
    marked = tuple(_mark(question, qrels) for question in questions)[:limit]
    kept = {question.id for question in marked}
    chosen = {query: dict(found) for query, found in qrels.items() if query in kept}
    return Dataset(folder.resolve().name, documents, marked, chosen, warnings)


def load_documents(folder: Path) -> tuple[Document, ...]:
    """The corpus of a folder. Raises InvalidRequest."""
    if not folder.is_dir():
        raise InvalidRequest(f"{folder}: there is no such folder", param="dataset")
    path = existing(folder, "corpus")
    documents = tuple(_documents(path))
    if not documents:
        raise InvalidRequest(f"{path}: holds no documents", param="dataset")
    return documents


def load_questions(path: Path) -> tuple[Question, ...]:
    """The questions of a folder, or of one file of {id, text} rows. Raises InvalidRequest."""
    source = existing(path, "queries") if path.is_dir() else path
    questions: dict[str, Question] = {}
    for number, row in load_rows(source):
        question = _question(row, source, number)
        if question.id in questions:
            wrong(source, number, f"the id '{question.id}' is there twice")
        questions[question.id] = question
    if not questions:
        raise InvalidRequest(f"{source}: holds no questions", param="dataset")
    return tuple(questions.values())


def load_rows(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Rows of a file of JSON objects with their line numbers, blank lines left out. Raises InvalidRequest."""
    for number, line in _lines(path):
        try:
            row = json.loads(line)
        except (json.JSONDecodeError, RecursionError):
            wrong(path, number, "is not valid JSON")
        if not isinstance(row, dict):
            wrong(path, number, "is not a JSON object")
        yield number, row


def with_foreign(dataset: Dataset, questions: Sequence[Question], limit: int | None = None) -> Dataset:
    """The set with questions of another one, which this corpus does not answer, spread evenly over that other set.

    As many as it has questions of its own, or `limit`; their ids begin with `foreign:`.
    """
    count = min(len(questions), limit or len(dataset.questions))
    chosen = [questions[index * len(questions) // count] for index in range(count)]
    strangers = (replace(one, id=f"{FOREIGN}{one.id}", answers=(), answerable=False) for one in chosen)
    return replace(dataset, questions=(*dataset.questions, *strangers))


def _documents(path: Path) -> Iterator[Document]:
    seen: set[str] = set()
    for number, row in load_rows(path):
        one = _id(row, path, number)
        if one in seen:
            wrong(path, number, f"the id '{one}' is there twice")
        seen.add(one)
        metadata = row.get("metadata") or {}
        if not isinstance(metadata, Mapping):
            wrong(path, number, "'metadata' is not an object")
        title = row.get("title") or ""
        yield Document(one, title if isinstance(title, str) else str(title), _text(row, path, number), metadata)


def _question(row: Mapping[str, Any], path: Path, number: int) -> Question:
    given = row.get("answers", row.get("answer")) or ()
    answers = (given,) if isinstance(given, str) else given
    if not isinstance(answers, Sequence) or not all(isinstance(answer, str) for answer in answers):
        wrong(path, number, "'answer' is neither a text nor a list of texts")
    text = _text(row, path, number)
    if not text.strip():
        wrong(path, number, "'text' is empty")
    refused = row.get("answerable") is False or row.get("unanswerable") is True or row.get("is_impossible") is True
    return Question(_id(row, path, number), text, tuple(a for a in answers if a.strip()), not refused)


def _mark(question: Question, qrels: Mapping[str, Mapping[str, float]]) -> Question:
    """A question needs a relevant document or an answer in the data to count as answerable, whatever its row says."""
    if question.answers or any(value > 0 for value in qrels.get(question.id, {}).values()):
        return question
    return replace(question, answerable=False)


def _known(
    qrels: Mapping[str, Mapping[str, float]], documents: Sequence[Document], questions: Sequence[Question], name: str
) -> tuple[dict[str, Mapping[str, float]], tuple[str, ...]]:
    """Judgements of the questions there are. One of a missing document stays: it counts as never found (trec_eval)."""
    ids, queries = {document.id for document in documents}, {question.id for question in questions}
    strange = sum(query not in queries for query in qrels)
    kept = {query: found for query, found in qrels.items() if query in queries}
    missing = sum(doc not in ids for found in kept.values() for doc in found)
    warnings = []
    if strange:
        warnings.append(f"{name}: {strange} judged questions are not among the queries; they are left out")
    if missing:
        warnings.append(f"{name}: {missing} judged documents are not in the corpus; they count as not found")
    if not any(value > 0 for found in kept.values() for value in found.values()):
        raise InvalidRequest(f"{name}: no question has a relevant document", param="dataset")
    return kept, tuple(warnings)


def _qrels_path(folder: Path) -> tuple[Path, str]:
    """The judgements' file, and the name of BEIR's split when it is one."""
    for split in _SPLITS:
        path = folder / "qrels" / f"{split}.tsv"
        if path.is_file():
            return path, split
    return existing(folder, "qrels"), ""


def _qrels(path: Path) -> dict[str, dict[str, float]]:
    qrels: dict[str, dict[str, float]] = {}
    for number, query, document, value in _tab_separated(path) if path.suffix == ".tsv" else _judgements(path):
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            wrong(path, number, f"the relevance {value!r} is not a number")
        qrels.setdefault(query, {})[document] = float(value)
    return qrels


def _judgements(path: Path) -> Iterator[tuple[int, str, str, Any]]:
    for number, row in load_rows(path):
        query, document = row.get("query_id", row.get("query-id")), row.get("doc_id", row.get("corpus-id"))
        if query is None or document is None:
            wrong(path, number, f"'{'query_id' if query is None else 'doc_id'}' is missing")
        yield number, str(query), str(document), row.get("relevance", row.get("score", 1))


def _tab_separated(path: Path) -> Iterator[tuple[int, str, str, Any]]:
    """BEIR's three columns, or the four of TREC."""
    for number, line in _lines(path):
        cells = line.split("\t")
        if len(cells) not in (3, 4):
            wrong(path, number, "does not have the three columns query-id, corpus-id, score")
        try:
            value = float(cells[-1])
        except ValueError:
            if number == 1:
                continue
            wrong(path, number, f"the relevance {cells[-1]!r} is not a number")
        yield number, cells[0], cells[-2], value


def existing(folder: Path, stem: str) -> Path:
    """The file of this stem, plain or gzipped. Raises InvalidRequest."""
    for ending in _ENDINGS:
        if (folder / f"{stem}{ending}").is_file():
            return folder / f"{stem}{ending}"
    raise InvalidRequest(f"{folder}: there is no {stem}.jsonl or {stem}.jsonl.gz in it", param="dataset")


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Lines that are not blank, with their numbers."""
    number = 0
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            for number, line in enumerate(file, 1):
                text = line.decode("utf-8-sig").rstrip("\r\n")
                if text.strip():
                    yield number, text
    except UnicodeDecodeError as error:
        raise InvalidRequest(f"{path}, line {number}: is not UTF-8 text", param="dataset") from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InvalidRequest(f"{path}: is damaged after line {number}; copy it again", param="dataset") from error
    except OSError as error:
        raise InvalidRequest(f"{path}: cannot be read: {error.strerror or error}", param="dataset") from error


def _id(row: Mapping[str, Any], path: Path, number: int) -> str:
    value = row.get("id", row.get("_id"))
    if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
        wrong(path, number, "'id' is missing or neither text nor number")
    return str(value)


def _text(row: Mapping[str, Any], path: Path, number: int) -> str:
    value = row.get("text")
    if not isinstance(value, str):
        wrong(path, number, "'text' is missing or not a text")
    return value


def wrong(path: Path, number: int, what: str) -> NoReturn:
    """Say what is wrong in which line of a file: raises InvalidRequest."""
    raise InvalidRequest(f"{path}, line {number}: {what}", param="dataset")
