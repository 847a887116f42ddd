"""One question taken apart."""

import pytest

from answerable.gateway.cache.sketch import CLASSES, KINDS, classes_of, inverse_frequency, sketch

RARITY = inverse_frequency({"how": 900, "reset": 20}, 1_000)


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How do I reset it?", "way"),
        ("How to reset it?", "way"),
        ("What is the best way to reset it?", "way"),
        ("How much is it?", "amount"),
        ("How does it work?", "working"),
        ("How is it made?", "how"),
        ("What is the difference between a hub and a switch?", "difference"),
        ("What are good routers?", "choice"),
        ("Which router is the most reliable?", "choice"),
        ("Which router is mine?", "which"),
        ("What are the reasons for it?", "reason"),
        ("Why is it slow?", "reason"),
        ("What's a router?", "what"),
        ("When was it made?", "when"),
        ("Where is it?", "where"),
        ("Whose router is it?", "who"),
        ("Can I reset it?", "yes or no"),
        ("Please reset my old router at home, and say how", "other"),
        ("", "other"),
    ],
)
def test_the_kind_of_answer_that_a_question_asks_for(question: str, kind: str) -> None:
    assert KINDS[sketch(question, RARITY).asks] == kind


def test_words_of_content_are_weighed_by_their_rarity() -> None:
    found = sketch("How do I reset the router to 2?", RARITY)
    assert found.content == ("reset", "router", "2")
    assert found.total == pytest.approx(RARITY("reset") + 2 * RARITY("router"))
    assert "how" not in found.weights


def test_a_rare_word_weighs_more_than_a_frequent_one() -> None:
    assert RARITY("router") > RARITY("reset") > RARITY("how")


def test_classes_of_small_words_are_marked() -> None:
    found = sketch("Is my router the best?", RARITY)
    assert {name for place, name in enumerate(CLASSES) if found.classes >> place & 1} == {
        "self",
        "praise",
        "being",
        "pointing",
    }
    assert classes_of("router") == ()
    assert {CLASSES[place] for place in classes_of("was")} == {"being", "past"}
