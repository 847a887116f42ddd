"""One question taken apart for comparison: its words and their weights, small words, the kind of answer it asks for.

Everything that does not depend on the other question is worked out here once and kept, so that comparing costs little.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from answerable.core.facts import Facts, read

Rarity = Callable[[str], float]
"""The weight of a stem: 0 for what is in every question, higher for what is in few."""

_CLASS_TEXT = {
    "question": "what why how when where who which whose whom",
    "self": "i my me myself mine",
    "reader": "you your yourself yours",
    "anyone": "we one people someone anyone us our person somebody everyone",
    "others": "he she his her him they their them",
    "praise": "best top greatest most favorite favourite good great better worst least",
    "modal": "can could should would will must may might shall",
    "being": "is are was were am be been being",
    "doing": "do does did",
    "past": "was were did had been",
    "future": "will would shall",
    "pointing": "the a an this that these those",
    "amount": "some any few several many all every each most much more lot",
    "place": (
        "in on at for from with without by of to into about over under between during after before through against"
    ),
    "joining": "and or but if when while than as because so",
    "time": (
        "now today new latest current currently still ever yet recently recent future already first last next daily old"
    ),
}
CLASSES = tuple(_CLASS_TEXT)
"""Closed classes of small English words; a word that stands in one question alone counts for its classes."""
_CLASSES_OF: dict[str, list[int]] = {}
for _place, _text in enumerate(_CLASS_TEXT.values()):
    for _word in _text.split():
        _CLASSES_OF.setdefault(_word, []).append(_place)

KINDS = (
    "way",
    "amount",
    "working",
    "how",
    "difference",
    "choice",
    "reason",
    "what",
    "which",
    "when",
    "where",
    "who",
    "yes or no",
    "other",
)
"""What kind of answer a question asks for, neighbours being the likeliest to be mixed up."""
_AMOUNTS = frozenset(
    ["much", "many", "long", "old", "far", "often", "big", "tall", "hard", "difficult", "fast", "important", "safe"]
)
_ASKED_BY = frozenset(["i", "you", "we", "one", "someone", "people"])
_HELPERS = frozenset(["do", "can", "should", "could", "would", "does", "did", "will"])
_OPENING_TEXT = "is are was were am do does did can could should would will must may might shall has have had"
_OPENS_YES_OR_NO = frozenset(_OPENING_TEXT.split())
_CHOICE = frozenset(["best", "top", "greatest", "favorite", "favourite", "good", "great", "better"])
_WAY = re.compile(r"\b(?:ways?|methods?|steps?|process|procedure)\b")
_REASON = re.compile(r"\b(?:reasons?|causes?|why)\b")
_BEGINS_WITHIN = 6
"""The word that asks stands among the first words; later ones open a clause."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """`stems` in order, `weights` of the words of content and the numbers, `lowers` as written, `asks` a place in
    KINDS, `classes` one bit for each of CLASSES that has a word in it."""

    facts: Facts
    stems: tuple[str, ...]
    weights: Mapping[str, float]
    total: float
    content: tuple[str, ...]
    lowers: frozenset[str]
    forms: Mapping[str, str]
    trigrams: frozenset[str]
    bigrams: frozenset[tuple[str, str]]
    first_at: Mapping[str, int]
    names: frozenset[str]
    force: tuple[str, ...]
    asks: int
    classes: int
    questions: int
    sentences: int
    clauses: int


@lru_cache(maxsize=8_192)
def sketch(text: str, rarity: Rarity) -> Sketch:
    """Kept for the questions seen last."""
    facts = read(text)
    tokens = facts.tokens
    lowers = [token.lower for token in tokens]
    stems = tuple(token.stem for token in tokens)
    weights = {stem: rarity(stem) for stem in facts.content | facts.numbers.keys()}
    return Sketch(
        facts=facts,
        stems=stems,
        weights=weights,
        total=sum(weights.values()),
        content=tuple(token.stem for token in tokens if token.content or token.value),
        lowers=frozenset(lowers),
        forms={token.stem: token.lower for token in tokens if token.content},
        trigrams=_trigrams(text),
        bigrams=frozenset(pairwise(stems)),
        first_at={stem: places[0] for stem, places in facts.places.items()},
        names=facts.names,
        force=tuple(sorted(facts.force.values())),
        asks=KINDS.index(_asks(lowers)),
        classes=sum({1 << place for word in lowers for place in classes_of(word)}),
        questions=text.count("?"),
        sentences=tokens[-1].sentence if tokens else 0,
        clauses=tokens[-1].clause if tokens else 0,
    )


def classes_of(word: str) -> Sequence[int]:
    """The places in CLASSES of the classes that a word belongs to."""
    return _CLASSES_OF.get(word, ())


def _asks(lowers: Sequence[str]) -> str:
    """One of KINDS, by the word that asks and the words that follow it."""
    found = next((at for at, word in enumerate(lowers[:_BEGINS_WITHIN]) if word.split("'")[0] in _ASKING), None)
    if found is None:
        return "yes or no" if lowers[:1] and lowers[0] in _OPENS_YES_OR_NO else "other"
    return _ASKING[lowers[found].split("'")[0]](lowers, found)


def _how(lowers: Sequence[str], at: int) -> str:
    following = [*lowers[at + 1 : at + 3], "", ""]
    if following[0] in _AMOUNTS:
        return "amount"
    if following[0] == "to" or (following[0] in _HELPERS and following[1] in _ASKED_BY):
        return "way"
    return "working" if following[0] in _HELPERS else "how"


def _what(lowers: Sequence[str], _: int) -> str:
    line = " ".join(lowers)
    if _WAY.search(line):
        return "way"
    if "differ" in line:
        return "difference"
    if not _CHOICE.isdisjoint(lowers):
        return "choice"
    return "reason" if _REASON.search(line) else "what"


def _which(lowers: Sequence[str], _: int) -> str:
    return "which" if _CHOICE.isdisjoint(lowers) and "most" not in lowers else "choice"


_ASKING: dict[str, Callable[[Sequence[str], int], str]] = {
    "how": _how,
    "what": _what,
    "which": _which,
    "why": lambda *_: "reason",
    "when": lambda *_: "when",
    "where": lambda *_: "where",
    **dict.fromkeys(["who", "whose", "whom"], lambda *_: "who"),
}


def _trigrams(text: str) -> frozenset[str]:
    line = f" {' '.join(text.lower().split())} "
    return frozenset(line[at : at + 3] for at in range(len(line) - 2))


def inverse_frequency(counts: Mapping[str, int], questions: int) -> Rarity:
    """Rarity as inverse document frequency (Sparck Jones 1972) over so many questions; unknown stems are the rarest."""
    table = {word: math.log((questions + 1) / (count + 0.5)) for word, count in counts.items()}
    unknown = math.log((questions + 1) / 5)
    return lambda word: table.get(word, unknown)
