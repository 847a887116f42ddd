"""Dates and times of day as sentences write them, and whether two of them can both be right."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan",
            "february feb",
            "march mar",
            "april apr",
            "may",
            "june jun",
            "july jul",
            "august aug",
            "september sep sept",
            "october oct",
            "november nov",
            "december dec",
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH = (
    r"(?P<month>January|February|March|April|May|June|July|August|September|October|November|December|Jan|Feb|Mar|Apr|"
    r"Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?"
)
_YEAR = r"(?P<year>1[4-9]\d\d|20\d\d)"
_DAY = r"(?P<day>[1-9]|[12]\d|3[01]|0[1-9])(?:st|nd|rd|th)?"
_FORMS = (
    re.compile(r"\b(?P<year>1[4-9]\d\d|20\d\d)-(?P<digits>0\d|1[0-2])-(?P<day>[0-2]\d|3[01])\b"),
    re.compile(rf"\b{_DAY}\s+(?:of\s+)?{_MONTH}(?:,?\s+{_YEAR}\b)?"),
    re.compile(rf"\b{_MONTH}\s+{_DAY}\b(?:,?\s+{_YEAR}\b)?"),
    re.compile(rf"\b{_MONTH},?\s+(?:of\s+)?{_YEAR}\b"),
    re.compile(
        r"(?:^|\(|,\s|\b(?i:in|since|from|until|till|by|of|year|during|before|after|and|to|the|its|early|late|mid|around"
        r"|spring|summer|autumn|winter|born|was|is|\w+ed|between|for|on|circa|about|dated|date)\s)"
        rf"{_YEAR}\b(?![-–]?\w|[.,]\d|\s?[%°]|\s+(?!was\b|is\b|has\b|as\b|its\b)[a-z]+s\b)"
    ),
)
_CLOCK = re.compile(
    r"\b(?P<hour>[01]?\d|2[0-3])(?::(?P<minute>[0-5]\d))?\s?(?P<half>[ap]m\b|[ap]\.m\.?)|\b(?P<h>[01]?\d|2[0-3]):(?P<m>[0-5]\d)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Date:
    """What is said of a day at [start, end) of a text: 0 for what is left open. A time of day has `clock` and
    `minutes` since midnight, and no date."""

    start: int
    end: int
    year: int = 0
    month: int = 0
    day: int = 0
    clock: bool = False
    minutes: int = 0


def find_dates(text: str) -> list[Date]:
    """The dates and times of day of a text, in order, each as fully as it is written."""
    found: list[Date] = []
    for one in (*_dates(text), *_clocks(text)):
        if all(one.end <= other.start or one.start >= other.end for other in found):
            found.append(one)
    return sorted(found, key=lambda one: one.start)


def _dates(text: str) -> Iterator[Date]:
    for form in _FORMS:
        for match in form.finditer(text):
            parts = match.groupdict()
            month = _MONTHS[parts["month"].lower()] if parts.get("month") else int(parts.get("digits") or 0)
            start = match.start("year") if form is _FORMS[-1] else match.start()
            yield Date(start, match.end(), int(parts.get("year") or 0), month, int(parts.get("day") or 0))


def _clocks(text: str) -> Iterator[Date]:
    for match in _CLOCK.finditer(text):
        hour, minute = int(match["hour"] or match["h"]), int(match["minute"] or match["m"] or 0)
        if match["half"]:
            hour = hour % 12 + (12 if match["half"][0] in "pP" else 0)
        yield Date(*match.span(), clock=True, minutes=60 * hour + minute)


def agree(one: Date, other: Date) -> bool:
    """Whether both can be right: what one leaves open, the other may say."""
    if one.clock != other.clock:
        return True
    if one.clock:
        return one.minutes == other.minutes
    pairs = ((one.year, other.year), (one.month, other.month), (one.day, other.day))
    return all(not mine or not theirs or mine == theirs for mine, theirs in pairs)
