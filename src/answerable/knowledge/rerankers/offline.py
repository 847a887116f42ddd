"""Reranks with the bundled embedding model alone, by how a passage says what was asked.

Added to the first stage's score as a share of its best: the share of neighbouring question words that are neighbours in
the passage too, the cosine of the question to the passage's focus (its two best sentences) and to its point (the best
one under its headings). Nothing is scaled over the candidates: where no passage says the phrases, phrases decide
nothing. Weights and what did not help: `docs/decisions/0003-fusion-and-rerank.md`.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from answerable.core.documents import Passage
from answerable.core.ports import Embedder, Reranker
from answerable.knowledge.terms import terms

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？।])|\n\s*\n")
_SENTENCE_WORDS = 60
_TYPICAL_SENTENCE = 15.0
_SATURATION = 0.9


@dataclass(frozen=True, slots=True)
class Config:
    """Weights are relative to the first stage's score, which counts 1."""

    phrase_weight: float = 0.8
    focus_weight: float = 0.3
    point_weight: float = 0.3
    focus_sentences: int = 2
    focus_depth: int = 12
    """So many passages have their focus and point embedded, the costly part: about 4 ms each on two cores."""


def build(config: Config, embedder: Embedder) -> Reranker:
    """The reranker; `embedder` must be the bundled model or one as cheap."""
    return OfflineReranker(config, embedder)


class OfflineReranker:
    """See the module. Deterministic; holds no state between calls."""

    name = "offline"

    def __init__(self, config: Config, embedder: Embedder) -> None:
        self._config = config
        self._embedder = embedder

    def rerank(self, query: str, passages: Sequence[Passage]) -> list[float]:
        """One score a passage, in the order given."""
        config = self._config
        weights = np.array([1.0, config.phrase_weight, config.focus_weight, config.point_weight])
        return [float(score) for score in self.parts(query, passages) @ weights]

    def parts(self, query: str, passages: Sequence[Passage]) -> NDArray[np.float64]:
        """(n, 4): first stage over its best, phrase in 0..1, cosines of focus and point; what the weights weigh."""
        if not passages:
            return np.zeros((0, 4))
        words = terms(query)
        bodies = [terms(f"{p.header or p.title}\n{p.text}") for p in passages]
        weight = _rarity(words, bodies)
        first = np.array([p.score for p in passages])
        phrase = np.array([_phrase_match(words, body, weight) for body in bodies])
        cosines = np.zeros((len(first), 2))
        if self._config.focus_weight or self._config.point_weight:
            cosines = self._cosines(query, passages, first, weight)
        return np.column_stack([first / max(float(first.max()), 1e-9), phrase, cosines])

    def _cosines(
        self, query: str, passages: Sequence[Passage], first: NDArray[np.float64], weight: Mapping[str, float]
    ) -> NDArray[np.float64]:
        """(n, 2): of the question to each passage's focus and point; those too far down get the lowest one found."""
        chosen = np.argsort(-first, kind="stable")[: self._config.focus_depth]
        focus = [_focus(passages[i].text, weight, self._config.focus_sentences) for i in chosen]
        point = [_under(passages[i], _focus(passages[i].text, weight, 1)) for i in chosen]
        row = {text: at for at, text in enumerate(dict.fromkeys((query, *focus, *point)))}
        vectors = self._embedder.embed(list(row))
        cosine = vectors @ vectors[row[query]]
        found = np.array([[cosine[row[a]], cosine[row[b]]] for a, b in zip(focus, point, strict=True)])
        out = np.tile(found.min(axis=0), (len(passages), 1)).astype(np.float64)
        out[chosen] = found
        return out


def _rarity(words: Sequence[str], bodies: Sequence[Sequence[str]]) -> dict[str, float]:
    """The BM25 weight of each question word, counted over the candidates: what tells them apart, counts."""
    seen = Counter(word for body in bodies for word in set(words).intersection(body))
    return {word: math.log(1 + (len(bodies) - seen[word] + 0.5) / (seen[word] + 0.5)) for word in set(words)}


def _phrase_match(words: Sequence[str], body: Sequence[str], weight: Mapping[str, float]) -> float:
    """Share, by weight, of the question's neighbouring pairs that stand side by side and in order in the passage."""
    found = Counter(pair for pair in pairwise(body) if pair[0] in weight and pair[1] in weight)
    pairs = [(a, b) for a, b in pairwise(words) if a != b]
    total = sum(weight[a] + weight[b] for a, b in pairs)
    matched = sum((weight[a] + weight[b]) * found[a, b] / (found[a, b] + _SATURATION) for a, b in pairs)
    return matched / total if total else 0.0


def _focus(text: str, weight: Mapping[str, float], count: int) -> str:
    """The `count` sentences with the best BM25 score, in reading order."""
    sentences = [" ".join(part.split()[:_SENTENCE_WORDS]) for part in _SENTENCE_END.split(text) if part.strip()]
    scores = [_sentence_score(terms(sentence), weight) for sentence in sentences]
    best = sorted(range(len(sentences)), key=lambda i: -scores[i])[:count]
    return " ".join(sentences[i] for i in sorted(best))


def _under(passage: Passage, sentence: str) -> str:
    headings = passage.header or passage.title
    return f"{headings}\n{sentence}" if headings else sentence


def _sentence_score(body: Sequence[str], weight: Mapping[str, float]) -> float:
    counts = Counter(word for word in body if word in weight)
    length = _SATURATION * (0.6 + 0.4 * len(body) / _TYPICAL_SENTENCE)
    return sum(weight[word] * n / (n + length) for word, n in counts.items())
