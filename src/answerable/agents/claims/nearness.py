"""Two statements in other words that give one thing two values: vectors say that they mean the same but for these.

Words that agree are not asked for here: staff get what employees are entitled to. What tells cases apart still is.
"""

from typing import Final

from answerable.agents.claims.disagreement import Disagreement, are_partners, same_moment
from answerable.agents.claims.reading import LIGHT_STEMS, Statement, root
from answerable.agents.claims.values import Value, comparable, differ
from answerable.core.statements import stem

LEAST_NEAR: Final = 0.8
"""Least mean of the cosines of two statements with and without their values. Of real pages (2,582 statements of a
product's documentation, a television's manual, this handbook, 274 abstracts) one pair that agrees reached it.
"""
LEAST_ALIKE: Final = 0.5
"""Least cosine of a word to the one that it stands for: staff and employees have .65, founded and made .38."""
_LEFT_OUT: Final = frozenset(["count", "figure", "number", "date"])
"""That a review found eleven studies and another 37 is no contradiction, nor that one thing has two dates."""
_ALL: Final = frozenset(["every", "each", "all", "any", "both"])
_MEASURED = (
    "long wide high deep tall heavy length width height depth weight size maximum minimum max min average mean median"
)
_LIGHT: Final = (LIGHT_STEMS | {root(stem(word)) for word in ("valid", "good", "store", "charge")}) - {
    root(stem(word)) for word in _MEASURED.split()
}
"""What a value is said with, whatever it is a value of: `good for 10 minutes`, `valid for 45`."""
_LEAST_SHARED: Final = 0.3
_PHRASE: Final = 3


def compare_near(one: Statement, mine: Value, other: Statement, theirs: Value) -> Disagreement | None:
    """The disagreement of two statements about the values `mine` and `theirs`, should they mean the same otherwise;
    None where something tells them apart. The first word of each group of `swapped` must mean what one of
    the others means.
    """
    if mine.kind in _LEFT_OUT or not comparable(mine, theirs) or not differ(mine, theirs):
        return None
    if one.own_result or other.own_result or one.row or other.row or one.refers or other.refers:
        return None
    if not are_partners(one, mine, other, theirs) or not same_moment(one, mine, other, theirs):
        return None
    if one.names - other.known - other.context and other.names - one.known - one.context:
        return None
    if not _measures_what(one, mine, other) or not _measures_what(other, theirs, one):
        return None
    shared, ours, others = one.content & other.content, _apart(one, other), _apart(other, one)
    if len(shared) < _LEAST_SHARED * min(len(one.content), len(other.content)):
        return None
    if {len(ours), len(others)} in ({1}, {0, 1}):  # of near copies the one word that differs is the case
        return None
    few, many = sorted((ours, others), key=len)
    return Disagreement(mine.kind, (mine.text, theirs.text), shared, 0.0, tuple((word, *many) for word in few))


def _measures_what(one: Statement, value: Value, other: Statement) -> bool:
    """Whether what the value is an amount of (`28 days of paid leave`) is spoken of by the other one too."""
    tokens = one.facts.tokens
    behind = tokens[value.last + 1 : value.last + 2]
    if not behind or behind[0].lower != "of":
        return True
    places = range(value.last + 2, min(value.last + 2 + _PHRASE, len(tokens)))
    phrase = {one.roots[at] for at in places if tokens[at].content and one.segment[at] == one.segment[value.last]}
    return not phrase or bool(phrase & other.content)


def _apart(one: Statement, other: Statement) -> tuple[str, ...]:
    """The words of one that the other has not, each once."""
    only = one.content - other.content - _LIGHT
    tokens = ((at, token) for at, token in enumerate(one.facts.tokens) if token.lower not in _ALL)
    found = {one.roots[at]: token.lower for at, token in tokens if one.roots[at] in only}
    return tuple(sorted(found.values()))
