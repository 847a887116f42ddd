"""Fits the share of the vectors in the fusion to one collection's labelled questions, and never makes it worse.

A fitted weight is kept only when cross-validation says, with 95 % confidence, that it beats the default on questions
it was not fitted to; otherwise the answer is the default.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from answerable.knowledge.fuse import DEFAULT_ALPHA, Fused, Ranking, adapted_alpha

GRID = tuple(round(0.05 * step, 2) for step in range(21))
FOLDS = 10
MIN_QUERIES = 30
"""Fewer labels than this leave the default in place: the interval would be wider than any gain seen."""
_CUT = 10
_RESAMPLES = 2000
_CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class LabelledQuery:
    """A question's first stage, the document of each of its candidates (in the order of `fused.ids`), and the relevance
    (> 0) of the documents that answer it."""

    lexical: Ranking
    dense: Ranking
    fused: Fused
    documents: Sequence[str]
    relevance: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class AlphaFit:
    """`before` is the default's nDCG@10 over documents, `gain` what the fit adds to it on questions it did not see;
    [`low`, `high`] is the gain's bootstrap interval (90 %)."""

    alpha: float
    default: float
    queries: int
    before: float
    gain: float
    low: float
    high: float

    @property
    def kept_default(self) -> bool:
        """True when the labels do not show that another weight is better."""
        return self.alpha == self.default


def fit_alpha(queries: Sequence[LabelledQuery], default: float = DEFAULT_ALPHA) -> AlphaFit:
    """The weight to use for this collection; deterministic."""
    labelled = [query for query in queries if any(value > 0 for value in query.relevance.values())]
    if len(labelled) < MIN_QUERIES:
        return AlphaFit(default, default, len(labelled), 0.0, 0.0, 0.0, 0.0)
    grid = sorted({*GRID, default})
    quality = np.array([[_ndcg(query, alpha) for alpha in grid] for query in labelled])
    gains = _held_out_gains(quality, grid, default)
    low, high = _interval(gains)
    best = _best(quality, grid, default) if low > 0.0 else grid.index(default)
    before = float(quality[:, grid.index(default)].mean())
    return AlphaFit(grid[best], default, len(labelled), before, float(gains.mean()), low, high)


def _held_out_gains(quality: NDArray[np.float64], grid: Sequence[float], default: float) -> NDArray[np.float64]:
    """Each question's gain over the default under the weight fitted without its fold."""
    fold = np.random.default_rng(0).permutation(len(quality)) % FOLDS
    gains = np.zeros(len(quality))
    for number in range(FOLDS):
        held = fold == number
        chosen = _best(quality[~held], grid, default)
        gains[held] = quality[held, chosen] - quality[held, grid.index(default)]
    return gains


def _best(quality: NDArray[np.float64], grid: Sequence[float], default: float) -> int:
    """Position of the best mean quality, smoothed over the neighbours; of equals, the one nearest the default."""
    mean = np.pad(quality.mean(axis=0), 1, mode="edge")
    smooth = (mean[:-2] + mean[1:-1] + mean[2:]) / 3
    return min(range(len(grid)), key=lambda i: (-round(float(smooth[i]), 6), abs(grid[i] - default)))


def _interval(gains: NDArray[np.float64]) -> tuple[float, float]:
    draws = np.random.default_rng(0).integers(0, len(gains), size=(_RESAMPLES, len(gains)))
    low, high = np.quantile(gains[draws].mean(axis=1), [1 - _CONFIDENCE, _CONFIDENCE])
    return float(low), float(high)


def _ndcg(query: LabelledQuery, alpha: float) -> float:
    """nDCG@10 over documents in the order of their best chunk, linear gain over all judgements (trec_eval)."""
    weight = adapted_alpha(query.lexical, query.dense, alpha)
    scores = (1.0 - weight) * query.fused.lexical + weight * query.fused.dense
    order = np.lexsort((query.fused.ids, -scores))
    ranked = list(dict.fromkeys(query.documents[row] for row in order))[:_CUT]
    discount = 1.0 / np.log2(np.arange(2, _CUT + 2))
    found = np.array([query.relevance.get(document, 0.0) for document in ranked])
    ideal = np.array(sorted(query.relevance.values(), reverse=True)[:_CUT])
    return float(found @ discount[: len(found)]) / float(ideal @ discount[: len(ideal)])
