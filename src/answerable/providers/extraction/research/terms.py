"""The words of weight of a text in any script, as terms that can be compared; and how rare each of them is.

English words are stemmed as the verifier does it, Cyrillic ones lose their endings, those of other alphabets what is
behind their beginning; writing without spaces gives pairs of characters.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from answerable.core import facts
from answerable.core.folding import is_unspaced, words_of

_KEPT_LETTERS = 7
_CYRILLIC_ENDING = re.compile(
    r"(?<=[а-яё]{3})(?:ами|ями|ого|его|ому|ему|ыми|ими|ов|ев|ей|ой|ий|ый|ая|яя|ое|ее|ые|ие|их|ых|ам|ям|ах|ях|ом|ем|ую|юю"
    r"|[аяоеыиуюьй])$"
)
"""Endings of nouns and adjectives, the commonest of Slavic writing."""
_ENGLISH_SHARE = 0.2
"""Of the words of English prose 30 to 50 in 100 are stop words; of other languages' and of lists of names, few are."""


@lru_cache(maxsize=8_192)
def terms(text: str) -> frozenset[str]:
    """Each term once; stop words are left out."""
    if text.isascii():
        return frozenset(
            facts.stem(word) for word in facts.words(text) if word[0].isalnum() and word.lower() not in facts.STOP_WORDS
        )
    words = words_of(text)
    found: set[str] = set()
    for at, word in enumerate(words):
        if is_unspaced(word):
            if at and is_unspaced(words[at - 1]):
                found.add(words[at - 1] + word)
        elif word not in facts.STOP_WORDS and len(word) > 1:
            found.add(facts.stem(word) if word.isascii() else _CYRILLIC_ENDING.sub("", word)[:_KEPT_LETTERS])
    return frozenset(found)


def size(text: str) -> int:
    """How many words a text has; two characters of a script without spaces count as one."""
    if text.isascii():
        return len(facts.words(text))
    words = words_of(text)
    unspaced = sum(is_unspaced(word) for word in words)
    return len(words) - unspaced + (unspaced + 1) // 2


def is_english(texts: Iterable[str]) -> bool:
    """Whether texts read like English, so that words of the engine's own may stand beside them."""
    words = [word for text in texts for word in words_of(text)]
    return bool(words) and sum(word in facts.STOP_WORDS for word in words) >= _ENGLISH_SHARE * len(words)


class Rarity:
    """Weights of terms: the rarer among `texts`, the heavier (inverse document frequency, as BM25 smooths it)."""

    def __init__(self, texts: Iterable[frozenset[str]]) -> None:
        listed = list(texts)
        self._texts = len(listed)
        self._seen = Counter(term for one in listed for term in one)

    def weight(self, term: str) -> float:
        """At least 0; a term that no text has weighs most."""
        seen = self._seen[term]
        return math.log(1 + (self._texts - seen + 0.5) / (seen + 0.5))

    def seen(self, term: str) -> int:
        """How many texts have it."""
        return self._seen[term]

    def total(self, some: Iterable[str]) -> float:
        """The weight of terms together; exact, so that the order of a set changes nothing."""
        return math.fsum(self.weight(term) for term in some)

    def share(self, wanted: frozenset[str], has: frozenset[str]) -> float:
        """How much of the weight of `wanted` is in `has`, in 0..1."""
        whole = self.total(wanted)
        return self.total(wanted & has) / whole if whole else 0.0
