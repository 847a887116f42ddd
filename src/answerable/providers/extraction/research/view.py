"""The passages as an outline sees them: vectors, terms, and how much each has to do with each question."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from answerable.core.ports import Embedder
from answerable.core.research_tasks import Outline
from answerable.providers.extraction.research import headings
from answerable.providers.extraction.research.material import Material
from answerable.providers.extraction.research.terms import Rarity, terms

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from answerable.core.ports import Vectors

    Scores = NDArray[np.float64]

_OF_BEST = 0.62
LEAST = 0.2
"""The least fit of what answers a question."""
_LEXICAL = 0.35
_CENTRAL, _BESIDE, _OF_A_DOCUMENT = 0.8, 0.5, 3
"""Of the document that is most about the topic: from the first on all of a document is used, below the second none of
what fits a question only.
"""
_NEAR_POINT = 0.5
_OF_ONE_PLACE = 0.1
"""How far passages of two documents are apart for that alone."""
_FIRST = re.compile(
    r"\b(?:what (?:is|are)|introduc\w*|defin\w*|basics?|concepts?|general|background|history)\b",
    re.IGNORECASE,
)
_LAST = re.compile(
    r"\b(?:limit\w*|errors?|fail\w*|troubleshoot\w*|problems?|known|risks?|future|drawbacks?|faq)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Theme:
    """Passages by index, best first, and what they are called."""

    members: tuple[int, ...]
    heading: str


class View:
    """The passages as the outline sees them: vectors, terms, and how much each has to do with each question."""

    def __init__(self, task: Outline, embedder: Embedder) -> None:
        self.task = task
        self.material = Material(task.passages, embedder)
        self.asked = [task.topic, *task.questions]
        vectors = self.material.embed(self.asked)
        self.answers = self._answers(vectors)
        self.points = np.round((self.material.vectors @ vectors.T).max(axis=1, initial=0.0), 6)
        self.rows = self._passage_vectors()
        self.has = [terms(f"{' '.join(headings.above(one))} {one.text}") for one in task.passages]
        rarity = Rarity(self.has)
        lexical = [[rarity.share(terms(question), has) for question in self.asked] for has in self.has]
        near = self.rows @ vectors.T
        self.fit = np.round((1 - _LEXICAL) * near + _LEXICAL * np.array(lexical).reshape(near.shape), 6)
        self.relevance = [float(row.max()) for row in self.fit]
        self.about = self._about()

    def _answers(self, vectors: "Vectors") -> "Vectors":
        """How well each point answers each question (topic first): by meaning, and by the question's own words."""
        near = self.material.vectors @ vectors.T
        asked = [
            terms(question) - (terms(self.task.topic) if at else frozenset()) for at, question in enumerate(self.asked)
        ]
        has = [terms(point.text) for point in self.material.points]
        shares = [[len(words & one) / len(words) if words else 0.0 for words in asked] for one in has]
        return np.asarray(np.round((1 - _LEXICAL) * near + _LEXICAL * np.array(shares).reshape(near.shape), 6))

    def _about(self) -> "Scores":
        """For each passage how much its document is about the topic, by the passages of it that fit best."""
        fits: dict[str, list[float]] = {}
        for at, passage in enumerate(self.task.passages):
            fits.setdefault(passage.document_id, []).append(float(self.fit[at, 0]))
        means = {key: float(np.mean(sorted(found, reverse=True)[:_OF_A_DOCUMENT])) for key, found in fits.items()}
        return np.round(np.array([means[one.document_id] for one in self.task.passages]), 6)

    def _passage_vectors(self) -> "Vectors":
        """Each passage as the mean of its points and of the headings above it."""
        material = self.material
        above = material.embed([" ".join(headings.above(one)) or one.title for one in self.task.passages])
        sums = above.astype(np.float64)
        for point, vector in zip(material.points, material.vectors, strict=True):
            sums[point.number - 1] += vector
        sizes = np.linalg.norm(sums, axis=1, keepdims=True)
        return np.asarray(sums / np.maximum(sizes, 1e-9), dtype=np.float32)

    def relevant(self) -> list[int]:
        """Passages that have a point to make and something to do with the topic."""
        telling = sorted({point.number - 1 for point in self.material.points})
        if not telling:  # nothing can be quoted
            return list(range(len(self.task.passages)))
        best = np.maximum(self.fit[telling].max(axis=0) * _OF_BEST, LEAST)
        documents = {self.task.passages[at].document_id: float(self.about[at]) for at in telling}
        most = float(np.mean(sorted(documents.values(), reverse=True)[:_OF_A_DOCUMENT]))
        kept = [
            at
            for at in telling
            if self.fit[at, 0] >= _OF_BEST * most
            or self.about[at] >= _CENTRAL * most
            or (self.about[at] >= _BESIDE * most and bool((self.fit[at] >= best).any()))
        ]
        return kept or telling

    def telling(self, members: Sequence[int], *, near: bool = False) -> int:
        """How many points there are in passages; with `near`, those that have to do with the topic or a question."""
        fits = self.points if near else np.ones(len(self.points))
        least = _NEAR_POINT * float(fits.max(initial=0.0))
        return sum(
            point.number - 1 in members and fit >= least
            for point, fit in zip(self.material.points, fits.tolist(), strict=True)
        )

    def features(self, some: Sequence[int]) -> "Vectors":
        """What is clustered: meaning, which question is answered, and whose document and heading it is."""
        fit = self.fit[list(some)]
        spread = fit - fit.mean(axis=1, keepdims=True)
        places = sorted({self._place(at) for at in some})
        same = np.zeros((len(some), len(places)), np.float32)
        for row, at in enumerate(some):
            same[row, places.index(self._place(at))] = _OF_ONE_PLACE
        return np.hstack([self.rows[list(some)], spread.astype(np.float32), same])

    def _place(self, at: int) -> str:
        return self.task.passages[at].document_id

    def weight(self, theme: Theme) -> float:
        """What comes first: definitions, then what has most to do with the topic; limits come last."""
        near = float(np.mean([self.about[at] for at in theme.members]))
        first = 0.1 if _FIRST.search(theme.heading) else 0.0
        last = 0.2 if _LAST.search(theme.heading) and not _LAST.search(self.task.topic) else 0.0
        return round(near + first - last + 0.01 * len(theme.members), 6)
