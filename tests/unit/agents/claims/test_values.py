"""Values of sentences: what is read, and which two cannot both be right."""

import pytest

from answerable.agents.claims.values import Value, comparable, differ, find_values
from answerable.core.facts import read


def value(text: str) -> Value:
    found = find_values(text, read(text))
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("It takes 2 hours.", "time", "2 hours"),
        ("It weighs 1.5 kg.", "mass", "1.5 kg"),
        ("It costs $5 million.", "$", "$5 million"),
        ("It costs 12 million euros.", "€", "12 million euros"),
        ("It grew by 12.3%.", "%", "12.3%"),
        ("It grew by 12 percent.", "%", "12 percent"),
        ("It has 14 arches.", "count", "14"),
        ("It opened in 1887.", "date", "1887"),
        ("It opens at 10:30 am.", "clock", "10:30 am"),
        ("It must be kept below 8 °C.", "temperature", "8 °C"),
        ("It listens on port 9090.", "port", "9090"),
        ("The default is 8.", "number", "8"),
        ("The default is 8, as before.", "number", "8"),
    ],
)
def test_values_are_read_as_written(text: str, kind: str, said: str) -> None:
    found = value(text)
    assert (found.kind, found.text) == (kind, said)


@pytest.mark.parametrize(
    "text", ["See step 3.", "Version 4 is out.", "Figure 2 shows it.", "The first one wins (n = 12)."]
)
def test_numbers_that_name_things_are_no_values(text: str) -> None:
    assert not find_values(text, read(text))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("It takes 2 hours.", "It takes 120 minutes."),
        ("It weighs 1.5 kg.", "It weighs 1500 g."),
        ("It grew by 12.3%.", "It grew by 12%."),
        ("It takes 5 to 10 days.", "It takes 7 days."),
        ("It takes at least 5 days.", "It takes 7 days."),
        ("It takes up to 10 days.", "It takes 7 days."),
        ("It weighs about 500 g.", "It weighs 487 g."),
        ("It took 12 months.", "It took 1 year."),
        ("It opened in 1887.", "It opened on 3 May 1887."),
        ("It allows 60 requests per minute.", "It allows 1 request per second."),
    ],
)
def test_both_can_be_right(one: str, other: str) -> None:
    assert comparable(value(one), value(other))
    assert not differ(value(one), value(other))
    assert not differ(value(other), value(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("It takes 2 hours.", "It takes 90 minutes."),
        ("It weighs 1.5 kg.", "It weighs 1.8 kg."),
        ("It grew by 12.3%.", "It grew by 14%."),
        ("It takes 5 to 10 days.", "It takes 12 days."),
        ("It takes at most 10 days.", "It takes at most 20 days."),
        ("It takes at least 5 days.", "It takes 3 days."),
        ("It opened in 1887.", "It opened on 3 May 1888."),
        ("It opens at 9 am.", "It opens at 9 pm."),
        ("It has 14 arches.", "It has 17 arches."),
    ],
)
def test_only_one_can_be_right(one: str, other: str) -> None:
    assert comparable(value(one), value(other))
    assert differ(value(one), value(other))
    assert differ(value(other), value(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("It takes 2 hours.", "It weighs 2 kg."),
        ("It has 14 arches.", "It has 14 lamps."),
        ("It costs $5.", "It costs €5."),
        ("It costs $5 per month.", "It costs $50 per year."),
    ],
)
def test_values_of_different_things_are_not_compared(one: str, other: str) -> None:
    assert not comparable(value(one), value(other))
