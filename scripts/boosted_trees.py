"""Gradient boosting of small complete trees on the logistic loss (Friedman 2001), with numpy alone, for fitting.

Splits are sought among quantiles of each feature by second-order gain (Chen and Guestrin 2016, equation 7).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_LEAST_GAIN = 1e-9


@dataclass(frozen=True, slots=True)
class Settings:
    """`rows` and `columns` are the shares drawn for each tree; `least` is the least sum of second derivatives in a
    child; `ridge` shrinks leaves."""

    trees: int = 200
    depth: int = 4
    rate: float = 0.06
    rows: float = 0.6
    columns: float = 0.4
    ridge: float = 20.0
    least: float = 4.0
    bins: int = 128
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Forest:
    """`feature` and `threshold` (trees, 2**depth - 1), `leaf` (trees, 2**depth); above a threshold goes right."""

    base: float
    feature: NDArray[np.int64]
    threshold: Floats
    leaf: Floats

    def log_odds(self, rows: Floats) -> Floats:
        """One figure a row."""
        total, every = np.full(len(rows), self.base), np.arange(len(rows))
        inner = self.feature.shape[1]
        for feature, threshold, leaf in zip(self.feature, self.threshold, self.leaf, strict=True):
            node = np.zeros(len(rows), np.int64)
            for _ in range(inner.bit_length()):
                node = 2 * node + 1 + (rows[every, feature[node]] > threshold[node])
            total += leaf[node - inner]
        return total


def fit(rows: Floats, target: Floats, how: Settings) -> Forest:
    """Trees for P(target = 1)."""
    generator = np.random.default_rng(how.seed)
    edges = [np.unique(np.quantile(column, np.linspace(0, 1, how.bins + 1)[1:-1])) for column in rows.T]
    binned = np.stack([np.searchsorted(e, column, side="left") for e, column in zip(edges, rows.T, strict=True)], 1)
    share = float(target.mean())
    base = float(np.log(share / (1 - share)))
    score = np.full(len(rows), base)
    features, thresholds, leaves = [], [], []
    for _ in range(how.trees):
        chance = 1 / (1 + np.exp(-score))
        slopes = np.stack([chance - target, chance * (1 - chance)])
        drawn = np.flatnonzero(generator.random(len(rows)) < how.rows)
        columns = generator.permutation(rows.shape[1])[: max(1, int(rows.shape[1] * how.columns))]
        feature, threshold, node = _grow(rows, binned, edges, (slopes[:, drawn], drawn, columns), how)
        place = node - len(feature)
        sums = [np.bincount(place[drawn], part[drawn], len(feature) + 1) for part in slopes]
        leaf = -how.rate * sums[0] / (sums[1] + how.ridge)
        score += leaf[place]
        features.append(feature)
        thresholds.append(threshold)
        leaves.append(leaf)
    return Forest(base, np.array(features), np.array(thresholds), np.array(leaves))


def _grow(
    rows: Floats,
    binned: NDArray[np.int64],
    edges: list[Floats],
    drawn: tuple[Floats, NDArray[np.int64], NDArray[np.int64]],
    how: Settings,
) -> tuple[NDArray[np.int64], Floats, NDArray[np.int64]]:
    """One tree level by level; a node that no split helps sends everything left."""
    slopes, sample, columns = drawn
    inner = 2**how.depth - 1
    feature, threshold = np.zeros(inner, np.int64), np.full(inner, np.inf)
    node, every = np.zeros(len(rows), np.int64), np.arange(len(rows))
    bins = binned[np.ix_(sample, columns)].T
    uncut = np.arange(how.bins) >= np.array([len(edges[column]) for column in columns])[:, None]
    for level in range(how.depth):
        first, count = 2**level - 1, 2**level
        gain = _gains(node[sample] - first, bins, slopes, (count, how))
        gain[uncut[:, None].repeat(count, 1)] = -1
        flat = gain.transpose(1, 0, 2).reshape(count, -1)
        best = flat.argmax(1)
        column, cut = np.divmod(best, how.bins)
        for place in np.flatnonzero(flat[np.arange(count), best] > _LEAST_GAIN).tolist():
            chosen = columns[column[place]]
            feature[first + place], threshold[first + place] = chosen, edges[chosen][cut[place]]
        node = 2 * node + 1 + (rows[every, feature[node]] > threshold[node])
    return feature, threshold, node


def _gains(place: NDArray[np.int64], bins: NDArray[np.int64], slopes: Floats, size: tuple[int, Settings]) -> Floats:
    """Gain of cutting each node after each bin (columns, nodes, bins); -1 where a child would be too small."""
    count, how = size
    shape = (len(bins), count, how.bins)
    index = (np.arange(len(bins))[:, None] * count + place) * how.bins + bins
    sums = [np.bincount(index.ravel(), np.tile(part, len(bins)), np.prod(shape)).reshape(shape) for part in slopes]
    total = [part.sum(2, keepdims=True) for part in sums]
    left = [part.cumsum(2) for part in sums]
    right = [whole - part for whole, part in zip(total, left, strict=True)]

    def worth(parts: list[Floats]) -> Floats:
        return np.asarray(parts[0] ** 2 / (parts[1] + how.ridge))

    gain = worth(left) + worth(right) - worth(total)
    gain[(left[1] < how.least) | (right[1] < how.least)] = -1
    return gain
