"""Fusion: ranks from 1, scaling, ties, missing candidates."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerable.knowledge.fuse import Ranking, adapted_alpha, convex, reciprocal_rank


def ranking(**scores: float) -> Ranking:
    pairs = sorted(((int(key[1:]), value) for key, value in scores.items()), key=lambda pair: (-pair[1], pair[0]))
    return Ranking.of(np.array([i for i, _ in pairs], np.int64), np.array([s for _, s in pairs], np.float32))


EMPTY = Ranking.of(np.array([], np.int64), np.array([], np.float32))


def test_the_convex_sum_weighs_min_max_scores() -> None:
    fused = convex(ranking(d1=8.0, d2=4.0, d3=0.0), ranking(d2=0.9, d1=0.5, d4=0.1), alpha=0.25, scale="observed")
    assert fused.ids.tolist() == [1, 2, 3, 4]
    assert fused.scores.tolist() == pytest.approx([0.75 * 1 + 0.25 * 0.5, 0.75 * 0.5 + 0.25 * 1, 0, 0])
    assert fused.lexical_rank.tolist() == [1, 2, 3, 0]
    assert fused.dense_rank.tolist() == [2, 1, 0, 3]


def test_bounded_scores_are_a_share_of_the_best_keyword_score_and_the_cosine_itself() -> None:
    fused = convex(ranking(d1=8.0, d2=4.0), ranking(d2=0.6, d4=0.3), alpha=0.25, exact_dense={1: 0.2})
    assert fused.ids.tolist() == [2, 1, 4]
    assert fused.lexical.tolist() == [0.5, 1.0, 0.0]
    assert fused.dense.tolist() == pytest.approx([0.6, 0.2, 0.3])
    assert fused.scores.tolist() == pytest.approx((1 - fused.alpha) * fused.lexical + fused.alpha * fused.dense)


def test_a_flat_keyword_list_leans_on_the_vectors_and_a_peaked_one_on_the_words() -> None:
    flat = ranking(d1=8.0, d2=7.9, d3=7.8, d4=7.7)
    peaked = ranking(d1=8.0, **{f"d{n}": 0.1 for n in range(2, 30)})
    assert adapted_alpha(flat, EMPTY, 0.4) > 0.4 > adapted_alpha(peaked, EMPTY, 0.4)


def test_a_deeper_keyword_list_does_not_move_the_weight() -> None:
    scores = {f"d{n}": 1.0 + 100.0 / n for n in range(1, 101)}
    deeper = scores | {f"d{n}": 0.5 for n in range(101, 400)}
    assert adapted_alpha(ranking(**deeper), EMPTY) == adapted_alpha(ranking(**scores), EMPTY)


def test_a_chunk_that_nearly_repeats_the_question_moves_the_weight_to_the_vectors() -> None:
    words = ranking(d1=8.0, **{f"d{n}": 0.1 for n in range(2, 30)})
    assert adapted_alpha(words, ranking(d2=0.9)) > adapted_alpha(words, ranking(d2=0.8)) > adapted_alpha(words, EMPTY)
    assert adapted_alpha(words, ranking(d2=0.6)) == adapted_alpha(words, EMPTY)


@pytest.mark.parametrize("alpha", [0.0, 1.0])
def test_a_search_by_one_list_alone_stays_so(alpha: float) -> None:
    assert adapted_alpha(ranking(d1=8.0, d2=7.9), ranking(d1=0.9), alpha) == alpha


def test_an_empty_keyword_list_leaves_the_weight_alone() -> None:
    assert adapted_alpha(EMPTY, ranking(d1=0.9), 0.4) == 0.4


def test_a_question_that_no_vector_is_near_to_leans_on_its_words() -> None:
    words = ranking(d1=8.0, d2=7.0, d5=1.0, d6=1.0, d7=1.0, d8=1.0)
    assert convex(words, ranking(d2=0.7, d1=0.3)).ids.tolist()[:2] == [2, 1]
    assert convex(words, ranking(d2=0.07, d1=0.03)).ids.tolist()[:2] == [1, 2]


def test_a_constant_list_counts_nothing_instead_of_dividing_by_zero() -> None:
    fused = convex(ranking(d1=3.0, d2=3.0), ranking(d2=0.9, d3=0.1), alpha=0.5, scale="observed")
    assert fused.ids.tolist() == [2, 1, 3]
    assert fused.lexical.tolist() == [0.0, 0.0, 0.0]


def test_a_missing_candidate_counts_its_exact_score_when_it_is_known() -> None:
    lexical, dense = ranking(d1=8.0, d2=7.0, d3=6.0), ranking(d4=0.9, d3=0.8, d2=0.3)
    without = convex(lexical, dense, alpha=0.5, scale="observed")
    rescored = convex(lexical, dense, scale="observed", exact_dense={1: 0.6}, exact_lexical={4: 4.0})
    assert dict(zip(without.ids.tolist(), without.dense.tolist(), strict=True))[1] == 0.0
    assert dict(zip(rescored.ids.tolist(), rescored.dense.tolist(), strict=True))[1] == pytest.approx(0.5)
    assert dict(zip(rescored.ids.tolist(), rescored.lexical.tolist(), strict=True))[4] == pytest.approx(-1.0)
    assert rescored.dense_rank[rescored.ids.tolist().index(1)] == 0


def test_a_vector_that_does_not_exist_counts_as_the_end_of_the_list() -> None:
    fused = convex(ranking(d1=8.0, d2=7.0), ranking(d3=0.9, d2=0.3), scale="observed", exact_dense={1: float("nan")})
    assert dict(zip(fused.ids.tolist(), fused.dense.tolist(), strict=True))[1] == 0.0


def test_scores_that_are_not_numbers_are_left_out_of_a_list() -> None:
    kept = Ranking.of(np.array([1, 2], np.int64), np.array([np.nan, 0.5]))
    assert kept.ids.tolist() == [2]


def test_reciprocal_ranks_start_at_one_and_absence_adds_nothing() -> None:
    fused = reciprocal_rank(ranking(d1=8.0, d2=4.0), ranking(d2=0.9, d3=0.5))
    assert fused.ids.tolist() == [2, 1, 3]
    assert fused.scores.tolist() == pytest.approx([(1 / 62 + 1 / 61) / 2, 1 / 61 / 2, 1 / 62 / 2])


def test_equal_scores_are_ordered_by_id() -> None:
    assert reciprocal_rank(ranking(d9=1.0), ranking(d3=1.0)).ids.tolist() == [3, 9]


@pytest.mark.parametrize("fuse", [lambda a, b: convex(a, b, 0.5), reciprocal_rank])
def test_two_empty_lists_give_an_empty_result(fuse) -> None:  # type: ignore[no-untyped-def]
    assert fuse(EMPTY, EMPTY).ids.tolist() == []


def test_one_empty_list_leaves_the_other_in_its_order() -> None:
    assert convex(EMPTY, ranking(d7=0.9, d2=0.5, d5=0.1), alpha=0.5).ids.tolist() == [7, 2, 5]


lists = st.dictionaries(st.integers(0, 40), st.floats(-1, 50, width=32), max_size=20).map(
    lambda d: Ranking.of(
        np.array(sorted(d, key=lambda i: (-d[i], i)), np.int64), np.array(sorted(d.values(), reverse=True))
    )
)


@given(lists, lists, st.floats(0, 1))
def test_every_candidate_appears_once_and_scores_stay_within_bounds(a: Ranking, b: Ranking, alpha: float) -> None:
    fused = convex(a, b, alpha, scale="observed")
    assert sorted(fused.ids.tolist()) == sorted({*a.ids.tolist(), *b.ids.tolist()})
    assert np.all((fused.scores >= 0) & (fused.scores <= 1 + 1e-9))
    assert np.all(np.diff(fused.scores) <= 0)
