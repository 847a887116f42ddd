"""Questions worth searching."""

import pytest

from answerable.core.documents import Passage
from answerable.core.research_tasks import PlanQuestions
from answerable.knowledge.embedders.base.remembering import Remembering
from answerable.providers.extraction.research.questions import plan_questions
from tests.support.embedding import HashEmbedder
from tests.support.sources import TOPIC, library, passage


def _asked(topic: str, passages: tuple[Passage, ...] = (), count: int = 6) -> tuple[str, ...]:
    task = PlanQuestions(topic, count, passages)
    return task.parse(plan_questions(task, Remembering(HashEmbedder())))


def test_the_facets_of_the_sources_are_asked_about_and_the_topic_itself_is_not() -> None:
    asked = _asked(TOPIC, library())
    assert any("oil lamps" in one.lower() for one in asked)
    assert "What are lighthouse lamps?" not in asked
    assert len(asked) <= 6


def test_there_are_at_most_as_many_as_wanted_and_no_two_alike() -> None:
    asked = _asked(TOPIC, library() * 2, 3)
    assert len(asked) == len(set(asked)) == 3


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        ("What is a lens?", ("What is a lens?",)),
        ("How lamps are lit at night", ("How are lamps lit at night?",)),
        ("how to light a lamp", ("How to light a lamp?",)),
        ("Why lamps fail", ("Why lamps fail",)),
        ("Cleaning a lens", ("How does cleaning a lens work?",)),
        (
            "Oil lamps vs electric lamps for the lighthouse of a rock",
            (
                "What are oil lamps?",
                "What are electric lamps?",
                "How do oil lamps and electric lamps differ for the lighthouse of a rock?",
            ),
        ),
        (
            "The difference between oil and coal of the towers",
            ("What is oil?", "What is known about coal of the towers?"),
        ),
        (
            "Lamps, lenses and fog in the tower",
            (
                "What is known about lamps with regard to lamps, lenses and fog in the tower?",
                "What is known about lenses with regard to lamps, lenses and fog in the tower?",
            ),
        ),
        (
            "Lighthouses: lamps, lenses and fog",
            ("What are Lighthouses?", "What is known about lamps with regard to Lighthouses?"),
        ),
    ],
)
def test_the_topic_is_asked_by_its_form(topic: str, expected: tuple[str, ...]) -> None:
    asked = _asked(topic, (passage("We see the oil and the coal of lamps in the difference of it.", "It"),))
    assert asked[: len(expected)] == expected


def test_another_language_gets_no_english_words() -> None:
    asked = _asked("лампы маяка", (passage("Лампы маяка горят всю ночь.", "Лампы", "Линза Френеля"),))
    assert asked == ("лампы маяка: Линза Френеля",)
    assert _asked("灯塔的灯", (passage("灯塔的灯整夜亮着。", "灯"),)) == ("灯塔的灯",)


def test_a_heading_that_is_a_question_or_an_instruction_is_asked_as_one() -> None:
    sources = (
        passage("The lamps are of the tower.", "Lamps", "How are lenses of glass cleaned?"),
        passage("The lamps are of the tower.", "Lamps", "Change a lamp"),
    )
    asked = _asked("lamps", sources)
    assert "How are lenses of glass cleaned?" in asked
    assert "How to change a lamp?" in asked


def test_it_is_the_same_every_time() -> None:
    assert _asked(TOPIC, library()) == _asked(TOPIC, library())


@pytest.mark.parametrize("topic", ["?", "a", "vs", "，", " x ", "the", ": :", "A vs ", "1, 2"])
def test_an_odd_topic_still_gives_a_question_or_says_that_there_is_none(topic: str) -> None:
    task = PlanQuestions(topic, 4, library())
    assert task.parse(plan_questions(task, Remembering(HashEmbedder())))
