"""Phrases, copies and repetition, checked by hand."""

import pytest

from answerable.evaluation.wording import holds, is_taken_from, repeats, tokens


def test_numbers_and_words_are_compared_without_their_dress() -> None:
    assert tokens("1,000 Tokens: HR 0·88, IL-6, naïve") == ["1000", "tokens", "hr", "0.88", "il", "6", "naive"]


@pytest.mark.parametrize(
    ("phrase", "held"),
    [
        ("20,000 tokens", True),
        ("tokens a minute", True),
        ("token", False),
        ("token*", True),
        ("minute tokens", False),
        ("2000", False),
        ("an hour and a day and a year and more than that", False),
    ],
)
def test_a_phrase_is_held_when_its_words_stand_side_by_side(phrase: str, held: bool) -> None:
    assert holds(tokens("The tier has 20000 tokens a minute."), phrase) is held


TEXT = "In this trial, varenicline increased the odds of quitting (OR 2.88) and was not tied to more adverse events."


@pytest.mark.parametrize(
    ("claim", "taken"),
    [
        ("varenicline increased the odds of quitting (OR 2.88)", True),
        (TEXT, True),
        ("varenicline increased the odds of quitting (OR 2.98)", False),
        ("In this trial, varenicline increased the odds of quitting and was tied to more adverse events.", False),
        ("Bupropion reduced the odds of quitting.", False),
        ("", False),
    ],
)
def test_a_claim_is_taken_from_a_text_that_says_it_in_its_words(claim: str, taken: bool) -> None:
    assert is_taken_from(claim, TEXT) is taken


def test_sentences_repeat_each_other_when_their_words_of_weight_are_the_same() -> None:
    assert repeats("The cache keeps answers for one hour.", "For one hour, the cache keeps its answers.")
    assert not repeats("The cache keeps answers for one hour.", "The cache keeps histories for one day.")
    assert not repeats("", "")
