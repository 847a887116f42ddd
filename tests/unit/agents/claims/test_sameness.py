"""Whether two statements are about the same thing."""

from answerable.agents.claims.reading import Statement, find_statements
from answerable.agents.claims.sameness import Alike, alike, governors, narrower
from tests.support.claims import passages


def pair(one: str, other: str, title: str = "T") -> tuple[Statement, Statement]:
    first, second = find_statements(passages([(title, one), (title, other)]))
    return first, second


def compared(one: str, other: str, title: str = "T") -> Alike | None:
    first, second = pair(one, other, title)
    return alike(first, first.content, second, second.content, 0.5)


def test_the_same_in_other_words() -> None:
    found = compared("The Corvo drone weighs 895 g.", "The weight of the Corvo drone is 1 kg.")
    assert found is not None
    assert found.shared == {"corvo", "dron", "weigh"}
    assert (found.covered, found.swapped) == (1.0, ())


def test_another_name_place_condition_or_part_is_another_thing() -> None:
    plain = "The Corvo drone weighs 895 g."
    assert compared(plain, "The Corvo drone weighs 895 g in Norway.") is None
    assert compared("The Corvo X2 weighs 895 g.", "The Corvo X3 weighs 895 g.") is None
    assert compared(plain, "The Corvo drone weighs 895 g when folded.") is None
    assert compared(plain, "The lid of the Corvo drone weighs 895 g.") is None
    assert compared("The minimum Corvo weight is 1 kg.", "The maximum Corvo weight is 1 kg.") is None


def test_words_in_the_place_of_others_are_handed_on_for_the_vectors() -> None:
    found = compared("Integer variables are in the Corvo cache.", "Float variables are in the Corvo cache.")
    assert found is not None
    assert found.swapped == (("integer", "float"),)


def test_a_sentence_that_only_refers_needs_the_same_title() -> None:
    first, second = find_statements(passages([("Corvo", "It weighs 895 g."), ("Kestrel", "It weighs 320 g.")]))
    assert alike(first, first.content, second, second.content, 0.5) is None
    assert compared("It weighs 895 g.", "It weighs 320 g.", "Corvo drone manual") is not None


def test_what_values_depend_on() -> None:
    one, other = pair("The Corvo battery charges in 45 minutes.", "The Corvo battery lasts 30 hours.")
    assert governors(one, one.values[0], other, other.values[0]) == (("charges", "lasts"),)
    one, other = pair("The Corvo battery takes 45 minutes.", "The Corvo battery lasts 30 hours.")
    assert governors(one, one.values[0], other, other.values[0]) == ()


def test_a_narrower_subject() -> None:
    one, other = pair("The Amari metropolitan area is 900 km2 large.", "Amari is 90 km2 large.")
    shared = one.content & other.content
    assert narrower(one, one.content - other.content, shared)
    assert not narrower(other, other.content - one.content, shared)
