"""Measuring answers: what the program returned to each question, metrics with fixed denominators, who is to blame.

Retrieval is told apart from generation (SPEC K10): a wrong answer is put down to the first stage that lost the right
document.
"""

import asyncio
import re
import string
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from answerable.core.ports import Embedder
from answerable.evaluation.datasets import Dataset, Question
from answerable.evaluation.judge import Evidence, Judge, Share, answer_relevance, claims_of, judge_claims
from answerable.evaluation.metrics import PerQuery
from answerable.evaluation.statistics import Estimate, aurc, calibration_error, estimate_statistic

Outcome = Literal[
    "right", "declined_rightly", "answered_unanswerable", "not_retrieved", "dropped_from_context", "abstained",
    "not_used", "used_but_wrong",
]  # fmt: skip
STAGE: Mapping[Outcome, str] = {
    "right": "",
    "declined_rightly": "",
    "not_retrieved": "retrieval",
    "dropped_from_context": "retrieval",
    "abstained": "confidence",
    "answered_unanswerable": "confidence",
    "not_used": "generation",
    "used_but_wrong": "generation",
}
"""The stage that is to blame; empty where nothing went wrong."""

RIGHT = 0.5
"""An answer is right when at least this share of its sentences is supported by a right document or a right answer."""

HIGHER_IS_BETTER: Mapping[str, bool] = {
    "right": True,
    "answer_support": True,
    "token_f1": True,
    "faithfulness": True,
    "unsupported_sentences": False,
    "citation_resolution": True,
    "answer_relevance": True,
    "context_precision": True,
    "context_recall": True,
    "context_document_recall": True,
    "abstention_recall": True,
    "false_abstention": False,
    "brier": False,
}
"""The answer metrics that are means over questions."""


@dataclass(frozen=True, slots=True)
class ContextPassage:
    """A passage the model was given, and the document it is from."""

    document: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class AnswerRecord:
    """What the program did with one question. `retrieved` are the documents found, best first, before the context was
    cut; `context` what would be or was read; `cited` the documents its sentences point at; `resolved`, for each
    citation, whether the stored text stands where it points."""

    question: str
    sentences: tuple[str, ...]
    confidence: float
    retrieved: tuple[str, ...] = ()
    context: tuple[ContextPassage, ...] = ()
    cited: tuple[str, ...] = ()
    resolved: tuple[bool, ...] = ()
    ms: float = 0.0

    @property
    def abstained(self) -> bool:
        """Nothing was said."""
        return not self.sentences


@dataclass(frozen=True, slots=True)
class Assessed:
    """One question with its metrics by name, and what became of it."""

    record: AnswerRecord
    question: Question
    values: Mapping[str, float]
    outcome: Outcome
    has_evidence: bool
    judge_failures: int = 0


class Assessor:
    """Assesses answers to the questions of one dataset."""

    def __init__(self, dataset: Dataset, judge: Judge, embedder: Embedder) -> None:
        self._dataset = dataset
        self._texts = {one.id: Evidence(one.title, one.text) for one in dataset.documents}
        self._judge = judge
        self._embedder = embedder

    async def assess(self, question: Question, record: AnswerRecord) -> Assessed:
        """Every metric that this question can have; those it cannot have are absent, not 0."""
        relevant = self._dataset.relevant(question.id)
        has_evidence = question.answerable and any(one.document in relevant for one in record.context)
        read = [Evidence(one.title, one.text) for one in record.context]
        faithful = await judge_claims(record.sentences, read, self._judge)
        truth = [Evidence("", answer) for answer in question.answers]
        truth += [self._texts[one] for one in sorted(relevant) if one in self._texts]
        support = await judge_claims(record.sentences if question.answerable else (), truth, self._judge)
        reference = claims_of(question.answers[0]) if question.answerable and question.answers else []
        recalled = await judge_claims(reference, read, self._judge)
        values: dict[str, float] = {"brier": (record.confidence - has_evidence) ** 2}
        _put(values, "faithfulness", faithful.value)
        if faithful.claims:
            values["unsupported_sentences"] = float(faithful.claims - faithful.supported)
        if record.resolved:
            values["citation_resolution"] = sum(record.resolved) / len(record.resolved)
        if question.answerable:
            relevance = await asyncio.to_thread(answer_relevance, question.text, record.sentences, self._embedder)
            _put(values, "answer_relevance", relevance)
            _put(values, "answer_support", support.value)
            _put(values, "context_recall", recalled.value)
            values["false_abstention"] = float(record.abstained)
            values |= _against_labels(question, record, relevant)
        else:
            values["abstention_recall"] = float(record.abstained)
        outcome = diagnose(question, record, relevant, support)
        if question.answerable:
            values["right"] = float(outcome == "right")
        failures = faithful.failed + support.failed + recalled.failed
        return Assessed(record, question, values, outcome, has_evidence, failures)


def diagnose(question: Question, record: AnswerRecord, relevant: frozenset[str], support: Share) -> Outcome:
    """What became of a question; for a failure, the first stage that lost the right document."""
    if not question.answerable:
        return "declined_rightly" if record.abstained else "answered_unanswerable"
    if (support.value or 0.0) >= RIGHT:
        return "right"
    if not relevant.intersection(record.retrieved):
        return "not_retrieved"
    if not any(one.document in relevant for one in record.context):
        return "dropped_from_context"
    if record.abstained:
        return "abstained"
    return "used_but_wrong" if relevant.intersection(record.cited) else "not_used"


def context_precision(documents: Sequence[str], relevant: frozenset[str]) -> float:
    """Mean of precision@i over the relevant passages of the context (RAGAS); 0 when none is relevant."""
    hits = np.array([one in relevant for one in documents], dtype=np.float64)
    if not hits.sum():
        return 0.0
    return float((np.cumsum(hits) / np.arange(1, len(hits) + 1) * hits).sum() / hits.sum())


def token_f1(answer: str, right: Sequence[str]) -> float:
    """F1 over words, the best of the right answers (SQuAD: lower case, no punctuation, no articles)."""
    return max((_f1(_tokens(answer), _tokens(one)) for one in right), default=0.0)


def per_question(assessed: Sequence[Assessed]) -> dict[str, PerQuery]:
    """Each mean metric with its value a question, for the metrics that any question has."""
    found = {name: {one.question.id: one.values[name] for one in assessed if name in one.values} for name in _NAMES}
    return {name: values for name, values in found.items() if values}


def calibration(assessed: Sequence[Assessed]) -> dict[str, Estimate]:
    """Confidence against whether a relevant document was read: calibration error in two ways, and AURC; and the error
    against whether the question could be answered at all, where some could not."""
    confidence = np.array([one.record.confidence for one in assessed], dtype=np.float64)
    outcome = np.array([one.has_evidence for one in assessed], dtype=np.float64)
    found = {name: estimate_statistic(statistic, confidence, outcome) for name, statistic in _CALIBRATION.items()}
    answerable = np.array([one.question.answerable for one in assessed], dtype=np.float64)
    if not answerable.all():
        found["ece_answerable"] = estimate_statistic(calibration_error, confidence, answerable)
    return found


_NAMES = tuple(HIGHER_IS_BETTER)
_CALIBRATION: Mapping[str, Callable[..., float]] = {
    "ece_equal_mass": calibration_error,
    "ece_equal_width": lambda confidence, outcome: calibration_error(confidence, outcome, equal_mass=False),
    "aurc": aurc,
}
_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_]+")
_ARTICLES = frozenset(["a", "an", "the"])
_DELETED = str.maketrans("", "", string.punctuation)


def _against_labels(question: Question, record: AnswerRecord, relevant: frozenset[str]) -> dict[str, float]:
    values: dict[str, float] = {}
    documents = [one.document for one in record.context]
    if relevant:
        values["context_precision"] = context_precision(documents, relevant)
        values["context_document_recall"] = len(relevant.intersection(documents)) / len(relevant)
    if question.answers and not record.abstained:
        values["token_f1"] = token_f1(" ".join(record.sentences), question.answers)
    return values


def _put(values: dict[str, float], name: str, value: float | None) -> None:
    if value is not None:
        values[name] = value


def _tokens(text: str) -> list[str]:
    """SQuAD's normalisation; scripts without spaces are compared by character."""
    return [word for word in _TOKEN.findall(text.lower().translate(_DELETED)) if word not in _ARTICLES]


def _f1(ours: Sequence[str], theirs: Sequence[str]) -> float:
    common = sum((Counter(ours) & Counter(theirs)).values())
    return 2 * common / (len(ours) + len(theirs)) if common else 0.0
