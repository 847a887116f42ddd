"""Invented facts of invented things, each said in several ways: what templates over real sentences cannot vary.

The `dev` and the `held` part have other wordings and other subjects.
"""

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Attribute:
    """`said` are ways to say that a subject `{s}` has the value `{v}`, two for each part; `values` exclude each other.

    `twice` are two ways to write one value, or one more exactly.
    """

    kind: str
    dev: tuple[str, str]
    held: tuple[str, str]
    values: tuple[str, ...]
    twice: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """Two sentences about one fact; whether they contradict each other."""

    kind: str
    conflict: bool
    one: str
    other: str


ATTRIBUTES = (
    Attribute(
        "time",
        ("The battery of the {s} lasts {v}.", "On one charge, the {s} battery lasts {v}."),
        ("Battery life of the {s} is {v}.", "The {s} has a battery life of {v}."),
        ("9 hours", "14 hours", "22 hours"),
        ("9 hours", "540 minutes"),
    ),
    Attribute(
        "mass",
        ("The {s} weighs {v}.", "The weight of the {s} is {v}."),
        ("With a weight of {v}, the {s} is easy to carry.", "The {s} has a weight of {v}."),
        ("1.5 kg", "2.1 kg", "980 g"),
        ("1.5 kg", "1500 g"),
    ),
    Attribute(
        "money",
        ("The {s} costs {v}.", "The price of the {s} is {v}."),
        ("The {s} is sold for {v}.", "The {s} has a price of {v}."),
        ("$199", "$249", "$320"),
        ("$199", "199 dollars"),
    ),
    Attribute(
        "percent",
        ("The {s} has a market share of {v}.", "The market share of the {s} is {v}."),
        ("The {s} holds {v} of the market.", "In the market, the {s} holds {v}."),
        ("12%", "31%", "48%"),
        ("31%", "31 percent"),
    ),
    Attribute(
        "count",
        ("The {s} has {v} buttons.", "There are {v} buttons on the {s}."),
        ("The {s} comes with {v} buttons.", "The {s} is equipped with {v} buttons."),
        ("4", "6", "eleven"),
        ("11", "eleven"),
    ),
    Attribute(
        "data",
        ("The largest file that the {s} accepts is {v}.", "Files on the {s} can be up to {v}."),
        ("The {s} accepts files of up to {v}.", "The maximum file size on the {s} is {v}."),
        ("50 MB", "2 GB", "200 MB"),
        ("2 GB", "2000 MB"),
    ),
    Attribute(
        "date",
        ("The {s} was launched in {v}.", "Launched in {v}, the {s} became popular at once."),
        ("The {s} was released in {v}.", "The release of the {s} was in {v}."),
        ("2009", "2013", "2017"),
        ("2013", "May 2013"),
    ),
    Attribute(
        "name",
        ("The {s} was designed by {v}.", "The designer of the {s} is {v}."),
        ("The {s} is manufactured by {v}.", "The manufacturer of the {s} is {v}."),
        ("Ana Ruiz", "Tom Berg", "Lena Ost"),
    ),
    Attribute(
        "place",
        ("The maker of the {s} is based in {v}.", "The {s} maker is based in {v}."),
        ("The {s} team is headquartered in {v}.", "The headquarters of the {s} team are in {v}."),
        ("Berlin", "Munich", "Oslo"),
    ),
    Attribute(
        "negation",
        ("The {s} {v} wireless charging.", "Some say that the {s} {v} wireless charging."),
        ("The {s} {v} offline maps.", "According to its maker, the {s} {v} offline maps."),
        ("supports", "does not support"),
    ),
    Attribute(
        "passive",
        ("The {s} {v} be opened by the user.", "By the user, the {s} {v} be opened."),
        ("The {s} {v} be used under water.", "Under water, the {s} {v} be used."),
        ("can", "cannot"),
    ),
    Attribute(
        "opposite",
        ("Daily use of the {s} {v} sleep quality.", "Sleep quality {v} with daily use of the {s}."),
        ("The {s} {v} energy consumption at home.", "At home, the {s} {v} energy consumption."),
        ("increases", "decreases"),
    ),
)

MAKERS = {"dev": "Kestrel Norvik Corvo Lumen Avena Orbit Vessel", "held": "Tallis Quill Marlo Zephyr Ibis Onda Petra"}
THINGS = {
    "dev": "lamp radio camera drone player router clock",
    "held": "printer tablet scanner heater speaker sensor mixer",
}


_EACH = 4


def subjects(part: str) -> list[str]:
    """Things that facts are invented of, in a mixed order that is always the same."""
    found = [f"{maker} {thing}" for maker in MAKERS[part].split() for thing in THINGS[part].split()]
    random.Random(part).shuffle(found)  # noqa: S311 - chooses test data
    return found


def tell(part: str, rounds: int, rng: random.Random) -> list[Told]:
    """For each attribute and round: a contradiction, the same of another subject, the same value, and one value written
    twice. No two rounds speak of one thing, so that nothing but the contradictions contradicts."""
    names = subjects(part)
    return [
        told
        for at in range(min(rounds, len(names) // _EACH))
        for told in _round(part, names[_EACH * at : _EACH * (at + 1)], rng)
    ]


def _round(part: str, names: list[str], rng: random.Random) -> list[Told]:
    told: list[Told] = []
    for attribute in ATTRIBUTES:
        first, second = attribute.dev if part == "dev" else attribute.held
        one, other = rng.sample(attribute.values, 2)
        told += [
            Told(f"stated {attribute.kind}", True, _say(first, names[0], one), _say(second, names[0], other)),
            Told("another subject", False, _say(first, names[1], one), _say(second, names[2], other)),
            Told("stated twice", False, _say(first, names[1], one), _say(second, names[1], one)),
        ]
        if attribute.twice:
            told.append(
                Told(
                    "written otherwise",
                    False,
                    _say(first, names[3], attribute.twice[0]),
                    _say(second, names[3], attribute.twice[1]),
                )
            )
    return told


def _say(template: str, subject: str, value: str) -> str:
    return template.format(s=subject, v=value)
