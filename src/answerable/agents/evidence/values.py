"""Values that a sentence states: amounts in the base unit of their kind, money, shares, counts, dates, times of day.

A value is an interval with a precision, so that 12.3 and 12, 2 hours and 120 minutes, `at least 5` and 7 agree.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from answerable.agents.evidence.dates import Date, agree, find_dates
from answerable.agents.evidence.vocabulary import LIMITING
from answerable.agents.units import UNITS
from answerable.core.statements import Facts, places

_AMBIGUOUS = frozenset(["in", "st", "us", "at", "au", "a", "ct", "b", "d", "kn", "um", "'", '"', "ps", "c", "f", "cup"])
"""Unit names that stand behind a number as ordinary words more often than as units (upper case C and F are units)."""
_CURRENCIES = {
    **dict.fromkeys(["$", "dollar", "dollars", "usd"], "$"),
    **dict.fromkeys(["€", "euro", "euros", "eur"], "€"),
    **dict.fromkeys(["£", "gbp", "sterling"], "£"),
    **dict.fromkeys(["¥", "yen", "jpy"], "¥"),
}
_SUFFIXES = {"k": 1e3, "m": 1e6, "mn": 1e6, "bn": 1e9, "b": 1e9}
_LABELS = frozenset(
    "version v step figure fig table section chapter page error type level grade phase stage model part class group "
    "appendix example line item note no number issue rule column row day week round task question case release "
    "generation series windows office android ios python java grant article paragraph volume equation ref".split()
)
"""A number right behind one of these names a thing and measures nothing."""
_VALUED_LABELS = frozenset(["port", "channel", "room", "gate", "platform", "extension", "floor"])
_ABOUT = frozenset("about around approximately roughly nearly almost circa some approx ca ~".split())
_NO_NOUN = frozenset(
    "million billion thousand hundred percent per more less fewer or times time other others different such new old "
    "first last next total few many several".split()
)
_SIZES = re.compile(r"\d+(?:\.\d+)?\s?[x×]\s?\d+(?:\.\d+)?")
_PER = frozenset(["per", "each", "every", "a", "an"])
_ROUNDED = 0.12
_CONVERTED = 0.05
_CALENDAR = 0.09
_VAGUE = 0.10
_NOISE = 1e-9
_LONGEST_NOUN = 4


@dataclass(frozen=True, slots=True)
class Value:
    """`kind` says what it may be compared with (`time`, `%`, `$`, `count`, `port`, `date`, `clock`, `number`).

    `low`..`high` is in the base unit of the kind, `step` the size of its last digit there; `nouns` are stems of what is
    counted, `per` what it is a rate of. `first`..`last` are its tokens, `text` how it is written. `limit` as in Token.
    """

    kind: str
    low: float
    high: float
    text: str
    first: int
    last: int
    unit: str = ""
    step: float = 0.0
    limit: str = ""
    vague: bool = False
    nouns: frozenset[str] = frozenset()
    per: str = ""
    date: Date | None = None


def find_values(text: str, read: Facts) -> list[Value]:
    """The values of `text` in order; `read` is `facts.read(text)`. Numbers that name things (step 3) are left out."""
    spans = places(text)
    found = [
        Value("date" if not one.clock else "clock", 0.0, 0.0, text[one.start : one.end], *_tokens(spans, one), date=one)
        for one in find_dates(text)
    ]
    sizes = [match.span() for match in _SIZES.finditer(text)]
    used = {at for one in found for at in range(one.first, one.last + 1)}
    used |= {at for at, (start, _) in enumerate(spans) if any(low <= start < high for low, high in sizes)}
    at = 0
    while at < len(read.tokens):
        one = _amount(text, read, spans, at) if read.tokens[at].value and at not in used else None
        if one is not None:
            found.append(one)
        at = one.last + 1 if one is not None else at + 1
    return sorted(found, key=lambda one: one.first)


def _tokens(spans: Sequence[tuple[int, int]], date: Date) -> tuple[int, int]:
    inside = [at for at, (start, end) in enumerate(spans) if start < date.end and end > date.start]
    return (inside[0], inside[-1]) if inside else (0, 0)


def _amount(text: str, read: Facts, spans: Sequence[tuple[int, int]], at: int) -> Value | None:
    number = _number(read.tokens[at].value)
    before = read.tokens[at - 1].lower if at else ""
    if read.tokens[at].lower == "one" and (before in _BEFORE_PRONOUN or _follows_of(read, at)):
        return None
    if number is None or (before in _LABELS and not _measured(read, at)):
        return None
    if before in ("p", "n") or text[max(0, spans[at][0] - 2) : spans[at][0]].strip() == "=":
        return None
    amount, step = number
    last, high = at, amount
    limit = read.tokens[at].limit or _implied(read, at)
    second = _range_end(text, read, spans, at)
    if second:
        last = second
        other = _number(read.tokens[second].value)
        high = other[0] if other else amount
    kind, unit, factor, offset, last, nouns, per = _unit(text, read, spans, at, last)
    if not kind:
        return None
    low, high = sorted((amount * factor + offset, high * factor + offset))
    vague = bool({before, read.tokens[at - 2].lower if at > 1 else ""} & _ABOUT) or text[spans[at][0] - 1] == "~"
    first = at - 1 if before in _CURRENCIES else at
    said = text[spans[first][0] : spans[last][1]]
    return Value(
        kind, low, high, said, first, last, unit, step * factor, limit, vague, nouns, per
    )


_BEFORE_PRONOUN = frozenset("the this that first last other each any no another every only which".split())


def _follows_of(read: Facts, at: int) -> bool:
    """`one of them` counts nothing."""
    return at + 1 < len(read.tokens) and read.tokens[at + 1].lower == "of"


def _implied(read: Facts, at: int) -> str:
    """The bound of a number that a word of its clause makes a limit: `allows 60 requests` is 60 at most."""
    said = {token.lower for token in read.tokens if token.sentence == read.tokens[at].sentence}
    if said & LIMITING:
        return "most"
    return "least" if said & {"minimum", "min"} else ""


def _measured(read: Facts, at: int) -> bool:
    after = read.tokens[at + 1].lower if at + 1 < len(read.tokens) else ""
    return after in UNITS and after not in _AMBIGUOUS


def _number(value: str) -> tuple[float, float] | None:
    """The number of a token's value and the size of its last digit; None for ordinals and versions."""
    bare = value.lstrip("$€£¥").rstrip("%")
    try:
        amount = float(bare)
    except ValueError:
        return None
    decimals = len(bare.partition(".")[2])
    if decimals:
        return amount, 10.0**-decimals
    zeros = len(bare) - len(bare.rstrip("0")) if amount else 0
    return amount, 10.0**zeros if zeros > 1 else 1.0


def _range_end(text: str, read: Facts, spans: Sequence[tuple[int, int]], at: int) -> int | None:
    """The token that ends a range which begins at `at`: `5-10`, `5 to 10`, `between 5 and 10`."""
    for step in (1, 2, 3):
        place = at + step
        if place >= len(read.tokens) or not read.tokens[place].value:
            continue
        between = text[spans[at][1] : spans[place][0]].strip().lower()
        if re.fullmatch(r"[%\w]*\s*[-–—]|%?\s*to|\w+ to", between):
            return place
        if re.fullmatch(r"%?\s*and", between) and at and read.tokens[at - 1].lower == "between":
            return place
    return None


def _unit(
    text: str, read: Facts, spans: Sequence[tuple[int, int]], at: int, last: int
) -> tuple[str, str, float, float, int, frozenset[str], str]:
    """Kind, unit, factor and offset to the base unit, last token, counted nouns, what it is a rate of."""
    none: frozenset[str] = frozenset()
    value = read.tokens[at].value
    lower = [token.lower for token in read.tokens]
    raw = [text[start:end] for start, end in spans[last + 1 : last + 4]]
    if raw[:1] == ["°"]:
        last, raw = last + 1, raw[1:]
    after = lower[last + 1] if last + 1 < len(lower) else ""
    before = lower[at - 1] if at else ""
    money = value[0] if value[0] in "$€£¥" else _CURRENCIES.get(before, "") or _CURRENCIES.get(after, "")
    if "%" in value or "%" in read.tokens[last].value:
        end = last + (after in ("percent", "%"))
        return "%", "%", 1.0, 0.0, end, none, ""
    scale = 1.0
    while raw and (raw[0].lower() in ("million", "billion", "thousand", "trillion", "hundred") or _follows(read, last, raw)):
        scale = _SUFFIXES.get(raw[0].lower(), 1.0) if scale == 1.0 else scale
        last, raw = last + 1, raw[1:]
    money = money or (_CURRENCIES.get(raw[0].lower(), "") if raw else "")
    if money:
        end = last + bool(raw and raw[0].lower() in _CURRENCIES)
        per, end = _rate(read, end)
        return money, money, scale, 0.0, end, none, per
    if not raw and "population" in lower and _stated(read, at):
        return "count", "", scale, 0.0, last, _HEADS, ""
    if not raw and any(word in _VALUED_LABELS for word in lower):
        return next(word for word in lower if word in _VALUED_LABELS), "", scale, 0.0, last, none, ""
    if not raw:
        return ("number", "", scale, 0.0, last, none, "") if _stated(read, at) else ("", "", 0.0, 0.0, last, none, "")
    joined = "_".join(raw[:2])
    name = joined if joined in UNITS else raw[0]
    unit = UNITS.get(name) if name.lower() not in _AMBIGUOUS or name in ("C", "F") else None
    unit = unit or (UNITS.get(name.lower()) if len(name) > 3 else None)
    if unit is not None and read.tokens[last + 1].clause == read.tokens[last].clause:
        end = last + 1 + (name == joined and "_" in name)
        per, end = _rate(read, end)
        return unit.kind, unit.name, float(unit.factor) * scale, float(unit.offset * unit.factor), end, none, per
    nouns, end = _noun(read, last)
    label = next((word for word in lower if word in _VALUED_LABELS), "")
    if label and not nouns:
        return label, "", scale, 0.0, last, none, ""
    if "population" in lower and nouns <= _PEOPLE and (nouns or _stated(read, at)):
        return "count", "", scale, 0.0, last, _HEADS, ""
    if nouns:
        per, end = _rate(read, end)
        spell = UNITS.get(per)
        if spell is not None and spell.kind == "time":
            return "count", "", scale / float(spell.factor), 0.0, end, nouns, "time"
        return "count", "", scale, 0.0, last, nouns, per
    return ("number", "", scale, 0.0, last, none, "") if _stated(read, at) else ("", "", 0.0, 0.0, last, none, "")


_PEOPLE = frozenset(["peopl", "inhabitant", "resident", "person"])
_HEADS = frozenset(["peopl"])


def _follows(read: Facts, last: int, raw: Sequence[str]) -> bool:
    """`$5M`: a scale glued to an amount of money."""
    value = read.tokens[last].value
    return bool(value) and value[0] in "$€£¥" and raw[0].lower() in _SUFFIXES


def _rate(read: Facts, end: int) -> tuple[str, int]:
    tokens = read.tokens
    if end + 2 < len(tokens) and tokens[end + 1].lower in _PER and tokens[end + 2].content:
        return tokens[end + 2].lower, end + 2
    return "", end


def _noun(read: Facts, last: int) -> tuple[frozenset[str], int]:
    """The stems of the noun phrase right behind a number: what is counted."""
    found: list[str] = []
    at = last + 1
    while at < len(read.tokens) and len(found) < _LONGEST_NOUN:
        token = read.tokens[at]
        if token.clause != read.tokens[last].clause or not token.content or token.lower in _NO_NOUN:
            break
        found.append(token.stem)
        at += 1
    return frozenset(found), at - 1


_STATING = frozenset(
    "is are was were be equals equal = to of at default as from than least most exceeds exceed over under below above".split()
)


def _stated(read: Facts, at: int) -> bool:
    """Whether a bare number is what its sentence says of something: `the default is 8`."""
    return bool(at) and read.tokens[at - 1].lower in _STATING


def comparable(one: Value, other: Value) -> bool:
    """Whether two values measure the same kind of thing in units that can be held against each other."""
    if one.kind != other.kind or one.per != other.per:
        return False
    return one.kind != "count" or bool(one.nouns & other.nouns)


def differ(one: Value, other: Value) -> bool:
    """Whether two comparable values cannot both be right: not by rounding, conversion, bounds or ranges."""
    if one.date is not None and other.date is not None:
        return not agree(one.date, other.date)
    if one.limit and one.limit == other.limit and one.low == one.high and other.low == other.high:
        return not _same(one, other)
    (low, high), (their_low, their_high) = _interval(one), _interval(other)
    slack = _slack(one, other)
    if low - slack <= their_low and their_high <= high + slack:
        return False
    if their_low - slack <= low and high <= their_high + slack:
        return False
    return not _same(one, other)


def _interval(one: Value) -> tuple[float, float]:
    if one.limit in ("least", "more"):
        return one.low, float("inf")
    if one.limit in ("most", "less"):
        return float("-inf"), one.high
    return one.low, one.high


def _slack(one: Value, other: Value) -> float:
    size = max(abs(one.low), abs(one.high), abs(other.low), abs(other.high))
    if one.vague or other.vague:
        return _VAGUE * size
    if one.unit != other.unit:
        calendar = {"month", "yr", "wk", "d"} >= {one.unit, other.unit}
        return (_CALENDAR if calendar else _CONVERTED) * size
    return _NOISE * size


def _same(one: Value, other: Value) -> bool:
    if one.limit != other.limit and "" not in (one.limit, other.limit):
        opposed = {one.limit, other.limit}
        return not (opposed <= {"least", "more"} or opposed <= {"most", "less"}) or _close(one, other)
    return _close(one, other)


def _close(one: Value, other: Value) -> bool:
    return _near(one.low, other.low, one, other) and _near(one.high, other.high, one, other)


def _near(mine: float, theirs: float, one: Value, other: Value) -> bool:
    """Equal, or equal once the finer one is rounded to the last digit of the coarser."""
    apart, size = abs(mine - theirs), max(abs(mine), abs(theirs))
    if apart <= _slack(one, other):
        return True
    step = max(one.step, other.step)
    rounds = step > min(one.step, other.step) + _NOISE * size
    return rounds and apart <= step / 2 + _NOISE * size and apart <= _ROUNDED * size
