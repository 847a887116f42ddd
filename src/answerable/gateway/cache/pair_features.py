"""Two questions side by side as plain numbers: what they share, what stands in only one, in which order.

Pure text work, some 0.3 ms a pair; the facts of a question are kept by `core.facts.read`, so that a candidate which is
compared again costs less.
"""

import math
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import pairwise

from answerable.core.facts import Facts, mismatch, read, stem
from answerable.core.lexicon import opposites, without_denial

NAMES = (
    "cosine",
    "covered_least",
    "covered_most",
    "covered_both",
    "content_shared",
    "words_shared",
    "trigrams",
    "fourgrams",
    "sequence",
    "order",
    "length_ratio",
    "length",
    "length_gap",
    "numbers_equal",
    "negation_equal",
    "names_shared",
    "names_missing",
    "question_word",
    "extra_least",
    "extra_most",
    "extra_weight_most",
    "extra_weight_least",
    "rarest_most",
    "rarest_least",
    "opposite",
    "adds_fact",
    "lacks_fact",
    "first_word",
    "last_word",
    "bigrams",
)
"""The features in the order of `features`; the learned gate knows them by their place."""

_QUESTION_WORDS = frozenset(["what", "why", "how", "when", "where", "who", "which", "whose", "whom"])
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

Rarity = Callable[[str], float]
"""The weight of a stem: 0 for what is in every question, higher for what is in few."""


def features(one: str, other: str, cosine: float, rarity: Rarity) -> list[float]:
    """One number for each of `NAMES`. Symmetric: the order of the two questions means nothing."""
    a, b = read(one), read(other)
    mine, theirs = a.content | a.numbers.keys(), b.content | b.numbers.keys()
    shared, extra = mine & theirs, (mine - theirs, theirs - mine)
    covered = sorted((_share(shared, mine, rarity), _share(shared, theirs, rarity)))
    weights = sorted(sum(map(rarity, side)) for side in extra)
    rarest = sorted(max(map(rarity, side), default=0.0) for side in extra)
    sizes = sorted((len(a.tokens), len(b.tokens)))
    counts = sorted(map(len, extra))
    order_a, order_b = _line(a), _line(b)
    facts = sorted((bool(mismatch(a, b)), bool(mismatch(b, a))))
    return [
        cosine,
        *covered,
        _share(shared, mine | theirs, rarity),
        len(shared) / max(1, len(mine | theirs)),
        len(a.stems & b.stems) / max(1, len(a.stems | b.stems)),
        _dice(_grams(one, 3), _grams(other, 3)),
        _dice(_grams(one, 4), _grams(other, 4)),
        _in_sequence(order_a, order_b),
        _order(order_a, order_b),
        sizes[0] / max(1, sizes[1]),
        sum(sizes),
        sizes[1] - sizes[0],
        numbers(a) == numbers(b),
        denies(a) == denies(b),
        len(a.names & b.names) / len(a.names | b.names) if a.names | b.names else 1.0,
        len(a.names - b.stems) + len(b.names - a.stems),
        _question_word(a) == _question_word(b),
        *counts,
        *reversed(weights),
        *reversed(rarest),
        opposed(a, b),
        facts[1],
        facts[0],
        order_a[:1] == order_b[:1],
        order_a[-1:] == order_b[-1:],
        _jaccard(set(pairwise(order_a)), set(pairwise(order_b))),
    ]


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


def _line(facts: Facts) -> list[str]:
    return [token.stem for token in facts.tokens]


def _share(part: Collection[str], whole: Collection[str], rarity: Rarity) -> float:
    total = sum(map(rarity, whole))
    return sum(map(rarity, part)) / total if total else 1.0


def _question_word(facts: Facts) -> str:
    found = (token.lower.split("'")[0] for token in facts.tokens)
    first = facts.tokens[0].lower if facts.tokens else ""
    return next((word for word in found if word in _QUESTION_WORDS), first)


@lru_cache(maxsize=8_192)
def _grams(text: str, size: int) -> Counter[str]:
    line = f" {' '.join(text.lower().split())} "
    return Counter(line[at : at + size] for at in range(len(line) - size + 1))


def _dice(one: Counter[str], other: Counter[str]) -> float:
    common = sum(min(count, other[gram]) for gram, count in one.items() if gram in other)
    return 2 * common / max(1, one.total() + other.total())


def _in_sequence(one: list[str], other: list[str]) -> float:
    blocks = SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
    return 2 * sum(block.size for block in blocks) / max(1, len(one) + len(other))


def _order(one: list[str], other: list[str]) -> float:
    """Kendall's tau-a (Kendall 1938) of the shared words by where each first stands; 1 with fewer than two."""
    places = [other.index(word) for word in dict.fromkeys(one) if word in other]
    count = len(places)
    turned_pairs = sum(places[i] > places[j] for i in range(count) for j in range(i + 1, count))
    return 1 - 4 * turned_pairs / max(1, count * (count - 1))


def _jaccard(one: set[tuple[str, str]], other: set[tuple[str, str]]) -> float:
    return len(one & other) / max(1, len(one | other))


def inverse_frequency(counts: Mapping[str, int], questions: int) -> Rarity:
    """Rarity as inverse document frequency (Sparck Jones 1972) over so many questions; unknown stems are the rarest."""
    table = {word: math.log((questions + 1) / (count + 0.5)) for word, count in counts.items()}
    unknown = math.log((questions + 1) / 5)
    return lambda word: table.get(word, unknown)
