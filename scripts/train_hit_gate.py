"""Fits the gate of the semantic cache on pairs of questions, and writes its weights and the record of the fit.

    python scripts/train_hit_gate.py DATA_FOLDER [--write]

Pairs are split by connected groups of questions, so that no question is on both sides. Prints precision at fixed recall
for the cosine alone and for the gate, on pairs that the models had not seen, and what the gate does to the questions of
the TV manual (never trained on). `--write` replaces src/answerable/gateway/cache/hit_gate.json.
"""

import argparse
import base64
import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

import boosted_trees
from answerable.core.facts import read
from answerable.gateway.cache.hit_gate import WEIGHTS, objection, pair_hash
from answerable.gateway.cache.pair_features import NAMES, Rarity, features, inverse_frequency
from answerable.knowledge.embedders import minilm
from boosted_trees import Floats, Forest, Settings
from fit_data import rows

FOLDS = 5
BAGS = 3
"""Forests of different seeds whose trees are shipped together, each at half its weight."""
FREQUENT = 8
"""Stems of at least so many questions have their number shipped; rarer ones count as unknown."""
MANY_HITS = 60
"""Thresholds with fewer hits than this on unseen pairs say too little to be offered."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of questions with their cosine; `equal` says whether one answer serves both."""

    one: list[str]
    other: list[str]
    equal: Floats
    cosine: Floats

    def table(self, rarity: Rarity) -> Floats:
        """The features of every pair, float32 as they are compared later."""
        pairs = zip(self.one, self.other, self.cosine.tolist(), strict=True)
        found = [features(one, other, cosine, rarity) for one, other, cosine in pairs]
        return np.array(found, np.float32).astype(np.float64)

    def allowed(self) -> NDArray[np.bool_]:
        """What the rules let pass."""
        return np.array([not objection(one, other) for one, other in zip(self.one, self.other, strict=True)])


def main() -> None:
    """Fit, print, and write when asked to."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("data", type=Path)
    options.add_argument("--write", action="store_true")
    wanted = options.parse_args()
    pairs, manual = load_qqp(wanted.data), load_manual(wanted.data)
    texts = sorted({*pairs.one, *pairs.other})
    table = frequencies(texts)
    rarity = inverse_frequency(table, len(texts))
    found, allowed = pairs.table(rarity), pairs.allowed()
    unseen = held_out(found, pairs.equal, groups(pairs.one, pairs.other))
    guarded = np.where(allowed, unseen, 0.0)
    show("cosine", pairs.cosine, pairs.equal)
    show("gate without rules", unseen, pairs.equal)
    show("gate", guarded, pairs.equal)
    points = operating_points(guarded, pairs)
    forest = fit(found, pairs.equal)
    show_manual(manual, forest, rarity, points)
    if wanted.write:
        known = {
            "pairs": np.array([pair_hash(a, b) for a, b in zip(pairs.one, pairs.other, strict=True)], "<u4"),
            "chances": np.round(unseen * 65_535).astype("<u2"),
        }
        WEIGHTS.write_bytes(as_json(forest, table, points, summary(guarded, pairs), known))


def load_qqp(data: Path) -> Pairs:
    """Question pairs that people labelled."""
    kept = rows(data / "qqp" / "pairs.jsonl.gz")
    labels = np.array([row["label"] for row in kept], np.float64)
    return measured([row["a"] for row in kept], [row["b"] for row in kept], labels)


def load_manual(data: Path) -> Pairs:
    """Every pair of questions about the manual, equal where the same sections were judged to answer them, different
    where none is in common; pairs that share a part are left out."""
    folder = data / "samsung_tv_support"
    sections: dict[str, set[str]] = {}
    for row in rows(folder / "qrels.jsonl.gz"):
        if row["relevance"] == 2:
            sections.setdefault(row["query_id"], set()).add(row["doc_id"])
    asked = [(row["text"], sections[row["id"]]) for row in rows(folder / "queries.jsonl.gz") if row["id"] in sections]
    found = [
        (one, other, float(mine == theirs))
        for place, (one, mine) in enumerate(asked)
        for other, theirs in asked[place + 1 :]
        if one != other and (mine == theirs or not mine & theirs)
    ]
    return measured([a for a, _, _ in found], [b for _, b, _ in found], np.array([label for _, _, label in found]))


def measured(one: list[str], other: list[str], equal: Floats) -> Pairs:
    """With the cosines of the bundled model."""
    texts = sorted({*one, *other})
    place = {text: at for at, text in enumerate(texts)}
    vectors = minilm.build(minilm.Config()).embed(texts)
    left, right = ([place[text] for text in side] for side in (one, other))
    cosine = np.array([vectors[a] @ vectors[b] for a, b in zip(left, right, strict=True)], np.float64)
    return Pairs(one, other, equal, cosine)


def frequencies(texts: Sequence[str]) -> dict[str, int]:
    """In how many questions each frequent stem stands."""
    counts = Counter(word for text in texts for word in read(text).stems)
    return {word: count for word, count in sorted(counts.items()) if count >= FREQUENT and word.isalpha()}


def groups(one: Sequence[str], other: Sequence[str]) -> NDArray[np.int64]:
    """For each pair the number of its group of linked questions."""
    parent: dict[str, str] = {}

    def top(text: str) -> str:
        while parent.setdefault(text, text) != text:
            parent[text] = parent[parent[text]]
            text = parent[text]
        return text

    for a, b in zip(one, other, strict=True):
        parent[top(a.strip().lower())] = top(b.strip().lower())
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(top(a.strip().lower()), len(numbers)) for a in one])


def fit(found: Floats, equal: Floats) -> Forest:
    """Several forests put together."""
    parts = [boosted_trees.fit(found, equal, Settings(seed=seed)) for seed in range(BAGS)]
    joined = (np.concatenate([getattr(part, name) for part in parts]) for name in ("feature", "threshold", "leaf"))
    feature, threshold, leaf = joined
    return Forest(parts[0].base, feature, threshold, leaf / BAGS)


def held_out(found: Floats, equal: Floats, group: NDArray[np.int64], seed: int = 1) -> Floats:
    """The probability of each pair by a model that saw no question of its group."""
    fold = np.random.default_rng(seed).integers(0, FOLDS, group.max() + 1)[group]
    out = np.zeros(len(found))
    for held in range(FOLDS):
        out[fold == held] = fit(found[fold != held], equal[fold != held]).log_odds(found[fold == held])
    return np.asarray(1 / (1 + np.exp(-out)))


def curve(score: Floats, equal: Floats) -> tuple[Floats, Floats]:
    """Precision and recall of the best 1, 2, 3 ... pairs."""
    right = np.cumsum(equal[np.argsort(-score, kind="stable")])
    return right / np.arange(1, len(right) + 1), right / equal.sum()


def show(what: str, score: Floats, equal: Floats) -> None:
    """Precision at recalls, and the largest recall at precisions."""
    precision, recall = curve(score, equal)
    at = {wanted: precision[np.searchsorted(recall, wanted)] for wanted in (0.1, 0.15, 0.208, 0.3, 0.4)}
    most = {wanted: recall[precision >= wanted].max(initial=0.0) for wanted in (0.9, 0.93, 0.95)}
    print(
        f"{what:20s}",
        "precision at recall",
        *(f"{k}: {v:.3f}" for k, v in at.items()),
        "| recall at precision",
        *(f"{k}: {v:.3f}" for k, v in most.items()),
    )


def operating_points(score: Floats, pairs: Pairs) -> list[tuple[float, float, float, float]]:
    """(threshold, share of wrong hits, recall, lowest cosine): the share never falls as the threshold does."""
    points: list[tuple[float, float, float, float]] = []
    worst = 0.0
    for threshold in np.round(np.arange(0.98, 0.29, -0.01), 2).tolist():
        hits = score >= threshold
        if hits.sum() < MANY_HITS:
            continue
        worst = max(worst, float(1 - pairs.equal[hits].mean()))
        recall = float(pairs.equal[hits].sum() / pairs.equal.sum())
        points.append((threshold, round(worst, 4), round(recall, 4), round(float(pairs.cosine[hits].min()), 3)))
    return points[::-1]


def show_manual(manual: Pairs, forest: Forest, rarity: Rarity, points: Sequence[tuple[float, ...]]) -> None:
    """Precision and recall on the manual's questions: cosine alone, and what of it the gate lets pass."""
    near = manual.cosine >= 0.6
    kept = Pairs(
        [q for q, n in zip(manual.one, near, strict=True) if n],
        [q for q, n in zip(manual.other, near, strict=True) if n],
        manual.equal[near],
        manual.cosine[near],
    )
    score = np.where(kept.allowed(), 1 / (1 + np.exp(-forest.log_odds(kept.table(rarity)))), 0.0)
    print(f"manual: {len(manual.equal):,} pairs, {int(manual.equal.sum())} equal")
    chosen = {f"gate, {false:.0%} wrong": _threshold(points, false) for false in (0.05, 0.07, 0.1, 0.15)}
    shown = [(f"cosine {t}", kept.cosine >= t) for t in (0.8, 0.85, 0.9, 0.95)]
    for name, hits in shown + [(name, score >= t) for name, t in chosen.items()]:
        count, right = int(hits.sum()), int(kept.equal[hits].sum())
        print(f"  {name:18s} {count:4d} hits, {count - right} wrong, recall {right / manual.equal.sum():.3f}")


def _threshold(points: Sequence[tuple[float, ...]], false_hits: float) -> float:
    return next((point[0] for point in points if point[1] <= false_hits), 1.0)


def summary(score: Floats, pairs: Pairs) -> dict[str, Any]:
    """What is kept of the fit beside the weights."""
    at = {}
    for name, values in (("cosine", pairs.cosine), ("gate", score)):
        precision, recall = curve(values, pairs.equal)
        at[name] = {str(r): round(float(precision[np.searchsorted(recall, r)]), 4) for r in (0.1, 0.208, 0.3, 0.4)}
    return {
        "made_by": "scripts/train_hit_gate.py",
        "on": dt.datetime.now(dt.UTC).date().isoformat(),
        "data": "Quora question pairs, development part; evaluation data for non-commercial use, not shipped",
        "pairs": len(pairs.equal),
        "questions": len({*pairs.one, *pairs.other}),
        "equal": int(pairs.equal.sum()),
        "embedder": "all-MiniLM-L6-v2",
        "precision_at_recall_on_unseen_groups": at,
        "settings": asdict(replace(Settings())) | {"bags": BAGS},
    }


def as_json(
    forest: Forest,
    table: dict[str, int],
    points: Sequence[Sequence[float]],
    record: dict[str, Any],
    known: dict[str, NDArray[Any]],
) -> bytes:
    """The file that is shipped."""
    arrays = known | {
        "feature": forest.feature.astype("u1"),
        "threshold": np.minimum(forest.threshold, np.float64(np.finfo(np.float32).max)).astype("<f4"),
        "leaf": forest.leaf.astype("<f4"),
    }
    data = {
        "record": record,
        "features": NAMES,
        "depth": Settings().depth,
        "base": forest.base,
        "points": points,
        "questions": record["questions"],
        "frequencies": table,
        **{name: base64.b64encode(np.ascontiguousarray(array).tobytes()).decode() for name, array in arrays.items()},
    }
    return orjson.dumps(data, option=orjson.OPT_APPEND_NEWLINE)


if __name__ == "__main__":
    main()
