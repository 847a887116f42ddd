"""Which points are said, and in which order: relevance and novelty together, greedily (maximal marginal relevance,
Carbonell and Goldstein 1998), within a number of sentences.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from answerable.providers.extraction.research.material import Material, Point
from answerable.providers.extraction.research.quality import informs, shown
from answerable.providers.extraction.research.terms import terms

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from answerable.core.ports import Vectors

    Scores = NDArray[np.float64]

_NEAR, _LEXICAL, _CENTRAL, _INFORMS, _OPENS = 0.45, 0.25, 0.15, 0.1, 0.05
_NOVELTY = 0.3
_SAME, _SAME_TERMS = 0.88, 0.8
_FEW_TERMS = 4
_FLOOR = 0.6
_RELEVANT = 0.5
"""Of the best point's score and of its relevance alone: what is below has too little to do with the question."""


@dataclass(frozen=True, slots=True)
class Aim:
    """What points are looked for: texts with their weights, which together make 1."""

    texts: tuple[tuple[str, float], ...]


def alike(near: float, one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two sentences say the same, by their cosine and by the terms they share."""
    if near >= _SAME:
        return True
    fewest = min(len(one), len(other))
    return fewest >= _FEW_TERMS and len(one & other) >= _SAME_TERMS * fewest


class Choice:
    """Chooses points of one section; remembers what was said before, there and here."""

    def __init__(self, material: Material, said: Iterable[str] = ()) -> None:
        self._material = material
        texts = [text for one in said if (text := shown(one).strip())]
        self._rows: list[Vectors] = list(material.embed(texts))
        self._terms = [terms(text) for text in texts]
        self._texts = {_folded(text) for text in texts}

    def scores(self, aim: Aim, numbers: frozenset[int] | None = None, *, relevant: float = _RELEVANT) -> "Scores":
        """The worth of each point for `aim`, (points,) float64; -1 for a passage that is not among `numbers`, and for
        what has less than the share `relevant` of the best relevance.
        """
        material = self._material
        if not material.points:
            return np.zeros(0)
        allowed = np.array([numbers is None or point.number in numbers for point in material.points])
        weights = np.array([weight for _, weight in aim.texts])
        near = material.vectors @ (material.embed([text for text, _ in aim.texts]).T @ weights)
        lexical = np.zeros(len(material.points))
        for text, weight in aim.texts:
            wanted = terms(text)
            lexical += weight * np.array([material.rarity.share(wanted, has) for has in material.terms])
        centre = material.vectors[allowed].sum(axis=0) if allowed.any() else np.zeros(material.vectors.shape[1])
        central = material.vectors @ (centre / max(float(np.linalg.norm(centre)), 1e-9))
        own = np.array([_INFORMS * informs(point.text) + _OPENS * point.opens for point in material.points])
        fit = np.round(_NEAR * near + _LEXICAL * lexical, 6)
        best = float(fit[allowed].max()) if allowed.any() else 0.0
        return np.where(allowed & (fit >= relevant * best), np.round(fit + _CENTRAL * central + own, 6), -1.0)

    def take(self, scores: "Scores", most: int, *, floor: float = _FLOOR) -> list[int]:
        """Points of at most `most` sentences, in the order they were chosen. They are said from now on."""
        chosen: list[int] = []
        left = most
        open_ones = [at for at in np.argsort(-scores, kind="stable").tolist() if scores[at] > 0]
        best = float(scores[open_ones[0]]) if open_ones else 0.0
        open_ones = [at for at in open_ones if scores[at] >= floor * best]
        while left > 0 and open_ones:
            worth = [(float(scores[at]) - _NOVELTY * self._closeness(at), -at) for at in open_ones]
            at = -max(worth)[1]
            open_ones.remove(at)
            point = self._material.points[at]
            if point.sentences > left or self.is_said(at):
                continue
            chosen.append(at)
            left -= point.sentences
            self.say(at)
        return chosen

    def is_said(self, at: int) -> bool:
        """Whether a point was said, in these or in other words."""
        material = self._material
        if any(_folded(unit.text) in self._texts for unit in material.points[at].units):
            return True
        if not self._rows:
            return False
        near = np.stack(self._rows) @ material.vectors[at]
        mine = terms(material.points[at].text)
        return any(alike(float(one), mine, other) for one, other in zip(near, self._terms, strict=True))

    def say(self, at: int) -> None:
        """Remember a point as said."""
        self._rows.append(self._material.vectors[at])
        self._terms.append(terms(self._material.points[at].text))
        self._texts.update(_folded(unit.text) for unit in self._material.points[at].units)

    def _closeness(self, at: int) -> float:
        if not self._rows:
            return 0.0
        return round(float((np.stack(self._rows) @ self._material.vectors[at]).max()), 6)


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
