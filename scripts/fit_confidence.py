"""Fits `answerable.knowledge.confidence`: questions put to their own collection against questions of other sets.

    python scripts/fit_confidence.py DATA_FOLDER

Prints what each collection shows when it is left out of the fit, then the numbers to ship.
"""

import argparse
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from dataclasses import fields as dataclass_fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import fit_data
from answerable.core.ports import Embedder
from answerable.knowledge import confidence
from answerable.knowledge.embedders import minilm
from answerable.knowledge.rerankers import offline
from fit_data import Floats, Question

NAMES = [field.name for field in dataclass_fields(confidence.Features)]
FOREIGN, OWN = 120, 240
CUT_DOCUMENTS = 900
RIDGE = 30.0
"""On the weights (of 1,000 a sample): with 1 the easy sets teach it to ask for every word, which real claims lack."""
STEP = 0.05


@dataclass(frozen=True, slots=True)
class Sample:
    """Questions put to one collection: features (n, 4), answerable or not, and whether a right passage was read."""

    name: str
    features: Floats
    own: NDArray[np.bool_]
    right: NDArray[np.bool_]

    @property
    def weights(self) -> Floats:
        """As if half of the questions were answerable."""
        return np.where(self.own, 0.5 / self.own.sum(), 0.5 / (~self.own).sum())


def main() -> None:
    """Print the tables."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("data", type=Path)
    data = options.parse_args().data
    embedder = minilm.build(minilm.Config())
    sets = {
        "samsung": fit_data.judged(data, "samsung_tv_support"),
        "scifact": fit_data.judged(data, "scifact"),
        "office": fit_data.titled(data),
    }
    asked = {name: _spread(questions, OWN) for name, (_, questions) in sets.items()}
    others = {
        "intents": fit_data.foreign(data, "intents/intents.jsonl.gz", "text", FOREIGN),
        "qqp": fit_data.foreign(data, "qqp/pairs.jsonl.gz", "a", FOREIGN),
    }
    samples = []
    for name, (documents, _) in sets.items():
        strangers = [_spread(found, FOREIGN) for other, found in (asked | others).items() if other != name]
        for size in (0, 80):
            cut, questions = _cut(documents, asked[name], size) if size else (documents, asked[name])
            label = f"{name}, {'whole documents' if not size else f'cut to {size} words'}"
            samples.append(_sample(label, cut, questions, sum(strangers, start=list[Question]()), embedder))
    _left_out(samples)
    _ship(samples)
    _near_domain(sets["samsung"], asked["samsung"], samples, embedder)


def _spread(questions: Sequence[Question], count: int) -> list[Question]:
    return list(questions[:: max(1, len(questions) // count)][:count])


def _cut(
    documents: Sequence[tuple[str, str]], questions: list[Question], size: int
) -> tuple[list[tuple[str, str]], list[Question]]:
    """Some documents in pieces of `size` words with their title; a piece is relevant when its document is."""
    wanted = {row for question in questions for row in question.relevance}
    kept = sorted(wanted | set(range(0, len(documents), max(1, len(documents) // CUT_DOCUMENTS))))
    pieces: list[tuple[str, str]] = []
    place = {}
    for row in kept:
        title, text = documents[row]
        words = text.split(" ")
        found = [(title, " ".join(words[i : i + size])) for i in range(0, len(words), size)]
        place[row] = range(len(pieces), len(pieces) + len(found))
        pieces += found
    moved = [replace(q, relevance={n: v for row, v in q.relevance.items() for n in place[row]}) for q in questions]
    return pieces, moved


def _sample(
    name: str, documents: Sequence[tuple[str, str]], own: list[Question], strangers: list[Question], embedder: Embedder
) -> Sample:
    collection = fit_data.Collection(name, documents, embedder)
    reranker = offline.build(offline.Config(focus_weight=0.0), embedder)  # the order barely changes; much faster
    questions = own + strangers
    vectors = fit_data.embedded([q.text for q in questions], embedder)
    rows, right = [], []
    for question, vector in zip(questions, vectors, strict=True):
        searched = collection.search(question.text, vector)
        passages = collection.passages(searched.fused, 30)
        scores = reranker.rerank(question.text, passages)
        passages = [passages[i] for i in np.argsort(-np.array(scores), kind="stable")]
        rows.append(astuple(confidence.features(question.text, passages, searched.lexical, searched.dense)))
        right.append(any(int(p.chunk_id) in question.relevance for p in passages[: confidence.READ]))
    return Sample(name, np.array(rows), np.arange(len(questions)) < len(own), np.array(right))


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


def calibration_error(p: Floats, truth: NDArray[np.bool_], weights: Floats, bins: int = 10) -> float:
    """Expected calibration error over equal-width bins."""
    place = np.minimum((p * bins).astype(int), bins - 1)
    share = [(place == b) for b in range(bins) if (place == b).any()]
    gaps = [abs(np.average(p[m], weights=weights[m]) - np.average(truth[m], weights=weights[m])) for m in share]
    return float(sum(weights[m].sum() * gap for m, gap in zip(share, gaps, strict=True)) / weights.sum())


def _held_out(samples: Sequence[Sample], sample: Sample, columns: Sequence[int], strength: float = RIDGE) -> Floats:
    """Predictions of a model that saw no sample of this collection."""
    family = sample.name.split(",")[0]
    return _predict(sample, _fit([s for s in samples if s.name.split(",")[0] != family], columns, strength), columns)


def _left_out(samples: Sequence[Sample]) -> None:
    every = [0, 1, 2, 3]
    for columns, ridge in (([0], 1), ([0, 2], 30), (every, 1), (every, 30), (every, 100)):
        print(
            f"\n{' + '.join(NAMES[c] for c in columns)}, ridge {ridge}; collection left out: foreign and own abstained"
        )
        print("at thresholds .3, .4, .5; calibration error against 'answerable' and 'a right passage was read'")
        for sample in samples:
            p = _held_out(samples, sample, columns, ridge)
            shares = [f"{(p[~sample.own] < t).mean():.3f} {(p[sample.own] < t).mean():.3f}" for t in (0.3, 0.4, 0.5)]
            errors = [calibration_error(p, truth, sample.weights) for truth in (sample.own, sample.right)]
            print(f"{sample.name:28s} {'  '.join(shares)}   {errors[0]:.3f} {errors[1]:.3f}")


def _ship(samples: Sequence[Sample]) -> None:
    every = list(range(len(NAMES)))
    beta, words = _fit(samples, every), _fit(samples, [2])
    print(
        "\n_INTERCEPT =",
        round(beta[0], 3),
        "\n_WEIGHTS =",
        dict(zip(NAMES, np.round(beta[1:], 3).tolist(), strict=True)),
    )
    print("_WORDS_INTERCEPT, _WORDS_WEIGHT =", np.round(words, 3).tolist())
    held = [_held_out(samples, s, every) for s in samples]
    print("OPERATING_POINTS = (")
    for t in np.arange(0.1, 0.91, STEP):
        own = np.mean([(p[s.own] < t).mean() for p, s in zip(held, samples, strict=True)])
        wrong = np.mean([(p[~s.own] >= t).mean() for p, s in zip(held, samples, strict=True)])
        print(f"    ({t:.2f}, {own:.3f}, {wrong:.3f}),")
    print(")")


def _near_domain(
    judged: tuple[list[tuple[str, str]], list[Question]],
    questions: list[Question],
    samples: Sequence[Sample],
    embedder: Embedder,
) -> None:
    """Every section that answers one third of the questions is taken away: how many of those are declined now?"""
    documents, _ = judged
    gone = {row for q in questions[::3] for row in q.relevance}
    rest = [row for row in range(len(documents)) if row not in gone]
    place = {row: i for i, row in enumerate(rest)}
    asked = [q for q in questions if not gone & set(q.relevance)]
    asked = [replace(q, relevance={place[row]: v for row, v in q.relevance.items()}) for q in asked]
    orphans = [Question(q.text, {}) for q in questions if set(q.relevance) <= gone]
    sample = _sample("samsung, sections removed", [documents[row] for row in rest], asked, orphans, embedder)
    p = _held_out(samples, sample, list(range(len(NAMES))))
    print(f"\nnear-domain: {len(orphans)} questions whose section was removed, {len(asked)} that still have theirs")
    for t in (0.3, 0.5, 0.7, 0.9):
        shares = (p[~sample.own] < t).mean(), (p[sample.own] < t).mean()
        print(f"t {t}: orphans abstained {shares[0]:.3f}, answerable abstained {shares[1]:.3f}")


if __name__ == "__main__":
    main()
