"""What forbids to answer one question with another's answer, however alike: numbers, denials, opposites, order.

Rules over the facts of two questions; `hit_gate` asks them before its learned part.
"""

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Literal

from answerable.core.facts import Facts, read, stem
from answerable.core.lexicon import opposites, without_denial

Reason = Literal["", "numbers", "negation", "opposite", "order"]
_BARE_DENIAL_TEXT = (
    "isnt arent wasnt werent dont doesnt didnt cant couldnt wont wouldnt shouldnt havent hasnt hadnt aint"
)
_BARE_DENIALS = frozenset(_BARE_DENIAL_TEXT.split())
"""Contractions as people type them."""
_PAIR_TEXT = (
    "for/against right/wrong good/bad good/evil man/woman men/women male/female boy/girl husband/wife father/mother "
    "brother/sister son/daughter his/her he/she him/her love/hate like/dislike rich/poor young/old dead/alive "
    "import/export alternative/same cause/effect north/west north/east south/east south/west"
)


def _stems(table: Mapping[str, Collection[str]]) -> dict[str, frozenset[str]]:
    return {stem(word): frozenset(map(stem, others)) - {stem(word)} for word, others in table.items()}


_OPPOSITES = _stems(opposites())
for _word, _others in _stems(opposites(_PAIR_TEXT.split())).items():
    _OPPOSITES[_word] = _OPPOSITES.get(_word, frozenset()) | _others


def objection(question: str, other: str) -> Reason:
    """The rule that forbids to answer one with the other's answer, whatever the model says; empty when none does."""
    one, two = read(question), read(other)
    if numbers(one) != numbers(two):
        return "numbers"
    if denies(one) != denies(two):
        return "negation"
    if opposed(one, two):
        return "opposite"
    return "order" if turned(one, two) else ""


def denies(facts: Facts) -> bool:
    """Whether anything is denied; `or not` at the end denies nothing."""
    words = [token.lower for token in facts.tokens]
    if not _BARE_DENIALS.isdisjoint(words):
        return True
    return len(facts.denied) > (words[-2:] == ["or", "not"])


def numbers(facts: Facts) -> frozenset[str]:
    """The numbers it names; `one` is mostly a pronoun."""
    return frozenset(token.value for token in facts.tokens if token.value and token.lower != "one")


def opposed(one: Facts, other: Facts) -> bool:
    """Whether a word that only one has says the opposite of a word that only the other has."""
    mine = {token.lower: token.stem for token in one.tokens if token.stem not in other.stems}
    theirs = {token.lower: token.stem for token in other.tokens if token.stem not in one.stems}
    return _says_opposite(mine, theirs) or _says_opposite(theirs, mine)


def _says_opposite(some: Mapping[str, str], others: Mapping[str, str]) -> bool:
    against = frozenset(others.values())
    return any(
        not against.isdisjoint(_OPPOSITES.get(word, ())) or _denied(lower) in against for lower, word in some.items()
    )


def turned(one: Facts, other: Facts) -> bool:
    """Whether the same words of weight stand in another order, with the words between them in their places.

    `from Paris to Rome` for `from Rome to Paris`, `A send B` for `B send A`; `A and B` for `B and A` is no turn.
    """
    a, b = _weighty(one), _weighty(other)
    if sorted(a) != sorted(b) or a == b or len(set(a)) < 2:
        return False
    moved = [place for place, (x, y) in enumerate(zip(a, b, strict=True)) if x != y]
    if len(moved) != 2:
        return False
    return _shape(one) == _shape(other) and not _listed(one, a[moved[0]], a[moved[1]])


def _weighty(facts: Facts) -> list[str]:
    return [token.stem for token in facts.tokens if token.content or token.value]


def _shape(facts: Facts) -> list[str]:
    """The small words, with one mark for every word of weight."""
    return ["*" if token.content or token.value else token.stem for token in facts.tokens]


def _listed(facts: Facts, first: str, last: str) -> bool:
    """Whether only `and`, `or` or `vs` stands between two words, which then have no order."""
    places = {token.stem: at for at, token in enumerate(facts.tokens)}
    low, high = sorted((places[first], places[last]))
    between = {token.lower for token in facts.tokens[low + 1 : high]}
    return bool(between & {"and", "or", "vs", "versus", "nor"}) and not between & {"from", "to", "than", "into"}


@lru_cache(maxsize=20_000)
def _denied(word: str) -> str:
    return stem(without_denial(word)) if without_denial(word) else ""
