"""Retrieval metrics on cases computed by hand with trec_eval's definitions."""

import math

import pytest

from answerable.evaluation.metrics import (
    RETRIEVAL,
    judge_run,
    measure,
    ndcg,
    precision,
    ranked,
    recall,
    reciprocal_rank,
)

QRELS = {"q": {"a": 2.0, "b": 1.0, "c": 1.0, "x": 0.0, "n": -1.0}}
RUN = {"q": {"x": 5.0, "a": 4.0, "u": 3.0, "b": 2.0}}


def test_precision_divides_by_k_even_when_fewer_were_found() -> None:
    assert precision(judge_run(RUN, QRELS), 10)[0] == pytest.approx(0.2)


def test_recall_divides_by_all_relevant_documents() -> None:
    assert recall(judge_run(RUN, QRELS), 10)[0] == pytest.approx(2 / 3)
    assert recall(judge_run(RUN, QRELS), 2)[0] == pytest.approx(1 / 3)


def test_reciprocal_rank_is_that_of_the_first_relevant_document_within_k() -> None:
    assert reciprocal_rank(judge_run(RUN, QRELS), 10)[0] == 0.5
    assert reciprocal_rank(judge_run(RUN, QRELS), 1)[0] == 0.0


def test_ndcg_has_linear_gain_and_its_ideal_from_all_judgements() -> None:
    found = 2 / math.log2(3) + 1 / math.log2(5)
    best = 2 / math.log2(2) + 1 / math.log2(3) + 1 / math.log2(4)
    assert ndcg(judge_run(RUN, QRELS), 10)[0] == pytest.approx(found / best, abs=1e-12)


def test_the_ideal_is_cut_at_k_too() -> None:
    run = {"q": {"a": 3.0, "b": 2.0}}
    assert ndcg(judge_run(run, QRELS), 2)[0] == pytest.approx(1.0)


def test_a_negative_judgement_is_no_gain() -> None:
    with_negative = ndcg(judge_run({"q": {"n": 2.0, "a": 1.0}}, QRELS), 10)
    with_unjudged = ndcg(judge_run({"q": {"u": 2.0, "a": 1.0}}, QRELS), 10)
    assert with_negative[0] == with_unjudged[0]


def test_of_equal_scores_the_greater_id_goes_first() -> None:
    assert ranked({"d1": 1.0, "d3": 1.0, "d2": 1.0, "d0": 2.0}) == ["d0", "d3", "d2", "d1"]


def test_a_question_that_found_nothing_scores_zero_and_stays() -> None:
    values = measure({}, QRELS)
    assert set(values) == set(RETRIEVAL)
    assert all(found == {"q": 0.0} for found in values.values())


def test_a_question_without_relevant_documents_is_left_out() -> None:
    assert measure(RUN, {**QRELS, "none": {"x": 0.0}, "empty": {}})["ndcg@10"].keys() == {"q"}


def test_only_the_first_hundred_documents_count() -> None:
    run = {"q": {f"u{n:03}": 1000.0 - n for n in range(100)} | {"a": 1.0}}
    assert measure(run, QRELS)["recall@100"]["q"] == 0.0
