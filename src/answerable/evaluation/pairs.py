"""Pairs of questions, equal or not, under a score: what a cache that goes by that score would serve.

A hit is a pair whose score reaches the threshold; a false hit is one of different questions. Seeded bootstrap over
pairs; the same rows give the same figures.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from answerable.evaluation.statistics import Estimate

Floats = NDArray[np.float64]

ROUNDS = 1_000
_SEED = 20_26


@dataclass(frozen=True, slots=True)
class Served:
    """At one threshold: the share of all pairs that are hits, the share of hits that are wrong (1 - precision), the
    share of hits that are right, the share of equal pairs that are hits, and the share of different pairs that are."""

    threshold: float
    hits: int
    hit_rate: Estimate
    false_hit_rate: Estimate
    precision: Estimate
    recall: Estimate
    fooled: Estimate


def served(score: Floats, equal: Floats, threshold: float) -> Served:
    """What a threshold serves, with 95 % intervals; without any hit precision is 1 and the false-hit rate 0."""
    hit = (score >= threshold).astype(np.float64)
    draws = _draws(len(hit))
    right, wrong = hit * equal, hit * (1 - equal)
    every = np.ones(len(hit))

    def share(part: Floats, whole: Floats, empty: float = 0.0) -> Estimate:
        return _estimate(lambda rows: _ratio(part[rows].sum(-1), whole[rows].sum(-1), empty), draws, int(whole.sum()))

    return Served(
        threshold,
        int(hit.sum()),
        share(hit, every),
        share(wrong, hit),
        share(right, hit, 1.0),
        share(right, equal),
        share(wrong, 1 - equal),
    )


def precision_at(score: Floats, equal: Floats, recall: float) -> tuple[float, float]:
    """Precision where so much recall is reached first, and the threshold for it; ties are taken whole."""
    order = np.argsort(-score, kind="stable")
    right = np.cumsum(equal[order])
    ends = np.append(np.flatnonzero(np.diff(score[order])), len(order) - 1)
    at = ends[np.searchsorted(right[ends], recall * equal.sum() - 1e-9)]
    return float(right[at] / (at + 1)), float(score[order][at])


def recall_at(score: Floats, equal: Floats, precision: float) -> float:
    """The largest recall of any threshold with at least this precision; 0 where there is none."""
    order = np.argsort(-score, kind="stable")
    right = np.cumsum(equal[order])
    ends = np.append(np.flatnonzero(np.diff(score[order])), len(order) - 1)
    good = ends[right[ends] / (ends + 1) >= precision]
    return float(right[good].max(initial=0.0) / max(1.0, equal.sum()))


def _draws(count: int) -> NDArray[np.int64]:
    return np.random.default_rng(_SEED).integers(0, count, (ROUNDS, count), dtype=np.int64)


def _ratio(part: Floats, whole: Floats, empty: float) -> Floats:
    return np.where(whole > 0, part / np.maximum(whole, 1e-12), empty)


def _estimate(figure: Callable[[NDArray[np.int64]], Floats], draws: NDArray[np.int64], count: int) -> Estimate:
    values = np.concatenate([figure(draws[at : at + 100]) for at in range(0, len(draws), 100)])
    low, high = np.quantile(values, [0.025, 0.975])
    return Estimate(float(figure(np.arange(draws.shape[1])[None])[0]), float(low), float(high), count)
