"""Which points are said, and in which order: relevance and novelty together, greedily (maximal marginal relevance,
Carbonell and Goldstein 1998), within a number of sentences.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from answerable.core.discourse import tells
from answerable.providers.extraction.research.material import Material, Point
from answerable.providers.extraction.research.quality import informs, shown
from answerable.providers.extraction.research.terms import terms

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from answerable.core.ports import Vectors

    Scores = NDArray[np.float64]

_NEAR, _LEXICAL, _CENTRAL, _INFORMS, _OPENS = 0.45, 0.25, 0.15, 0.1, 0.05
_TELLS = 0.2
"""Gold facts covered, dev / held out: .402 / .485 with it, .362 / .467 without (`answerable evaluate research`)."""
_ABOVE = 0.3
"""How much of the nearness of a sentence is that of the headings above it."""
_BESIDE = 0.3
_HOW = 0.35
"""What it counts less that a point says how work was done."""
_NOVELTY = 0.3
_WORDS_EACH = 24
"""Words that a sentence may have on average: long ones take the room of others."""
_SAME, _NOT_OTHER, _SAME_TERMS = 0.88, 0.7, 0.8
_FEW_TERMS = 4
_FLOOR = 0.6
_RELEVANT = 0.5
"""Of the best point's score and of its relevance alone: what is below has too little to do with the question."""


@dataclass(frozen=True, slots=True)
class Aim:
    """What points are looked for: texts with their weights, which together make 1."""

    texts: tuple[tuple[str, float], ...]


def alike(near: float, one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two sentences say the same: by their cosine, or by their terms where the cosine does not deny it."""
    fewest = min(len(one), len(other))
    shared = fewest >= _FEW_TERMS and len(one & other) >= _SAME_TERMS * fewest
    return near >= (_NOT_OTHER if shared else _SAME)


class Choice:
    """Chooses points of one section; remembers what was said before, there and here."""

    def __init__(self, material: Material, said: Iterable[str] = ()) -> None:
        self.material = material
        texts = [text for one in said if (text := shown(one).strip())]
        self._rows: list[Vectors] = []
        self._closest = np.zeros(len(material.points))
        self._remember(material.embed(texts))
        self._terms = [terms(text) for text in texts]
        self._texts = {_folded(text) for text in texts}
        self._block: dict[str, tuple[int, int]] = {}

    def scores(
        self,
        aim: Aim,
        numbers: frozenset[int] | None = None,
        *,
        relevant: float = _RELEVANT,
        least: float = 0.0,
        telling: float = _TELLS,
    ) -> "Scores":
        """The worth of each point for `aim`, (points,) float64; -1 for a passage that is not among `numbers`, and for
        what has less than the share `relevant` of the best relevance, or less than `least`. `telling` is what it counts
        that a point says what came out.
        """
        material = self.material
        if not material.points:
            return np.zeros(0)
        allowed = np.array([numbers is None or point.number in numbers for point in material.points])
        weights = np.array([weight for _, weight in aim.texts])
        wanted_here = material.embed([text for text, _ in aim.texts]).T @ weights
        near = (1 - _ABOVE) * (material.vectors @ wanted_here) + _ABOVE * (material.above @ wanted_here)
        lexical = np.zeros(len(material.points))
        for text, weight in aim.texts:
            wanted = terms(text)
            lexical += weight * np.array([material.rarity.share(wanted, has) for has in material.terms])
        centre = material.vectors[allowed].sum(axis=0) if allowed.any() else np.zeros(material.vectors.shape[1])
        central = material.vectors @ (centre / max(float(np.linalg.norm(centre)), 1e-9))
        own = np.array(
            [
                _INFORMS * informs(point.text)
                + _OPENS * point.opens
                + telling * max(0.0, tells(point.text, point.role))
                - (_HOW if point.role == "method" else 0.0)
                for point in material.points
            ]
        )
        fit = self._beside(np.round(_NEAR * near + _LEXICAL * lexical, 6))
        if allowed.any():
            allowed &= fit >= max(least, relevant * float(fit[allowed].max()))
        return np.where(allowed, np.round(fit + _CENTRAL * central + own, 6), -1.0)

    def _beside(self, fit: "Scores") -> "Scores":
        """Relevance that is shared with the best sentence of the passage: an answer goes on in the next sentence."""
        best: dict[int, float] = {}
        for point, one in zip(self.material.points, fit.tolist(), strict=True):
            best[point.number] = max(best.get(point.number, 0.0), one)
        return (1 - _BESIDE) * fit + _BESIDE * np.array([best[point.number] for point in self.material.points])

    def take(self, scores: "Scores", most: int, *, floor: float = _FLOOR) -> list[int]:
        """Points of at most `most` sentences, in the order they were chosen. They are said from now on."""
        points = self.material.points
        chosen: list[int] = []
        words = most * _WORDS_EACH
        is_open = scores > max(0.0, floor * float(scores.max(initial=0.0)))
        while most > 0 and is_open.any():
            worth = np.where(is_open, np.round(scores - _NOVELTY * self._closest, 6), -np.inf)
            at = int(worth.argmax())
            is_open[at] = False
            fits = points[at].sentences <= most and (points[at].words <= words or not chosen)
            if fits and not self.is_said(at):
                chosen.append(at)
                most -= points[at].sentences
                words -= points[at].words
                self.say(at)
        return chosen

    def begin_block(self) -> None:
        """What is taken from now on is written apart: it cannot lean on a sentence that was taken before."""
        self._block.clear()

    def is_said(self, at: int) -> bool:
        """Whether a point was said, in these or in other words."""
        point = self.material.points[at]
        for place, unit in enumerate(point.units):
            text = _folded(unit.text)
            beside = self._block.get(text) == (point.number, point.first + place) and place != point.key
            if text in self._texts and not beside:
                return True
        if self._closest[at] < _NOT_OTHER:
            return False
        mine, near = terms(point.text), np.round(np.stack(self._rows) @ self.material.vectors[at], 6)
        return any(alike(float(one), mine, other) for one, other in zip(near, self._terms, strict=True))

    def say(self, at: int) -> None:
        """Remember a point as said."""
        point = self.material.points[at]
        self._remember(self.material.vectors[at : at + 1])
        self._terms.append(terms(point.text))
        for place, unit in enumerate(point.units):
            self._texts.add(_folded(unit.text))
            self._block[_folded(unit.text)] = point.number, point.first + place

    def _remember(self, rows: "Vectors") -> None:
        """Keep for each point how near it is to what was said."""
        self._rows.extend(rows)
        if len(rows) and len(self._closest):
            near = np.round((self.material.vectors @ rows.T).max(axis=1), 6)
            self._closest = np.maximum(self._closest, near)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split()).rstrip(" .:")


def in_order(material: Material, chosen: Sequence[int], scores: "Scores") -> list[Point]:
    """Chosen points as they are read: document by document, the best one first, each as its author ordered it."""
    best: dict[str, float] = {}
    for at in chosen:
        document = material.passages[material.points[at].number - 1].document_id
        best[document] = max(best.get(document, -1.0), float(scores[at]))
    rank = {document: place for place, document in enumerate(sorted(best, key=lambda one: (-best[one], one)))}

    def place(at: int) -> tuple[int, int, int]:
        point = material.points[at]
        passage = material.passages[point.number - 1]
        return rank[passage.document_id], passage.start + point.units[0].start, point.number

    return [material.points[at] for at in sorted(chosen, key=place)]
