"""What a threshold serves."""

import numpy as np
import pytest

from answerable.evaluation.pairs import precision_at, recall_at, served

SCORE = np.array([0.9, 0.8, 0.8, 0.7, 0.1])
EQUAL = np.array([1.0, 1.0, 0.0, 1.0, 0.0])


def test_the_figures_of_a_threshold() -> None:
    found = served(SCORE, EQUAL, 0.75)
    assert found.hits == 3
    assert found.hit_rate.value == pytest.approx(0.6)
    assert found.precision.value == pytest.approx(2 / 3)
    assert found.false_hit_rate.value == pytest.approx(1 / 3)
    assert found.recall.value == pytest.approx(2 / 3)
    assert found.fooled.value == pytest.approx(0.5)
    assert found.precision.low <= found.precision.value <= found.precision.high


def test_without_hits_nothing_is_wrong() -> None:
    found = served(SCORE, EQUAL, 1.0)
    assert (found.hits, found.precision.value, found.false_hit_rate.value, found.recall.value) == (0, 1.0, 0.0, 0.0)


def test_the_same_rows_give_the_same_intervals() -> None:
    assert served(SCORE, EQUAL, 0.75) == served(SCORE, EQUAL, 0.75)


def test_precision_at_a_recall_takes_ties_whole() -> None:
    assert precision_at(SCORE, EQUAL, 1 / 3) == (1.0, 0.9)
    assert precision_at(SCORE, EQUAL, 0.5) == pytest.approx((2 / 3, 0.8))


def test_recall_at_a_precision() -> None:
    assert recall_at(SCORE, EQUAL, 0.9) == pytest.approx(1 / 3)
    assert recall_at(SCORE, EQUAL, 0.7) == 1.0
    assert recall_at(SCORE, 1 - EQUAL, 0.9) == 0.0
