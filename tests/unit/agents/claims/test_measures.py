"""What a number measures."""

import pytest

from answerable.agents.claims.measures import Measure, is_measured, measure
from answerable.core.facts import read
from answerable.core.statements import places


def of(text: str) -> Measure | None:
    facts = read(text)
    at = next(at for at, token in enumerate(facts.tokens) if token.value)
    return measure(text, facts, places(text), at, at)


@pytest.mark.parametrize(
    ("text", "kind", "unit", "factor"),
    [
        ("It takes 2 hours.", "time", "h", 3600.0),
        ("It holds 3 GB.", "data", "GB", 1e9),
        ("It spans 20 square meters.", "area", "m2", 1.0),
        ("It costs $5M.", "$", "$", 1e6),
        ("It costs 7 USD.", "$", "$", 1.0),
        ("It grew by 7 percent.", "%", "%", 1.0),
        ("It is 20 times less common.", "times", "", 1.0),
    ],
)
def test_units_and_currencies(text: str, kind: str, unit: str, factor: float) -> None:
    found = of(text)
    assert found is not None
    assert (found.kind, found.unit, found.factor) == (kind, unit, factor)


def test_rates_keep_what_they_are_rates_of() -> None:
    price, speed = of("It costs $5 per month."), of("It allows 60 requests per minute.")
    assert price is not None
    assert speed is not None
    assert price.per == "month"
    assert (speed.per, speed.factor, speed.nouns) == ("time", 1 / 60, frozenset(["request"]))


def test_what_is_counted() -> None:
    found = of("It has 3 USB ports.")
    assert found is not None
    assert found.nouns == {"usb", "port"}


def test_a_population_is_of_people_said_or_not() -> None:
    assert of("The population of Amari is 530,000.") == of("The population of Amari is 530,000 residents.")


def test_words_that_look_like_units_are_none() -> None:
    assert of("We saw 5 in ten.") is None
    assert of("They met 12 at noon.") is None
    assert is_measured(read("step 3 hours"), 1)
    assert not is_measured(read("step 3 in all"), 1)
