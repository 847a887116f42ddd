"""Rules first, then the learned probability."""

import json
from pathlib import Path

import numpy as np
import pytest

from answerable.core.errors import SetupError
from answerable.gateway.cache.hit_gate import WEIGHTS, HitGate, Trees, load_model
from answerable.gateway.cache.pair_features import NAMES

GATE = HitGate(load_model(), false_hits=0.1)


def test_a_rule_is_outweighed_by_no_similarity() -> None:
    judged = GATE.judge("How do I enable the guest network?", "How do I disable the guest network?", 1.0)
    assert (judged.same, judged.reason) == (False, "opposite")


def test_case_space_and_the_closing_mark_make_no_difference() -> None:
    judged = GATE.judge("How do I reset  the router ?", "how do i reset the router", 0.5)
    assert (judged.same, judged.probability) == (True, 1.0)


def test_another_thing_of_the_same_form_is_another_question() -> None:
    assert not GATE.judge("How do I configure the backlight?", "How do I configure the brightness?", 0.85).same


def test_a_higher_cosine_never_costs_much_and_a_low_one_is_no_hit() -> None:
    one, other = "How do I reset the router?", "How can I reset my router?"
    assert GATE.probability(one, other, 0.98) > GATE.probability(one, other, 0.7)
    assert not GATE.judge("How do I reset the router?", "What is the capital of France?", 0.1).same


def test_trees_add_up_the_leaves_that_a_row_falls_into() -> None:
    trees = Trees(
        base=0.5,
        feature=np.array([[0, 1, 1], [1, 0, 0]]),
        threshold=np.array([[0.5, 2.0, 3.0], [1.0, 0.0, 9.0]], np.float32),
        leaf=np.array([[1, 2, 4, 8], [16, 32, 64, 128]], np.float32),
    )
    assert trees.log_odds([0.5, 1.0]) == 0.5 + 1 + 32
    assert trees.log_odds([0.6, 3.5]) == 0.5 + 8 + 64


def test_a_judgement_does_not_depend_on_the_order_of_the_questions() -> None:
    one, other = "How do I pair the remote with the TV?", "What is the way to pair my remote?"
    assert GATE.probability(one, other, 0.9) == GATE.probability(other, one, 0.9)


def test_fewer_wrong_hits_mean_a_higher_threshold() -> None:
    strict, loose = HitGate(load_model(), 0.06), HitGate(load_model(), 0.2)
    assert strict.threshold > loose.threshold
    assert strict.floor >= loose.floor


def test_a_target_that_nothing_reached_lets_only_equal_wordings_pass() -> None:
    gate = HitGate(load_model(), 0.000_1)
    assert not gate.judge("How do I reset the router?", "How can I reset the router?", 0.99).same
    assert gate.judge("How do I reset the router?", "How do I reset the router", 0.99).same


def test_points_are_ordered_and_their_share_of_wrong_hits_never_rises() -> None:
    points = load_model().points
    assert [one.threshold for one in points] == sorted(one.threshold for one in points)
    shares = [one.false_hits for one in points]
    assert shares == sorted(shares, reverse=True)


def test_the_shipped_record_says_what_was_measured() -> None:
    shown = load_model().record["precision_at_recall_on_unseen_groups"]
    assert shown["gate"]["0.208"] > shown["cosine"]["0.208"] + 0.04


def test_the_shipped_gate_is_no_worse_than_the_cosine_on_the_manuals_questions() -> None:
    shown = load_model().record["precision_of_the_manuals_best_on_unseen_groups"]
    assert all(shown["gate"][count] >= shown["cosine"][count] for count in ("25", "50"))


@pytest.mark.parametrize("change", [{"features": [*NAMES[:-1], "x"]}, {"leaf": "AAA"}, {"points": 3}, {"depth": 5}])
def test_weights_that_do_not_fit_the_program_are_refused(change: dict[str, object], tmp_path: Path) -> None:
    path = tmp_path / "hit_gate.json"
    path.write_text(json.dumps(json.loads(WEIGHTS.read_text("utf-8")) | change), "utf-8")
    with pytest.raises(SetupError):
        load_model(path)


def test_missing_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="none"):
        load_model(tmp_path / "none.json")
