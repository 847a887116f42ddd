"""Answer metrics on hand-made records, and the stage that is blamed for a wrong answer."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from answerable.evaluation.answers import (
    STAGE,
    AnswerRecord,
    Assessed,
    Assessor,
    ContextPassage,
    Outcome,
    calibration,
    context_precision,
    diagnose,
    per_question,
    token_f1,
)
from answerable.evaluation.datasets import Dataset, Document, Question
from answerable.evaluation.judge import Evidence, RuleJudge, Share
from tests.support.embedding import HashEmbedder

RESET = "To reset it, hold the power button for ten seconds."
WARRANTY = "The warranty lasts two years."
DATASET = Dataset(
    "tv",
    (Document("reset", "Reset", RESET), Document("warranty", "Warranty", WARRANTY)),
    (Question("q", "How do I reset it?", (RESET,)), Question("u", "Who is the king of France?", (), answerable=False)),
    {"q": {"reset": 1.0}},
)
ASKED, UNANSWERABLE = DATASET.questions


def _says(claim: str, evidence: Sequence[Evidence]) -> bool:
    return any(claim in one.text for one in evidence)


READ = (ContextPassage("reset", "Reset", RESET), ContextPassage("warranty", "Warranty", WARRANTY))
GOOD = AnswerRecord(ASKED.text, (RESET,), 0.9, ("reset", "warranty"), READ, ("reset",), (True,))


async def _assess(record: AnswerRecord, question: Question = ASKED) -> Assessed:
    return await Assessor(DATASET, RuleJudge(_says), HashEmbedder()).assess(question, record)


async def test_a_right_answer_scores_on_everything() -> None:
    found = await _assess(GOOD)
    assert found.outcome == "right"
    assert found.has_evidence
    for name in (
        "right",
        "faithfulness",
        "citation_resolution",
        "answer_support",
        "token_f1",
        "context_precision",
        "context_recall",
    ):
        assert found.values[name] == pytest.approx(1.0), name
    assert found.values["false_abstention"] == 0.0
    assert found.values["brier"] == pytest.approx(0.01)
    assert "abstention_recall" not in found.values


async def test_a_sentence_nothing_supports_and_a_citation_that_points_nowhere_are_counted() -> None:
    found = await _assess(replace(GOOD, sentences=(RESET, "Bananas grow."), resolved=(True, False)))
    assert found.values["unsupported_sentences"] == 1.0
    assert found.values["citation_resolution"] == 0.5
    declined = await _assess(replace(GOOD, sentences=(), cited=(), resolved=()))
    assert not {"unsupported_sentences", "citation_resolution"} & declined.values.keys()


async def test_a_faithful_answer_may_be_wrong_all_the_same() -> None:
    found = await _assess(replace(GOOD, sentences=(WARRANTY,), cited=("warranty",)))
    assert found.values["faithfulness"] == 1.0
    assert found.values["answer_support"] == 0.0
    assert found.values["right"] == 0.0
    assert found.outcome == "not_used"


async def test_an_abstention_has_no_faithfulness_but_counts_as_not_right() -> None:
    found = await _assess(replace(GOOD, sentences=(), cited=()))
    assert "faithfulness" not in found.values
    assert "answer_support" not in found.values
    assert found.values["false_abstention"] == 1.0
    assert found.values["right"] == 0.0
    assert found.values["context_recall"] == 1.0


async def test_declining_what_cannot_be_answered_is_right_and_answering_it_is_not() -> None:
    declined = await _assess(AnswerRecord(UNANSWERABLE.text, (), 0.1, ("reset",), READ), UNANSWERABLE)
    answered = await _assess(AnswerRecord(UNANSWERABLE.text, (RESET,), 0.8, ("reset",), READ), UNANSWERABLE)
    assert (declined.outcome, declined.values["abstention_recall"]) == ("declined_rightly", 1.0)
    assert (answered.outcome, answered.values["abstention_recall"]) == ("answered_unanswerable", 0.0)
    assert answered.values["brier"] == pytest.approx(0.64)
    assert not answered.has_evidence
    assert "right" not in answered.values


@pytest.mark.parametrize(
    ("change", "support", "outcome"),
    [
        ({}, Share(1, 1), "right"),
        ({}, Share(1, 2), "right"),
        ({"retrieved": ("warranty",), "context": READ[1:]}, Share(0, 1), "not_retrieved"),
        ({"retrieved": ("warranty",), "context": READ[1:], "sentences": ()}, Share(0, 0), "not_retrieved"),
        ({"context": READ[1:]}, Share(0, 1), "dropped_from_context"),
        ({"sentences": ()}, Share(0, 0), "abstained"),
        ({"cited": ("warranty",)}, Share(1, 3), "not_used"),
        ({}, Share(0, 1), "used_but_wrong"),
    ],
)
def test_the_first_stage_that_lost_the_document_is_blamed(
    change: dict[str, object], support: Share, outcome: Outcome
) -> None:
    assert diagnose(ASKED, replace(GOOD, **change), frozenset({"reset"}), support) == outcome  # type: ignore[arg-type]


def test_every_outcome_has_its_stage() -> None:
    assert {name for name, stage in STAGE.items() if not stage} == {"right", "declined_rightly"}
    assert set(STAGE.values()) == {"", "retrieval", "confidence", "generation"}


def test_context_precision_is_average_precision_over_what_was_read() -> None:
    assert context_precision(["r", "x", "r"], frozenset("r")) == pytest.approx((1 + 2 / 3) / 2)
    assert context_precision(["x", "r"], frozenset("r")) == 0.5
    assert context_precision(["x"], frozenset("r")) == 0.0
    assert context_precision([], frozenset("r")) == 0.0
    assert context_precision(["r", "r"], frozenset("r")) == 1.0


def test_token_f1_is_that_of_squad() -> None:
    assert token_f1("The Eiffel Tower!", ["eiffel tower"]) == 1.0
    assert token_f1("in Paris", ["Paris"]) == pytest.approx(2 / 3)
    assert token_f1("Rome", ["Paris"]) == 0.0
    assert token_f1("Paris", ["London", "Paris"]) == 1.0
    assert token_f1("東京都", ["東京"]) == pytest.approx(0.8)


async def test_values_are_gathered_by_metric_for_the_questions_that_have_them() -> None:
    results = [
        await _assess(GOOD),
        await _assess(AnswerRecord(UNANSWERABLE.text, (), 0.1, (), ()), UNANSWERABLE),
    ]
    values = per_question(results)
    assert values["right"] == {"q": 1.0}
    assert values["abstention_recall"] == {"u": 1.0}
    assert values["brier"].keys() == {"q", "u"}
    found = calibration(results)
    assert set(found) == {"ece_equal_mass", "ece_equal_width", "aurc", "ece_answerable"}
    assert found["ece_equal_width"].value == pytest.approx(0.1)
