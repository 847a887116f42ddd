"""Rules that forbid to answer one question with another's answer."""

import pytest

from answerable.core.facts import read
from answerable.gateway.cache.objections import objection, opposed, turned


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        ("How much is 5 plus 3?", "How much is 5 plus 4?", "numbers"),
        ("What is new in version 3?", "What is new in version 4?", "numbers"),
        ("What is new in version 3?", "What is new?", "numbers"),
        ("Is it safe to use?", "Is it not safe to use?", "negation"),
        ("Why does it start?", "Why doesn't it start?", "negation"),
        ("Is it safe to use at night?", "Is it unsafe to use at night?", "opposite"),
        ("How do I enable the guest network?", "How do I disable the guest network?", "opposite"),
        ("What are arguments for it?", "What are good arguments against it?", "opposite"),
        ("How do I travel from Paris to Rome?", "How do I travel from Rome to Paris?", "order"),
        ("Why does it start?", "Why doesnt it start?", "negation"),
        ("How do I reset the router?", "How can I reset my router?", ""),
        ("How do I earn money?", "How can one earn money?", ""),
        ("Should it be banned?", "Should it be banned or not?", ""),
    ],
)
def test_rules_that_no_similarity_outweighs(one: str, other: str, why: str) -> None:
    assert objection(one, other) == why
    assert objection(other, one) == why


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
