"""What can be counted in a prompt without a model: its length, questions, numbers, signs, words of a kind, options.

The counts feed `complexity.py`; their names and order are those of the fitted weights, so a change here needs a new fit
(`scripts/train_router.py`). No patterns: string methods are twenty times as fast here, and linear in any text.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

_READ = 4_000
"""Characters read from each end."""
_ENDS = (333, 667)
"""Characters from the start and the end of a long prompt that are embedded: some 250 word pieces, a full window."""

_SIGNS = "=^+*/√∑∫≤≥<>|\\"
_CODE = ("{", "}", ";", "```", "==", "def ")
_OPTION_LETTERS = frozenset("ABCDEFGH")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_REASONING = _words(
    "prove derive why explain compare evaluate analyse analyze justify implies imply therefore conclude infer deduce "
    "proof argument valid assume suppose hence premise consistent necessarily"
)
_MATHEMATICS = _words(
    "equation function integral derivative matrix vector probability polynomial prime graph theorem solve calculate "
    "compute sum product ratio percent percentage average mean median variance triangle angle area volume radius "
    "divided multiplied factor square root logarithm ring group field modulo"
)
_AMOUNTS = _words(
    "many much total each per every twice half times remaining left altogether cost costs dollars hours minutes days "
    "weeks more less than"
)
_NEGATIONS = _words("not except least never incorrect false wrong cannot none unlikely")
_CHORES = _words(
    "summarise summarize summary translate rewrite reword shorten rephrase paraphrase proofread spelling headline"
)
"""What is asked of a pasted text and gets no harder with its length: among the first words of a line that asks."""
_WORK = _words("explain why compare evaluate analyse analyze justify argument prove propose critique contradictions")
"""Beside one of these it is no chore."""
_REQUEST = 200
"""Characters at most of a line that says what to do with a pasted text."""
_FIRST_WORDS = 5
_LONG = 9
"""Letters from which on a word counts as long: mostly terms of a field."""


class Features(NamedTuple):
    """One prompt in numbers; counts as logarithms of 1 + count where they can be large, shares in 0..1."""

    length: float
    questions: float
    numbers: float
    number_share: float
    signs: float
    reasoning: float
    mathematics: float
    amounts: float
    negations: float
    long_words: float
    word_length: float
    multiple_choice: float
    option_length: float
    sentences: float
    columns: float
    dollars: float
    numeric_options: float
    variety: float
    code: float


class _Kept(dict[int, str | int]):
    """A table for `str.translate` that keeps some characters and makes a space of every other one."""

    def __init__(self, kept: str) -> None:
        super().__init__({ord(character): character for character in kept})

    def __missing__(self, code: int) -> str:
        return " "


_LETTERS = _Kept("abcdefghijklmnopqrstuvwxyz'")
_DIGITS = _Kept("0123456789.,")


def features(prompt: str) -> Features:
    """Count, in at most 8,000 characters of a prompt."""
    text = prompt if len(prompt) <= 2 * _READ else f"{prompt[:_READ]}\n{prompt[-_READ:]}"
    words = text.lower().translate(_LETTERS).split()
    count = max(1, len(words))
    numbers = [number for number in text.translate(_DIGITS).split() if number.strip(".,")]
    options = _options(text)
    return Features(
        length=math.log1p(len(prompt)),
        questions=float(text.count("?")),
        numbers=min(5.0, math.log1p(len(numbers))),
        number_share=len(numbers) / count,
        signs=math.log1p(sum(map(text.count, _SIGNS))),
        reasoning=_share(words, _REASONING),
        mathematics=_share(words, _MATHEMATICS),
        amounts=_share(words, _AMOUNTS),
        negations=_share(words, _NEGATIONS),
        long_words=sum(len(word) >= _LONG for word in words) / count,
        word_length=sum(map(len, words)) / count,
        multiple_choice=float(bool(options)),
        option_length=math.log1p(sum(map(len, options)) / len(options)) if options else 0.0,
        sentences=math.log1p(_sentences(text)),
        columns=float("|" in text),
        dollars=float("$" in text),
        numeric_options=float(any(option.translate(_DIGITS).strip(" .,") for option in options)),
        variety=len(set(words)) / count,
        code=float(any(sign in text for sign in _CODE)),
    )


def chore_of(prompt: str) -> str:
    """The line that asks for a chore on a text pasted below or above it ("Summarise this: ..."); empty where there is
    none. The text itself then says nothing about how hard the request is."""
    text = prompt.strip()
    first = text[:_REQUEST].partition("\n")[0].partition(": ")[0]
    last = text[-_REQUEST:].rpartition("\n")[2]
    for line in (first, last):
        words = line.lower().translate(_LETTERS).split()
        if len(line) < min(len(text), _REQUEST) and not _CHORES.isdisjoint(words[:_FIRST_WORDS]):
            return line if _WORK.isdisjoint(words) else ""
    return ""


def telling_part(prompt: str) -> str:
    """What is embedded: all of a short prompt, the start and the end of a long one, where people put what they want."""
    first, last = _ENDS
    return prompt if len(prompt) <= first + last else f"{prompt[:first]} ... {prompt[-last:]}"


def is_latin(prompt: str) -> bool:
    """Whether there are letters at the start and most of them are Latin; the weights know English only."""
    letters = [character for character in prompt[:1_000] if character.isalpha()]
    return bool(letters) and sum(character < "\u0250" for character in letters) * 2 >= len(letters)


def _options(text: str) -> list[str]:
    """The texts of lines like "A. seven" or "(B) eight"."""
    lines = (line.lstrip(" \t(") for line in text.splitlines())
    return [line[2:].strip() for line in lines if line[1:2] in (".", ")") and line[0] in _OPTION_LETTERS]


def _sentences(text: str) -> int:
    """Ends of sentences: a mark before white space or at the end."""
    spaced = f"{text.translate(_BREAKS)} "
    return spaced.count(". ") + spaced.count("! ") + spaced.count("? ")


_BREAKS = {ord("\n"): " ", ord("\t"): " "}


def _share(words: Sequence[str], kind: frozenset[str]) -> float:
    return math.log1p(sum(word in kind for word in words))
