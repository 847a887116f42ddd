"""Issues are mended, everything else stays as it is."""

import re

import pytest

from answerable.core.documents import Passage
from answerable.core.research_tasks import Draft, Issue, Part, Revise
from answerable.knowledge.embedders.base.remembering import Remembering
from answerable.providers.extraction.research.critique import AGAIN, DANGLES, LONG, SHORT, SINGLE, UNANSWERED
from answerable.providers.extraction.research.revise import revise
from tests.support.embedding import HashEmbedder
from tests.support.sources import TOPIC, library, passage

_LENS = "The lens of a lighthouse turns on a bath of mercury so that its beam flashes at sea [5]."
_RING = "A Fresnel lens is a lens of glass rings that bends the light of a lamp into one beam [4]."
_DIRTY = "A lens that is dirty loses a third of its light within one winter [6]."
_HEAVY = "However, it weighs more than three tonnes [4]."
_HIGH = "The largest lens of the first order stands 2,590 millimetres high [4]."


def _revised(
    sentences: tuple[str, ...], *issues: Issue, parts: tuple[Part, ...] = (), passages: tuple[Passage, ...] = library()
) -> str:
    task = Revise(TOPIC, Draft("s1", "Lenses", sentences), issues, passages, parts)
    return revise(task, Remembering(HashEmbedder()))


def _issue(sentence: int, problem: str, suggestion: str = "") -> Issue:
    return Issue("s1", sentence, problem, suggestion)


def test_without_issues_nothing_changes() -> None:
    assert _revised((_LENS, _RING, _DIRTY)) == f"{_LENS} {_RING} {_DIRTY}"


@pytest.mark.parametrize(
    "problem", [f"{AGAIN} sentence 1 of “Lamps” says.", "This is redundant.", "Unsupported claim."]
)
def test_a_sentence_that_should_go_goes_and_the_others_stay(problem: str) -> None:
    assert _revised((_LENS, _RING, _DIRTY), _issue(2, problem)) == f"{_LENS} {_DIRTY}"


def test_a_sentence_at_fault_is_replaced_by_other_evidence() -> None:
    text = _revised((_LENS, "Soup of leeks is good [12].", _DIRTY), _issue(2, "It has little to do with “Lenses”."))
    assert text.startswith(f"{_LENS} ")
    assert text.endswith(f" {_DIRTY}")
    assert "Soup" not in text
    assert text.count("[") == 3


def test_a_sentence_that_refers_to_nothing_gets_the_one_before_it() -> None:
    assert _revised((_HEAVY, _LENS), _issue(1, f"{DANGLES}.")) == f"{_HIGH} {_HEAVY} {_LENS}"


def test_a_question_without_an_answer_gets_evidence() -> None:
    text = _revised((_LENS,), _issue(0, f"{UNANSWERED} “What is a Fresnel lens of glass rings?”."))
    assert _LENS in text
    assert _RING in text


def test_what_the_sources_do_not_hold_is_not_added() -> None:
    assert _revised((_LENS, _RING), _issue(0, f"{UNANSWERED} “Zygotes bifurcate quickly”.")) == f"{_LENS} {_RING}"


def test_a_short_section_grows_and_one_of_a_single_source_gets_another() -> None:
    assert len(_revised((_LENS,), _issue(0, f"{SHORT}: 1 sentence."))) > len(_LENS)
    text = _revised((_LENS, _LENS.replace("sea", "night")), _issue(0, f"{SINGLE}."))
    added = text.replace(_LENS, "").replace(_LENS.replace("sea", "night"), "")
    assert "[" in added
    assert "[5]" not in added


def test_a_long_section_loses_its_end() -> None:
    many = tuple(f"The lamp number {number} burns all night [1]." for number in range(40))
    text = _revised(many, _issue(0, f"{LONG}: 40 sentences."))
    assert text.count("[1]") == 14
    assert "number 13 " in text
    assert "number 14 " not in text


def test_an_issue_that_asks_for_nothing_known_changes_nothing() -> None:
    assert _revised((_LENS, _RING), _issue(0, "The tone is dull.")) == f"{_LENS} {_RING}"
    assert _revised((_LENS, _RING), _issue(9, "Out of range.")) == f"{_LENS} {_RING}"


def test_sentences_stay_under_the_headings_of_their_parts() -> None:
    parts = (Part("Rings", "Rings", (4,)), Part("Cleaning", "Cleaning", (6,)))
    text = _revised((_LENS, _RING, _HIGH, _DIRTY), _issue(3, "Repeats."), parts=parts)
    assert text == f"{_LENS}\n\n## Rings\n\n{_RING}\n\n## Cleaning\n\n{_DIRTY}"


def test_headings_in_the_draft_are_kept_where_they_are() -> None:
    text = _revised((_LENS, "## Rings", _RING, _HIGH), _issue(4, "Repeats."), parts=(Part("Rings", "Rings", (4,)),))
    assert text == f"{_LENS}\n\n## Rings\n\n{_RING}"


def test_lists_and_code_stay_what_they_are() -> None:
    lines = (
        "Lighting takes these steps [1]:",
        "1. Open the door [1].",
        "2. Light the wick [1].",
        "```\nlamp\n``` [1]",
        _LENS,
    )
    assert _revised(lines) == (
        "Lighting takes these steps [1]:\n\n1. Open the door [1].\n2. Light the wick [1].\n\n```\nlamp\n``` [1]\n\n"
        + _LENS
    )


@pytest.mark.parametrize(
    "passages", [(), (passage("灯塔的灯整夜亮着，船只可以看见它的光。"),), (passage("x" * 9_000),)]
)
def test_odd_passages_lose_no_sentence(passages: tuple[Passage, ...]) -> None:
    issues = (_issue(0, f"{SHORT}."), _issue(0, f"{UNANSWERED} “Why?”."))
    assert _revised((_LENS,), *issues, passages=passages).startswith(_LENS)


def test_a_draft_whose_every_sentence_goes_keeps_its_words() -> None:
    assert _revised((_LENS,), _issue(1, "Repeats.")) == _LENS
    assert re.search(r"\[\d+\]", _revised((), _issue(0, f"{SHORT}.")))
