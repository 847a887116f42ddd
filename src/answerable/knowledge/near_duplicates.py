"""Collapses passages that say the same thing, so that one text takes one place in the context.

Two passages are the same when their texts share at least `threshold` of their word shingles (Jaccard) and no word
that carries meaning, a number or a name, stands in one of them only. Pure; meant for up to a few hundred passages.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from answerable.core.documents import Passage

SHINGLE = 3
THRESHOLD = 0.9
_WORD = re.compile(r"\w+")
_FILLER_TEXT = "a an the and of is are was were be been it its that this these those which so such please also see"
_FILLERS = frozenset(_FILLER_TEXT.split())
_NEGATIONS = frozenset(["no", "not", "never", "without", "cannot", "none", "nor"])


@dataclass(frozen=True, slots=True)
class Collapsed:
    """`dropped`, a position in the input, repeats the better-ranked `kept`; `similarity` is their Jaccard index."""

    dropped: int
    kept: int
    similarity: float


def collapse(
    passages: Sequence[Passage], threshold: float = THRESHOLD
) -> tuple[tuple[Passage, ...], tuple[Collapsed, ...]]:
    """Passages (best first) without those that repeat an earlier one, and which was collapsed into which."""
    found = find([passage.text for passage in passages], threshold)
    dropped = {pair.dropped for pair in found}
    return tuple(p for position, p in enumerate(passages) if position not in dropped), tuple(found)


def find(texts: Sequence[str], threshold: float = THRESHOLD) -> list[Collapsed]:
    """For each text the first kept text that it repeats. Texts come best first; the first of equals is kept."""
    words = [_WORD.findall(text.casefold()) for text in texts]
    shingles = [_shingles(row) for row in words]
    kept: list[int] = []
    found: list[Collapsed] = []
    sizes = [len(row) for row in shingles]
    for position, mine in enumerate(shingles):
        least, most = threshold * sizes[position], sizes[position] / threshold
        for other in kept:
            if not least <= sizes[other] <= most:  # most pairs end here: the sizes alone tell them apart
                continue
            similarity = _jaccard(mine, shingles[other])
            if similarity >= threshold and not _differ_in_meaning(words[position], words[other]):
                found.append(Collapsed(position, other, similarity))
                break
        else:
            kept.append(position)
    return found


def _shingles(words: Sequence[str]) -> frozenset[tuple[str, ...]]:
    size = min(SHINGLE, max(1, len(words)))
    return frozenset(zip(*(words[shift:] for shift in range(size)), strict=False))


def _jaccard(first: frozenset[tuple[str, ...]], second: frozenset[tuple[str, ...]]) -> float:
    shared = len(first & second)
    return shared / (len(first) + len(second) - shared) if shared else 0.0


def _differ_in_meaning(first: Sequence[str], second: Sequence[str]) -> bool:
    """True when each has a word of its own (one was put in the other's place), or one alone has a number or negation.

    "Excel" for "Access", "error 13" for "error 31": two pages of a manual may differ in just that.
    """
    mine, theirs = Counter(first), Counter(second)
    only_first, only_second = (mine - theirs).keys() - _FILLERS, (theirs - mine).keys() - _FILLERS
    if only_first and only_second:
        return True
    return any(word in _NEGATIONS or any(char.isdigit() for char in word) for word in only_first | only_second)
