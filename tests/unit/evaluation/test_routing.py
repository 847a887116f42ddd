import math

import numpy as np
import pytest

from answerable.evaluation.routing import area_within, chance, compare, curve, spend

WEAK = np.array([1.0, 0.0, 0.0, 1.0])
STRONG = np.array([1.0, 1.0, 1.0, 1.0])


def test_a_perfect_router_sends_first_what_only_the_strong_model_can() -> None:
    best = curve(STRONG - WEAK + np.array([0.1, 0.2, 0.3, 0.0]), WEAK, STRONG)
    assert best.share.tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert best.accuracy.tolist() == [0.5, 0.75, 1, 1, 1]
    assert best.area == pytest.approx(0.75)
    assert best.share_for(0.5) == 0.25
    assert best.share_for(1.0) == 0.5


def test_prompts_with_equal_scores_go_together() -> None:
    flat = curve(np.zeros(4), WEAK, STRONG)
    assert flat.share.tolist() == [0, 1]
    assert flat.accuracy.tolist() == [0.5, 1]
    assert flat.accuracy_at(0.5) == 0.75


def test_chance_reaches_half() -> None:
    random = chance(WEAK, STRONG)
    assert random.area == pytest.approx(0.5)
    assert random.share_for(0.9) == pytest.approx(0.9)


def test_a_wavering_curve_is_read_between_its_first_and_last_crossing() -> None:
    weak, strong = np.array([0.0, 1, 0, 0]), np.array([1.0, 0, 1, 1])  # gains 1, -1, 1, 1: reaches half at 1, 3 of 4
    wavering = curve(np.array([4.0, 3, 2, 1]), weak, strong)
    assert wavering.accuracy.tolist() == [0.25, 0.5, 0.25, 0.5, 0.75]
    assert wavering.share_for(0.5) == pytest.approx((0.25 + 0.75) / 2)


def test_no_gain_has_no_area() -> None:
    assert math.isnan(curve(np.arange(4.0), WEAK, WEAK).area)


def test_telling_tasks_apart_is_nothing_within_them() -> None:
    weak = np.array([1.0] * 50 + [0.0] * 50)
    score = np.array([0.0] * 50 + [1.0] * 50)
    outcomes, tasks = (weak, np.ones(100)), ["easy"] * 50 + ["hard"] * 50
    assert curve(score, *outcomes).area == pytest.approx(0.75)
    assert area_within(score, outcomes, tasks) == pytest.approx(0.5)


def test_a_skilled_policy_is_outside_the_interval_and_a_shuffled_one_inside() -> None:
    generator = np.random.default_rng(1)
    hard = generator.random(600)
    weak, strong = (generator.random(600) > hard).astype(float), np.ones(600)
    skilled, blind = compare(hard, None, (weak, strong)), compare(generator.random(600), None, (weak, strong))
    assert skilled.area.low > 0
    assert skilled.saved[0.8].low > 0
    assert blind.area.low < 0 < blind.area.high
    assert compare(hard, hard, (weak, strong)).area.value == 0
    assert compare(hard, None, (weak, strong)) == skilled


def test_spending_goes_from_the_cheap_to_the_strong_costs() -> None:
    cheap, strong = np.array([1.0, 1.0, 3.0]), np.array([10.0, 20.0, 30.0])
    assert spend(np.array([3.0, 2.0, 2.0]), cheap, strong).tolist() == [5 / 3, 14 / 3, 20]  # ties go together


def test_nothing_to_route_is_an_error() -> None:
    with pytest.raises(ValueError, match="no prompts"):
        curve(np.array([]), np.array([]), np.array([]))
