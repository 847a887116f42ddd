"""Cost against quality of routing between a cheap and a strong model, with seeded bootstrap intervals.

A policy is a score a prompt: the highest go to the strong model first. Prompts with equal scores go as a group, each
with the same chance. Deterministic: the same rows give the same figures.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from answerable.evaluation.statistics import Estimate

Floats = NDArray[np.float64]

TARGETS = (0.5, 0.8, 0.9, 0.95)
"""Shares of the strong model's gain that are asked for."""
ROUNDS = 1_000
_SEED = 20_26


@dataclass(frozen=True, slots=True)
class Curve:
    """`share[i]` of the prompts on the strong model reach `accuracy[i]`, from none to all of them.

    `area` is the mean share of the gain that is reached, over all shares of strong calls: .5 by chance, and 1 would be
    all of the gain for nothing (RouteLLM calls it APGR). NaN where the strong model gains nothing.
    """

    share: Floats
    accuracy: Floats

    @property
    def gain(self) -> float:
        """What the strong model adds on all prompts."""
        return float(self.accuracy[-1] - self.accuracy[0])

    @property
    def area(self) -> float:
        """See the class."""
        if not self.gain:
            return float("nan")
        return float(np.trapezoid(self.accuracy - self.accuracy[0], self.share) / self.gain)

    def share_for(self, target: float) -> float:
        """The share of strong calls that reaches `target` (0..1) of the gain: the middle between the first and the last
        crossing, since the first alone would take the luck of a wavering curve for skill.
        """
        wanted = self.accuracy[0] + target * self.gain
        side = self.accuracy >= wanted - 1e-12
        crossings = np.flatnonzero(side[1:] != side[:-1])
        if not len(crossings):
            return 0.0
        return (self._crossing(crossings[0], wanted) + self._crossing(crossings[-1], wanted)) / 2

    def _crossing(self, at: int, wanted: float) -> float:
        before, after = self.accuracy[at], self.accuracy[at + 1]
        part = (wanted - before) / (after - before)
        return float(self.share[at] + part * (self.share[at + 1] - self.share[at]))

    def accuracy_at(self, share: float) -> float:
        """Accuracy with this share of the prompts on the strong model."""
        return float(np.interp(share, self.share, self.accuracy))


def curve(score: Floats, weak: Floats, strong: Floats) -> Curve:
    """The curve of a policy; `weak` and `strong` are 0 or 1 a prompt. Raises ValueError without prompts."""
    if not len(score):
        raise ValueError("there are no prompts to route")
    _, group, size = np.unique(-score, return_inverse=True, return_counts=True)
    gains = np.bincount(group, weights=strong - weak)
    share = np.concatenate(([0.0], np.cumsum(size))) / len(score)
    return Curve(share, weak.mean() + np.concatenate(([0.0], np.cumsum(gains))) / len(score))


def chance(weak: Floats, strong: Floats) -> Curve:
    """Random routing: every share of the calls brings the same share of the gain."""
    return curve(np.zeros(len(weak)), weak, strong)


def area_within(score: Floats, outcomes: tuple[Floats, Floats], tasks: Sequence[str]) -> float:
    """The area when each task is routed for itself, tasks weighted by their gain: what is left of a policy that only
    tells tasks apart is .5."""
    weak, strong = outcomes
    names = np.array(tasks)
    reached = 0.0
    for name in np.unique(names):
        here = names == name
        one = curve(score[here], weak[here], strong[here])
        reached += float(np.trapezoid(one.accuracy - one.accuracy[0], one.share)) * int(here.sum())
    return reached / float((strong - weak).sum())


def spend(score: Floats, cheap: Floats, strong: Floats) -> Floats:
    """Mean cost of a prompt at each point of the policy's curve; `cheap` and `strong` are the costs a prompt."""
    _, group, size = np.unique(-score, return_inverse=True, return_counts=True)
    more = np.bincount(group, weights=strong - cheap)
    return np.asarray((cheap.sum() + np.concatenate(([0.0], np.cumsum(more)))) / size.sum())


@dataclass(frozen=True, slots=True)
class Compared:
    """How much better the first policy is than another: gain of area, and strong calls saved for each target (shares
    of all prompts). Paired bootstrap over the prompts; an interval that does not hold 0 is a difference."""

    area: Estimate
    saved: Mapping[float, Estimate]


def compare(
    score: Floats, other: Floats | None, outcomes: tuple[Floats, Floats], targets: Sequence[float] = TARGETS
) -> Compared:
    """Compare a policy with another one, or with chance (None), on the outcomes (weak, strong)."""
    weak, strong = outcomes
    generator, count = np.random.default_rng(_SEED), len(weak)
    draws = [_differences(score, other, outcomes, targets)]
    for _ in range(ROUNDS):
        rows = generator.integers(0, count, count)
        again = (weak[rows], strong[rows])
        draws.append(_differences(score[rows], None if other is None else other[rows], again, targets))
    table = np.array(draws)
    found = [_estimate(table[0, column], table[1:, column], count) for column in range(table.shape[1])]
    return Compared(found[0], dict(zip(targets, found[1:], strict=True)))


def _differences(
    score: Floats, other: Floats | None, outcomes: tuple[Floats, Floats], targets: Sequence[float]
) -> list[float]:
    ours = curve(score, *outcomes)
    theirs = chance(*outcomes) if other is None else curve(other, *outcomes)
    return [ours.area - theirs.area, *(theirs.share_for(one) - ours.share_for(one) for one in targets)]


def _estimate(value: float, draws: Floats, count: int) -> Estimate:
    known = draws[np.isfinite(draws)]  # a draw of few prompts may hold no gain at all
    low, high = np.quantile(known, [0.025, 0.975]) if len(known) else (np.nan, np.nan)
    return Estimate(float(value), float(low), float(high), count)
