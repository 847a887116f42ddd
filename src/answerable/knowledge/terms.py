"""Content terms of a text, for scoring a few passages in memory: words folded, stop words out, endings off.

The keyword index has its own analyser. This one is pure Python with a cache (some 10,000 words in 3 ms), and also
cuts scripts that write no spaces into pairs of characters.
"""

import re
import unicodedata
from functools import lru_cache

_STOP_TEXT = """
a about above after again against all also am an and any are aren as at be because been before being below between both
but by can cannot could couldn did didn do does doesn doing don down during each either else ever every explain few for
from further get give had hadn has hasn have haven having he her here hers him his how i if in into is isn it its itself
just kindly know let like ll many may me might mine more most much must my need no nor not now of off on once only onto
or other our ours out over own per please provide re s same shall she should shouldn so some such t tell than that the
their theirs them then there these they this those through to too under until up upon us using ve very via want was wasn
way we were weren what when where whether which while who whom whose why will with within without won would wouldn yes
you your yours
"""
STOP_WORDS = frozenset(_STOP_TEXT.split())
_ASKING_TEXT = """
how what when where which who whom whose why i me my we us our you your it its please tell explain let want need get
there do does did can could should would will
"""
_ASKING = frozenset(_ASKING_TEXT.split())
# Vowel signs and tone marks (Arabic, Indic, Thai ...) belong to their word, although `\w` leaves them out.
_WORD = re.compile(r"(?:[^\W_]|[\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0900-\u0963\u0966-\u0dff\u0e31-\u0e4e])+")
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+"
)
_VOWEL = re.compile("[aeiouy]")
_SHORTEST_STEM = 3


def terms(text: str) -> list[str]:
    """Content terms in order. A question of nothing but stop words ("who is it") keeps its words."""
    words = [word for word in _WORD.findall(_folded(text)) if word]
    kept = [word for word in words if word not in STOP_WORDS] or words
    return [piece for word in kept for piece in _pieces(word)]


def keywords(question: str) -> str:
    """The question without the words that only make it one ("how do I", "can you explain"), for the keyword index.

    BM25 takes "do" and "you" for rare words in a manual: nDCG@10 .742 -> .833 (samsung), .702 -> .704 (scifact claims).
    A question of nothing else is left as it is.
    """
    kept = [word for word in question.split() if word.strip("?!.,;:\"'()").casefold() not in _ASKING]
    return " ".join(kept) or question


@lru_cache(maxsize=65_536)
def _pieces(word: str) -> tuple[str, ...]:
    """The stem; or, where a script writes no spaces, its pairs of neighbouring characters."""
    if word.isascii():
        return (stem(word),)
    out: list[str] = []
    last = 0
    for run in _UNSPACED.finditer(word):
        out += [word[last : run.start()]] if run.start() > last else []
        letters = run.group()
        out += [letters[i : i + 2] for i in range(max(1, len(letters) - 1))]
        last = run.end()
    out += [word[last:]] if last < len(word) else []
    return tuple(out)


def stem(word: str) -> str:
    """A light English stem: plural, -ed, -ing and -ly off (the first step of Porter 1980, simplified)."""
    if len(word) <= _SHORTEST_STEM or any(char.isdigit() for char in word):
        return word
    word = _singular(word)
    for ending in ("edly", "ingly", "ing", "ed", "ly"):
        root = word[: -len(ending)]
        if word.endswith(ending) and len(root) >= _SHORTEST_STEM and _VOWEL.search(root):
            word = _mended(root)
            break
    word = word[:-1] if word.endswith("e") and len(word) > _SHORTEST_STEM else word
    return word[:-1] + "i" if word.endswith("y") and len(word) > _SHORTEST_STEM else word


def _singular(word: str) -> str:
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def _mended(root: str) -> str:
    """`stopp` -> `stop`, but not `fall` -> `fal`."""
    return root[:-1] if len(root) > _SHORTEST_STEM and root[-1] == root[-2] and root[-1] not in "lsz" else root


def _folded(text: str) -> str:
    """Case and accents folded (Latin accents only: marks of other scripts are letters there)."""
    lowered = text.casefold()
    if lowered.isascii():
        return lowered
    parts = unicodedata.normalize("NFKD", lowered)
    return unicodedata.normalize("NFC", "".join(c for c in parts if not "\u0300" <= c <= "\u036f"))
