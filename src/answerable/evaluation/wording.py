"""Words and numbers as they are compared: whether a sentence holds a phrase, is taken from a text, repeats another.

Plain on purpose, and not the check that citations pass: it is the second opinion on that check.
"""

import re
import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher

from answerable.core.lexicon import STOP_WORDS

_TOKEN = re.compile(r"\d+(?:[.,·]\d+)+|[^\W_]+")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_DENIALS = frozenset(["not", "no", "none", "never", "neither", "nor", "without", "cannot", "t", "nobody", "nothing"])
_NEAR = 0.9
_SAME = 0.8


def tokens(text: str) -> list[str]:
    """Words and numbers in order, without case and accents; `1,000` is 1000 and `0·5` is 0.5."""
    folded = unicodedata.normalize("NFKD", text.replace("·", ".")).casefold()
    plain = "".join(sign for sign in folded if not unicodedata.combining(sign))
    return [one.replace(",", "") if _THOUSANDS.fullmatch(one) else one for one in _TOKEN.findall(plain)]


def holds(sentence: Sequence[str], phrase: str) -> bool:
    """Whether the words of a phrase stand side by side among the tokens; `fractur*` is any word that begins so."""
    wanted = tokens(phrase)
    begins = phrase.rstrip().endswith("*")
    size = len(wanted)
    for at in range(len(sentence) - size + 1):
        found = sentence[at : at + size]
        last = found[-1].startswith(wanted[-1]) if begins else found[-1] == wanted[-1]
        if last and list(found[:-1]) == wanted[:-1]:
            return True
    return False


def is_taken_from(claim: str, text: str) -> bool:
    """Whether a text says a claim in nearly the same words: nine of ten in the same order, every number among them, and
    no denial more or less on the way.
    """
    wanted, found = tokens(claim), tokens(text)
    if not wanted or not found:
        return False
    matcher = SequenceMatcher(None, found, wanted, autojunk=False)
    blocks = [block for block in matcher.get_matching_blocks() if block.size]
    if sum(block.size for block in blocks) < _NEAR * len(wanted):
        return False
    begin, end = blocks[0].a, blocks[-1].a + blocks[-1].size
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            continue
        ours = wanted[c:d]
        skipped = [word for at, word in enumerate(found[a:b], a) if begin <= at < end]
        if any(word[0].isdigit() or word in _DENIALS for word in ours) or _DENIALS.intersection(skipped):
            return False
    return True


def repeats(one: str, other: str) -> bool:
    """Whether two sentences share at least four of five of their words that carry meaning."""
    first, second = _content(one), _content(other)
    return bool(first) and len(first & second) >= _SAME * len(first | second)


def _content(text: str) -> set[str]:
    return set(tokens(text)) - STOP_WORDS
