"""Fits the gate of the semantic cache on pairs of questions, and writes its weights and the record of the fit.

    python scripts/train_hit_gate.py DATA_FOLDER [--write]

Fitted on question pairs about everything and on those of one manual. Pairs are split by groups of questions that
belong together, so that no question is on both sides. Prints what the cosine alone and the gate do to pairs that the
models had not seen. `--write` replaces src/answerable/gateway/cache/hit_gate.json.
"""

import argparse
import base64
import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

import boosted_trees
from answerable.core.facts import read
from answerable.gateway.cache.hit_gate import WEIGHTS, pair_hash
from answerable.gateway.cache.objections import objection
from answerable.gateway.cache.pair_features import NAMES, features
from answerable.gateway.cache.sketch import Rarity, inverse_frequency
from answerable.knowledge.embedders import minilm
from boosted_trees import Floats, Forest, Settings
from fit_data import rows

FOLDS = 5
BAGS = 2
"""Forests of different seeds whose trees are shipped together, each at its share of the weight."""
FREQUENT = 8
"""Stems of at least so many questions have their number shipped; rarer ones count as unknown."""
MANY_HITS = 60
"""Thresholds with fewer hits than this on unseen pairs say too little to be offered."""
NEAR = 0.6
"""Cosine from which pairs of the manual are fitted on; below it all of them are different."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of questions with their cosine; `equal` says whether one answer serves both. `groups` (n, 2): the number of
    the group that each of the two questions belongs to."""

    one: list[str]
    other: list[str]
    equal: Floats
    cosine: Floats
    groups: NDArray[np.int64]

    def table(self, rarity: Rarity) -> Floats:
        """The features of every pair, float32 as they are compared later."""
        pairs = zip(self.one, self.other, self.cosine.tolist(), strict=True)
        found = [features(one, other, cosine, rarity) for one, other, cosine in pairs]
        return np.array(found, np.float32).astype(np.float64)

    def allowed(self) -> NDArray[np.bool_]:
        """What the rules let pass."""
        return np.array([not objection(one, other) for one, other in zip(self.one, self.other, strict=True)])

    def near(self) -> "Pairs":
        """Those with a cosine of NEAR or more."""
        kept = self.cosine >= NEAR
        one, other = (np.array(side, object)[kept].tolist() for side in (self.one, self.other))
        return Pairs(one, other, self.equal[kept], self.cosine[kept], self.groups[kept])

    def __add__(self, more: "Pairs") -> "Pairs":
        groups = np.concatenate([self.groups, more.groups + self.groups.max() + 1])
        both = (np.concatenate([getattr(self, name), getattr(more, name)]) for name in ("equal", "cosine"))
        return Pairs(self.one + more.one, self.other + more.other, *both, groups)


def main() -> None:
    """Fit, print, and write when asked to."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("data", type=Path)
    options.add_argument("--write", action="store_true")
    wanted = options.parse_args()
    pairs, manual = load_qqp(wanted.data), load_manual(wanted.data)
    size, judged = len(pairs.equal), pairs + manual.near()
    texts = sorted({*pairs.one, *pairs.other})
    table = frequencies(texts)
    found, allowed = judged.table(inverse_frequency(table, len(texts))), judged.allowed()
    unseen = held_out(found, judged)
    guarded = np.where(allowed, unseen, 0.0)
    show("cosine", pairs.cosine, pairs.equal)
    show("gate without rules", unseen[:size], pairs.equal)
    show("gate", guarded[:size], pairs.equal)
    points = operating_points(guarded[:size], pairs)
    show_manual(manual, guarded[size:], points)
    if wanted.write:
        known = {
            "pairs": np.array([pair_hash(a, b) for a, b in zip(judged.one, judged.other, strict=True)], "<u4"),
            "chances": np.round(unseen * 65_535).astype("<u2"),
        }
        forest = fit(found, judged.equal)
        WEIGHTS.write_bytes(as_json(forest, table, points, summary(guarded, pairs, manual), known))


def load_qqp(data: Path) -> Pairs:
    """Question pairs that people labelled; pairs that have a question in common make a group."""
    kept = rows(data / "qqp" / "pairs.jsonl.gz")
    labels = np.array([row["label"] for row in kept], np.float64)
    one, other = [row["a"] for row in kept], [row["b"] for row in kept]
    return measured(one, other, labels, groups((plain(a), plain(b)) for a, b in zip(one, other, strict=True)))


def plain(text: str) -> str:
    """As questions are told apart when they are grouped."""
    return text.strip().lower()


def load_manual(data: Path) -> Pairs:
    """Every pair of questions about the manual, equal where the same sections were judged to answer them, different
    where none is in common; pairs that share a part are left out. Questions that share a section make a group."""
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
    links = groups((plain(text), f"section {section}") for text, answers in asked for section in answers)
    return measured([a for a, _, _ in found], [b for _, b, _ in found], np.array([row[2] for row in found]), links)


def measured(one: list[str], other: list[str], equal: Floats, group: dict[str, int]) -> Pairs:
    """With the cosines of the bundled model, and the groups of the questions."""
    texts = sorted({*one, *other})
    place = {text: at for at, text in enumerate(texts)}
    vectors = minilm.build(minilm.Config()).embed(texts)
    left, right = ([place[text] for text in side] for side in (one, other))
    cosine = np.array([vectors[a] @ vectors[b] for a, b in zip(left, right, strict=True)], np.float64)
    numbers = np.array([[group[plain(text)] for text in pair] for pair in zip(one, other, strict=True)])
    return Pairs(one, other, equal, cosine, numbers)


def frequencies(texts: Sequence[str]) -> dict[str, int]:
    """In how many questions each frequent stem stands."""
    counts = Counter(word for text in texts for word in read(text).stems)
    return {word: count for word, count in sorted(counts.items()) if count >= FREQUENT and word.isalpha()}


def groups(links: Iterable[tuple[str, str]]) -> dict[str, int]:
    """The number of the group of everything that is linked, over however many steps."""
    parent: dict[str, str] = {}

    def top(text: str) -> str:
        while parent.setdefault(text, text) != text:
            parent[text] = parent[parent[text]]
            text = parent[text]
        return text

    for a, b in links:
        parent[top(a)] = top(b)
    numbers: dict[str, int] = {}
    return {text: numbers.setdefault(top(text), len(numbers)) for text in list(parent)}


def fit(found: Floats, equal: Floats) -> Forest:
    """Several forests put together."""
    parts = [boosted_trees.fit(found, equal, Settings(seed=seed)) for seed in range(BAGS)]
    joined = (np.concatenate([getattr(part, name) for part in parts]) for name in ("feature", "threshold", "leaf"))
    feature, threshold, leaf = joined
    return Forest(parts[0].base, feature, threshold, leaf / BAGS)


def held_out(found: Floats, pairs: Pairs, seed: int = 1) -> Floats:
    """The probability of each pair by a model that saw no question of its groups: where the two questions are of two
    folds, the mean of the log-odds of two models, each of which saw none of one side's group."""
    fold = np.random.default_rng(seed).integers(0, FOLDS, pairs.groups.max() + 1)[pairs.groups]
    odds, models = np.zeros(len(found)), np.zeros(len(found))
    for held in range(FOLDS):
        tested = (fold == held).any(1)
        odds[tested] += fit(found[~tested], pairs.equal[~tested]).log_odds(found[tested])
        models[tested] += 1
    return np.asarray(1 / (1 + np.exp(-odds / models)))


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
    """(threshold, share of wrong hits, recall, lowest cosine). The share is that of chances which rise with the score,
    so that it never falls as the threshold does, and no lucky run of a few pairs decides."""
    wrong = 1 - rising(pairs.equal, score)
    points: list[tuple[float, float, float, float]] = []
    for threshold in np.round(np.arange(0.98, 0.29, -0.01), 2).tolist():
        hits = score >= threshold
        if hits.sum() < MANY_HITS:
            continue
        recall = float(pairs.equal[hits].sum() / pairs.equal.sum())
        share, lowest = float(wrong[hits].mean()), float(pairs.cosine[hits].min())
        points.append((threshold, round(share, 4), round(recall, 4), round(lowest, 3)))
    return points[::-1]


def rising(equal: Floats, score: Floats) -> Floats:
    """The share of equal pairs at each score, by isotonic regression (pool adjacent violators, Ayer et al. 1955)."""
    order = np.argsort(score, kind="stable")
    blocks: list[tuple[float, int]] = []
    for value in equal[order].tolist():
        total, count = value, 1
        while blocks and blocks[-1][0] * count >= total * blocks[-1][1]:
            before, size = blocks.pop()
            total, count = total + before, count + size
        blocks.append((total, count))
    out = np.empty(len(score))
    out[order] = np.repeat([total / count for total, count in blocks], [count for _, count in blocks])
    return out


def show_manual(manual: Pairs, score: Floats, points: Sequence[tuple[float, ...]]) -> None:
    """On the manual's questions: what the gate serves, and as many of the nearest by cosine. `score` is that of the
    near pairs."""
    kept = manual.near()
    print(f"manual: {len(manual.equal):,} pairs, {int(manual.equal.sum())} equal")
    for false in (0.05, 0.07, 0.1, 0.15, 0.2):
        hits = score >= _threshold(points, false)
        count, right = int(hits.sum()), int(kept.equal[hits].sum())
        nearest = np.argsort(-kept.cosine, kind="stable")[:count]
        wrong = count - int(kept.equal[nearest].sum())
        print(f"  gate, {false:.0%} wrong: {count:4d} hits, {count - right} wrong; so many by cosine: {wrong} wrong")


def _threshold(points: Sequence[tuple[float, ...]], false_hits: float) -> float:
    return next((point[0] for point in points if point[1] <= false_hits), 1.0)


def summary(score: Floats, pairs: Pairs, manual: Pairs) -> dict[str, Any]:
    """What is kept of the fit beside the weights. `score`: of `pairs`, then of the near ones of `manual`."""
    at = {}
    for name, values in (("cosine", pairs.cosine), ("gate", score[: len(pairs.equal)])):
        precision, recall = curve(values, pairs.equal)
        at[name] = {str(r): round(float(precision[np.searchsorted(recall, r)]), 4) for r in (0.1, 0.208, 0.3, 0.4)}
    near = manual.near()
    of_manual = {
        name: {str(count): round(float(curve(values, near.equal)[0][count - 1]), 4) for count in (25, 50, 100)}
        for name, values in (("cosine", near.cosine), ("gate", score[len(pairs.equal) :]))
    }
    return {
        "made_by": "scripts/train_hit_gate.py",
        "on": dt.datetime.now(dt.UTC).date().isoformat(),
        "data": "Quora question pairs, development part (evaluation data for non-commercial use), and the questions of "
        "a TV manual (Apache-2.0); neither is shipped",
        "pairs": len(pairs.equal),
        "questions": len({*pairs.one, *pairs.other}),
        "equal": int(pairs.equal.sum()),
        "embedder": "all-MiniLM-L6-v2",
        "precision_at_recall_on_unseen_groups": at,
        "manual_pairs": len(near.equal),
        "precision_of_the_manuals_best_on_unseen_groups": of_manual,
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
