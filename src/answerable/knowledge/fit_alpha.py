"""Fits the share of the vectors in the fusion to one collection's labelled questions, and never makes it worse.

A fitted weight is kept only when cross-validation says, with 95 % confidence, that it beats the default on questions
it was not fitted to; otherwise the answer is the default.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from answerable.knowledge.fuse import DEFAULT_ALPHA, Fused, Ranking, convex

GRID = tuple(round(0.05 * step, 2) for step in range(21))
FOLDS = 10
MIN_QUERIES = 30
"""Fewer labels than this leave the default in place: the interval would be wider than any gain seen."""
_CUT = 10
_RESAMPLES = 2000
_CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class LabelledQuery:
    """Both searches' results for a question, and the relevance (> 0) of the chunks that answer it."""

    lexical: Ranking
    dense: Ranking
    relevance: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class AlphaFit:
    """`gain` is the cross-validated nDCG@10 over the default's; [`low`, `high`] its bootstrap interval (90 %)."""

    alpha: float
    default: float
    queries: int
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
        return AlphaFit(default, default, len(labelled), 0.0, 0.0, 0.0)
    grid = sorted({*GRID, default})
    quality = np.array([[_ndcg(convex(q.lexical, q.dense, alpha), q.relevance) for alpha in grid] for q in labelled])
    gains = _held_out_gains(quality, grid, default)
    low, high = _interval(gains)
    best = _best(quality, grid, default) if low > 0.0 else grid.index(default)
    return AlphaFit(grid[best], default, len(labelled), float(gains.mean()), low, high)


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


def _ndcg(fused: Fused, relevance: Mapping[int, float]) -> float:
    """nDCG@10 with linear gain over all judgements (trec_eval)."""
    discount = 1.0 / np.log2(np.arange(2, _CUT + 2))
    found = np.array([relevance.get(int(i), 0.0) for i in fused.ids[:_CUT]])
    ideal = np.array(sorted(relevance.values(), reverse=True)[:_CUT])
    return float(found @ discount[: len(found)]) / float(ideal @ discount[: len(ideal)])
