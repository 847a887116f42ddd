"""Mends a section exactly where the issues say so: a sentence at fault is left out or replaced by the next best
evidence, what is missing is added; every other sentence stays as it is, to the byte.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from answerable.core.ports import Embedder
from answerable.core.research_tasks import Issue, Part, Revise
from answerable.core.sentences import MARKER
from answerable.providers.extraction.phrasing import phrase
from answerable.providers.extraction.research.choice import Aim, Choice
from answerable.providers.extraction.research.critique import AGAIN, DANGLES, LISTED, LONG, SHORT, SINGLE
from answerable.providers.extraction.research.material import Material, Point
from answerable.providers.extraction.research.quality import shown
from answerable.providers.extraction.selection import Piece

_QUOTED = re.compile(r"[“\"«„]([^”\"»]{3,})[”\"»]")
_DROPS = re.compile(
    r"\b(?:repeats?|repeated|repetition|repetitive|duplicat\w*|redundan\w*|remove|delete|drop|cut|leave (?:it )?out"
    r"|omit|unsupported|not supported)\b",
    re.IGNORECASE,
)
_ADDS = re.compile(r"\b(?:add|missing|lacks?|incomplete|more|expand|short|evidence|cover|answers?)\b", re.IGNORECASE)
_NUMBER = re.compile(r"\d+")
_FULL, _ENOUGH = 5, 3
_RELEVANT, _LEAST = 0.7, 0.28
"""How near to what is missing evidence has to be: it is better to miss it than to add what is beside the point."""
_ADDED = 3
"""Sentences that are added for one issue, at most."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A sentence with its markers as it will be written; `numbers` are its sources."""

    text: str
    numbers: frozenset[int]


def revise(task: Revise, embedder: Embedder) -> str:
    """The section's text; never empty for a draft that is not."""
    return _laid_out(_Mending(task, embedder).lines(), task.parts) or "\n\n".join(task.draft.sentences)


class _Mending:
    """The sentences of the draft while they are mended, each place by itself: it may become none, one, or more."""

    def __init__(self, task: Revise, embedder: Embedder) -> None:
        self._task = task
        self._material = Material(task.passages, embedder)
        self._choice = Choice(self._material, [*task.said, *task.draft.sentences])
        self._places = [[_line(text)] for text in task.draft.sentences]

    def lines(self) -> list[_Line]:
        """The mended sentences in order."""
        for issue in self._task.issues:
            if 1 <= issue.sentence <= len(self._places):
                self._mend_sentence(issue, issue.sentence - 1)
        for issue in self._task.issues:
            if not issue.sentence:
                self._mend_section(issue)
        return [line for place in self._places for line in place]

    def _mend_sentence(self, issue: Issue, at: int) -> None:
        said = f"{issue.problem} {issue.suggestion}"
        if issue.problem.startswith(DANGLES):
            before = self._before(self._task.draft.sentences[at])
            self._places[at] = [*before, *self._places[at]] if before else []
        elif issue.problem.startswith(AGAIN) or _DROPS.search(said):
            self._places[at] = []
        else:
            self._places[at] = self._evidence(self._aim(issue), 1)

    def _mend_section(self, issue: Issue) -> None:
        if issue.problem.startswith(LONG):
            self._shorten()
        elif issue.problem.startswith(SINGLE):
            cited = frozenset(number for place in self._places for line in place for number in line.numbers)
            others = frozenset(range(1, len(self._task.passages) + 1)) - cited
            self._add(self._evidence(self._aim(issue), _ADDED - 1, others))
        elif issue.problem.startswith(SHORT) or _ADDS.search(f"{issue.problem} {issue.suggestion}"):
            asked = _QUOTED.search(issue.problem) is not None
            self._add(self._evidence(self._aim(issue), _ADDED, least=_LEAST if asked else 0.0))

    def _aim(self, issue: Issue) -> Aim:
        """What the issue misses, where it quotes that; else what the section is about."""
        quoted = _QUOTED.search(issue.problem) if not issue.sentence else None
        if quoted:
            return Aim(((quoted[1], 0.8), (self._task.topic, 0.2)))
        return Aim(((self._task.draft.heading, 0.6), (self._task.topic, 0.4)))

    def _evidence(
        self, aim: Aim, most: int, numbers: frozenset[int] | None = None, *, least: float = 0.0
    ) -> list[_Line]:
        room = self._task.max_sentences - sum(map(len, self._places)) + 1
        scores = self._choice.scores(aim, numbers, relevant=_RELEVANT, least=least)
        self._choice.begin_block()
        chosen = self._choice.take(scores, min(most, max(room, 1)))
        return [line for at in sorted(chosen) for line in _quoted(self._material.points[at])]

    def _before(self, sentence: str) -> list[_Line]:
        """The sentence that stands before this one in its source, where that makes it clear."""
        bare = " ".join(shown(sentence).split())
        for point in self._material.points:
            if point.key and " ".join(point.text.split()) == bare:
                return _quoted(point)[:-1]
        return []

    def _shorten(self) -> None:
        """Without its last sentences, down to what a section may have."""
        left = self._task.max_sentences
        for at, place in enumerate(self._places):
            self._places[at] = place[: max(0, left)]
            left -= len(place)

    def _add(self, lines: Sequence[_Line]) -> None:
        """Behind the last sentence of the same source, else at the end."""
        for line in lines:
            homes = [at for at, place in enumerate(self._places) for one in place if one.numbers & line.numbers]
            if not self._places:
                self._places.append([])
            self._places[homes[-1] if homes else -1].append(line)


def _line(text: str) -> _Line:
    numbers = (int(one) for mark in re.findall(MARKER, text) for one in _NUMBER.findall(mark))
    return _Line(text, frozenset(numbers))


def _quoted(point: Point) -> list[_Line]:
    """The units of a point with their markers."""
    pieces = [Piece(point.number, at, unit) for at, unit in enumerate(point.units, start=point.first)]
    return [_Line(part.strip(), frozenset([point.number])) for part in phrase(pieces)]


def _laid_out(lines: Sequence[_Line], parts: Sequence[Part]) -> str:
    """The lines as paragraphs, under the headings of the parts that they belong to."""
    blocks: list[str] = []
    held = [line.text.startswith("#") for line in lines]
    homes = [0] * len(lines) if any(held) else _homes(lines, parts)
    for home in range(len(parts) + 1):
        own = [line for line, place in zip(lines, homes, strict=True) if place == home]
        if own and home:
            blocks.append(f"## {parts[home - 1].heading}")
        blocks += _paragraphs(own)
    return "\n\n".join(blocks)


def _homes(lines: Sequence[_Line], parts: Sequence[Part]) -> list[int]:
    """For each line the part it stands in, 0 before the first: the rising assignment by which most lines stand in a
    part that has their sources.
    """
    states = len(parts) + 1
    best: list[tuple[float, tuple[int, ...]]] = [(0.0, ())] * states
    for line in lines:
        fits = [0.5, *(1.0 if line.numbers & set(part.sources) else 0.0 for part in parts)]
        reached: list[tuple[float, tuple[int, ...]]] = []
        for state in range(states):
            so_far, path = max(best[: state + 1], key=lambda one: one[0])
            reached.append((so_far + fits[state], (*path, state)))
        best = reached
    return list(max(best, key=lambda one: one[0])[1])


def _paragraphs(lines: Sequence[_Line]) -> list[str]:
    blocks: list[list[_Line]] = []
    for line in lines:
        kind, before = _kind(line.text), blocks[-1] if blocks else None
        fits = before is not None and _kind(before[-1].text) == kind and kind != "apart"
        if before and kind == "prose" and fits:
            fits = len(before) < _FULL and (len(before) < _ENOUGH or before[-1].numbers == line.numbers)
        if before is not None and fits:
            before.append(line)
        else:
            blocks.append([line])
    return [("\n" if _kind(block[0].text) == "list" else " ").join(line.text for line in block) for block in blocks]


def _kind(text: str) -> str:
    if text.startswith(("#", "```")):
        return "apart"
    return "list" if LISTED.match(text) else "prose"
