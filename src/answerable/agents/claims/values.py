"""Values that a sentence states: amounts in the base unit of their kind, money, shares, counts, dates, times of day.

A value is an interval with a precision, so that 12.3 and 12, 2 hours and 120 minutes, `at least 5` and 7 agree.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from answerable.agents.claims.dates import Date, agree, find_dates
from answerable.agents.claims.measures import CURRENCIES, is_measured, measure
from answerable.agents.claims.vocabulary import LIMITING
from answerable.core.statements import Facts, places

_LABEL_TEXT = (
    "version v step figure fig table section chapter page error type level grade phase stage model part class group "
    "appendix example line item note no number issue rule column row day week round task question case release "
    "generation series windows office android ios python java grant article paragraph volume equation ref"
)
_LABELS = frozenset(_LABEL_TEXT.split())
"""A number right behind one of these names a thing and measures nothing."""
_ABOUT = frozenset(["about", "around", "approximately", "roughly", "nearly", "almost", "circa", "some", "approx", "ca"])
_SIZES = re.compile(r"\d+(?:\.\d+)?\s?[x×]\s?\d+(?:\.\d+)?")
_ROUNDED = 0.12
_CONVERTED = 0.05
_CALENDAR = 0.09
_VAGUE = 0.10
"""Shares by which two values may be apart and yet agree: rounded, converted, in months and days, `about`."""
_NOISE = 1e-9


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
        Value(
            "date" if not one.clock else "clock",
            0.0,
            0.0,
            text[one.start : one.end].rstrip("."),
            *_tokens(spans, one),
            date=one,
        )
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


def find_figures(text: str, read: Facts, values: Sequence[Value]) -> tuple[Value, ...]:
    """The values of a text, and the numbers that nothing measures, of kind `figure`: those are only comparable where
    the word behind them, or else before them, is one."""
    spans = places(text)
    used = {at for value in values for at in range(value.first, value.last + 1)}
    found = list(values)
    for at, token in enumerate(read.tokens):
        number = _number(token.value) if token.value and at not in used else None
        before = read.tokens[at - 1] if at else None
        if number is None or (before is not None and before.lower in _LABELS | {"p", "n"}):
            continue
        after = next((one for one in read.tokens[at + 1 : at + 3] if one.content), None)
        beside = after or (before if before is not None and before.content else None)
        if beside is not None:
            start, end = spans[at]
            nouns = frozenset([beside.stem])
            found.append(Value("figure", number[0], number[0], text[start:end], at, at, step=number[1], nouns=nouns))
    return tuple(sorted(found, key=lambda one: one.first))


def _written(text: str, date: Date) -> str:
    """A date without the full stop of its sentence; `p.m.` keeps its own."""
    said = text[date.start : date.end]
    return said if date.clock else said.rstrip(".")


def _tokens(spans: Sequence[tuple[int, int]], date: Date) -> tuple[int, int]:
    inside = [at for at, (start, end) in enumerate(spans) if start < date.end and end > date.start]
    return (inside[0], inside[-1]) if inside else (0, 0)


def _amount(text: str, read: Facts, spans: Sequence[tuple[int, int]], at: int) -> Value | None:
    number = _number(read.tokens[at].value)
    before = read.tokens[at - 1].lower if at else ""
    statistic = before in ("p", "n") or text[max(0, spans[at][0] - 2) : spans[at][0]].strip() == "="
    if number is None or statistic or _is_pronoun(read, at) or (before in _LABELS and not is_measured(read, at)):
        return None
    amount, step = number
    last, high = at, amount
    limit = read.tokens[at].limit or _implied(read, at)
    second = _range_end(text, read, spans, at)
    if second:
        last = second
        other = _number(read.tokens[second].value)
        high = other[0] if other else amount
    found = measure(text, read, spans, at, last)
    if found is None:
        return None
    low, high = sorted((amount * found.factor + found.offset, high * found.factor + found.offset))
    vague = bool({before, read.tokens[at - 2].lower if at > 1 else ""} & _ABOUT)
    first = at - 1 if before in CURRENCIES else at
    said = text[spans[first][0] : spans[found.last][1]].rstrip(",")
    return Value(
        kind=found.kind,
        low=low,
        high=high,
        text=said,
        first=first,
        last=found.last,
        unit=found.unit,
        step=step * found.factor,
        limit=limit,
        vague=vague,
        nouns=found.nouns,
        per=found.per,
    )


_BEFORE_PRONOUN = frozenset(
    ["the", "this", "that", "first", "last", "other", "each", "any", "no", "another", "every", "only", "which"]
)


def _is_pronoun(read: Facts, at: int) -> bool:
    """`the first one` and `one of them` count nothing."""
    tokens = read.tokens
    if tokens[at].lower != "one":
        return False
    return (at > 0 and tokens[at - 1].lower in _BEFORE_PRONOUN) or (
        at + 1 < len(tokens) and tokens[at + 1].lower == "of"
    )


def _implied(read: Facts, at: int) -> str:
    """The bound of a number that a word of its clause makes a limit: `allows 60 requests` is 60 at most."""
    said = {token.lower for token in read.tokens if token.clause == read.tokens[at].clause}
    if said & LIMITING:
        return "most"
    return "least" if said & {"minimum", "min"} else ""


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


def comparable(one: Value, other: Value) -> bool:
    """Whether two values measure the same kind of thing in units that can be held against each other."""
    if one.kind != other.kind or one.per != other.per:
        return False
    return one.kind not in ("count", "figure") or bool(one.nouns & other.nouns)


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
