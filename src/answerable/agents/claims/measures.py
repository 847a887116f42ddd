"""What a number measures: its unit, currency or noun, by the words behind and before it."""

from collections.abc import Sequence
from typing import NamedTuple

from answerable.agents.units import UNITS
from answerable.core.statements import Facts

_AMBIGUOUS = frozenset(["in", "st", "us", "at", "au", "a", "ct", "b", "d", "kn", "um", "'", '"', "ps", "c", "f", "cup"])
"""Unit names that stand behind a number as ordinary words more often than as units (upper case C and F are units)."""
CURRENCIES = {
    **dict.fromkeys(["$", "dollar", "dollars", "usd"], "$"),
    **dict.fromkeys(["€", "euro", "euros", "eur"], "€"),
    **dict.fromkeys(["£", "gbp", "sterling"], "£"),
    **dict.fromkeys(["¥", "yen", "jpy"], "¥"),
}
_SIGNS = "$€£¥"
_SUFFIXES = {"k": 1e3, "m": 1e6, "mn": 1e6, "bn": 1e9, "b": 1e9}
_SCALES = frozenset(["hundred", "thousand", "million", "billion", "trillion"])
_VALUED_LABELS = frozenset(["port", "channel", "room", "gate", "platform", "extension", "floor"])
_NO_NOUN_TEXT = (
    "million billion thousand hundred percent per more less fewer or times time other others different such new old "
    "first last next total few many several"
)
_NO_NOUN = frozenset(_NO_NOUN_TEXT.split())
_STATING_TEXT = (
    "is are was were be equals equal = to of at default as from than least most exceeds exceed over under below above"
)
_STATING = frozenset(_STATING_TEXT.split())
_PER = frozenset(["per", "each", "every", "a", "an"])
_MULTIPLES = frozenset(["times", "fold"])
_PEOPLE = frozenset(["peopl", "inhabitant", "resident", "person"])
_HEADS = frozenset(["peopl"])
_LONGEST_NOUN = 4


class Measure(NamedTuple):
    """`value * factor + offset` is in the base unit of the kind; `last` is the last token; the rest as in Value."""

    kind: str
    last: int
    unit: str = ""
    factor: float = 1.0
    offset: float = 0.0
    nouns: frozenset[str] = frozenset()
    per: str = ""


def measure(text: str, read: Facts, spans: Sequence[tuple[int, int]], at: int, last: int) -> Measure | None:
    """What the number at tokens at..last measures; None where nothing says so."""
    value = read.tokens[at].value
    if "%" in value or "%" in read.tokens[last].value:
        return Measure("%", last + (_word(read, last + 1) in ("percent", "%")), "%")
    if last + 1 < len(spans) and text[slice(*spans[last + 1])] == "°":
        last += 1
    scale = 1.0
    while _word(read, last + 1) in _SCALES or _is_suffix(read, last):
        scale = _SUFFIXES.get(_word(read, last + 1), scale)
        last += 1
    if _word(read, last + 1) in _MULTIPLES:
        return Measure("times", last + 1, per=_rate(read, last + 1)[0])
    found = _money(read, at, last) or _in_unit(text, read, spans, last) or _counted(read, last) or _bare(read, at, last)
    return found and found._replace(factor=found.factor * scale)


def is_measured(read: Facts, at: int) -> bool:
    """Whether a unit stands behind the number at `at`."""
    after = _word(read, at + 1)
    return after in UNITS and after not in _AMBIGUOUS


def _word(read: Facts, at: int) -> str:
    return read.tokens[at].lower if 0 <= at < len(read.tokens) else ""


def _is_suffix(read: Facts, last: int) -> bool:
    """`$5M`: a scale glued to an amount of money."""
    value = read.tokens[last].value
    return bool(value) and value[0] in _SIGNS and _word(read, last + 1) in _SUFFIXES


def _money(read: Facts, at: int, last: int) -> Measure | None:
    value, behind = read.tokens[at].value, CURRENCIES.get(_word(read, last + 1), "")
    money = value[0] if value[0] in _SIGNS else CURRENCIES.get(_word(read, at - 1), "") or behind
    per, end = _rate(read, last + bool(behind))
    return Measure(money, end, money, per=per) if money else None


def _in_unit(text: str, read: Facts, spans: Sequence[tuple[int, int]], last: int) -> Measure | None:
    raw = [text[start:end] for start, end in spans[last + 1 : last + 3]]
    if not raw or read.tokens[last + 1].clause != read.tokens[last].clause:
        return None
    joined = "_".join(raw)
    name = joined if joined in UNITS else raw[0]
    unit = UNITS.get(name) if name.lower() not in _AMBIGUOUS or name in ("C", "F") else None
    unit = unit or (UNITS.get(name.lower()) if len(name) > 3 else None)
    if unit is None:
        return None
    per, end = _rate(read, last + (len(raw) if name == joined else 1))
    return Measure(unit.kind, end, unit.name, float(unit.factor), float(unit.offset * unit.factor), per=per)


def _counted(read: Facts, last: int) -> Measure | None:
    """A number of things: what is counted, and per what."""
    nouns, end = _noun(read, last)
    if not nouns:
        return None
    if nouns <= _PEOPLE and _speaks_of(read, "population"):
        return Measure("count", last, nouns=_HEADS)
    per, end = _rate(read, end)
    unit = UNITS.get(per)
    if unit is not None and unit.kind == "time":
        return Measure("count", end, factor=1 / float(unit.factor), nouns=nouns, per="time")
    return Measure("count", last, nouns=nouns, per=per)


def _bare(read: Facts, at: int, last: int) -> Measure | None:
    """A number alone: of a port or room, a population, or what its sentence says of something: `the default is 8`."""
    label = next((token.lower for token in read.tokens if token.lower in _VALUED_LABELS), "")
    if label:
        return Measure(label, last)
    if _word(read, at - 1) not in _STATING:
        return None
    return Measure("count", last, nouns=_HEADS) if _speaks_of(read, "population") else Measure("number", last)


def _speaks_of(read: Facts, word: str) -> bool:
    return any(token.lower == word for token in read.tokens)


def _rate(read: Facts, end: int) -> tuple[str, int]:
    """What an amount is a rate of (`per minute`), and the last token of it."""
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
