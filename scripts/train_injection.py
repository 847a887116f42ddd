"""Fits `answerable/gateway/guards/injection_weights.json` and prints what the model does on rows it has not seen.

    python scripts/train_injection.py DATA_FOLDER [--write]

Attacks and look-alikes are from `injection`; the benign base is `intents`, `qqp`, `routing` and passages of documents;
`injection_grammar.py` adds made-up attacks. Rows that share text, and attacks of one category, are held out together.
"""

import argparse
import gzip
import hashlib
import json
import math
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sparse
from scipy.optimize import minimize

from answerable.gateway.guards import injection
from answerable.gateway.guards.injection import (
    STRIDE,
    WINDOW,
    Injection,
    Surface,
    Weights,
    fingerprint,
    sentences,
    tokens,
)
from injection_grammar import made

FOLDS = 5
RIDGE = {"user": 0.7, "document": 0.7}
"""Chosen among 0.12 to 1.5: less catches more planted orders, and takes more unknown kinds of documents for them."""
MOST_BLOCKED = 0.025
"""Share of a benign source that the threshold may block on held-out rows: the target is 3 %."""
SEED = 11
WEIGHTS = Path(injection.__file__).with_name("injection_weights.json")
_REQUESTS = (
    "Summarize this: ",
    "Explain the following text. ",
    "What does this mean? ",
    "Translate to German: ",
    "",
    "",
)


@dataclass
class Row:
    """A text, whether it is an attack, and what it must be held out with. `made` rows are only learned from."""

    text: str
    label: int
    source: str
    group: str = ""
    weight: float = 1.0
    made: bool = False

    @property
    def fold(self) -> int:
        """The fold in which it is held out."""
        return int(hashlib.md5((self.group or self.text).encode()).hexdigest(), 16) % FOLDS


@dataclass
class Fitted:
    """Weights with the columns they belong to."""

    columns: list[tuple[str, Any]]
    values: np.ndarray
    bias: float
    probability: tuple[float, float] = (1.0, 0.0)
    threshold: float = 0.5
    scores: dict[str, list[float]] = field(default_factory=dict)

    def weights(self, least: float = 0.0) -> Weights:
        """As the program reads them, those below `least` left out."""
        tables: dict[str, dict[Any, float]] = {"words": {}, "pairs": {}, "gaps": {}}
        for (table, key), value in zip(self.columns, self.values, strict=True):
            if abs(value) >= least:
                tables[table][key] = round(float(value), 2)
        slope, offset = self.probability
        return Weights(**tables, bias=self.bias, slope=slope, offset=offset, threshold=self.threshold)


def main() -> None:
    """Fit both surfaces, print the held-out figures, write the weights when asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--surface", choices=("user", "document"))
    wanted = parser.parse_args()
    data, shipped = Data(wanted.data), {}
    for surface, rows in (("user", data.user), ("document", data.document)):
        if wanted.surface in (None, surface):
            shipped[surface] = fit_surface(surface, rows())
    if wanted.write:
        old = json.loads(WEIGHTS.read_text("utf-8")) if WEIGHTS.is_file() else {}
        WEIGHTS.write_text(json.dumps(old | shipped, ensure_ascii=False, separators=(",", ":")), "utf-8")
        print("wrote", WEIGHTS.name, WEIGHTS.stat().st_size, "bytes")


class Data:
    """The rows of both surfaces."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._random = random.Random(SEED)
        self._passages = {
            "samsung": self._texts("samsung_tv_support/corpus"),
            "office": self._sample(self._texts("office_vba_docs/corpus"), 900),
            "abstracts": self._sample(self._texts("scifact/corpus"), 900),
            "tldr": self._texts("tldr_pages/corpus"),
        }
        words = [word for texts in self._passages.values() for text in texts for word in tokens(text)[:80]]
        plain = [word for word in words if word.isascii() and word.isalpha() and len(word) > 3]
        self._topics = [" ".join(plain[at : at + 1 + at % 2]) for at in range(0, len(plain) - 2, 7)]

    def user(self) -> list[Row]:
        """What users say."""
        rows = [row for row in self._labelled() if row.source != "BIPIA_text"]
        for row in rows:
            row.weight = 4.0 if row.label else 5.0
        for name, count in (
            ("intents/intents", 4_000),
            ("routing/routing", 2_270),
            ("samsung_tv_support/queries", 383),
        ):
            rows += [Row(text, 0, name.split("/")[0]) for text in self._sample(self._texts(name), count)]
        pairs = [row[side] for row in self._rows("qqp/pairs") for side in "ab"]
        rows += [Row(text, 0, "qqp") for text in self._sample(sorted(set(pairs)), 6_000)]
        for name, texts in self._passages.items():
            for text in texts[:500]:
                cut = self._random.choice((300, 1_000, 2_000))
                rows.append(Row(self._random.choice(_REQUESTS) + text[:cut], 0, f"pasted {name}", text[:40]))
        attacks = made("user", 4_000, SEED, self._topics)
        rows += [Row(text, 1, "made", made=True) for text in attacks]
        rows += [Row(self._planted(text), 1, "planted", made=True) for text in attacks[:1_200]]
        harmless = made("user_benign", 4_000, SEED, self._topics)
        rows += [Row(text, 0, "made, benign", made=True, weight=0.7) for text in harmless]
        held = made("user", 300, SEED + 1, self._topics)
        return rows + [Row(self._planted(text, 120), 1, "planted, unseen", f"p{text}", 0.0) for text in held]

    def document(self) -> list[Row]:
        """What documents and tools say."""
        rows = [row for row in self._labelled() if row.source in ("BIPIA_text", "PINT_public_sample")]
        for row in rows:
            row.weight = 6.0 if row.label else 3.0
        rows += [Row(text, 0, name, text[:40]) for name, texts in self._passages.items() for text in texts]
        rows += [Row(text, 0, "statements", weight=0.6) for text in self._statements(4_000)]
        rows += [Row(text, 1, "made", made=True, weight=0.6) for text in made("document", 12_000, SEED, self._topics)]
        rows += [Row(text, 1, "made", made=True) for text in made("user", 3_000, SEED, self._topics)]
        return rows

    def _labelled(self) -> list[Row]:
        given = self._rows("injection/texts")
        groups = _groups([row["text"] for row in given])
        return [
            Row(
                row["text"],
                row["label"],
                row["source"],
                row["category"] if row["source"] == "BIPIA_text" else str(group),
            )
            for row, group in zip(given, groups, strict=True)
        ]

    def _statements(self, count: int) -> list[str]:
        """Sentences of general knowledge that ask nothing: what documents of an unknown kind may say."""
        lines = [line for text in self._texts("routing/routing") for line in re.split(r"\n|(?<=[.!])\s+", text)]
        bare = [re.sub(r"^[A-D]\.\s*", "", line).strip() for line in lines]
        return self._sample([line for line in bare if len(line.split()) >= 4 and not line.endswith(("?", ":"))], count)

    def _planted(self, attack: str, words: int = 12) -> str:
        around = self._random.choice(self._passages[self._random.choice(("samsung", "office", "abstracts"))]).split()
        at = self._random.randrange(len(around) + 1)
        return " ".join((*around[max(0, at - words) : at], attack + ".", *around[at : at + words]))

    def _rows(self, name: str) -> list[dict[str, Any]]:
        with gzip.open(self._folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def _texts(self, name: str) -> list[str]:
        return [row["text"] for row in self._rows(name)]

    def _sample(self, texts: Sequence[str], count: int) -> list[str]:
        return self._random.sample(list(texts), min(count, len(texts)))


def fit_surface(surface: Surface, rows: list[Row]) -> dict[str, Any]:
    """Cross-validate, choose the threshold, fit on everything; returns the JSON of the weights."""
    matrix = Matrix(surface, [row for row in rows if row.weight])
    scores: dict[int, float] = {}
    judged = [row for row in rows if not row.made]
    for fold in range(FOLDS):
        fitted = matrix.fit(lambda row, fold=fold: row.made or row.fold != fold)
        judge = _judge(surface, fitted.weights(0.02))
        scores |= {id(row): judge(row.text) for row in judged if row.fold == fold}
    totals = np.array([scores[id(row)] for row in judged])
    labels = np.array([row.label for row in judged])
    threshold = _threshold(judged, totals)
    slope, offset = _platt(totals, labels, threshold)
    print(f"\n{surface}: threshold {threshold:.2f}, probability {slope:.2f} x + {offset:.2f}")
    _report(judged, totals, threshold)
    final = matrix.fit(lambda _row: True)
    final.probability, final.threshold = (slope, offset), _probability(slope * threshold + offset)
    return {**_as_json(final.weights(0.02)), "held_out": _held_out(surface, judged, totals, threshold)}


def _held_out(surface: Surface, rows: Sequence[Row], totals: np.ndarray, threshold: float) -> dict[str, int]:
    """So that measuring on the rows of the fit does not flatter."""
    labelled = {"user": ("NotInject_one", "WildGuard-benign", "PINT_public_sample", "in_the_wild_jailbreaks")}
    sources = labelled.get(surface, ("BIPIA_text",))
    return {
        fingerprint(row.text): int(total >= threshold)
        for row, total in zip(rows, totals, strict=True)
        if row.source in sources
    }


class Matrix:
    """The windows of all rows as counts of words, pairs and gaps; built once, fitted on some of the rows."""

    def __init__(self, surface: Surface, rows: list[Row]) -> None:
        generator = random.Random(SEED)
        self._rows: list[Row] = []
        bags: list[list[tuple[str, Any]]] = []
        for row in rows:
            windows = [w for part in _parts(surface, row) for w in _windows(tokens(part))]
            if len(windows) > 10 and not row.label:
                windows = generator.sample(windows, 10)
            for window in windows:
                self._rows.append(
                    replace(row, weight=row.weight / math.sqrt(len(windows)) if row.label else row.weight)
                )
                bags.append(window)
        seen = {(one, row.text) for bag, row in zip(bags, self._rows, strict=True) for one in bag}
        common = Counter(one for one, _ in seen)
        self._columns = [one for one, count in common.items() if count >= 3]
        places = {one: at for at, one in enumerate(self._columns)}
        starts, columns, values = [0], [], []
        for bag in bags:
            known = [places[one] for one in bag if one in places]
            columns += known
            values += [1 / math.sqrt(max(1, len(bag) / 3))] * len(known)
            starts.append(len(columns))
        self._matrix = sparse.csr_matrix(
            (np.array(values, np.float32), columns, starts), shape=(len(bags), len(self._columns))
        )
        self._ridge = RIDGE[surface]

    def fit(self, wanted: Callable[[Row], bool]) -> Fitted:
        """On the rows wanted. Windows of a long attack that look harmless are left out the second time."""
        at = [number for number, row in enumerate(self._rows) if wanted(row)]
        matrix, rows = self._matrix[at], [self._rows[number] for number in at]
        labels = np.array([row.label for row in rows], float)
        weight = np.array([row.weight for row in rows])
        first = _logistic(matrix, labels, weight, self._ridge, None)
        totals = matrix @ first[:-1] + first[-1]
        best: dict[str, float] = defaultdict(lambda: -math.inf)
        for row, total in zip(rows, totals, strict=True):
            best[row.text] = max(best[row.text], total)
        kept = [not row.label or total > 0 or total >= best[row.text] for row, total in zip(rows, totals, strict=True)]
        second = _logistic(matrix, labels, weight * np.array(kept), self._ridge, first)
        return Fitted(self._columns, second[:-1], float(second[-1]))


def _parts(surface: Surface, row: Row) -> list[str]:
    if surface == "user" or row.label:
        return [row.text]
    return [row.text[start:end] for start, end in sentences(row.text)]


def _windows(row: list[str]) -> list[list[tuple[str, Any]]]:
    """As `Weights.best_window` sees them."""
    marked = ["^", *row]
    steps = [
        [("words", word), ("pairs", (marked[at], word)), *([("gaps", (marked[at - 1], word))] if at else [])]
        for at, word in enumerate(row)
    ]
    starts = [0] if len(row) <= WINDOW else [*range(0, len(row) - WINDOW, STRIDE), len(row) - WINDOW]
    return [[one for step in steps[start : start + WINDOW] for one in step] for start in starts if steps]


def _logistic(matrix: Any, labels: np.ndarray, weight: np.ndarray, ridge: float, start: Any) -> np.ndarray:
    size = matrix.shape[1]

    def loss(point: np.ndarray) -> tuple[float, np.ndarray]:
        total = matrix @ point[:size] + point[size]
        error = weight * (1 / (1 + np.exp(-total)) - labels)
        value = (weight * np.logaddexp(0, -total * (2 * labels - 1))).sum() + ridge / 2 * (point[:size] @ point[:size])
        return value, np.append(matrix.T @ error + ridge * point[:size], error.sum())

    begin = np.zeros(size + 1) if start is None else start
    return np.asarray(minimize(loss, begin, jac=True, method="L-BFGS-B", options={"maxiter": 40}).x)


def _judge(surface: Surface, weights: Weights) -> Callable[[str], float]:
    """The sum behind the score, by the shipped code."""
    plain = replace(weights, slope=1.0, offset=0.0, threshold=2.0)
    judge = Injection({surface: plain}, {surface: 2.0})
    score = judge.judge_user if surface == "user" else judge.judge_document

    def total(text: str) -> float:
        found = min(1 - 1e-12, max(1e-12, score(text).score))
        return math.log(found / (1 - found))

    return total


def _threshold(rows: Sequence[Row], totals: np.ndarray) -> float:
    """The lowest from which no benign source of 40 rows or more loses more than the share allowed."""
    by_source = defaultdict(list)
    for row, total in zip(rows, totals, strict=True):
        if not row.label:
            by_source[row.source].append(total)
    found = [sorted(ts, reverse=True)[int(len(ts) * MOST_BLOCKED)] for ts in by_source.values() if len(ts) >= 40]
    return float(max(found)) + 1e-6


def _platt(totals: np.ndarray, labels: np.ndarray, threshold: float) -> tuple[float, float]:
    """Slope and offset of the probability, attacks and benign rows weighing the same."""
    weight = np.where(labels == 1, 0.5 / max(1, labels.sum()), 0.5 / max(1, (1 - labels).sum())) * len(labels)
    column = sparse.csr_matrix((totals - threshold)[:, None])
    slope, offset = _logistic(column, labels.astype(float), weight, 1e-3, None)
    return float(slope), float(offset - slope * threshold)


def _probability(total: float) -> float:
    return 1 / (1 + math.exp(-total))


def _report(rows: Sequence[Row], totals: np.ndarray, threshold: float) -> None:
    shares = defaultdict(list)
    for row, total in zip(rows, totals, strict=True):
        shares[row.label, row.source].append(total >= threshold)
        if row.source == "BIPIA_text":
            shares[2, row.group].append(total >= threshold)
    for (label, source), hits in sorted(shares.items()):
        what = ("benign, blocked", "attack, caught", "   of them")[label]
        print(f"  {what:16} {source:32} {sum(hits):5} of {len(hits):5}  {sum(hits) / len(hits):.3f}")
    for row, total in zip(rows, totals, strict=True):
        if row.source in ("NotInject_one", "WildGuard-benign", "PINT_public_sample") and row.label != (
            total >= threshold
        ):
            print(f"    {row.label} {total:6.2f} {' '.join(row.text[:110].split())}")


def _as_json(weights: Weights) -> dict[str, Any]:
    joined = {
        name: {" ".join(k): round(v * 100) for k, v in getattr(weights, name).items()} for name in ("pairs", "gaps")
    }
    words = {word: round(value * 100) for word, value in weights.words.items()}
    numbers = {name: round(getattr(weights, name), 4) for name in ("bias", "slope", "offset", "threshold")}
    return {**numbers, "words": words, **joined}


def _groups(texts: Iterable[str]) -> list[int]:
    """Texts that share a good part of their runs of five words have one number."""
    runs = []
    for text in texts:
        row = tokens(text)
        runs.append({tuple(row[at : at + 5]) for at in range(max(1, len(row) - 4))})
    owner = list(range(len(runs)))

    def root(one: int) -> int:
        while owner[one] != one:
            one = owner[one]
        return one

    holders = defaultdict(list)
    for number, some in enumerate(runs):
        for run in some:
            holders[run].append(number)
    shared = Counter((a, b) for some in holders.values() for i, a in enumerate(some) for b in some[i + 1 :])
    for (a, b), count in shared.items():
        if count >= 0.15 * min(len(runs[a]), len(runs[b])):
            owner[root(a)] = root(b)
    return [root(number) for number in range(len(runs))]


if __name__ == "__main__":
    main()
