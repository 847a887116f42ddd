"""Fits `answerable.knowledge.confidence`: questions put to their own collection against questions of other sets.

    python scripts/fit_confidence.py DATA_FOLDER

Everything is searched by the shipped program, reranking included. Prints what the shipped coefficients show, what each
collection shows when it is left out of the fit, and the numbers a new fit would ship.
"""

import argparse
import asyncio
import random
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from dataclasses import fields as dataclass_fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import fit_data
from answerable.evaluation.statistics import calibration_error
from answerable.knowledge import confidence, context
from fit_data import Floats, Searcher

NAMES = [field.name for field in dataclass_fields(confidence.Features)]
FOREIGN, OWN = 60, 240
RIDGE = 30.0
"""On the weights (of 1,000 a sample): with 1 the easy sets teach it to ask for every word, which real claims lack."""
STEP = 0.05


@dataclass(frozen=True, slots=True)
class Sample:
    """Questions put to one collection: features (n, 4), the shipped confidence, answerable or not, and whether a
    relevant document was read."""

    name: str
    features: Floats
    shipped: Floats
    own: NDArray[np.bool_]
    read: NDArray[np.bool_]

    @property
    def weights(self) -> Floats:
        """As if half of the questions were answerable."""
        return np.where(self.own, 0.5 / self.own.sum(), 0.5 / (~self.own).sum())


async def main() -> None:
    """Print the tables."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("data", type=Path)
    data = options.parse_args().data
    strangers = {
        "intents": [row["text"] for row in fit_data.rows(data / "intents" / "intents.jsonl.gz")],
        "qqp": [row["a"] for row in fit_data.rows(data / "qqp" / "pairs.jsonl.gz")],
    }
    async with fit_data.searchers(data) as sets:
        judged = [one for one in sets if one.dataset.name != "same_questions"]
        strangers |= {one.dataset.name: [question.text for question in one.judged] for one in judged}
        samples = [await _sample(one, strangers) for one in judged]
    _report("shipped", [(s, s.shipped) for s in samples])
    for ridge in (1.0, RIDGE, 100.0):
        _report(f"left out, ridge {ridge:g}", [(s, _held_out(samples, s, EVERY, ridge)) for s in samples])
    _ship(samples)


EVERY = list(range(len(NAMES)))


async def _sample(searcher: Searcher, strangers: dict[str, list[str]]) -> Sample:
    p, name = searcher.p, searcher.dataset.name
    own = fit_data.spread([question.id for question in searcher.judged], OWN)
    texts = {question.id: question.text for question in searcher.judged}
    asked = [(texts[one], searcher.dataset.relevant(one)) for one in own]
    for other, found in strangers.items():
        if other != name:
            asked += [(text, frozenset[str]()) for text in random.Random(0).sample(found, FOREIGN)]
    rows, shipped, read = [], [], []
    for text, relevant in asked:
        found = await searcher.find(text, 3 * p.policy.passages, rerank=True)
        rows.append(astuple(confidence.features(text, found.passages, found.keyword, found.vector)))
        shipped.append(confidence.judge(text, found))
        kept = context.fit(found.passages, p.embedder, p.policy.context_tokens, p.policy.passages).passages
        read.append(any(fit_data.document_of(passage) in relevant for passage in kept))
    return Sample(name, np.array(rows), np.array(shipped), np.arange(len(asked)) < len(own), np.array(read))


def _fit(samples: Sequence[Sample], columns: Sequence[int], strength: float = RIDGE) -> Floats:
    """Ridge logistic regression by Newton's method; each sample has the same say. Returns intercept and weights."""
    design = np.concatenate([np.column_stack([np.ones(len(s.own)), s.features[:, columns]]) for s in samples])
    target = np.concatenate([s.own for s in samples]).astype(np.float64)
    weights = np.concatenate([s.weights for s in samples]) * 1000
    ridge = np.diag([1e-9, *[strength / 1000 if c < 2 else strength for c in columns]])
    beta = np.zeros(design.shape[1])
    for _ in range(60):
        p = 1 / (1 + np.exp(-design @ beta))
        gradient = design.T @ (weights * (p - target)) + ridge @ beta
        beta -= np.linalg.solve((design * (weights * p * (1 - p))[:, None]).T @ design + ridge, gradient)
    return beta


def _predict(sample: Sample, beta: Floats, columns: Sequence[int]) -> Floats:
    return np.asarray(1 / (1 + np.exp(-(beta[0] + sample.features[:, columns] @ beta[1:]))))


def _report(what: str, predicted: Sequence[tuple[Sample, Floats]]) -> None:
    print(f"\n{what}: foreign and own abstained at thresholds .3, .4, .5, .6;")
    print("calibration error against 'answerable' and 'a relevant document was read'")
    for sample, p in predicted:
        shares = [f"{(p[~sample.own] < t).mean():.3f} {(p[sample.own] < t).mean():.3f}" for t in (0.3, 0.4, 0.5, 0.6)]
        errors = [_error(sample, p, truth) for truth in (sample.own, sample.read)]
        print(f"{sample.name:20s} {'  '.join(shares)}   {errors[0]:.3f} {errors[1]:.3f}")


def _error(sample: Sample, p: Floats, truth: NDArray[np.bool_]) -> float:
    """Calibration error with as many foreign questions as own ones."""
    count = int(min(sample.own.sum(), (~sample.own).sum()))
    sides = (np.flatnonzero(sample.own), np.flatnonzero(~sample.own))
    rows = np.concatenate([side[np.linspace(0, len(side) - 1, count).astype(int)] for side in sides])
    return calibration_error(p[rows], truth[rows].astype(np.float64))


def _held_out(samples: Sequence[Sample], sample: Sample, columns: Sequence[int], strength: float = RIDGE) -> Floats:
    """Predictions of a model that saw no question of this collection."""
    return _predict(sample, _fit([s for s in samples if s.name != sample.name], columns, strength), columns)


def _ship(samples: Sequence[Sample]) -> None:
    beta, words = _fit(samples, EVERY), _fit(samples, [2])
    print(
        "\n_INTERCEPT =",
        round(beta[0], 3),
        "\n_WEIGHTS =",
        dict(zip(NAMES, np.round(beta[1:], 3).tolist(), strict=True)),
    )
    print("_WORDS_INTERCEPT, _WORDS_WEIGHT =", np.round(words, 3).tolist())
    held = [_held_out(samples, s, EVERY) for s in samples]
    print("OPERATING_POINTS = (")
    for t in np.arange(0.1, 0.91, STEP):
        own = np.mean([(p[s.own] < t).mean() for p, s in zip(held, samples, strict=True)])
        wrong = np.mean([(p[~s.own] >= t).mean() for p, s in zip(held, samples, strict=True)])
        print(f"    ({t:.2f}, {own:.3f}, {wrong:.3f}),")
    print(")")


if __name__ == "__main__":
    asyncio.run(main())
