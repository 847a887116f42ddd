"""Fits `answerable/gateway/complexity.json`: which prompts a strong model gets right and a cheap one does not.

    python scripts/train_router.py DATA_FOLDER [--ship]

Exam questions with the outcome of two models (routing), questions of support as easy ones (intents,
samsung_tv_support), and `router_prompts.jsonl`: everyday and hard prompts written and labelled by us. Prints nested
cross-validation over all tasks, within tasks, and with each task left out; `--ship` writes the weights. One minute.
"""

import argparse
import base64
import itertools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import fit_data
from answerable.evaluation.routing import area_within, curve
from answerable.evaluation.statistics import calibration_error
from answerable.gateway.complexity import CLIP, WEIGHTS, fingerprint
from answerable.gateway.prompt_features import Features, features, telling_part
from answerable.knowledge.embedders import minilm
from fit_data import Floats

AXES, STRENGTHS = (0, 8, 16), (100.0, 200.0, 400.0)
"""What the inner folds choose from: principal components of the embedding, ridge on standardised columns."""
FOLDS, INNER, EVERY = 5, 4, 10
SUPPORT, WRITTEN = 0.05, 1.0
"""Weight of a support question and of a prompt of ours; an exam question has 1. With .25 and 2 the area is .01 less."""
HARD = (0.2, 0.9)
"""P(cheap right), P(strong right) for a prompt of ours that is labelled hard: a judgement, not a measurement."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Prompts with what was counted, their vectors, outcomes of both models, weights, and where they come from."""

    counted: Floats
    vectors: Floats
    weak: Floats
    strong: Floats
    weights: Floats
    task: NDArray[np.str_]
    text: NDArray[np.object_]

    @property
    def exam(self) -> NDArray[np.bool_]:
        """Rows whose outcome was measured: the others teach only what is easy."""
        return np.char.find(self.task, "=") < 0

    def take(self, which: NDArray[Any]) -> "Rows":
        """Some of them."""
        fields = (self.counted, self.vectors, self.weak, self.strong, self.weights, self.task, self.text)
        return Rows(*(field[which] for field in fields))


@dataclass(frozen=True, slots=True)
class Half:
    """A logistic model: weights, intercept first, and their posterior covariance (Laplace)."""

    weights: Floats
    covariance: Floats


@dataclass(frozen=True, slots=True)
class Fit:
    """Scaling, axes and both halves."""

    mean: Floats
    deviation: Floats
    centre: Floats
    axes: Floats
    weak: Half
    strong: Half

    def design(self, rows: Rows) -> Floats:
        """Columns of the rows, the constant first."""
        counted = np.clip((rows.counted - self.mean) / self.deviation, -CLIP, CLIP)
        return np.c_[np.ones(len(counted)), counted, (rows.vectors - self.centre) @ self.axes.T]

    def right(self, rows: Rows) -> tuple[Floats, Floats]:
        """P(cheap right), P(strong right)."""
        design = self.design(rows)
        return _logistic(design @ self.weak.weights), _logistic(design @ self.strong.weights)

    def gain(self, rows: Rows) -> Floats:
        """What the strong model is expected to add."""
        weak, strong = self.right(rows)
        return strong - weak

    def deviation_of_gain(self, rows: Rows) -> Floats:
        """Posterior standard deviation of the gain (delta method)."""
        design = self.design(rows)
        parts = zip(self.right(rows), (self.weak, self.strong), strict=True)
        return np.sqrt(
            sum((p * (1 - p)) ** 2 * np.einsum("ij,jk,ik->i", design, half.covariance, design) for p, half in parts)
        )


Choice = tuple[int, float]


def main() -> None:
    """Print the tables; write the weights when asked."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("data", type=Path)
    options.add_argument("--ship", action="store_true")
    given = options.parse_args()
    rows = load(given.data)
    print(f"{int(rows.exam.sum())} exam questions, {int((~rows.exam).sum())} others")
    choices: list[Choice] = []
    held = held_out(rows, lambda train: fit(train, _remember(choices, choose(train))))
    report("nested cross-validation", rows, held)
    short = held_out(rows, lambda train: fit(train, (0, choose(train, axes=(0,))[1])))
    report("the same without the embedding", rows, short)
    print("chosen in the outer folds:", choices)
    best = choose(rows)
    left = np.full((2, len(rows.task)), np.nan)
    for task in np.unique(rows.task[rows.exam]):
        out = rows.task == task
        left[:, out] = fit(rows.take(~out), best).right(rows.take(out))
    report("each task left out", rows, left)
    others(rows, held)
    spread = fit_spread(rows, best)
    if given.ship:
        ship(rows, held, short, best, spread)


def load(data: Path) -> Rows:
    """All prompts, embedded."""
    exam = [
        (row["text"], row["task"], row["weak_ok"], row["strong_ok"], 1.0)
        for row in fit_data.rows(data / "routing" / "routing.jsonl.gz")
    ]
    support = fit_data.rows(data / "intents" / "intents.jsonl.gz")[::EVERY]
    support += fit_data.rows(data / "samsung_tv_support" / "queries.jsonl.gz")
    easy = [(row["text"], "=support", 1.0, 1.0, SUPPORT) for row in support]
    lines = (Path(__file__).parent / "router_prompts.jsonl").read_text("utf-8").splitlines()
    written = [json.loads(line) for line in lines]
    ours = [
        (row["text"], "=hard", *HARD, WRITTEN) if row["hard"] else (row["text"], "=everyday", 1.0, 1.0, WRITTEN)
        for row in written
    ]
    every = [*exam, *easy, *ours]
    text = np.array([row[0] for row in every], dtype=object)
    vectors = minilm.build(minilm.Config()).embed([telling_part(one) for one in text]).astype(np.float64)
    counted = np.array([features(one) for one in text])
    task = np.array([row[1] for row in every])
    weak, strong, weights = (np.array([float(row[column]) for row in every]) for column in (2, 3, 4))
    return Rows(counted, vectors, weak, strong, weights, task, text)


def fit(rows: Rows, choice: Choice) -> Fit:
    """Scale, find the axes, fit both halves; ridge as strong as the share of the weights asks for."""
    count, strength = choice
    mean, deviation = rows.counted.mean(axis=0), rows.counted.std(axis=0) + 1e-6
    centre = rows.vectors.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov(rows.vectors - centre, rowvar=False))
    axes = vectors[:, ::-1][:, :count].T / np.sqrt(values[-1])
    empty = Half(np.zeros(0), np.zeros(0))
    scaled = Fit(mean, deviation, centre, axes, empty, empty)
    design = scaled.design(rows)
    halves = (logistic_ridge(design, target, rows.weights, strength) for target in (rows.weak, rows.strong))
    return Fit(mean, deviation, centre, axes, *halves)


def logistic_ridge(design: Floats, target: Floats, weights: Floats, strength: float) -> Half:
    """Newton's method; the intercept is free. Targets may be shares."""
    penalty = np.diag(np.r_[1e-6, np.full(design.shape[1] - 1, strength)])
    beta = np.zeros(design.shape[1])
    for _ in range(30):
        p = _logistic(design @ beta)
        hessian = (design * (weights * p * (1 - p))[:, None]).T @ design + penalty
        step = np.linalg.solve(hessian, design.T @ (weights * (p - target)) + penalty @ beta)
        beta -= step
        if np.abs(step).max() < 1e-7:
            break
    return Half(beta, np.linalg.inv(hessian))


def choose(rows: Rows, axes: Sequence[int] = AXES) -> Choice:
    """The choice with the greatest area under the inner folds' curve."""
    scored = []
    for choice in itertools.product(axes, STRENGTHS):
        weak, strong = held_out(rows, lambda train, c=choice: fit(train, c), INNER)
        exam = rows.exam
        scored.append((curve((strong - weak)[exam], rows.weak[exam], rows.strong[exam]).area, choice))
    return max(scored)[1]


def held_out(rows: Rows, build: Callable[[Rows], Fit], folds: int = FOLDS) -> Floats:
    """(2, n): P(cheap right) and P(strong right) of models that did not see the row."""
    order = np.random.default_rng(folds).permutation(len(rows.task))
    out = np.zeros((2, len(order)))
    for part in np.array_split(order, folds):
        rest = np.setdiff1d(order, part)
        out[:, part] = build(rows.take(rest)).right(rows.take(part))
    return out


def report(what: str, rows: Rows, held: Floats) -> None:
    """Curve over all exam questions and within tasks, beside length and chance; calibration of both halves."""
    exam = rows.exam
    weak, strong, task = rows.weak[exam], rows.strong[exam], rows.task[exam]
    gain, length = (held[1] - held[0])[exam], rows.counted[exam, 0]
    print(f"\n{what}: area under the curve as a share of the gain (chance .5)")
    print(f"  all tasks     ours {curve(gain, weak, strong).area:.3f}   length {curve(length, weak, strong).area:.3f}")
    ours, by_length = (area_within(score, (weak, strong), task.tolist()) for score in (gain, length))
    print(f"  within tasks  ours {ours:.3f}   length {by_length:.3f}")
    errors = [calibration_error(p[exam], truth) for p, truth in zip(held, (weak, strong), strict=True)]
    print(f"  calibration error: cheap {errors[0]:.3f}, strong {errors[1]:.3f}")


def others(rows: Rows, held: Floats) -> None:
    """Where prompts that are no exam questions fall on the scale of the exam questions."""
    gain = held[1] - held[0]
    knots = np.quantile(gain[rows.exam], np.linspace(0, 1, 11))
    print()
    for name in ("=support", "=everyday", "=hard"):
        score = np.interp(gain[rows.task == name], knots, np.arange(11.0))
        print(f"{name[1:]:9s} mean complexity {score.mean():.1f}, above 7: {(score > 7).mean():.3f}")


def fit_spread(rows: Rows, choice: Choice) -> float:
    """The factor on the posterior deviation that makes the confidence the chance that a second model, fitted on other
    rows of the same kind, falls on the same side of the threshold. Two thirds of the rows fit, the last one tells."""
    distances, agreed = [], []
    for seed in range(6):
        first, second, rest = np.array_split(np.random.default_rng(seed).permutation(len(rows.task)), 3)
        rest = rest[rows.exam[rest]]
        one, two = (fit(rows.take(part), (choice[0], choice[1] / 3)) for part in (first, second))
        there = rows.take(rest)
        limits = [np.quantile(model.gain(there), 0.7) for model in (one, two)]
        away = (one.gain(there) - limits[0], two.gain(there) - limits[1])
        distances.append(np.abs(away[0]) / one.deviation_of_gain(there))
        agreed.append((away[0] > 0) == (away[1] > 0))
    distance, same = np.concatenate(distances), np.concatenate(agreed)
    spreads = np.arange(0.5, 4.0, 0.05)
    losses = [float(np.mean((_normal(distance / spread) - same) ** 2)) for spread in spreads]
    spread = float(spreads[int(np.argmin(losses))])
    print(f"\nspread {spread:.2f}; confidence and the share of second models that agreed:")
    confidence = _normal(distance / spread)
    for low, high in itertools.pairwise((0.5, 0.6, 0.7, 0.8, 0.9, 1.001)):
        here = (confidence >= low) & (confidence < high)
        print(f"  {low:.1f}  n {here.mean():.2f}  agreed {same[here].mean():.3f}")
    return spread


def ship(rows: Rows, held: Floats, short: Floats, choice: Choice, spread: float) -> None:
    """Write the weights with the record of the fit."""
    exam = rows.exam
    full, small = fit(rows, choice), fit(rows, (0, choice[1]))
    gain = (held[1] - held[0])[exam]
    order = np.argsort(prints := np.array([fingerprint(text) for text in rows.text[exam]], dtype="<u4"))
    weak, strong = rows.weak[exam], rows.strong[exam]
    record = {
        "made_by": "scripts/train_router.py",
        "exam_questions": int(exam.sum()),
        "source": "lm-sys/RouteLLM routellm/evals (mmlu, gsm8k), 0b64fdaf, Apache-2.0",
        "models": ["Mixtral-8x7B-Instruct", "gpt-4-1106-preview"],
        "others": "every tenth of Banking77 (CC BY 4.0), 383 questions on a television: easy; 116 prompts of ours",
        "axes": choice[0],
        "ridge": choice[1],
        "held_out_area": round(curve(gain, weak, strong).area, 4),
        "held_out_area_without_topic": round(curve((short[1] - short[0])[exam], weak, strong).area, 4),
        "length_area": round(curve(rows.counted[exam, 0], weak, strong).area, 4),
    }
    data = {
        "record": record,
        "features": list(Features._fields),
        "mean": _short(full.mean),
        "deviation": _short(full.deviation),
        "centre": _short(full.centre, 4),
        "axes": [_short(axis, 3) for axis in full.axes],
        "knots": np.round(np.quantile(gain, np.linspace(0, 1, 11)), 4).tolist(),
        "spread": round(spread, 2),
        "with_topic": {"weak": _half(full.weak), "strong": _half(full.strong)},
        "without_topic": {"weak": _half(small.weak), "strong": _half(small.strong)},
        "trained": base64.b64encode(prints[order].tobytes()).decode(),
        "held_out": base64.b64encode(np.round((gain[order] + 1) * 32_767.5).astype("<u2").tobytes()).decode(),
    }
    WEIGHTS.write_text(json.dumps(data, separators=(",", ":")) + "\n", "utf-8")
    print(f"\n{WEIGHTS.name}: {WEIGHTS.stat().st_size:,} bytes")


def _remember(seen: list[Choice], choice: Choice) -> Choice:
    seen.append(choice)
    return choice


def _half(half: Half) -> dict[str, list[float]]:
    lower = half.covariance[np.tril_indices(len(half.weights))]
    return {"weights": _short(half.weights), "covariance": _short(lower, 3)}


def _short(values: Floats, digits: int = 5) -> list[float]:
    return [float(f"{value:.{digits}g}") for value in values]


def _logistic(value: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-value)))


def _normal(value: Floats) -> Floats:
    from scipy.special import ndtr

    return np.asarray(ndtr(value))


if __name__ == "__main__":
    main()
