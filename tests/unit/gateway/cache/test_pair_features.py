"""Two questions side by side."""

import pytest

from answerable.core.facts import read
from answerable.gateway.cache.pair_features import NAMES, features, inverse_frequency, opposed, turned

RARITY = inverse_frequency({"how": 900, "reset": 20}, 1_000)
ONE, OTHER = "How do I reset the router to version 2?", "What resets my router?"


def of(one: str, other: str) -> dict[str, float]:
    return dict(zip(NAMES, features(one, other, 0.9, RARITY), strict=True))


def test_there_is_one_number_for_each_name() -> None:
    assert len(features(ONE, OTHER, 0.9, RARITY)) == len(NAMES) == len(set(NAMES))


def test_the_order_of_the_two_makes_no_difference() -> None:
    assert features(ONE, OTHER, 0.9, RARITY) == pytest.approx(features(OTHER, ONE, 0.9, RARITY))


def test_equal_questions_share_everything() -> None:
    found = of(ONE, ONE)
    shares = ("covered_least", "content_shared", "words_shared", "trigrams", "sequence", "order", "bigrams")
    assert [found[name] for name in shares] == [1.0] * len(shares)
    assert found["extra_most"] == found["rarest_most"] == found["opposite"] == 0


def test_numbers_names_and_question_words_are_compared() -> None:
    found = of("When does Anna leave at 5?", "Why does Berta leave at 6?")
    assert not found["numbers_equal"]
    assert found["names_missing"] == 2
    assert not found["question_word"]
    assert found["order"] == 1


def test_a_rare_word_weighs_more_than_a_frequent_one() -> None:
    assert RARITY("router") > RARITY("reset") > RARITY("how")


def test_empty_texts_do_no_harm() -> None:
    assert len(features("", "?", 0.0, RARITY)) == len(NAMES)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("increase", "decrease"),
        ("right", "wrong"),
        ("safe", "unsafe"),
        ("import", "export"),
        ("man", "woman"),
        ("for", "against"),
    ],
)
def test_opposites_are_known(one: str, other: str) -> None:
    ours, theirs = read(f"the {one} way"), read(f"the {other} way")
    assert opposed(ours, theirs)
    assert opposed(theirs, ours)


def test_other_words_are_no_opposites() -> None:
    assert not opposed(read("the router"), read("the switch"))


@pytest.mark.parametrize(
    ("one", "other", "is_turned"),
    [
        ("How do I travel from Paris to Rome?", "How do I travel from Rome to Paris?", True),
        ("Does Ann owe Bob money?", "Does Bob owe Ann money?", True),
        ("How do I convert PDF to Word?", "How do I convert Word to PDF?", True),
        ("What is better, Java or Python?", "What is better, Python or Java?", False),
        ("What do Java and Python share?", "What do Python and Java share?", False),
        ("Which country is best to live in?", "Which is the best country to live in?", False),
        ("How do I travel from Paris to Rome?", "How do I travel from Paris to Rome?", False),
        ("How do I travel from Paris to Rome?", "How do I travel from Paris to Berlin?", False),
    ],
)
def test_turned_questions_are_told_from_reordered_ones(one: str, other: str, is_turned: bool) -> None:
    assert turned(read(one), read(other)) is is_turned
