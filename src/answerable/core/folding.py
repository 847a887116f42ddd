"""Words of a text as a search compares them: without case, accents and points, one by one where no spaces part them.

Used when a message is indexed, when a query is read and when matches are marked, so that the three always agree.
"""

import re
import unicodedata
from typing import NamedTuple

LONGEST_WORD = 64
"""Characters of a word that count; what is longer is no word that anybody looks for."""

_MARKS = "\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670"
"""Accents, Hebrew and Arabic points. Signs that are letters of their own (Indic vowels, Japanese voicing) stay out."""

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f"  # Japanese
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Chinese characters
)
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}][^\W_{_UNSPACED}{_MARKS}]*(?:[{_MARKS}]+[^\W_{_UNSPACED}]*)*")
_ASCII_WORD = re.compile(r"[a-z0-9]+")
_MARK = re.compile(f"[{_MARKS}]")


class Word(NamedTuple):
    """A word of a text: as it is compared, and where it stands (in characters)."""

    text: str
    start: int
    end: int


def words_of(text: str) -> list[str]:
    """The folded words in order. Writing without spaces gives a word for each character, so that any part is found."""
    if text.isascii():
        return [word[:LONGEST_WORD] for word in _ASCII_WORD.findall(text.lower())]
    return [word.text for word in placed_words(text)]


def placed_words(text: str) -> list[Word]:
    """The same words with their places in the text."""
    found = ((_folded(match.group()), match) for match in _WORD.finditer(text))
    return [Word(word, match.start(), match.end()) for word, match in found if word]


def may_hold(text: str, word: str) -> bool:
    """Whether a folded word may be in a text: a look that takes a hundredth of folding it. Where it says no the word is
    not there, but for signs that fold into more than letters (½).
    """
    if text.isascii():
        return word in text.lower()
    return _bare(word) in _bare(text)


def _bare(text: str) -> str:
    """Decomposed, without case and marks."""
    return _MARK.sub("", unicodedata.normalize("NFKD", text).casefold())


def is_unspaced(text: str) -> bool:
    """Whether a text is written without spaces between words, at least at its beginning."""
    return bool(re.match(f"[{_UNSPACED}]", text))


def _folded(word: str) -> str:
    if word.isascii():
        return word.lower()[:LONGEST_WORD]
    composed = unicodedata.normalize("NFKC", _bare(word))
    return "".join(letter for letter in composed if letter.isalnum())[:LONGEST_WORD]
