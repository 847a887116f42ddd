"""What stands against what in two statements, before any vector is asked."""

from collections.abc import Callable

import pytest

from answerable.agents.claims.disagreement import (
    Disagreement,
    compare_denials,
    compare_names,
    compare_opposites,
    compare_values,
    may_be_opposed,
)
from answerable.agents.claims.reading import Statement, find_statements
from tests.support.claims import passages


def pair(one: str, other: str) -> tuple[Statement, Statement]:
    first, second = find_statements(passages([("One", one), ("Other", other)]))
    return first, second


def by_value(one: str, other: str) -> list[Disagreement]:
    first, second = pair(one, other)
    said = [compare_values(first, a, second, b) for a in first.values for b in second.values]
    return [found for found in said if found]


def test_the_differing_value_is_named_and_the_agreeing_one_is_not() -> None:
    found = by_value("The Vessel Bridge has 14 arches and 3 lanes.", "The Vessel Bridge has 17 arches and 3 lanes.")
    assert [one.values for one in found] == [("14", "17")]
    assert found[0].covered == 1.0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("In 2019, Brightwater employed 4,100 people.", "In 2023, Brightwater employed 5,300 people."),
        ("Since 2019 a Harbour ticket costs $6.", "The Harbour ticket costs $8."),
        ("The Kestrel X2 weighs 320 g.", "The Kestrel X3 weighs 410 g."),
        ("The Linden zoo has 12 elephants.", "The Harrow zoo has 5 elephants."),
        ("The delivery fee in Norway is 5 euros.", "The delivery fee is 9 euros."),
        ("The lamp glows for 30 minutes when idle.", "The lamp glows for 60 minutes."),
        ("The minimum weight of a parcel is 2 kg.", "The maximum weight of a parcel is 20 kg."),
        ("The lid of the Corvo drone weighs 20 g.", "The Corvo drone weighs 895 g."),
        ("At 10 mg, the drug lowered pressure by 5%.", "At 20 mg, the drug lowered pressure by 9%."),
        ("We enrolled 112 patients in the statin trial.", "We enrolled 845 patients in the statin trial."),
        ("It weighs 320 g.", "It weighs 410 g."),
    ],
)
def test_a_qualifier_explains_a_different_value(one: str, other: str) -> None:
    assert not by_value(one, other)


def test_a_year_is_a_value_only_of_what_happens_once() -> None:
    assert by_value("Zephyr Airlines was founded in 1974.", "Zephyr Airlines was founded in 1979.")
    assert not by_value("Zephyr Airlines grew in 1974.", "Zephyr Airlines grew in 1979.")


def said(compare: Callable[[Statement, Statement], Disagreement | None], one: str, other: str) -> Disagreement | None:
    return compare(*pair(one, other))


def test_denials() -> None:
    plain = "The Avena player supports FLAC files."
    denied = said(compare_denials, "FLAC files are not supported by the Avena player.", plain)
    assert denied
    assert denied.kind == "negation"
    assert not said(compare_denials, "The Avena player does not support WMA files.", plain)
    assert not said(compare_denials, "The Avena player supports FLAC files if no codec is missing.", plain)
    value = "The Avena player supports FLAC files set to Nothing."
    assert not said(compare_denials, value, plain)


def test_a_duty_against_a_choice() -> None:
    duty = "Visitors must wear safety glasses in the workshop."
    found = said(compare_denials, duty, "Visitors may wear safety glasses in the workshop.")
    assert found
    assert found.kind == "modality"
    assert not said(compare_denials, duty, "Visitors should wear safety glasses in the workshop.")


def test_opposites_are_predicates_and_not_parts_of_the_subject() -> None:
    found = said(compare_opposites, "Zinc increases copper excretion.", "Zinc decreases copper excretion.")
    assert found
    assert found.values == ("increases", "decreases")
    low, high = "A low dose of zinc helps the liver.", "A high dose of zinc helps the liver."
    assert not said(compare_opposites, low, high)
    assert may_be_opposed(pair(low, "Zinc increases it much.")[1])


def test_names_where_a_thing_has_one() -> None:
    found = said(compare_names, "Tallgrass Robotics is based in Berlin.", "Tallgrass Robotics is based in Munich.")
    assert found
    assert found.values == ("Berlin", "Munich")
    assert not said(compare_names, "Tallgrass Robotics is based in Berlin.", "Norvik Robotics is based in Berlin.")
    assert not said(compare_names, "Tallgrass has an office in Berlin.", "Tallgrass has an office in Munich.")
