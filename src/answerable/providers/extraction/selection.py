"""Which pieces of the passages answer a question: scored by words and by meaning, completed so that they read well.

A step brings its procedure, a lead-in what it leads to, a how-to its command, and a sentence that begins with a pronoun
the sentence before it.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from answerable.core import facts
from answerable.core.documents import Passage
from answerable.core.outline import Unit, units
from answerable.core.ports import Embedder

_MOST_CANDIDATES = 48
_LEXICAL, _NEAR, _RANK = 0.45, 0.45, 0.1
_MOST_STEPS = 12
_NEWS = 2
_LED_TO = ("item", "step", "row", "code")
_MOST_CODE_LINES = 16
_HOW_TO = re.compile(
    r"\b(?:how (?:do|can|to|would|should|could|might|must)|command|set ?up|install|configure|example|option)\b",
    re.IGNORECASE,
)
DANGLING = re.compile(
    r"\W*(?:it|its|they|their|them|he|she|his|her|this|that|these|those|such|also|however|therefore|then|but|so|and|"
    r"otherwise|instead|both|the (?:same|other|latter|former))\b",
    re.IGNORECASE,
)
"""How a sentence begins that leans on the one before it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """`sentences` is the usual length of an answer; a piece below `floor` of the best score is left out, below
    `elsewhere` when it stands in a passage that nothing was taken from; two pieces with a cosine over `redundancy` are
    one.
    """

    sentences: int = 3
    floor: float = 0.7
    elsewhere: float = 0.85
    redundancy: float = 0.9


@dataclass(frozen=True, slots=True)
class Piece:
    """A unit of the passage with this 1-based number; `at` is its place among the passage's units."""

    number: int
    at: int
    unit: Unit


@dataclass(frozen=True, slots=True)
class _Scored:
    piece: Piece
    lexical: float


def select(question: str, passages: Sequence[Passage], embedder: Embedder, limits: Limits) -> list[Piece]:
    """The pieces of the answer in reading order; empty when no passage has a sentence."""
    outlines = [outline_of(passage) for passage in passages]
    candidates = _candidates(question, passages, outlines)
    if not candidates:
        return []
    chosen = _choose(question, candidates, embedder, limits)
    return _completed(question, chosen, outlines)


def outline_of(passage: Passage) -> list[Unit]:
    """The passage's units; its own headings are known for what they are."""
    headings = (passage.title, *passage.heading_path)
    return units(passage.text, headings, in_table="|" in passage.header.rpartition("\n")[2])


def _candidates(question: str, passages: Sequence[Passage], outlines: Sequence[Sequence[Unit]]) -> list[_Scored]:
    """The pieces that share most of the question's weight, best first; words of their headings count too."""
    asked = facts.read(question)
    wanted = asked.content.union(asked.numbers)
    found: list[tuple[Piece, frozenset[str]]] = []
    seen: Counter[str] = Counter()
    for number, (passage, outline) in enumerate(zip(passages, outlines, strict=True), start=1):
        above = " ".join((passage.title, *passage.heading_path))
        section = passage.heading_path[-1] if passage.heading_path else passage.title
        for at, unit in enumerate(outline):
            if unit.kind == "heading":
                section = unit.text
            elif (at or not is_cut(unit, passage)) and _may_be_said(unit, outline[at + 1 : at + 2], wanted):
                has = facts.read(unit.text).stems & wanted
                seen.update(has)
                around = facts.read(f"{above} {section}").stems & wanted
                found.append((Piece(number, at, unit), has | around))
    weight = {term: math.log(1 + (len(found) + 1) / (seen[term] + 0.5)) for term in wanted}
    total = sum(weight.values()) or 1.0
    scored = [_Scored(piece, sum(weight[term] for term in has) / total) for piece, has in found]
    return sorted(scored, key=lambda one: (-one.lexical, one.piece.number, one.piece.at))[:_MOST_CANDIDATES]


def is_cut(first: Unit, passage: Passage) -> bool:
    """Whether a passage begins in the middle of a sentence."""
    return passage.start > 0 and first.text[:1].islower()


def _may_be_said(unit: Unit, following: Sequence[Unit], wanted: frozenset[str]) -> bool:
    """Whether a unit can be a sentence of an answer: not a question, a lead-in to nothing, or the name of a page."""
    if unit.kind == "code" or len(facts.words(unit.text)) < 3 or unit.text.endswith("?"):
        return False
    if unit.kind == "lead":
        return any(next_one.kind in _LED_TO for next_one in following)
    return unit.kind != "item" or len(facts.read(unit.text).content - wanted) >= _NEWS


def _choose(question: str, candidates: Sequence[_Scored], embedder: Embedder, limits: Limits) -> list[Piece]:
    vectors = embedder.embed([question, *(one.piece.unit.text for one in candidates)])
    near = vectors[1:] @ vectors[0]
    lexical = np.array([one.lexical for one in candidates])
    ranks = np.array([1.0 / one.piece.number for one in candidates])
    scores = _LEXICAL * lexical + _NEAR * near + _RANK * ranks
    chosen: list[int] = []
    for at in np.argsort(-scores, kind="stable"):
        if len(chosen) == limits.sentences:
            break
        same = not chosen or candidates[at].piece.number in {candidates[other].piece.number for other in chosen}
        if chosen and scores[at] < (limits.floor if same else limits.elsewhere) * scores[chosen[0]]:
            continue
        if all(float(vectors[at + 1] @ vectors[other + 1]) < limits.redundancy for other in chosen):
            chosen.append(int(at))
    return [candidates[at].piece for at in chosen]


def _completed(question: str, chosen: Sequence[Piece], outlines: Sequence[Sequence[Unit]]) -> list[Piece]:
    """What was chosen and what belongs to it, passages and pieces in their order.

    Code comes from the best passage only: a command of another one may do something else altogether.
    """
    best, how_to = min(piece.number for piece in chosen), _HOW_TO.search(question) is not None
    kept: dict[tuple[int, int], Piece] = {}
    for piece in chosen:
        outline, at_best = outlines[piece.number - 1], piece.number == best
        if piece.unit.kind == "lead" and outline[piece.at + 1].kind == "code" and not at_best:
            continue
        belonging = {piece.at, *_belonging(piece, outline, whole=at_best and (how_to or piece is chosen[0]))}
        if how_to and at_best and not any(other.unit.kind == "code" for other in kept.values()):
            belonging |= set(_command(piece, outline))
        for at in belonging:
            kept[piece.number, at] = Piece(piece.number, at, outline[at])
    pieces = [kept[place] for place in sorted(kept)]
    pieces = [*_before(pieces[0], outlines[pieces[0].number - 1]), *pieces]
    said = {piece.unit.text.lower(): piece for piece in reversed(pieces)}
    return [piece for piece in pieces if said[piece.unit.text.lower()] is piece]


def _belonging(piece: Piece, outline: Sequence[Unit], *, whole: bool) -> Iterator[int]:
    """The rest of a procedure, and what a lead-in leads to."""
    if piece.unit.kind == "step" and whole:
        yield from _run(piece.at, outline, -1)
        yield from _run(piece.at, outline, 1)
    if piece.unit.kind == "lead":
        following = outline[piece.at + 1] if piece.at + 1 < len(outline) else None
        if following is not None and following.kind in _LED_TO:
            yield piece.at + 1
            if following.kind != "code":
                yield from _run(piece.at + 1, outline, 1)


def _run(at: int, outline: Sequence[Unit], step: int) -> Iterator[int]:
    """Neighbours of the same kind, in one direction."""
    kind, place = outline[at].kind, at + step
    while 0 <= place < len(outline) and outline[place].kind == kind and abs(place - at) < _MOST_STEPS:
        yield place
        place += step


def _command(piece: Piece, outline: Sequence[Unit]) -> Iterator[int]:
    """The nearest code of the section that the piece stands in, with the lead-in of that code."""
    start = max((at for at in range(piece.at) if outline[at].kind == "heading"), default=-1) + 1
    end = next((at for at in range(piece.at, len(outline)) if outline[at].kind == "heading"), len(outline))
    places = [at for at in range(start, end) if outline[at].kind == "code" and _is_short(outline[at])]
    if places:
        nearest = min(places, key=lambda at: (abs(at - piece.at), at))
        yield nearest
        if nearest and outline[nearest - 1].kind == "lead":
            yield nearest - 1


def _is_short(unit: Unit) -> bool:
    """Whether code is short enough to quote, and more than the imports of something that was cut off."""
    lines = unit.text.splitlines()
    return len(lines) < _MOST_CODE_LINES and not all(line.startswith(("from ", "import ")) for line in lines)


def _before(first: Piece, outline: Sequence[Unit]) -> Iterator[Piece]:
    """The sentence that an answer's first one refers to."""
    if first.at and DANGLING.match(first.unit.text) and outline[first.at - 1].kind in ("sentence", "item"):
        yield Piece(first.number, first.at - 1, outline[first.at - 1])
