"""Reranks with the bundled embedding model alone: does the passage say the question's phrases, and is the part of it
that speaks of the question close to it in meaning?

Three scores, each min-max scaled over the candidates, are added: the first stage's, the share of neighbouring
question words that are neighbours in the passage too, and the cosine of the question to the passage's focus, its two
best-matching sentences. Weights and what did not help: `docs/decisions/0003-fusion-and-rerank.md`.
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

    phrase_weight: float = 0.3
    focus_weight: float = 0.4
    focus_sentences: int = 2
    focus_depth: int = 15
    """So many passages have their focus embedded, the costly part: about 4 ms each on two cores."""


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
        weights = np.array([1.0, self._config.phrase_weight, self._config.focus_weight])
        return [float(score) for score in self.parts(query, passages) @ weights]

    def parts(self, query: str, passages: Sequence[Passage]) -> NDArray[np.float64]:
        """(n, 3): first stage, phrase and focus, each scaled to [0, 1] over the candidates; what the weights weigh."""
        if not passages:
            return np.zeros((0, 3))
        words = terms(query)
        bodies = [terms(f"{p.header or p.title}\n{p.text}") for p in passages]
        weight = _rarity(words, bodies)
        first = np.array([p.score for p in passages])
        phrase = np.array([_phrase_match(words, body, weight) for body in bodies])
        focus = self._focus_match(query, passages, first, weight) if self._config.focus_weight else np.zeros(len(first))
        return np.column_stack([_scaled(first), _scaled(phrase), _scaled(focus)])

    def _focus_match(
        self, query: str, passages: Sequence[Passage], first: NDArray[np.float64], weight: Mapping[str, float]
    ) -> NDArray[np.float64]:
        """Cosine of the question to each passage's focus; passages too far down get the lowest one found."""
        chosen = np.argsort(-first, kind="stable")[: self._config.focus_depth]
        texts = [_focus(passages[i].text, weight, self._config.focus_sentences) for i in chosen]
        vectors = self._embedder.embed([query, *texts])
        cosines = vectors[1:] @ vectors[0]
        out = np.full(len(passages), float(cosines.min()))
        out[chosen] = cosines
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


def _sentence_score(body: Sequence[str], weight: Mapping[str, float]) -> float:
    counts = Counter(word for word in body if word in weight)
    length = _SATURATION * (0.6 + 0.4 * len(body) / _TYPICAL_SENTENCE)
    return sum(weight[word] * n / (n + length) for word, n in counts.items())


def _scaled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    low, high = values.min(), values.max()
    return (values - low) / (high - low) if high > low else np.zeros(len(values))
