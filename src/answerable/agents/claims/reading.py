"""Passages as statements that can be held against each other: what each is about, its values, its qualifiers.

Questions, headings, steps, code, examples and instructions state nothing of the world and are left out.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from answerable.agents.claims.values import Value, find_values
from answerable.agents.claims.vocabulary import (
    CODE,
    CONDITIONS,
    EXAMPLE,
    FRAME,
    FRAME_CLAUSE,
    GENERIC,
    IMPERATIVES,
    LIGHT,
    OWN_RESULT,
    PREPOSITIONS,
    REFERRING,
    SAME,
)
from answerable.core.documents import Passage
from answerable.core.facts import Facts, read
from answerable.core.lexicon import BOUND_WORDS, OPENERS
from answerable.core.outline import units
from answerable.core.sentences import split
from answerable.core.statements import places, stem

_LISTED = frozenset(["item", "step"])
_ITEM = re.compile(r"^\s*(?:[-*•+]|\d{1,3}[.)])\s+")
_CONTINUED = re.compile(
    r",?\s+and\s+(?:is|are|was|were|has|have|had|can|does|do|did)\b|,\s+(?:indicating|suggesting|showing|whereas|while)\b"
)
_LEAST_FIRST = 30
_KINDS = frozenset(["sentence", "item", "row"])
_FEWEST, _MOST = 3, 60
_SEGMENT = re.compile(r"[;:()]|,\s|\s[-–—]\s|\b(?:and|but|while|whereas|which|who|although|though)\b", re.IGNORECASE)
_ARTICLES = frozenset(["the", "a", "an", "your"])
_OBJECTS = _ARTICLES | {"this", "that", "these", "any", "each", "it", "them", "on", "sure", "down", "up", "back", "at"}
_POINTERS = frozenset(["this", "these", "such", "latter", "former"])
_LABEL = re.compile(
    r"^(?:(?:AIMS?|BACKGROUND|CONCLUSIONS?|CONTEXT|DESIGN|FINDINGS|INTERPRETATION|INTRODUCTION|METHODS?|OBJECTIVES?|OUTCOMES?"
    r"|PARTICIPANTS|PATIENTS|PRINCIPAL|PURPOSE|RATIONALE|RESULTS|SETTING|SIGNIFICANCE)(?:\s?/\s?|,? AND |, | )?)+"
    r"(?<=[A-Z ])\b:?\s*(?=[A-Z\d])"
)
"""The label of a part of a structured abstract, which runs into its first sentence."""
_FRAMES = {stem(word) for word in FRAME}
_SUFFIX = "ion"
_LEAST_ROOT = 5


def root(found: str) -> str:
    """A stem without `-ion`, or the stem it is read as: `renovation` and `renovating` agree, `weight` and `weigh`."""
    bare = found.removesuffix(_SUFFIX)
    return SAME.get(found, bare if len(bare) >= _LEAST_ROOT else found)


GENERIC_STEMS = frozenset(root(stem(word)) for word in GENERIC)
LIGHT_STEMS = frozenset(root(stem(word)) for word in LIGHT)


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of a passage (`passage` is its index) at [start, end) of its document; `quote` are its characters.

    `segment[i]` is the clause of token i; `qualified` holds the tokens inside a condition or a prepositional phrase
    with the word that opens it. `roots` are its stems, `known` all of them,
    `context` those of title and headings. `masked` is the text without its values.
    """

    passage: int
    document: str
    version: int
    start: int
    end: int
    quote: str
    text: str
    facts: Facts
    roots: tuple[str, ...]
    known: frozenset[str]
    spans: tuple[tuple[int, int], ...]
    values: tuple[Value, ...]
    segment: tuple[int, ...]
    qualified: dict[int, str]
    content: frozenset[str]
    names: frozenset[str]
    context: frozenset[str]
    title: frozenset[str]
    masked: str
    own_result: bool = False
    refers: bool = False
    row: bool = False

    def scope(self, first: int, last: int) -> frozenset[int]:
        """The clauses that tokens first..last are said in: their own, the opening one, and phrases set before it."""
        own = frozenset(self.segment[first : last + 1]) | {self.subject()}
        return own | {self.segment[at] for at in self.qualified if self._opens(at)}

    def core(self, first: int, last: int) -> frozenset[str]:
        """Stems of what the tokens first..last are said about."""
        wanted = self.scope(first, last)
        return frozenset(
            name for at, name in enumerate(self.roots) if name in self.content and self.segment[at] in wanted
        )

    def _opens(self, at: int) -> bool:
        """Whether the phrase that token `at` is in begins its clause: `At a dose of 10 mg, ...`."""
        first = self.segment.index(self.segment[at])
        tokens = self.facts.tokens
        return all(place in self.qualified or not tokens[place].content for place in range(first, at + 1))

    def subject(self) -> int:
        """The number of the first clause that is no prepositional phrase."""
        for at, number in enumerate(self.segment):
            if at not in self.qualified and self.facts.tokens[at].content:
                return number
        return 0


def find_statements(passages: Sequence[Passage]) -> list[Statement]:
    """The statements of all passages in order; text that two passages of a document share is read once."""
    found: list[Statement] = []
    seen: set[tuple[str, int, int]] = set()
    for index, passage in enumerate(passages):
        for one in _of_source(_source(passage)):
            place = (one.document, one.version, one.end)
            if place not in seen:
                seen.add(place)
                found.append(replace(one, passage=index))
    return found


class _Source(NamedTuple):
    """What of a passage its statements follow from."""

    document_id: str
    version_id: int
    title: str
    heading_path: tuple[str, ...]
    text: str
    start: int


def _source(passage: Passage) -> _Source:
    ids = str(passage.document_id), int(passage.version_id)
    return _Source(*ids, passage.title, tuple(passage.heading_path), passage.text, passage.start)


@lru_cache(256)
def _of_source(source: _Source) -> tuple[Statement, ...]:
    """Its statements, read once for disagreements, figures and the reports that follow."""
    return tuple(_statements(source))


def _statements(passage: _Source) -> Iterator[Statement]:
    title = frozenset(root(token.stem) for token in read(passage.title).tokens if token.content)
    context = title | {root(one) for one in read(" ".join(passage.heading_path)).stems}
    for kind, said, first, last in _pieces(passage):
        if kind not in _KINDS or not _states(said, passage.text[first:last]):
            continue
        text = FRAME_CLAUSE.sub("", _LABEL.sub("", said))
        facts = read(text)
        if not _FEWEST <= len(facts.tokens) <= _MOST or _is_instruction(facts):
            continue
        quote = passage.text[first:last]
        bare = quote.rstrip()
        place = (passage.start + first, passage.start + last - len(quote) + len(bare), bare)
        one = _statement(text, facts, passage, place, (title, frozenset(context)))
        if kind != "row" or len(one.values) == 1:
            yield replace(one, row=kind == "row")


def _pieces(passage: _Source) -> Iterator[tuple[str, str, int, int]]:
    """The units of a passage as (kind, text, start, end) in it; an item or a step of several sentences is so many."""
    for unit in units(passage.text, passage.heading_path):
        inside = split(passage.text[unit.start : unit.end]) if unit.kind in _LISTED else []
        if len(inside) < 2:
            yield unit.kind, unit.text, unit.start, unit.end
            if unit.kind == "sentence" and (more := _CONTINUED.search(unit.text, _LEAST_FIRST)):
                clause = unit.text[: more.start()]  # what stands before says something by itself
                if passage.text.startswith(clause, unit.start):
                    yield "sentence", clause, unit.start, unit.start + len(clause)
            continue
        for first, last in inside:
            said = passage.text[unit.start + first : unit.start + last]
            yield "sentence", _ITEM.sub("", said), unit.start + first, unit.start + last


def _states(text: str, quote: str) -> bool:
    return not (text.rstrip().endswith(("?", ":")) or EXAMPLE.search(text) or CODE.search(quote))


def _statement(
    text: str,
    facts: Facts,
    passage: _Source,
    place: tuple[int, int, str],
    context: tuple[frozenset[str], frozenset[str]],
) -> Statement:
    values = tuple(find_values(text, facts))
    tokens = facts.tokens
    used = {at for value in values for at in range(value.first, value.last + 1)}
    used |= {at for value in values for at in _bound_words(facts, value.first)}
    spans = tuple(places(text))
    roots = tuple(root(token.stem) for token in tokens)
    content = frozenset(
        roots[at]
        for at, token in enumerate(tokens)
        if (token.content or token.value) and at not in used and token.stem not in _FRAMES
        if token.lower not in CONDITIONS
    )
    content |= {root(noun) for value in values for noun in value.nouns} & set(roots)
    opening = tokens[0].lower
    segment = _segments(text, spans)
    return Statement(
        passage=0,
        document=passage.document_id,
        version=passage.version_id,
        start=place[0],
        end=place[1],
        quote=place[2],
        text=text,
        facts=facts,
        roots=roots,
        known=frozenset(roots),
        spans=spans,
        values=values,
        segment=segment,
        qualified=_qualified(facts, segment),
        content=content,
        names=frozenset(roots[at] for at in range(len(tokens)) if at not in used and _is_name(facts, at)),
        context=context[1],
        title=context[0],
        masked=_masked(text, spans, values),
        own_result=OWN_RESULT.search(text) is not None,
        refers=opening in REFERRING or any(token.lower in _POINTERS for token in tokens),
    )


def _bound_words(facts: Facts, first: int) -> Iterator[int]:
    """The words before a value that make it a bound: `at most`, `below`."""
    at = first - 1
    while at >= 0 and facts.tokens[at].lower in BOUND_WORDS:
        yield at
        at -= 1


def _is_name(facts: Facts, at: int) -> bool:
    """Whether a token is written as a name; the first word of a sentence is one where a capital follows it."""
    token = facts.tokens[at]
    if not token.name:
        return False
    if not token.opens:
        return True
    after = facts.tokens[at + 1] if at + 1 < len(facts.tokens) else None
    return after is not None and after.name and after.joined


def _is_instruction(facts: Facts) -> bool:
    """Whether a sentence tells its reader to do something: `Press the button`, `Preheat the oven`."""
    tokens = facts.tokens[1:] if facts.tokens[0].lower in ("to", "please", "then") else facts.tokens
    first, second = tokens[0], tokens[1]
    if first.lower in IMPERATIVES:
        return second.lower in _OBJECTS or second.name
    plain = first.content and first.lower not in OPENERS | CONDITIONS and not first.lower.endswith(("ing", "ly"))
    return plain and second.joined and second.lower in _ARTICLES


def _segments(text: str, spans: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    found: list[int] = []
    number = end = 0
    for start, finish in spans:
        comma = end - text[max(0, end - 1) : end].count(",")
        if end and _SEGMENT.search(text[comma:finish]) and not _inside_number(text, comma, start):
            number += 1
        found.append(number)
        end = finish
    return tuple(found)


def _inside_number(text: str, end: int, start: int) -> bool:
    """`12 May, 2019` and `May 12, 2019` are one."""
    return text[end:start].strip() == "," and text[start : start + 1].isdigit() and text[end - 1 : end].isalnum()


def _qualified(facts: Facts, segment: Sequence[int]) -> dict[int, str]:
    """Tokens within three words of weight behind a preposition or a condition word, and that word."""
    found: dict[int, str] = {}
    opener, left, clause = "", 0, -1
    for at, token in enumerate(facts.tokens):
        if segment[at] != clause:
            clause, opener = segment[at], ""
        if token.lower in CONDITIONS:
            opener, left = token.lower, 8
        elif token.lower in PREPOSITIONS:
            opener, left = token.lower, 3
        elif opener and left and (token.content or token.value):
            found[at] = opener
            left -= 1
    return found


def _masked(text: str, spans: Sequence[tuple[int, int]], values: Sequence[Value]) -> str:
    """The text with every value as a blank, so that its vector says what it is about and not how much."""
    pieces, end = [], 0
    for value in values:
        start = spans[value.first][0]
        if start >= end:
            pieces.append(text[end:start])
            end = spans[value.last][1]
    return " ".join(" ".join([*pieces, text[end:]]).split())
