"""Whether a sentence says again what a longer one says, but for one thing, so that both cannot be right.

`disagreement.py` wants two sentences of one make. Here one may be short and the other say more, so that what decides is
how much of the shorter the other has, and what ties the two: one document behind both, a figure that both have, a name.
"""

from typing import NamedTuple

from answerable.agents.claims.differences import (
    Difference,
    Tie,
    find_denial,
    find_direction,
    find_name,
    find_value,
    opposed,
)
from answerable.agents.claims.disagreement import Disagreement
from answerable.agents.claims.reading import GENERIC_STEMS, LIGHT_STEMS, Statement, root
from answerable.agents.claims.sameness import ONCE_STEMS
from answerable.agents.claims.sketches import Sketch, has, share_of
from answerable.agents.claims.vocabulary import CONDITIONS, REVERSING
from answerable.core.statements import Token, stem

Background = tuple[frozenset[str], frozenset[str]]
"""Stems of a document, and their beginnings."""

_REVERSING = frozenset(root(stem(word)) for word in REVERSING)
_LONG_TITLE = 3
_DIGITS = 3
_WHOLE, _FEWEST_OF_ALL = 0.95, 2
"""A clause that both have to the word needs no word that names something, where one document stands behind both."""


class _Least(NamedTuple):
    """What a tie asks for: shares of the shorter sentence that the other has, by itself and with its document, of the
    other's clause that the shorter has, and words in common that name something."""

    said: float
    known: float
    back: float
    specific: int


_LEAST: dict[Tie, _Least] = {
    "document": _Least(0.5, 0.75, 0.3, 2),
    "figure": _Least(0.7, 0.8, 0.4, 2),
    "words": _Least(0.85, 0.85, 0.5, 3),
}


def tie(one: Sketch, other: Sketch) -> Tie:
    """What makes the two speak of one thing: one document (or a text about it), a figure of both, only their words."""
    if one.statement.document == other.statement.document or _of_one_title(one, other):
        return "document"
    return "figure" if _common_figure(one, other) else "words"


def _of_one_title(one: Sketch, other: Sketch) -> bool:
    small, large = sorted((one.title, other.title), key=len)
    if small and small == large:
        return True
    if len(small) >= _LONG_TITLE and small <= large and small - GENERIC_STEMS:
        return True
    return _names_it(one, other) or _names_it(other, one)


def _names_it(one: Sketch, other: Sketch) -> bool:
    """Whether a sentence has all words of the other's title."""
    name = other.title - GENERIC_STEMS
    return len(name) >= _LONG_TITLE and all(one.has(word) for word in name)


def _common_figure(one: Sketch, other: Sketch) -> bool:
    """A number of three digits or more that both have of the same thing; a year is no such number."""
    return any(
        mine.kind == theirs.kind
        and mine.kind != "date"
        and mine.low == mine.high == theirs.low == theirs.high
        and sum(letter.isdigit() for letter in mine.text.strip("0. ")) >= _DIGITS
        and (mine.nouns & theirs.nouns or not mine.nouns)
        for mine in one.figures
        for theirs in other.figures
    )


def compare_restated(one: Sketch, other: Sketch, tied: Tie, background: Background) -> Disagreement | None:
    """What `one` says otherwise than `other`, which says more; None where there is nothing, or they differ in more.

    `background` are the stems of the document of `other`: what is said there of its subject needs no repeating.
    """
    if one.statement.row or other.statement.row:
        return None
    if tied == "words" and (one.statement.refers or other.statement.refers):
        return None
    missing = frozenset(name for name in one.words if not other.has(name))
    for find in (find_value, find_direction, find_denial, find_name):
        found = find(one, other, tied)
        if found is None:
            continue
        covered = _covered(one, other, tied, missing, background, found)
        return None if covered is None else Disagreement(found.kind, found.values, one.words - missing, covered)
    return None


def _covered(
    one: Sketch, other: Sketch, tied: Tie, missing: frozenset[str], background: Background, found: Difference
) -> float | None:
    """How far the two say the same but for the difference, 0..1; None where that is too little, or something else
    explains the difference."""
    least, apart, place = _LEAST[tied], found.apart, found.place
    subject = (other.statement.title if tied == "document" else frozenset()), one.statement.title
    mine = one.words - apart[0] - (missing & subject[0])
    clause = _clause(other, place) - apart[1]
    shared = mine - missing
    own = frozenset(name for name in missing & mine if not has(background[0], background[1], name))
    extra = frozenset(name for name in clause if not one.has(name))
    if tied == "document":
        extra -= subject[1]
    said, back = share_of(mine, shared), share_of(clause, clause - extra)
    if said < least.said or share_of(mine, mine - own) < least.known or back < least.back:
        return None
    whole = tied == "document" and min(said, back) >= _WHOLE and len(shared) >= _FEWEST_OF_ALL
    if not whole and len(shared - GENERIC_STEMS - ONCE_STEMS) < least.specific:
        return None
    if _explains(one.statement, own, longer=False):
        return None
    if _explains(other.statement, extra, longer=tied == "document"):
        return None
    head = (other.statement.core(place, place) & other.words) - clause - apart[1]
    if tied != "document" and head and not head & one.words:
        return None
    ours, others = _only(one, other, apart[0]), _only(other, one, apart[1])
    if any(opposed(a, b) for a in ours for b in others):
        return None
    return (said + max(said, back)) / 2


def _clause(one: Sketch, at: int) -> frozenset[str]:
    segment = one.statement.segment
    return frozenset(name for k, name in enumerate(one.statement.roots) if segment[k] == segment[at]) & one.words


def _only(one: Sketch, other: Sketch, apart: frozenset[str]) -> list[Token]:
    known = other.statement.facts.stems
    tokens = enumerate(one.statement.facts.tokens)
    return [token for at, token in tokens if token.stem not in known and one.statement.roots[at] not in apart]


def _explains(one: Statement, extra: frozenset[str], *, longer: bool) -> bool:
    """Whether words that only one side has make it another case: they turn it round, name something, or set a
    condition."""
    if extra & _REVERSING:
        return True
    if longer:  # what the longer text says more of its own subject
        return False
    if extra & one.names:
        return True
    return any(one.qualified.get(at) in CONDITIONS for at, name in enumerate(one.roots) if name in extra - LIGHT_STEMS)
