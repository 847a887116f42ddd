"""Passages as points: what can be said in a report, word for word, each with what it needs to be understood.

A list comes with what leads to it and all of its items, a sentence that leans on another one with that one. What
cannot be said so is no point.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from answerable.core.discourse import Role, labels, role_of
from answerable.core.documents import Passage
from answerable.core.outline import Unit, plain
from answerable.core.ports import Embedder
from answerable.core.sentences import split
from answerable.providers.extraction.research.quality import is_aside, leans, may_be_listed, may_stand, shown
from answerable.providers.extraction.research.terms import Rarity, size, terms
from answerable.providers.extraction.selection import is_cut, outline_of

if TYPE_CHECKING:
    from answerable.core.ports import Vectors

_ITEMS = ("item", "step")
_MOST_LISTED = 9
_MOST_CODE_LINES = 8
_FIRST_UNITS = 1
"""Index of the last unit that begins a document: there may be a heading before it."""
_LABEL_WORDS = 2
"""`Rejected.` at the beginning of a paragraph says of what kind it is."""
_LONGEST_UNIT = 1_000
"""Characters that are embedded of a unit: about the 256 tokens of the bundled model."""


@dataclass(frozen=True, slots=True)
class Point:
    """Units of the passage `number` (from 1), from the one at `first` on, that are said together.

    `key` is the index among `units` of what is told; `opens` whether it is the first one under its heading; `role` what
    it does there.
    """

    number: int
    first: int
    units: tuple[Unit, ...]
    key: int
    section: str
    opens: bool
    role: Role = ""

    @property
    def text(self) -> str:
        """What is told, for comparing."""
        return self.units[self.key].text

    @property
    def sentences(self) -> int:
        """How many sentences it takes."""
        return sum(max(1, len(split(unit.text))) if unit.kind != "code" else 1 for unit in self.units)

    @property
    def words(self) -> int:
        """How many words it takes."""
        return sum(size(unit.text) for unit in self.units)


class Material:
    """The points of passages, with vectors and terms. Passages are numbered from 1."""

    def __init__(self, passages: Sequence[Passage], embedder: Embedder) -> None:
        self.passages = passages
        self._embedder = embedder
        read = [outline_of(passage) for passage in passages]
        labelled = labels(passages, [[unit.text for unit in outline] for outline in read])
        cleaned = [_cleaned(outline, roles) for outline, roles in zip(read, labelled, strict=True)]
        self.outlines = [[unit for unit, _ in outline] for outline in cleaned]
        self.points = [
            replace(point, role=_role(point, passages[number - 1], cleaned[number - 1][point.first + point.key][1]))
            for number, (passage, outline) in enumerate(zip(passages, self.outlines, strict=True), start=1)
            for point in points(number, passage, outline)
        ]

    @cached_property
    def terms(self) -> list[frozenset[str]]:
        """The terms of each point."""
        return [terms(" ".join(unit.text for unit in point.units)) for point in self.points]

    @cached_property
    def rarity(self) -> Rarity:
        """How rare a term is among the points."""
        return Rarity(self.terms)

    @cached_property
    def vectors(self) -> "Vectors":
        """(points, dimensions), each of what the point tells."""
        return self.embed([point.text for point in self.points])

    @cached_property
    def above(self) -> "Vectors":
        """(points, dimensions), each of the title and the headings that its passage stands under: a sentence about
        results seldom names its subject again.
        """
        rows = self.embed(
            [" ".join(dict.fromkeys((one.title, *one.heading_path))) or one.source for one in self.passages]
        )
        return rows[[point.number - 1 for point in self.points]]

    def embed(self, texts: Sequence[str]) -> "Vectors":
        """Vectors of any texts, cut to what the model reads."""
        return self._embedder.embed([text[:_LONGEST_UNIT] for text in texts])

    def place(self, point: Point, at: int) -> tuple[str, int, int]:
        """Where a unit of a point stands in its document: the same in passages that overlap."""
        passage = self.passages[point.number - 1]
        return passage.document_id, passage.version_id, passage.start + point.units[at].start


def _role(point: Point, passage: Passage, labelled: Role) -> Role:
    """What a point does. The first sentence of a document says what it is about, unless it says what came out."""
    role = role_of(point.text, labelled)
    begins = point.opens and not passage.start and point.first + point.key <= _FIRST_UNITS
    return "background" if begins and not role else role


def _cleaned(outline: Sequence[Unit], roles: Sequence[Role]) -> list[tuple[Unit, Role]]:
    """Units as they may be quoted, with their roles. Items that nothing leads to, and that are texts of their own, are
    read as prose.
    """
    found: list[tuple[Unit, Role]] = []
    led = False
    for unit, role in zip(outline, roles, strict=True):
        led = unit.kind == "lead" or (led and unit.kind in _ITEMS)
        pieces = split(unit.text) if unit.kind in _ITEMS and not led else []
        if len(pieces) > 1 or (len(pieces) == 1 and unit.kind == "item" and may_stand(shown(unit.text))):
            found += [
                (Unit("sentence", shown(unit.text[start:end]), unit.start + start, unit.end, unit.block), role)
                for start, end in pieces
            ]
        else:
            found.append((unit if unit.kind == "code" else replace(unit, text=shown(unit.text)), role))
    return found


def points(number: int, passage: Passage, outline: Sequence[Unit]) -> Iterator[Point]:
    """The points of one passage in order."""
    section = plain(passage.heading_path[-1] if passage.heading_path else passage.title)
    opens, skipped = True, -1
    aside = any(map(is_aside, passage.heading_path))
    for at, unit in enumerate(outline):
        if unit.kind == "heading":
            section, opens = unit.text, True
            aside = is_aside(section)
            continue
        if unit.kind == "sentence" and size(unit.text) <= _LABEL_WORDS and is_aside(unit.text):
            skipped = unit.block
        if (
            unit.kind in ("sentence", "lead", "item")
            and not aside
            and unit.block != skipped
            and not (at == 0 and is_cut(unit, passage))
        ):
            found = _listed(at, outline) if _leads(at, outline) else _said(at, outline)
            if found:
                first, last, key = found
                yield Point(number, first, tuple(outline[first : last + 1]), key - first, section, opens)
        opens = False


def _leads(at: int, outline: Sequence[Unit]) -> bool:
    """Whether what follows is a list or code that this sentence leads to."""
    following = outline[at + 1].kind if at + 1 < len(outline) else ""
    if outline[at].kind == "item":
        return following == "code" and outline[at].text.endswith((":", "："))
    return following in ("item", "step", "row", "code") and outline[at].kind == "lead"


def _listed(at: int, outline: Sequence[Unit]) -> tuple[int, int, int] | None:
    """A lead-in and all that it leads to; None when that is too much, or not fit to be shown."""
    kind = outline[at + 1].kind
    last = at + 1
    while last + 1 < len(outline) and outline[last + 1].kind == kind and kind != "code":
        last += 1
    led = outline[at + 1 : last + 1]
    if len(led) > _MOST_LISTED or leans(outline[at].text) or outline[at].text[:1].islower():
        return None
    if kind == "code":
        fits = len(led[0].text.splitlines()) <= _MOST_CODE_LINES
    elif kind == "step":
        fits = led[0].number == "1" and len(led) > 1
    else:
        fits = len(led) > 1
    fits = fits and (kind == "code" or all(may_be_listed(unit) for unit in led))
    return (at, last, at) if fits else None


def _said(at: int, outline: Sequence[Unit]) -> tuple[int, int, int] | None:
    """A sentence, with the one before it when it leans on that."""
    if outline[at].kind != "sentence" or not may_stand(outline[at].text):
        return None
    if not leans(outline[at].text):
        return at, at, at
    before = outline[at - 1] if at else None
    if before is None or before.kind != "sentence" or not may_stand(before.text) or leans(before.text):
        return None
    return at - 1, at, at
