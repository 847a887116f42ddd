"""Judges: what the rules accept, what a model may do wrong, and denominators that nothing can move."""

import json
from collections.abc import Sequence

from answerable.core.errors import ProviderDown
from answerable.evaluation.judge import (
    Evidence,
    ModelJudge,
    Opinion,
    RuleJudge,
    Share,
    answer_relevance,
    claims_of,
    judge_claims,
)
from answerable.providers.scripted import Config, Reply, Scripted
from tests.support.embedding import HashEmbedder

MANUAL = Evidence(
    "Acme television manual",
    "To reset it, hold the power button for ten seconds. The warranty lasts two years.\n\nIt does not cover water.",
)


def _says(claim: str, evidence: Sequence[Evidence]) -> bool:
    return any(claim in one.text for one in evidence)


async def test_the_rules_are_those_that_are_handed_in() -> None:
    judge = RuleJudge(_says)
    assert await judge.supports("The warranty lasts two years.", [Evidence("", "Nothing here."), MANUAL]) == Opinion(
        True
    )
    assert await judge.supports("The warranty lasts three years.", [MANUAL]) == Opinion(False)
    assert await judge.supports("The warranty lasts two years.", []) == Opinion(False)


async def test_a_model_judge_takes_the_verdict_and_nothing_else() -> None:
    for verdict, supported in (("supported", True), ("contradicted", False), ("unsupported", False)):
        judge = ModelJudge(Scripted(Config(replies={"Judge": json.dumps({"verdict": verdict, "reason": ""})})))
        assert await judge.supports("claim", [MANUAL]) == Opinion(supported)


async def test_a_model_that_returns_no_verdict_has_failed_and_supports_nothing() -> None:
    judge = ModelJudge(Scripted(Config(replies={"Judge": "Sure! All of it is supported."})))
    assert await judge.supports("claim", [MANUAL]) == Opinion(supported=False, failed=True)


async def test_a_model_that_is_down_has_failed_and_supports_nothing() -> None:
    judge = ModelJudge(Scripted(Config(replies={"Judge": Reply(error=ProviderDown("down"))})))
    assert await judge.supports("claim", [MANUAL]) == Opinion(supported=False, failed=True)


async def test_without_evidence_no_model_is_asked() -> None:
    model = Scripted(Config())
    assert await ModelJudge(model).supports("claim", []) == Opinion(supported=False)
    assert model.tasks == []


async def test_the_denominator_is_the_claims_submitted_not_the_verdicts_returned() -> None:
    judge = ModelJudge(Scripted(Config(replies={"Judge": "no verdict"})))
    assert await judge_claims(["a", "b", "c"], [MANUAL], judge) == Share(supported=0, claims=3, failed=3)


async def test_no_claims_have_no_share_rather_than_a_perfect_one() -> None:
    share = await judge_claims([], [MANUAL], RuleJudge(_says))
    assert share.value is None


def test_claims_are_the_sentences_that_say_something() -> None:
    assert claims_of("One thing. Another thing!\n\n---\n\n") == ["One thing.", "Another thing!"]


def test_relevance_is_higher_for_an_answer_about_the_question() -> None:
    embedder = HashEmbedder()
    near = answer_relevance("reset the television", ["reset the television now"], embedder)
    far = answer_relevance("reset the television", ["bananas grow quickly"], embedder)
    assert near is not None
    assert far is not None
    assert near > far
    assert answer_relevance("reset", [], embedder) is None
