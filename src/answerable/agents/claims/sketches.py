"""Statements as they are held against others that say more: words of weight, figures, what stands around a place."""

from collections.abc import Iterable
from typing import NamedTuple

from answerable.agents.claims.reading import GENERIC_STEMS, Statement, root
from answerable.agents.claims.values import Value, comparable, differ, find_figures
from answerable.agents.claims.vocabulary import ABOUT_A_TEXT, DOWN, REPORTING, UP
from answerable.core.statements import stem

UP_STEMS, DOWN_STEMS = (frozenset(stem(word) for word in words) for words in (UP, DOWN))
_ABOUT_A_TEXT = frozenset(root(stem(word)) for word in ABOUT_A_TEXT)
_REPORTING = frozenset(root(stem(word)) for word in REPORTING)
_TURNING = UP_STEMS | DOWN_STEMS
_LIGHT_WEIGHT = 0.3
_BEGINNING = 5
_NEAR = 4


class Sketch(NamedTuple):
    """A statement as it is compared here: words of weight, all its figures, the words of its title that name it."""

    statement: Statement
    words: frozenset[str]
    figures: tuple[Value, ...]
    title: frozenset[str]
    beginnings: frozenset[str]

    def has(self, name: str) -> bool:
        """Whether the statement has a stem, or one that begins alike."""
        return has(self.statement.known, self.beginnings, name)


def sketch(one: Statement) -> Sketch:
    """The statement with what comparisons need of it."""
    figures = find_figures(one.text, one.facts, one.values)
    used = {one.roots[at] for value in figures for at in range(value.first, value.last + 1)}
    used -= {root(noun) for value in figures for noun in value.nouns}
    words = one.content - _REPORTING - used
    return Sketch(one, words, figures, one.title - _ABOUT_A_TEXT, beginnings(one.known))


def share(one: Sketch, other: Sketch) -> float:
    """Share of the words of `one` that `other` has, by weight, in 0..1; the title of `other` may name the subject."""
    words = one.words - _TURNING - (other.statement.title - other.statement.known)
    return share_of(words, frozenset(name for name in words if other.has(name)))


def agrees(one: Sketch, other: Sketch) -> bool:
    """Whether `other`, which has most of the words of `one`, states all figures that `one` does."""
    return bool(one.figures) and all(
        any(comparable(mine, theirs) and not differ(mine, theirs) for theirs in other.figures) for mine in one.figures
    )


def likeness(one: Sketch, first: int, last: int, other: Sketch, start: int, end: int) -> int:
    """How many words stand around both places; the nearest count more than once."""
    widths = (1, 2, _NEAR)
    return sum(len(around(one, first, last, width) & around(other, start, end, width)) for width in widths)


def around(one: Sketch, first: int, last: int, width: int = _NEAR) -> frozenset[str]:
    """The roots of weight next to tokens first..last, on either side."""
    statement = one.statement
    weighty = [at for at, token in enumerate(statement.facts.tokens) if token.content]
    before = [at for at in weighty if at < first][-width:]
    after = [at for at in weighty if at > last][:width]
    inside = [at for at in weighty if first <= at <= last]
    return frozenset(statement.roots[at] for at in (*before, *inside, *after))


def share_of(words: frozenset[str], covered: frozenset[str]) -> float:
    """Share of `words` that `covered` are, by weight: words that name nothing by themselves count less."""
    whole = sum(map(_weight, words))
    return sum(map(_weight, covered)) / whole if whole else 1.0


def _weight(name: str) -> float:
    return _LIGHT_WEIGHT if name in GENERIC_STEMS else 1.0


def has(known: frozenset[str], starts: frozenset[str], name: str) -> bool:
    """Whether one of the stems is `name` or begins alike; `starts` are their beginnings."""
    return name in known or (name[:_BEGINNING] in starts and any(alike_stems(one, name) for one in known))


def beginnings(stems: Iterable[str]) -> frozenset[str]:
    """The beginnings by which stems may be alike."""
    return frozenset(one[:_BEGINNING] for one in stems if len(one) > _BEGINNING)


def alike_stems(one: str, other: str) -> bool:
    """Whether two stems begin alike: `prolong` and `prolongat`, `mutat` and `mutant`."""
    short, long = sorted((one, other), key=len)
    return one == other or (len(short) > _BEGINNING and long.startswith(short[:-1]))
