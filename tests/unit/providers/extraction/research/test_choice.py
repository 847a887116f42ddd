"""What is said, what is said only once, and in which order."""

import numpy as np

from answerable.knowledge.embedders.base.remembering import Remembering
from answerable.providers.extraction.research.choice import Aim, Choice, alike, in_order
from answerable.providers.extraction.research.material import Material
from tests.support.embedding import HashEmbedder
from tests.support.sources import library, passage

_AIM = Aim((("How does the lens of a lighthouse turn?", 1.0),))


def _material() -> Material:
    return Material(library(), Remembering(HashEmbedder()))


def test_the_best_point_is_what_the_question_asks_for() -> None:
    material = _material()
    choice = Choice(material)
    best = choice.take(choice.scores(_AIM), 1)
    assert "turns on a bath of mercury" in material.points[best[0]].text


def test_only_the_passages_that_are_named_count() -> None:
    material = _material()
    choice = Choice(material)
    scores = choice.scores(_AIM, frozenset({7, 8}))
    assert {material.points[at].number for at in np.flatnonzero(scores > 0)} <= {7, 8}


def test_there_are_no_more_sentences_than_wanted() -> None:
    material = _material()
    choice = Choice(material)
    chosen = choice.take(choice.scores(Aim((("lighthouse lamps", 1.0),))), 5, floor=0.0)
    assert 3 <= sum(material.points[at].sentences for at in chosen) <= 5


def test_what_was_said_is_not_said_again() -> None:
    material = _material()
    said = ["The lens of a lighthouse turns on a bath of mercury so that its beam flashes at sea [4]."]
    choice = Choice(material, said)
    texts = [material.points[at].text for at in choice.take(choice.scores(_AIM), 30, floor=0.0)]
    assert texts
    assert not any("bath of mercury" in text for text in texts)


def test_two_passages_that_say_the_same_say_it_once() -> None:
    twice = (passage("The lamp is lit at dusk by a keeper.", "A"), passage("The lamp is lit at dusk by a keeper.", "B"))
    material = Material(twice, Remembering(HashEmbedder()))
    choice = Choice(material)
    assert len(choice.take(choice.scores(Aim((("lamp at dusk", 1.0),))), 9)) == 1


def test_sentences_are_alike_by_meaning_or_by_words() -> None:
    four = frozenset({"a", "b", "c", "d"})
    assert alike(0.9, frozenset(), frozenset())
    assert alike(0.75, four, four | {"e", "f"})
    assert not alike(0.5, four, four | {"e", "f"})
    assert not alike(0.75, frozenset({"a"}), frozenset({"a"}))


def test_points_are_read_document_by_document_as_they_were_written() -> None:
    material = _material()
    chosen = list(range(len(material.points)))[::-1]
    scores = np.linspace(1.0, 0.1, len(chosen))
    points = in_order(material, chosen, scores)
    places = [(material.passages[one.number - 1].document_id, material.place(one, 0)[2]) for one in points]
    names = list(dict.fromkeys(name for name, _ in places))
    assert names == ["Lamps", "Lenses", "Keepers", "Fog signals", "Footer"]
    assert all(
        [at for name, at in places if name == one] == sorted(at for n, at in places if n == one) for one in names
    )


def test_no_points_have_no_scores() -> None:
    choice = Choice(Material((), Remembering(HashEmbedder())))
    assert choice.take(choice.scores(_AIM), 3) == []


def test_a_result_goes_before_how_it_came_about() -> None:
    method = "We compared the light of oil lamps and gas lamps in 20 lighthouses."
    result = "The light of oil lamps was 14% brighter than that of gas lamps."
    material = Material([passage(f"It is told so. {method} {result}")], Remembering(HashEmbedder()))
    choice = Choice(material)
    scores = choice.scores(Aim((("light of oil lamps and gas lamps in lighthouses", 1.0),)))
    assert [material.points[at].text for at in choice.take(scores, 1)] == [result]


def test_a_sentence_shares_in_what_its_passage_is_about() -> None:
    about = "The lens of a lighthouse turns on a bath of mercury. Repairs took nine weeks in the first year."
    beside = "Bread needs an hour of rest before it is baked. Repairs took nine weeks in the second year."
    material = Material([passage(about, "a"), passage(beside, "b")], Remembering(HashEmbedder()))
    scores = Choice(material).scores(Aim((("the lens of a lighthouse", 1.0),)), relevant=0.0)
    told = {point.text: float(score) for point, score in zip(material.points, scores, strict=True)}
    assert told["Repairs took nine weeks in the first year."] > told["Repairs took nine weeks in the second year."]


def test_long_sentences_take_the_room_of_others() -> None:
    long = " and ".join(f"the lamp number {at} of the north coast" for at in range(7))
    texts = [f"In year {at} {long} were lit again." for at in range(6)]
    material = Material([passage(text, f"d{at}") for at, text in enumerate(texts)], Remembering(HashEmbedder()))
    choice = Choice(material)
    taken = choice.take(np.linspace(1.0, 0.9, len(material.points)), 4, floor=0.0)
    assert sum(material.points[at].words for at in taken) <= 4 * 24
