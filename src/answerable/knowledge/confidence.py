"""How likely the passages found can answer the question: a calibrated probability from four plain numbers.

A small logistic model, fitted by `scripts/fit_confidence.py` on questions put to their own and to foreign collections
(`docs/decisions/0004-confidence.md`). Cosines mean what they meant there only for the bundled embedding model; another
model needs a fit of its own.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from answerable.core.documents import Passage
from answerable.knowledge.fuse import Ranking
from answerable.knowledge.terms import terms

if TYPE_CHECKING:
    from answerable.knowledge.retriever import Found
    from answerable.knowledge.trace import Trace

READ = 5
"""Passages looked at: what a reader would look at before giving up."""
_LISTED = 10


@dataclass(frozen=True, slots=True)
class Features:
    """Each in 0..1 (cosines may be slightly below 0)."""

    nearest: float
    """Cosine of the question to the nearest chunk of all."""
    closeness: float
    """Mean cosine of the question to the first passages."""
    coverage: float
    """Share of the question's content words that the first passage holds."""
    agreement: float
    """Share of the ten best by vectors that are among the ten best by words."""


# Coefficients of `scripts/fit_confidence.py`, fitted on all its sets together; the decision record has the errors
# that each set shows when it is left out of the fit.
_INTERCEPT = -10.368
_WEIGHTS: Mapping[str, float] = {"nearest": 19.244, "closeness": 7.323, "coverage": 1.374, "agreement": -0.211}
_WORDS_INTERCEPT = -2.575
_WORDS_WEIGHT = 4.74
"""Used when no chunk has a vector yet: coverage alone."""

# (threshold, share of answerable questions below it, share of foreign questions above it), sets left out in turn.
OPERATING_POINTS: tuple[tuple[float, float, float], ...] = (
    (0.10, 0.011, 0.124),
    (0.20, 0.019, 0.077),
    (0.30, 0.028, 0.053),
    (0.40, 0.036, 0.044),
    (0.50, 0.045, 0.035),
    (0.60, 0.053, 0.028),
    (0.70, 0.064, 0.023),
    (0.80, 0.086, 0.015),
    (0.90, 0.131, 0.010),
)


def features(question: str, passages: Sequence[Passage], lexical: Ranking, dense: Ranking) -> Features:
    """The four numbers. `passages` come best first; `dense` holds cosines."""
    cosine = dict(zip(dense.ids.tolist(), dense.scores.tolist(), strict=True))
    farthest = float(dense.scores.min()) if len(dense.scores) else 0.0
    shown = [cosine.get(int(p.chunk_id), farthest) for p in passages[:READ]]
    by_words, by_vectors = set(lexical.ids[:_LISTED].tolist()), set(dense.ids[:_LISTED].tolist())
    return Features(
        nearest=float(dense.scores.max(initial=0.0)),
        closeness=float(np.mean(shown)) if shown else 0.0,
        coverage=_coverage(question, passages[0]) if passages else 0.0,
        agreement=len(by_words & by_vectors) / _LISTED,
    )


def probability(found: Features, *, has_vectors: bool = True) -> float:
    """P(the passages answer the question), when every second question asked has an answer in the collection."""
    if not has_vectors:
        return _logistic(_WORDS_INTERCEPT + _WORDS_WEIGHT * found.coverage)
    values = asdict(found)
    return _logistic(_INTERCEPT + sum(weight * values[name] for name, weight in _WEIGHTS.items()))


def threshold_for(false_answers: float) -> float:
    """The lowest threshold that lets at most this share of unanswerable questions be answered."""
    return min((t for t, _, wrong in OPERATING_POINTS if wrong <= false_answers), default=1.0)


def judge(question: str, found: "Found", trace: "Trace | None" = None) -> float:
    """The confidence in what a search found, recorded in the trace; nothing found is 0."""
    if not found.passages:
        return 0.0
    measured = features(question, found.passages, found.keyword, found.vector)
    value = probability(measured, has_vectors=len(found.vector.ids) > 0)
    if trace is not None:
        trace.record(confidence={"value": value, "threshold": THRESHOLD, "features": asdict(measured)})
    return value


def _coverage(question: str, passage: Passage) -> float:
    wanted = set(terms(question))
    return len(wanted.intersection(terms(f"{passage.header or passage.title}\n{passage.text}"))) / max(1, len(wanted))


def _logistic(value: float) -> float:
    return 1.0 / (1.0 + math.exp(-value))


THRESHOLD = threshold_for(0.04)
"""The default: at most 4 % of foreign questions get an answer (.5)."""
