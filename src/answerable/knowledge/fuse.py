"""Joins the keyword and the vector ranking into one. Pure numpy: no index, no text, no I/O.

`convex` adds normalised scores (Bruch, Gai and Ingber 2022, arXiv 2210.11934), `reciprocal_rank` adds reciprocal
ranks (Cormack 2009). Both return every candidate with its ranks and parts, which is what the explain trace shows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]
Scores = NDArray[np.float64]

Scale = Literal["bounded", "observed"]

DEFAULT_ALPHA = 0.5
"""Share of the vectors for a keyword list of typical shape: `docs/decisions/0003-fusion-and-rerank.md`."""
_TYPICAL_FLATNESS = 0.36
_LISTED = 100
"""Scores that flatness is read from, however deep the list goes: a deeper search must not move the weight."""
_NEAR, _TRUST = 0.7, 1.5
"""A chunk nearer than this nearly repeats the question: its excess, times the second, goes to the vectors."""
_LEAST, _MOST = 0.15, 0.85
ABSENT = 0
"""The rank of a candidate that a list did not return; ranks count from 1."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """One search's result: ids (n,) int64 best first and their scores (n,), higher is better."""

    ids: Ids
    scores: Scores

    @classmethod
    def of(cls, ids: NDArray[np.int64], scores: NDArray[np.floating]) -> "Ranking":
        """Wrap what an index returned; scores become float64, entries without a score (NaN) are left out."""
        wide = np.asarray(scores, dtype=np.float64)
        known = ~np.isnan(wide)
        return cls(np.asarray(ids, dtype=np.int64)[known], wide[known])


@dataclass(frozen=True, slots=True)
class Fused:
    """Candidates best first, ties by id ascending; every array has shape (n,).

    `lexical` and `dense` are what each list contributed before weighting (normalised scores, or reciprocal ranks),
    so `scores` is always `(1 - alpha) * lexical + alpha * dense`. A rank of 0 means that list did not return the id.
    """

    ids: Ids
    scores: Scores
    lexical: Scores
    dense: Scores
    lexical_rank: Ids
    dense_rank: Ids
    alpha: float


def convex(
    lexical: Ranking,
    dense: Ranking,
    alpha: float = DEFAULT_ALPHA,
    *,
    scale: Scale = "bounded",
    exact_lexical: Mapping[int, float] | None = None,
    exact_dense: Mapping[int, float] | None = None,
) -> Fused:
    """Weighted sum of scaled scores; `alpha` in [0, 1] is the share of the vectors.

    "bounded" divides keyword scores by the best of them and takes cosines as they are, so that a question no vector
    is near to leans on its words, and adapts `alpha` (see `adapted_alpha`). "observed" is min-max over each list with
    `alpha` as given; a constant list then scales to 0.
    A candidate that a list did not return counts 0 there, unless its exact score is supplied.
    """
    ids = np.union1d(lexical.ids, dense.ids)
    alpha = adapted_alpha(lexical, dense, alpha) if scale == "bounded" else alpha
    return _weighted(
        ids,
        _scaled(lexical, ids, exact_lexical, _observed(lexical) if scale == "observed" else _zero_to_best(lexical)),
        _scaled(dense, ids, exact_dense, _observed(dense) if scale == "observed" else (0.0, 1.0)),
        (_ranks(lexical, ids), _ranks(dense, ids)),
        alpha,
    )


def adapted_alpha(lexical: Ranking, dense: Ranking, alpha: float = DEFAULT_ALPHA) -> float:
    """`alpha` moved towards the vectors when the keyword list is flat, or when a chunk nearly repeats the question.

    Flatness is the mean score over the best: of a flat list the words tell the chunks little apart. 0, 1 and an empty
    keyword list are left alone.
    """
    best = float(lexical.scores.max(initial=0.0))
    if not 0.0 < alpha < 1.0 or best <= 0.0:
        return alpha
    flatness = float(lexical.scores[:_LISTED].mean()) / best
    nearness = max(0.0, float(dense.scores.max(initial=0.0)) - _NEAR)
    return min(_MOST, max(_LEAST, alpha + flatness - _TYPICAL_FLATNESS + _TRUST * nearness))


def reciprocal_rank(lexical: Ranking, dense: Ranking, *, k: int = 60, alpha: float = 0.5) -> Fused:
    """Sum of 1 / (k + rank), ranks from 1; an id that a list did not return gets 0 from it.

    `alpha` weighs the two lists as in `convex`; at .5 the order is that of the unweighted original.
    """
    ids = np.union1d(lexical.ids, dense.ids)
    ranks = _ranks(lexical, ids), _ranks(dense, ids)
    first, second = (np.where(rank > ABSENT, 1.0 / (k + rank), 0.0) for rank in ranks)
    return _weighted(ids, first, second, ranks, alpha)


def _weighted(ids: Ids, lexical: Scores, dense: Scores, ranks: tuple[Ids, Ids], alpha: float) -> Fused:
    scores = (1.0 - alpha) * lexical + alpha * dense
    order = np.lexsort((ids, -scores))
    return Fused(
        ids=ids[order],
        scores=scores[order],
        lexical=lexical[order],
        dense=dense[order],
        lexical_rank=ranks[0][order],
        dense_rank=ranks[1][order],
        alpha=alpha,
    )


def _ranks(ranking: Ranking, ids: Ids) -> Ids:
    """1-based position of each of `ids` (sorted, a superset of the ranking's), 0 when absent."""
    out = np.full(len(ids), ABSENT, dtype=np.int64)
    out[np.searchsorted(ids, ranking.ids)] = np.arange(1, len(ranking.ids) + 1)
    return out


def _observed(ranking: Ranking) -> tuple[float, float]:
    return (float(ranking.scores.min()), float(ranking.scores.max())) if len(ranking.ids) else (0.0, 0.0)


def _zero_to_best(ranking: Ranking) -> tuple[float, float]:
    return 0.0, float(ranking.scores.max(initial=0.0))


def _scaled(ranking: Ranking, ids: Ids, exact: Mapping[int, float] | None, bounds: tuple[float, float]) -> Scores:
    """Scores moved from `bounds` to [0, 1]; exact scores of absent ids may fall below 0. No width: all 0."""
    out = np.zeros(len(ids))
    low, high = bounds
    if high <= low:
        return out
    out[np.searchsorted(ids, ranking.ids)] = (ranking.scores - low) / (high - low)
    if exact:
        absent = ~np.isin(ids, ranking.ids)
        found = np.array([exact.get(int(i), low) for i in ids[absent]])
        out[absent] = (np.nan_to_num(found, nan=low) - low) / (high - low)
    return out
