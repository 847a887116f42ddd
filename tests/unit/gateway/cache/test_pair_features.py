"""Two questions side by side."""

import pytest

from answerable.gateway.cache.pair_features import NAMES, features
from answerable.gateway.cache.sketch import inverse_frequency

RARITY = inverse_frequency({"how": 900, "reset": 20}, 1_000)
ONE, OTHER = "How do I reset the router to version 2?", "What resets my router?"


def of(one: str, other: str) -> dict[str, float]:
    return dict(zip(NAMES, features(one, other, 0.9, RARITY), strict=True))


def test_there_is_one_number_for_each_name() -> None:
    assert len(features(ONE, OTHER, 0.9, RARITY)) == len(NAMES) == len(set(NAMES))


def test_the_order_of_the_two_makes_no_difference() -> None:
    assert features(ONE, OTHER, 0.9, RARITY) == features(OTHER, ONE, 0.9, RARITY)


def test_equal_questions_share_everything() -> None:
    found = of(ONE, ONE)
    shares = ("covered_least", "covered_both", "content_shared", "words_shared", "trigrams", "bigrams", "order")
    assert [found[name] for name in shares] == [1.0] * len(shares)
    assert found["same_start"] == len(ONE.split())
    apart = ("extra_words_most", "extra_weight_most", "names_apart", "middle_most", "forms_differ", "same_end")
    assert [found[name] for name in apart] == [0] * len(apart)


def test_names_and_kinds_of_questions_are_compared() -> None:
    found = of("When does Anna leave at five?", "Why does Berta leave at five?")
    assert found["names_apart"] == 2
    assert not found["kind_equal"]
    assert found["order"] == 1


def test_the_ends_that_two_questions_share_leave_a_middle() -> None:
    found = of("How do I pair the old remote control?", "How do I pair a remote control?")
    assert (found["same_start"], found["same_end"]) == (4, 2)
    assert (found["middle_least"], found["middle_most"]) == (1, 2)
    assert found["middle_weight_most"] == RARITY("old")


def test_a_swap_has_two_rare_words_apart_and_an_addition_one() -> None:
    assert of("Reset the router", "Reset the switch")["rarest_apart"] == RARITY("switch")
    assert of("Reset the router", "Reset")["rarest_apart"] == 0


def test_small_words_in_one_question_alone_count_for_their_class() -> None:
    found = of("Is the best router now mine?", "Is the router mine?")
    assert (found["praise_words_apart"], found["time_words_apart"], found["self_words_apart"]) == (1, 1, 0)
    assert (found["praise_in_one"], found["being_in_one"]) == (1, 0)


def test_other_forms_of_a_word_are_seen() -> None:
    assert of("Which routers are good?", "Which router is good?")["forms_differ"] == 1


@pytest.mark.parametrize(("one", "other"), [("", "?"), ("", ONE), ("?", "?")])
def test_empty_texts_do_no_harm(one: str, other: str) -> None:
    assert len(features(one, other, 0.0, RARITY)) == len(NAMES)
