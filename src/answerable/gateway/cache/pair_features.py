"""Two questions side by side as plain numbers: what they share, what stands in only one, in which order.

Pure text work on two sketches; every feature is symmetric in the two questions.
"""

from collections.abc import Mapping, Sequence

from answerable.gateway.cache.sketch import CLASSES, Rarity, Sketch, classes_of, sketch

_SPREAD = (
    "total",
    "tokens",
    "contents",
    "questions",
    "sentences",
    "clauses",
    "names",
    "asks",
    "covered",
    "extra_words",
    "extra_weight",
    "extra_rarest",
)
"""Figures of which each question has one: the smaller and the larger are features."""

NAMES = (
    "cosine",
    *(f"{name}_{side}" for name in _SPREAD for side in ("least", "most")),
    "covered_both",
    "content_shared",
    "words_shared",
    "trigrams",
    "bigrams",
    "order",
    "shared_weight",
    "shared_rarest",
    "shared_words",
    "rarest_apart",
    "names_shared",
    "names_apart",
    "names_apart_weight",
    "forms_differ",
    "kind_equal",
    "force_equal",
    "quantifiers_apart",
    "first_word",
    "first_content",
    "last_content",
    "last_two_content",
    "content_in_order",
    "same_start",
    "same_end",
    "middle_least",
    "middle_most",
    "middle_weight_least",
    "middle_weight_most",
    *(f"{name}_words_apart" for name in CLASSES),
    *(f"{name}_in_one" for name in CLASSES),
)
"""The features in the order of `features`; the learned gate knows them by their place."""


def features(one: str, other: str, cosine: float, rarity: Rarity) -> list[float]:
    """One number for each of `NAMES`. Symmetric: the order of the two questions means nothing."""
    a, b = sketch(one, rarity), sketch(other, rarity)
    return [cosine, *_spread(a, b), *_shared(a, b), *_small_words(a, b)]


def _spread(a: Sketch, b: Sketch) -> list[float]:
    found: list[float] = []
    for mine, theirs in zip(_own(a, b), _own(b, a), strict=True):
        found += (mine, theirs) if mine <= theirs else (theirs, mine)
    return found


def _own(a: Sketch, b: Sketch) -> Sequence[float]:
    """The figures of `_SPREAD` for the first of two questions."""
    extra = [weight for stem, weight in a.weights.items() if stem not in b.weights]
    missing = sum(extra)
    return (
        a.total,
        len(a.stems),
        len(a.content),
        a.questions,
        a.sentences,
        a.clauses,
        len(a.names),
        a.asks,
        1 - missing / a.total if a.total else 1.0,
        len(extra),
        missing,
        max(extra, default=0.0),
    )


def _shared(a: Sketch, b: Sketch) -> list[float]:
    shared = [weight for stem, weight in a.weights.items() if stem in b.weights]
    weight, union = sum(shared), len(a.weights) + len(b.weights) - len(shared)
    apart = (a.names - b.facts.stems) | (b.names - a.facts.stems)
    return [
        weight / max(1e-9, a.total + b.total - weight) if union else 1.0,
        len(shared) / max(1, union),
        _jaccard(a.facts.stems, b.facts.stems),
        _jaccard(a.trigrams, b.trigrams),
        _jaccard(a.bigrams, b.bigrams),
        _order(a.first_at, b.first_at),
        weight,
        max(shared, default=0.0),
        len(shared),
        _rarest_apart(a.weights, b.weights),
        _jaccard(a.names, b.names),
        len(apart),
        sum(a.weights.get(stem) or b.weights.get(stem, 0.0) for stem in apart),
        sum(form != b.forms.get(stem, form) for stem, form in a.forms.items()),
        a.asks == b.asks,
        a.force == b.force,
        len(a.facts.quantifiers ^ b.facts.quantifiers),
        a.stems[:1] == b.stems[:1],
        a.content[:1] == b.content[:1],
        a.content[-1:] == b.content[-1:],
        a.content[-2:] == b.content[-2:],
        a.content == b.content,
        *_ends(a, b),
    ]


def _rarest_apart(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """The weight of the second rarest word that stands in one question alone: a swap needs two."""
    apart = sorted([one[stem] for stem in one.keys() - other.keys()] + [other[s] for s in other.keys() - one.keys()])
    return apart[-2] if len(apart) > 1 else 0.0


def _ends(a: Sketch, b: Sketch) -> list[float]:
    """How many words in a row are equal at the start and at the end, and what lies between in each question."""
    start = _run(a.stems, b.stems)
    end = _run(a.stems[start:][::-1], b.stems[start:][::-1])
    left = [one.stems[start : len(one.stems) - end] for one in (a, b)]
    sizes = sorted(map(len, left))
    weights = sorted(sum(one.weights.get(s, 0.0) for s in part) for one, part in zip((a, b), left, strict=True))
    return [start, end, *sizes, *weights]


def _run(one: Sequence[str], other: Sequence[str]) -> int:
    """How many words are equal before the first that differs."""
    count = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        count += 1
    return count


def _small_words(a: Sketch, b: Sketch) -> list[float]:
    counts = [0] * len(CLASSES)
    for word in a.lowers ^ b.lowers:
        for place in classes_of(word):
            counts[place] += 1
    differ = a.classes ^ b.classes
    return [*counts, *((differ >> place) & 1 for place in range(len(CLASSES)))]


def _order(one: Mapping[str, int], other: Mapping[str, int]) -> float:
    """Kendall's tau-a (Kendall 1938) of the shared words by where each first stands; 1 with fewer than two."""
    places = [other[word] for word in one if word in other]
    count = len(places)
    turned_pairs = sum(places[i] > later for i in range(count) for later in places[i + 1 :])
    return 1 - 4 * turned_pairs / max(1, count * (count - 1))


def _jaccard(one: frozenset[object], other: frozenset[object]) -> float:
    shared = len(one & other)
    return shared / max(1, len(one) + len(other) - shared) if one or other else 1.0
