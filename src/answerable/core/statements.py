"""A sentence as its facts: tokens in their places, numbers with bounds, names, what is denied, and with what force.

`core/facts.py` compares two of them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from answerable.core import numerals
from answerable.core.lexicon import (
    ADVERBS,
    BASE_FORM,
    COMPARED,
    DENYING_PAIRS,
    MODALS,
    NEED_TO,
    NEGATORS,
    QUANTIFIERS,
    STOP_WORDS,
)

_TOKEN = re.compile(rf"\d[\d,]*(?:\.\d+)*%?|{numerals.BEFORE_HYPHEN}|[^\W\d_](?:[\w'’\-]*\w)?|%|[$€£¥°]")
_SENTENCE_END = re.compile(r"[.!?]\s|\n\s*(?:\n|[-*•]\s|\d{1,2}[.)]\s)|[。！？]")
_OPENING = re.compile(r"[:;]\s|[\"“(]$")
_CLAUSE_END = re.compile(r"[,;:.!?()]|\n\s*\n|\s[-–—]\s")
_NEGATIVE = re.compile(r"(?:^|[\s(])[-−]$")
_CURRENCY = re.compile(r"([$€£¥])\s?$")
_SCOPE = 7


def words(text: str) -> list[str]:
    """The words and numbers of a text in order, as written."""
    return _TOKEN.findall(text)


def places(text: str) -> list[tuple[int, int]]:
    """Where the words and numbers of a text stand, [start, end) in characters: one for each token of `read(text)`."""
    return [found.span() for found in _TOKEN.finditer(text)]


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """A light English stem, lower case: enough that `increases`, `increased` and `increasing` agree."""
    bare = word.lower().replace("’", "'").removesuffix("'s")
    bare = BASE_FORM.get(bare, bare)
    for ending, left in (("ies", "y"), ("ing", ""), ("ed", ""), ("es", ""), ("ly", ""), ("s", ""), ("e", "")):
        if bare.endswith(ending) and len(bare) - len(ending) >= 3 and not bare.endswith("ss"):
            bare = bare[: -len(ending)] + left
            break
    return bare[:-1] if len(bare) > 3 and bare[-1] == bare[-2] else bare


@dataclass(frozen=True, slots=True)
class Token:
    """A word or number in its place. `value` is set for numbers; `opens` at the start of a sentence, a line or a quote;
    `joined` when only a space separates it from the token before; `clause` counts the commas and stops before it.
    """

    stem: str
    lower: str
    value: str
    content: bool
    name: bool
    opens: bool
    joined: bool
    clause: int
    sentence: int
    limit: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What one text states. `denied` holds, for each negator, the places of the words it denies; `force` the
    modal class of the word at a place; `numbers` the places of each value.
    """

    tokens: tuple[Token, ...]
    stems: frozenset[str]
    content: frozenset[str]
    numbers: dict[str, list[int]]
    denied: tuple[tuple[int, ...], ...]
    force: dict[int, str]
    quantifiers: frozenset[str]
    places: dict[str, list[int]]

    @property
    def line(self) -> str:
        """All stems in order, each between spaces."""
        return f" {' '.join(token.stem for token in self.tokens)} "

    @property
    def names(self) -> frozenset[str]:
        """Stems written as names: capital letters or digits inside, sentence starts left out."""
        return frozenset(token.stem for token in self.tokens if token.name and not token.opens)


@lru_cache(maxsize=8_192)
def read(text: str) -> Facts:
    """The facts of `text`, kept for the texts seen last."""
    tokens = _tokens(text)
    places: dict[str, list[int]] = {}
    numbers: dict[str, list[int]] = {}
    for at, token in enumerate(tokens):
        places.setdefault(token.stem, []).append(at)
        if token.value:
            numbers.setdefault(token.value, []).append(at)
    negators = [at for at in range(len(tokens)) if negates(tokens, at)]
    return Facts(
        tokens=tuple(tokens),
        stems=frozenset(places),
        content=frozenset(token.stem for token in tokens if token.content),
        numbers=numbers,
        denied=tuple(_targets(tokens, at) for at in negators),
        force=_forces(tokens),
        quantifiers=frozenset(QUANTIFIERS[token.lower] for token in tokens if token.lower in QUANTIFIERS),
        places=places,
    )


def _tokens(text: str) -> list[Token]:
    spans = list(_TOKEN.finditer(text))
    raw = [found.group() for found in spans]
    values = numerals.values(raw)
    lower = [word.lower().replace("’", "'") for word in raw]
    tokens: list[Token] = []
    clause = sentence = end = first = 0
    for at, found in enumerate(spans):
        between = text[end : found.start()]
        if at and _SENTENCE_END.search(between):
            sentence, first = sentence + 1, at
        opens = at == first or _OPENING.search(between) is not None
        clause += 1 if at and _CLAUSE_END.search(between) else 0
        value = _signed(values[at], text[max(0, found.start() - 2) : found.start()])
        content = not value and lower[at] not in STOP_WORDS and raw[at] not in ("%", "°") and raw[at] not in "$€£¥"
        limit = (
            numerals.bound(lower[first:], at - first, text[max(0, found.start() - 3) : found.start()]) if value else ""
        )
        name = content and _is_name(raw[at]) and lower[at] not in QUANTIFIERS
        joined = between in (" ", "-")
        tokens.append(
            Token(
                value or stem(raw[at]),
                lower[at],
                value,
                content,
                name,
                opens,
                joined,
                clause,
                sentence,
                limit,
            )
        )
        end = found.end()
    return tokens


def _signed(value: str, before: str) -> str:
    """The value with its minus sign and its currency."""
    if not value:
        return ""
    money = _CURRENCY.search(before)
    return f"{money[1]}{value}" if money else f"-{value}" if _NEGATIVE.search(before) else value


def _is_name(word: str) -> bool:
    return any(letter.isupper() or letter.isdigit() for letter in word)


def negates(tokens: Sequence[Token], at: int) -> bool:
    """Whether the token at `at` denies what follows it."""
    word = tokens[at].lower
    following = tokens[at + 1].lower if at + 1 < len(tokens) else ""
    if word in ("not", "no") and following in COMPARED and at + 2 < len(tokens) and tokens[at + 2].lower == "than":
        return False
    if word == "not" or word.endswith("n't"):
        return following != "only"
    if word == "no" and at + 1 < len(tokens):
        return not tokens[at + 1].value
    return word in NEGATORS or (word, following) in DENYING_PAIRS


def _targets(tokens: list[Token], at: int) -> tuple[int, ...]:
    """The first two words of weight after a negator, in its sentence; at its end (`was not`) the last one before it."""
    found = [
        place
        for place in range(at + 1, min(at + 1 + _SCOPE, len(tokens)))
        if tokens[place].sentence == tokens[at].sentence and _weighs(tokens[place])
    ]
    if not found:
        found = [place for place in range(max(0, at - 3), at) if _weighs(tokens[place])][-1:]
    return tuple(found[:2])


def _weighs(token: Token) -> bool:
    if token.value:
        return True
    return token.content and token.lower not in ADVERBS and not token.lower.endswith("ly")


def _forces(tokens: list[Token]) -> dict[int, str]:
    """The modal class of the first word of weight after each modal. `you may` and `you might` give leave: ability."""
    forces: dict[int, str] = {}
    for at, token in enumerate(tokens):
        kind = MODALS.get(token.lower, "")
        following = tokens[at + 1].lower if at + 1 < len(tokens) else ""
        if not kind or (token.lower in NEED_TO and following != "to"):
            continue
        if token.lower == "may" and _is_month(tokens, at):
            continue
        if kind == "doubt" and at and tokens[at - 1].lower == "you":
            kind = "ability"
        target = next((place for place in _targets(tokens, at)), None)
        if target is not None:
            forces.setdefault(target, kind)
    return forces


def _is_month(tokens: list[Token], at: int) -> bool:
    beside = tokens[max(0, at - 1) : at] + tokens[at + 1 : at + 2]
    return tokens[at].name or any(token.value for token in beside)
