"""Intervals that hold what they promise, order that does not matter, and calibration on cases with known answers."""

import numpy as np
import pytest

from answerable.evaluation.statistics import (
    aurc,
    calibration_error,
    difference,
    estimate,
    estimate_statistic,
    percentiles,
    risk_coverage,
)


def test_an_estimate_is_the_mean_with_an_interval_around_it() -> None:
    found = estimate({"a": 0.0, "b": 1.0, "c": 1.0, "d": 0.0})
    assert (found.value, found.n) == (0.5, 4)
    assert found.low < 0.5 < found.high


def test_equal_values_leave_no_doubt() -> None:
    found = estimate({"a": 0.25, "b": 0.25})
    assert (found.low, found.value, found.high) == (0.25, 0.25, 0.25)


def test_the_order_of_the_questions_cannot_move_an_interval() -> None:
    values = {f"q{n}": float(n % 7) for n in range(50)}
    assert estimate(values) == estimate(dict(reversed(values.items())))


def test_the_interval_covers_the_truth_about_as_often_as_promised() -> None:
    generator, hits = np.random.default_rng(5), 0
    for _ in range(200):
        sample = generator.random(60)
        found = estimate({str(n): float(value) for n, value in enumerate(sample)})
        hits += found.low <= 0.5 <= found.high
    assert 180 <= hits <= 199


def test_a_mean_of_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="no values"):
        estimate({})
    with pytest.raises(ValueError, match="no values"):
        difference({"a": 1.0}, {"b": 1.0})
    with pytest.raises(ValueError, match="no values"):
        estimate_statistic(aurc, np.empty(0), np.empty(0))


def test_a_difference_is_paired_and_ignores_questions_of_one_side() -> None:
    before = {"a": 0.0, "b": 1.0, "gone": 5.0}
    after = {"a": 0.1, "b": 1.1, "new": 9.0}
    found = difference(before, after)
    assert found.n == 2
    assert found.low == pytest.approx(0.1)
    assert found.high == pytest.approx(0.1)


def test_many_questions_are_resampled_in_parts_within_bounds() -> None:
    found = estimate({str(n): float(n % 2) for n in range(5_000)})
    assert found.value == 0.5
    assert 0.02 < found.high - found.low < 0.04


@pytest.mark.parametrize("equal_mass", [True, False])
def test_perfect_calibration_has_no_error_and_constant_overconfidence_its_size(equal_mass: bool) -> None:
    confidence = np.repeat([0.2, 0.8], 50)
    right = np.concatenate([np.arange(50) < 10, np.arange(50) < 40]).astype(float)
    assert calibration_error(confidence, right, bins=2, equal_mass=equal_mass) == pytest.approx(0.0, abs=1e-9)
    wrong = np.zeros(100)
    assert calibration_error(confidence, wrong, bins=2, equal_mass=equal_mass) == pytest.approx(0.5)


def test_ties_give_the_same_error_in_any_order() -> None:
    confidence, outcome = np.full(30, 0.5), (np.arange(30) < 15).astype(float)
    assert calibration_error(confidence, outcome) == pytest.approx(0.0, abs=1e-12)
    assert aurc(confidence, outcome) == aurc(confidence, outcome[::-1])


def test_a_confidence_of_one_falls_into_the_last_bin() -> None:
    assert calibration_error(np.ones(4), np.ones(4), equal_mass=False) == 0.0


def test_risk_rises_with_coverage_when_confidence_is_right() -> None:
    coverage, risk = risk_coverage(np.array([0.9, 0.8, 0.2, 0.1]), np.array([1.0, 1.0, 0.0, 0.0]))
    assert coverage.tolist() == [0.25, 0.5, 0.75, 1.0]
    assert risk.tolist() == [0.0, 0.0, pytest.approx(1 / 3), 0.5]


def test_aurc_is_lower_for_the_better_order() -> None:
    outcome = np.array([1.0, 1.0, 0.0, 0.0])
    good, bad = aurc(np.array([0.9, 0.8, 0.2, 0.1]), outcome), aurc(np.array([0.1, 0.2, 0.8, 0.9]), outcome)
    assert good == pytest.approx((0 + 0 + 1 / 3 + 1 / 2) / 4)
    assert bad == pytest.approx((1 + 1 + 2 / 3 + 1 / 2) / 4)


def test_a_statistic_gets_an_interval_from_pairs_drawn_together() -> None:
    generator = np.random.default_rng(0)
    confidence = generator.random(200)
    found = estimate_statistic(aurc, confidence, (generator.random(200) < confidence).astype(float))
    assert found.low < found.value < found.high
    assert found.n == 200


def test_percentiles_interpolate_and_nothing_has_none() -> None:
    assert percentiles([1.0, 2.0, 3.0])["p50"] == 2.0
    assert percentiles([]) == {}
