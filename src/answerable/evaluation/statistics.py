"""Means with seeded bootstrap intervals, paired comparison, calibration, risk-coverage, percentiles.

Everything is deterministic: the same values give the same numbers, in whatever order they come.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ROUNDS = 2_000
LEVEL = 0.95
_SEED = 20_26
_CELLS = 4_000_000
"""Numbers resampled at once: bounds the memory of the bootstrap to some 60 MB."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure, its 95 % bootstrap interval and the number of values behind it."""

    value: float
    low: float
    high: float
    n: int


def estimate(values: Mapping[str, float]) -> Estimate:
    """Mean of one value a question. Raises ValueError without values: a mean of nothing is not 0."""
    column = _column(values)
    low, high = _interval(_resampled_means(column))
    return Estimate(float(column.mean()), low, high, len(column))


def estimate_statistic(statistic: Callable[[Floats, Floats], float], first: Floats, second: Floats) -> Estimate:
    """A figure that is no mean (calibration error, AURC), resampled over its questions."""
    if not len(first):
        raise ValueError("there are no values to estimate from")
    generator, count = np.random.default_rng(_SEED), len(first)
    draws = (generator.integers(0, count, count) for _ in range(ROUNDS // 4))
    low, high = _interval(np.array([statistic(first[rows], second[rows]) for rows in draws]))
    return Estimate(statistic(first, second), low, high, count)


def difference(before: Mapping[str, float], after: Mapping[str, float]) -> Estimate:
    """Paired bootstrap of `after - before` over the questions both have. Raises ValueError when there are none."""
    return estimate({query: after[query] - before[query] for query in after if query in before})


def _column(values: Mapping[str, float]) -> Floats:
    """By question, so that the order in which they were asked cannot move an interval."""
    if not values:
        raise ValueError("there are no values to estimate from")
    return np.array([value for _, value in sorted(values.items())], dtype=np.float64)


def _resampled_means(column: Floats) -> Floats:
    generator, count = np.random.default_rng(_SEED), len(column)
    step = max(1, _CELLS // count)
    parts = []
    for begin in range(0, ROUNDS, step):
        rows = generator.integers(0, count, (min(step, ROUNDS - begin), count))
        parts.append(column[rows].mean(axis=1))
    return np.concatenate(parts)


def _interval(draws: Floats) -> tuple[float, float]:
    low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def calibration_error(confidence: Floats, outcome: Floats, *, bins: int = 10, equal_mass: bool = True) -> float:
    """Expected calibration error (Naeini et al. 2015): mean gap of confidence and outcome, weighted by bin size.

    Bins hold equally many questions, or are equally wide. `outcome` is 0 or 1.
    """
    if not len(confidence):
        return 0.0
    order = np.argsort(confidence, kind="stable")
    shown, truth = confidence[order], _tie_averaged(confidence[order], outcome[order])
    if equal_mass:
        parts = np.array_split(np.arange(len(shown)), min(bins, len(shown)))
    else:
        place = np.minimum((shown * bins).astype(int), bins - 1)
        parts = [np.flatnonzero(place == one) for one in np.unique(place)]
    return float(sum(len(part) * abs(shown[part].mean() - truth[part].mean()) for part in parts) / len(shown))


def risk_coverage(confidence: Floats, outcome: Floats) -> tuple[Floats, Floats]:
    """Share of questions answered, most confident first, and the share of failures among them."""
    order = np.argsort(-confidence, kind="stable")
    failed = 1.0 - _tie_averaged(confidence[order], outcome[order])
    count = np.arange(1, len(failed) + 1)
    return count / max(1, len(failed)), np.cumsum(failed) / count


def aurc(confidence: Floats, outcome: Floats) -> float:
    """Area under the risk-coverage curve (Geifman and El-Yaniv 2017); 0 is perfect."""
    return float(risk_coverage(confidence, outcome)[1].mean()) if len(confidence) else 0.0


def _tie_averaged(confidence: Floats, outcome: Floats) -> Floats:
    """Outcomes with each run of equal confidences replaced by its mean: the order within a tie means nothing."""
    _, group, size = np.unique(confidence, return_inverse=True, return_counts=True)
    return np.asarray((np.bincount(group, weights=outcome) / size)[group])


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """p50, p95 and p99, interpolated; empty without values."""
    if not values:
        return {}
    points = np.percentile(np.array(values, dtype=np.float64), [50, 95, 99])
    return dict(zip(("p50", "p95", "p99"), points.tolist(), strict=True))
