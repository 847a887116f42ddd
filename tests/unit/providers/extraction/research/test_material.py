"""Passages as points, each with what it needs."""

from answerable.core.documents import Passage
from answerable.knowledge.embedders.base.remembering import Remembering
from answerable.providers.extraction.research.material import Material
from tests.support.embedding import HashEmbedder
from tests.support.sources import library, passage


def _points(*passages: Passage) -> list[list[str]]:
    material = Material(passages, Remembering(HashEmbedder()))
    return [[unit.text for unit in point.units] for point in material.points]


def test_a_sentence_that_leans_brings_the_one_before_it() -> None:
    found = _points(passage("The lens turns on a bath of mercury. However, it weighs more than three tonnes."))
    assert found == [
        ["The lens turns on a bath of mercury."],
        ["The lens turns on a bath of mercury.", "However, it weighs more than three tonnes."],
    ]


def test_a_sentence_that_leans_on_nothing_is_left_out() -> None:
    assert _points(passage("It weighs more than three tonnes. This makes it hard to turn by hand.")) == []


def test_steps_come_with_their_lead_in_and_all_together() -> None:
    text = "Cleaning takes these steps:\n\n1. Cover the lamp.\n2. Wipe each ring.\n3. Polish the brass."
    assert _points(passage(text)) == [
        ["Cleaning takes these steps:", "Cover the lamp.", "Wipe each ring.", "Polish the brass."]
    ]


def test_steps_that_begin_in_the_middle_are_left_out() -> None:
    assert _points(passage("Cleaning goes on with these steps:\n\n4. Wipe each ring.\n5. Polish the brass.")) == []


def test_items_that_nothing_leads_to_are_read_as_prose() -> None:
    text = "1. Search. The question goes to both of the searches. Each finds a hundred chunks.\n2. Short step here."
    assert _points(passage(text)) == [
        ["The question goes to both of the searches."],
        ["Each finds a hundred chunks."],
    ]


def test_a_list_that_is_too_long_is_left_out() -> None:
    items = "\n".join(f"- The lamp number {number}" for number in range(20))
    assert _points(passage(f"There are these lamps in the tower:\n\n{items}")) == []


def test_code_comes_with_its_lead_in() -> None:
    assert _points(passage("To light the lamp, run this command:\n\nlamp --on tower.cfg\n\nThe end.")) == [
        ["To light the lamp, run this command:", "lamp --on tower.cfg"]
    ]


def test_what_is_beside_the_subject_is_left_out() -> None:
    assert _points(passage("The lamp of Smith and others burns for a night.", "Lamps", "References")) == []
    text = "Rejected. The lamp could be lit with gas of the town for a night.\n\nThe lamp is lit with oil every night."
    assert _points(passage(text)) == [["The lamp is lit with oil every night."]]


def test_a_passage_that_begins_in_a_sentence_loses_that_sentence() -> None:
    found = _points(passage("and so it burns all night. The lamp is lit with oil at dusk.", at=40))
    assert found == [["The lamp is lit with oil at dusk."]]


def test_one_place_of_a_document_is_one_place_in_overlapping_passages() -> None:
    text = "The lamp is lit at dusk by a keeper. The lens turns on a bath of mercury."
    cut = text.index("The lens")
    material = Material((passage(text), passage(text[cut:], at=cut)), Remembering(HashEmbedder()))
    first, second = (one for one in material.points if one.text.startswith("The lens"))
    assert material.place(first, 0) == material.place(second, 0)


def test_every_passage_has_its_points_and_none_is_debris() -> None:
    material = Material(library(), Remembering(HashEmbedder()))
    assert {point.number for point in material.points} == set(range(1, 13))
    assert not any("newsletter" in point.text or "reserved" in point.text for point in material.points)
    assert len(material.vectors) == len(material.terms) == len(material.points)
    assert max(point.sentences for point in material.points) == 4


def test_a_point_knows_what_it_does_in_its_text() -> None:
    text = (
        "BACKGROUND Lamps have been lit on this coast for ages. METHODS We lit 20 lamps of each kind. "
        "RESULTS Oil burned for nine hours on average. CONCLUSION Oil is the better fuel for lamps."
    )
    material = Material([passage(text)], Remembering(HashEmbedder()))
    assert [one.role for one in material.points] == ["background", "method", "result", "conclusion"]
    assert material.points[2].text == "Oil burned for nine hours on average."


def test_what_begins_a_document_says_what_it_is_about() -> None:
    text = "The lighthouse of the cape is made of granite. The tower is painted white and red."
    material = Material([passage(text)], Remembering(HashEmbedder()))
    assert [one.role for one in material.points] == ["background", ""]
    told = passage("We found that granite outlasts brick by 40 years. The tower is painted white and red.")
    assert Material([told], Remembering(HashEmbedder())).points[0].role == "result"


def test_an_item_that_is_a_sentence_and_that_nothing_leads_to_is_prose() -> None:
    assert _points(passage("- The lamp burns oil and gives a steady flame.\n- Oil lamps")) == [
        ["The lamp burns oil and gives a steady flame."]
    ]
