"""The plan of a report."""

import pytest

from answerable.core.documents import Passage
from answerable.core.research_tasks import Outline, Plan
from answerable.knowledge.embedders.base.remembering import Remembering
from answerable.providers.extraction.research.outline import plan_outline
from tests.support.embedding import HashEmbedder
from tests.support.sources import TOPIC, library, passage

_QUESTIONS = ("What are lighthouse lamps?", "What is a Fresnel lens?", "What is a fog signal?")


def _plan(passages: tuple[Passage, ...], questions: tuple[str, ...] = _QUESTIONS, topic: str = TOPIC) -> Plan:
    task = Outline(topic, questions, passages)
    return task.parse(plan_outline(task, Remembering(HashEmbedder())))


def test_themes_have_headings_of_their_own_and_their_passages() -> None:
    plan = _plan(library())
    headings = [section.heading for section in plan.sections]
    assert plan.title == "Lighthouse Lamps"
    assert 2 <= len(plan.sections) <= 5
    assert len(set(headings)) == len(headings)
    assert all(len(section.sources) >= 2 for section in plan.sections)
    cited = [number for section in plan.sections for number in section.sources]
    assert len(set(cited)) == len(cited)


def test_what_has_nothing_to_do_with_the_topic_is_left_out() -> None:
    assert all(12 not in section.sources for section in _plan(library()).sections)


def test_a_question_is_answered_by_one_section() -> None:
    asked = [one.question for one in _plan(library()).sections if one.question in _QUESTIONS]
    assert asked
    assert len(set(asked)) == len(asked)


def test_subsections_are_parts_of_their_section() -> None:
    many = tuple(
        passage(
            f"The {kind} lamp of a lighthouse burns {kind} in the tower {number}. A {kind} lamp needs {kind} at night. "
            f"Every {kind} lamp smells of {kind} and of smoke.",
            "Lamps",
            f"{kind.capitalize()} lamps",
            at=number * 300,
        )
        for number in range(4)
        for kind in ("oil", "coal", "gas")
    )
    plan = _plan(many, ("How do lamps burn?",))
    for section in plan.sections:
        inside = [number for part in section.parts for number in part.sources]
        assert set(inside) <= set(section.sources)
        assert len(section.parts) != 1


@pytest.mark.parametrize(
    "passages",
    [
        (passage("Lamps are strong lights of a tower by the sea."),),
        (passage("nothing"), passage("x" * 5_000)),
        (passage("灯塔的灯整夜亮着，船只可以看见它。", "灯塔"), passage("灯塔的灯由守塔人点亮并照看。", "守塔人")),
        (passage("Лампы маяка горят всю ночь до рассвета.", "Лампы"),) * 3,
    ],
)
def test_few_or_odd_passages_give_fewer_sections_and_no_error(passages: tuple[Passage, ...]) -> None:
    plan = _plan(passages)
    assert len(plan.sections) <= 3
    assert all(1 <= number <= len(passages) for section in plan.sections for number in section.sources)


def test_without_passages_there_is_no_outline() -> None:
    with pytest.raises(ValueError, match="no section"):
        _plan(())


def test_many_passages_stay_within_the_most_sections() -> None:
    assert 3 <= len(_plan(library() * 12).sections) <= 5


def test_it_is_the_same_every_time() -> None:
    task = Outline(TOPIC, _QUESTIONS, library())
    assert plan_outline(task, Remembering(HashEmbedder())) == plan_outline(task, Remembering(HashEmbedder()))
