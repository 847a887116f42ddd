"""Whether two statements are about the same thing: subject, names, conditions, and words in the place of others."""

from typing import NamedTuple

from answerable.agents.claims.measures import CURRENCIES
from answerable.agents.claims.reading import GENERIC_STEMS, LIGHT_STEMS, Statement, root
from answerable.agents.claims.values import Value
from answerable.agents.claims.vocabulary import CONDITIONS, DIMENSIONS, ONCE, PREDICATES
from answerable.core import facts
from answerable.core.lexicon import NEGATORS
from answerable.core.statements import stem

ONCE_STEMS = frozenset(root(stem(word)) for word in ONCE)
DIMENSION_STEMS = frozenset(root(stem(word)) for word in DIMENSIONS)
PREDICATE_STEMS = frozenset(stem(word) for word in PREDICATES)
_DENIALS = frozenset(root(stem(word)) for word in NEGATORS)
_VERBS_TEXT = "is are was were has have had can may must will should weighs costs lasts"
_VERBS = frozenset(_VERBS_TEXT.split())
_BEGINNING = 4


class Alike(NamedTuple):
    """The stems that two statements `shared`, the share of each that the other `covered` (their mean), and words that
    stand in the place of others."""

    shared: frozenset[str]
    covered: float
    swapped: tuple[tuple[str, str], ...]


def alike(
    one: Statement, core: frozenset[str], other: Statement, their_core: frozenset[str], least: float, once: bool = False
) -> Alike | None:
    """How the two are about one thing; None where a qualifier tells them apart, or one has less than `least` of the
    other's `core`. `once`: said of what happens once, so that a place that only one names is no qualifier.
    """
    core, their_core = core - _DENIALS, their_core - _DENIALS
    shared = (core & other.content) | (their_core & one.content)
    if not core or not their_core or not shared:
        return None
    covered = len(core & other.content) / len(core), len(their_core & one.content) / len(their_core)
    if min(covered) < least or not _same_subject(one, other, shared):
        return None
    mine, theirs = core - other.content, their_core - one.content
    if not _same_names(one, mine, other, theirs, once) or not _same_conditions(one, mine, other, theirs):
        return None
    return Alike(shared, sum(covered) / 2, _swapped(one, mine, other, theirs))


def _swapped(
    one: Statement, mine: frozenset[str], other: Statement, theirs: frozenset[str]
) -> tuple[tuple[str, str], ...]:
    """Words of the one that stand beside the same word as words of the other do: `long` and `short` values."""
    ours, others = _neighbours(one, mine - LIGHT_STEMS), _neighbours(other, theirs - LIGHT_STEMS)
    return tuple(sorted({(a, b) for a, beside in ours for b, there in others if beside & there}))


def _neighbours(one: Statement, extra: frozenset[str]) -> list[tuple[str, set[tuple[int, str]]]]:
    tokens = one.facts.tokens
    weighty = [at for at, token in enumerate(tokens) if token.content or token.value]
    found = []
    for number, at in enumerate(weighty):
        if one.roots[at] in extra:
            before = (-1, one.roots[weighty[number - 1]] if number else "")
            after = (1, one.roots[weighty[number + 1]] if number + 1 < len(weighty) else "")
            found.append((tokens[at].lower, {before, after}))
    return found


def governors(one: Statement, mine: Value, other: Statement, theirs: Value) -> tuple[tuple[str, str], ...]:
    """The words that two values depend on, where neither statement has the other's: `charges in`, `lasts`."""
    at, place = _governor(one, mine), _governor(other, theirs)
    if at is None or place is None or one.roots[at] in other.known or other.roots[place] in one.known:
        return ()
    if (one.roots[at] in LIGHT_STEMS and other.roots[place] in LIGHT_STEMS) or mine.kind in CURRENCIES:
        return ()
    return ((one.facts.tokens[at].lower, other.facts.tokens[place].lower),)


def _governor(one: Statement, value: Value) -> int | None:
    clause = one.segment[value.first]
    return next(
        (
            at
            for at in range(value.first - 1, -1, -1)
            if one.segment[at] == clause and one.facts.tokens[at].content and one.roots[at] in one.content
        ),
        None,
    )


def narrower(one: Statement, extra: frozenset[str], shared: frozenset[str]) -> bool:
    """Whether its subject has a word more beside a shared one, before its verb: `the Amari metropolitan area is`."""
    tokens = one.facts.tokens
    verb = next((at for at, token in enumerate(tokens) if token.lower in _VERBS), 0)
    for at in range(verb):
        if one.roots[at] in extra - GENERIC_STEMS - PREDICATE_STEMS and at not in _titles(one):
            before = at > 0 and one.roots[at - 1] in shared and tokens[at].joined
            after = at + 1 < verb and one.roots[at + 1] in shared and tokens[at + 1].joined
            if before or after:
                return True
    return False


def _titles(one: Statement) -> frozenset[int]:
    return frozenset(at for at, name in enumerate(one.roots) if name in one.names)


def _same_subject(one: Statement, other: Statement, shared: frozenset[str]) -> bool:
    """Whether the words in common name a thing, or the titles do where the sentences only refer to it."""
    specific = shared - GENERIC_STEMS - ONCE_STEMS
    titles = (one.title & other.title) - GENERIC_STEMS
    if one.refers or other.refers:
        return bool(titles) and one.title == other.title and bool(shared)
    return bool(specific) or (bool(titles) and one.title == other.title and len(shared) > 1)


def _known_as(name: str, other: Statement) -> bool:
    """Whether a statement, its title or its headings have a name, or one that begins like it (Danish, Denmark)."""
    if name in other.known or name in other.context:
        return True
    return len(name) > _BEGINNING and any(theirs[:_BEGINNING] == name[:_BEGINNING] for theirs in other.names)


def _same_names(
    one: Statement, mine: frozenset[str], other: Statement, theirs: frozenset[str], once: bool = False
) -> bool:
    ours = {name for name in one.names if not _known_as(name, other)}
    others = {name for name in other.names if not _known_as(name, one)}
    if ours & mine and others & theirs:
        return False
    for names, statement in ((ours & mine, one), (others & theirs, other)):
        for name in names:
            if any(letter.isdigit() for letter in name):
                return False
            if statement.roots.index(name) in statement.qualified and not once:
                return False
    if ours & mine or others & theirs:
        return bool(one.names & other.names)
    return True


def _same_conditions(one: Statement, mine: frozenset[str], other: Statement, theirs: frozenset[str]) -> bool:
    """Whether neither side has a condition of its own, nor both a phrase that the other lacks."""
    if _has_other_head(one, mine) or _has_other_head(other, theirs):
        return False
    phrases = []
    for statement, extra, rival in ((one, mine, other), (other, theirs, one)):
        own = {name for name in extra - LIGHT_STEMS if not (name in statement.names and _known_as(name, rival))}
        openers = {word for at, word in statement.qualified.items() if statement.roots[at] in own}
        if openers & CONDITIONS:
            return False
        phrases.append(bool(openers - {"by"}))
    if all(phrases) or _measures_another_way(one, other):
        return False
    ours = [token for at, token in enumerate(one.facts.tokens) if one.roots[at] in mine]
    others = [token for at, token in enumerate(other.facts.tokens) if other.roots[at] in theirs]
    return not any(facts.are_opposite(a, b) for a in ours for b in others)


def _measures_another_way(one: Statement, other: Statement) -> bool:
    """Length against width: each names a dimension, and they share none."""
    ours, theirs = one.known & DIMENSION_STEMS, other.known & DIMENSION_STEMS
    return bool(ours) and bool(theirs) and not ours & theirs


def _has_other_head(one: Statement, extra: frozenset[str]) -> bool:
    """`the box of the phone` is no phone: a word of its own that a shared one only belongs to."""
    tokens = one.facts.tokens
    return any(
        one.roots[at] in extra - GENERIC_STEMS - ONCE_STEMS and tokens[at + 1].lower == "of" and at < len(tokens) // 2
        for at, token in enumerate(tokens[:-1])
    )
