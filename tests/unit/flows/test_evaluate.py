"""What is measured, over a program that is a dictionary: no index, no model."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from answerable.core.errors import InvalidRequest, ProviderDown
from answerable.evaluation.answers import AnswerRecord, ContextPassage
from answerable.evaluation.datasets import Dataset, Document, Question
from answerable.evaluation.judge import Evidence, RuleJudge
from answerable.evaluation.report import Report
from answerable.flows.evaluate import Evaluation, Jury, load, measure
from answerable.flows.subject import Progress, System
from tests.support.embedding import HashEmbedder

RESET = "Hold the power button for ten seconds."
DATASET = Dataset(
    "tv",
    (Document("reset", "Reset", RESET), Document("warranty", "Warranty", "It lasts two years.")),
    (Question("q", "reset it", (RESET,)), Question("u", "king of France", answerable=False)),
    {"q": {"reset": 1.0}},
)


class Known:
    """Finds the documents it was given for each question, and answers with the first one's text."""

    def __init__(self, found: dict[str, list[str]], *, reranks: bool = True, down: str = "") -> None:
        self._found = found
        self._reranks = reranks
        self._down = down
        self.asked: list[str] = []

    async def build(self, given: Sequence[Document], progress: Progress) -> list[str]:
        progress("embedding", len(given), len(given))
        return []

    async def search(self, query: str, system: System, k: int) -> list[str] | None:
        return None if system.rerank and not self._reranks else self._found.get(query, [])[:k]

    async def ask(self, question: Question) -> AnswerRecord:
        self.asked.append(question.id)
        if question.id == self._down:
            raise ProviderDown("the model is down")
        found = tuple(self._found.get(question.text, ()))
        read = tuple(ContextPassage(one, "", RESET) for one in found)
        said = (RESET,) if found else ()
        return AnswerRecord(question.text, said, 0.9 if found else 0.1, found, read, found, (True,) * len(said))


def _says(claim: str, evidence: Sequence[Evidence]) -> bool:
    return any(claim in one.text for one in evidence)


async def _measure(subject: Known, dataset: Dataset = DATASET) -> Report:
    return await measure(dataset, subject, Jury(RuleJudge(_says), HashEmbedder(), "known"), lambda *_: None)


def _mean(report: Report, part: str, metric: str) -> float:
    return next(one for one in report.parts if one.name == part).estimates[metric].value


async def test_every_system_is_measured_and_the_answers_where_there_are_labels_for_them() -> None:
    report = await _measure(Known({"reset it": ["warranty", "reset"]}))
    assert [part.name for part in report.parts] == ["BM25", "vectors", "hybrid", "hybrid + rerank", "answers"]
    assert _mean(report, "hybrid", "mrr@10") == 0.5
    assert _mean(report, "answers", "abstention_recall") == 1.0
    assert _mean(report, "answers", "citation_resolution") == 1.0
    assert report.answers is not None
    assert report.answers.outcomes["right"] == 1


async def test_questions_without_answers_and_without_strangers_are_only_searched() -> None:
    subject = Known({"reset it": ["reset"]})
    report = await _measure(subject, replace(DATASET, questions=(Question("q", "reset it"),)))
    assert report.answers is None
    assert subject.asked == []


async def test_a_system_that_is_not_set_up_is_named_and_left_out() -> None:
    report = await _measure(Known({"reset it": ["reset"]}, reranks=False))
    assert "hybrid + rerank" not in [part.name for part in report.systems]
    assert any("hybrid + rerank" in warning for warning in report.warnings)


async def test_a_question_does_not_find_itself_among_the_documents() -> None:
    itself = Document("q", "", "reset it")
    dataset = replace(DATASET, documents=(*DATASET.documents, itself))
    report = await _measure(Known({"reset it": ["q", "reset"]}), dataset)
    assert _mean(report, "hybrid", "mrr@10") == 1.0


async def test_one_lost_call_is_told_and_does_not_lose_the_others() -> None:
    report = await _measure(Known({"reset it": ["reset"]}, down="u"))
    assert any("1 questions were not answered" in warning for warning in report.warnings)
    assert report.answers is not None
    assert report.answers.part.values["right"] == {"q": 1.0}


async def test_a_model_that_never_answers_is_an_error_and_not_an_empty_report() -> None:
    with pytest.raises(ProviderDown):
        await _measure(Known({}, down="q"), replace(DATASET, questions=DATASET.questions[:1]))


async def test_a_set_whose_questions_have_no_relevant_document_cannot_be_measured() -> None:
    with pytest.raises(InvalidRequest, match="relevant document"):
        await _measure(Known({}), replace(DATASET, qrels={}))


def test_foreign_questions_are_mixed_in_as_unanswerable(tmp_path: Path) -> None:
    own, other = tmp_path / "own", tmp_path / "other.jsonl"
    own.mkdir()
    (own / "corpus.jsonl").write_text('{"id": "d", "title": "", "text": "a text"}\n')
    (own / "queries.jsonl").write_text('{"id": "q", "text": "a question"}\n')
    (own / "qrels.jsonl").write_text('{"query_id": "q", "doc_id": "d", "relevance": 1}\n')
    other.write_text('{"id": "s", "text": "a strange question"}\n')
    assert [question.answerable for question in load(Evaluation(own)).questions] == [True]
    assert [question.answerable for question in load(Evaluation(own, foreign=other)).questions] == [True, False]
