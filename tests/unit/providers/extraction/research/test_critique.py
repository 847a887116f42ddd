"""A score by formula and issues where they are."""

import pytest

from answerable.core.research_tasks import Critique, Draft, Review
from answerable.knowledge.embedders.base.remembering import Remembering
from answerable.providers.extraction.research.critique import WEIGHTS, review, score
from tests.support.embedding import HashEmbedder

_LENS = "The lens of a lighthouse turns on a bath of mercury all night [1]."
_OIL = "An oil lamp of a lighthouse uses a hollow wick for its flame [2]."
_FOG = "A fog signal warns ships when the lamp cannot be seen [3]."
_WAX = "Wax of bees was burned in some towers of the north [5]."
_BOAT = "Food for two months is stored on a rock for its men [6]."
_KEEPER = "The keeper of a lighthouse lights the lamp at dusk [4]."


def _review(drafts: tuple[Draft, ...], questions: tuple[str, ...] = (), **measured: float) -> Review:
    task = Critique("Lighthouse lamps", questions, drafts, tuple(measured.items()))
    return task.parse(review(task, Remembering(HashEmbedder())))


def test_the_weights_make_one() -> None:
    assert sum(WEIGHTS.values()) == pytest.approx(1.0)


def test_the_score_follows_what_was_measured() -> None:
    assert score(dict.fromkeys(WEIGHTS, 1.0), 1.0) == 10.0
    assert score(dict.fromkeys(WEIGHTS, 0.0), 0.0) == 1.0
    assert score({"support": 1.0, "coverage": 0.5}, 1.0) > score({"support": 1.0, "coverage": 0.2}, 1.0)


def test_no_report_is_better_than_its_support() -> None:
    assert score(dict.fromkeys(WEIGHTS, 1.0) | {"support": 0.5}, 1.0) == 5.5


def test_values_out_of_range_are_cut() -> None:
    assert score({"support": 7.0, "coverage": 2.0}, 1.0) == 10.0
    assert score({"support": -1.0}, 1.0) == 1.0


def test_a_good_report_has_no_issues() -> None:
    found = _review(
        (Draft("s1", "Lamps and lenses", (_LENS, _OIL, _WAX)), Draft("s2", "Fog and keepers", (_FOG, _KEEPER, _BOAT)))
    )
    assert found == Review(10.0)


def test_what_is_said_again_is_an_issue_of_the_later_sentence() -> None:
    again = _LENS.replace("[1]", "[3]")
    found = _review((Draft("s1", "Lenses", (_LENS, _OIL, _WAX)), Draft("s2", "Fog", (_FOG, again, _BOAT))))
    assert [(one.section, one.sentence) for one in found.issues] == [("s2", 2)]
    assert "sentence 1 of “Lenses”" in found.issues[0].problem
    assert found.score < 10


def test_a_first_sentence_that_refers_to_nothing_is_an_issue() -> None:
    found = _review(
        (
            Draft(
                "s1",
                "Lenses",
                ("However, it weighs more than three tonnes [1].", _LENS, "## Oil", "It burns [2].", _OIL),
            ),
        )
    )
    assert [(one.section, one.sentence) for one in found.issues] == [("s1", 1), ("s1", 4)]


def test_a_question_without_an_answer_is_an_issue_of_the_section_nearest_to_it() -> None:
    drafts = (Draft("s1", "Lenses", (_LENS, _OIL, _WAX)), Draft("s2", "Prices of tickets", (_FOG, _KEEPER, _BOAT)))
    found = _review(drafts, ("Which tickets exist, and what are prices?",))
    assert [(one.section, one.sentence) for one in found.issues] == [("s2", 0)]
    assert "Which tickets exist" in found.issues[0].problem


def test_an_answered_question_is_none() -> None:
    drafts = (Draft("s1", "Lenses", (_LENS, _OIL, _WAX)),)
    assert not _review(drafts, ("How does the lens of a lighthouse turn on mercury?",)).issues


def test_a_short_section_and_one_of_a_single_source_are_issues() -> None:
    single = ("The lamp is old [1].", "The wick is short [1].", "Some oil is clean [1].", "Any tower is white [1].")
    drafts = (Draft("s1", "Lenses", (_LENS,)), Draft("s2", "Oil", single), Draft("s3", "Fog", (_FOG, _KEEPER)))
    found = {one.section: one.problem for one in _review(drafts).issues if not one.sentence}
    assert found["s1"].startswith("The section is very short")
    assert found["s2"].startswith("The whole section rests on one source")
    assert "s3" not in found


def test_items_and_code_may_be_alike() -> None:
    items = (
        "- Oil lamps of towers [1].",
        "- Oil lamps of towers [1].",
        "```\nlamp --on\n``` [1]",
        "```\nlamp --on\n``` [2]",
    )
    assert not [one for one in _review((Draft("s1", "Lamps", (_LENS, *items)),)).issues if one.sentence]


@pytest.mark.parametrize("drafts", [(), (Draft("s1", "", ()),), (Draft("s1", "灯塔", ("灯塔的灯整夜亮着 [1]。",)),)])
def test_odd_reports_get_a_score(drafts: tuple[Draft, ...]) -> None:
    assert 1 <= _review(drafts, ("Why?",), support=0.5).score <= 10


def test_it_is_the_same_every_time() -> None:
    drafts = (Draft("s1", "Lenses", (_LENS, _OIL, _LENS)), Draft("s2", "Fog", (_FOG,)))
    assert _review(drafts, ("Why is it?",)) == _review(drafts, ("Why is it?",))
