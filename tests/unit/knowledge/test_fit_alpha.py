"""The fitted weight: found when labels show it, refused when they do not."""

import numpy as np
import pytest

from answerable.knowledge.fit_alpha import MIN_QUERIES, LabelledQuery, fit_alpha
from answerable.knowledge.fuse import Ranking, convex


def question(rng: np.random.Generator, signals: tuple[float, float]) -> LabelledQuery:
    """Fifty candidates; the answer is number 7, and stands out from random scores by each list's signal."""
    lists = []
    for signal in signals:
        scores = rng.uniform(0, 0.5, 50)
        scores[7] += signal
        order = np.argsort(-scores)
        lists.append(Ranking.of(order.astype(np.int64), scores[order]))
    return labelled(lists[0], lists[1], {"d7": 1.0})


def labelled(lexical: Ranking, dense: Ranking, relevance: dict[str, float]) -> LabelledQuery:
    fused = convex(lexical, dense)
    return LabelledQuery(lexical, dense, fused, [f"d{one}" for one in fused.ids.tolist()], relevance)


def questions(count: int, lexical: float = 0.45, dense: float = 0.0) -> list[LabelledQuery]:
    rng = np.random.default_rng(3)
    return [question(rng, (lexical, dense)) for _ in range(count)]


@pytest.mark.parametrize(("lexical", "dense", "low", "high"), [(0.45, 0.0, 0.0, 0.3), (0.0, 0.45, 0.6, 1.0)])
def test_the_weight_moves_to_the_better_list(lexical: float, dense: float, low: float, high: float) -> None:
    fit = fit_alpha(questions(80, lexical, dense))
    assert low <= fit.alpha <= high
    assert fit.low > 0
    assert not fit.kept_default


def test_labels_that_show_no_better_weight_keep_the_default() -> None:
    same = [labelled(q.lexical, q.lexical, {"d7": 1.0}) for q in questions(60)]
    fit = fit_alpha(same, default=0.47)
    assert fit.alpha == 0.47
    assert fit.kept_default


def test_too_few_labels_keep_the_default() -> None:
    fit = fit_alpha(questions(MIN_QUERIES - 1))
    assert fit.kept_default
    assert fit.queries == MIN_QUERIES - 1


def test_questions_without_a_relevant_document_are_not_counted() -> None:
    unanswerable = [labelled(q.lexical, q.dense, {}) for q in questions(50)]
    assert fit_alpha(unanswerable).queries == 0


def test_the_same_labels_give_the_same_fit() -> None:
    assert fit_alpha(questions(40)) == fit_alpha(questions(40))


def test_a_document_counts_once_however_many_of_its_chunks_are_found() -> None:
    ids = np.arange(20, dtype=np.int64)
    ranking = Ranking.of(ids, np.linspace(1.0, 0.1, 20))
    fused = convex(ranking, ranking)
    query = LabelledQuery(ranking, ranking, fused, ["long"] * 15 + ["right"] * 5, {"right": 1.0})
    assert fit_alpha([query] * MIN_QUERIES).before == pytest.approx(1 / np.log2(3))
