"""The cache by meaning on pairs of questions: what the cosine alone would serve, and what the gate lets through.

Rows are {id, a, b, label}, label 1 where one answer serves both. Pairs that the shipped gate was fitted on are scored
by the models of the fit that had not seen them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from answerable.core.errors import InvalidRequest
from answerable.evaluation.datasets import load_rows
from answerable.evaluation.pairs import Floats, Served, precision_at, recall_at, served
from answerable.evaluation.statistics import Estimate
from answerable.flows.measures import Grid, Measured, Options
from answerable.gateway.cache.facade import SemanticConfig
from answerable.gateway.cache.hit_gate import HitGate, load_model
from answerable.gateway.cache.objections import objection

_COSINES = (0.80, 0.85, 0.90, 0.93, 0.95, 0.97)
_CHANCES = (0.6, 0.7, 0.8, 0.85, 0.9)
_RECALLS = (0.1, 0.208, 0.3, 0.4)
_PRECISIONS = (0.9, 0.93, 0.95)
_TARGETS = (0.05, 0.07, 0.1, 0.15, 0.2)


@dataclass(frozen=True, slots=True)
class Scored:
    """The pairs with the cosine of each and the probability of the gate, which is 0 where a rule forbids a hit."""

    equal: Floats
    cosine: Floats
    gate: Floats
    known: int
    by_rule: dict[str, tuple[int, int]]


def measure(path: Path, options: Options) -> Measured:
    """Draw up the tables. Raises InvalidRequest."""
    rows = list(_rows(path))[: options.limit]
    if len({label for _, _, label in rows}) < 2:
        raise InvalidRequest(f"{path}: needs pairs of both labels, 0 and 1", param="dataset")
    found = _score(rows, options)
    target = SemanticConfig().false_hits
    chosen = served(found.gate, found.equal, HitGate(load_model(), target).threshold)
    at_cosine = [served(found.cosine, found.equal, threshold) for threshold in _COSINES]
    at_gate = [served(found.gate, found.equal, threshold) for threshold in _CHANCES]
    targets = [(one, served(found.gate, found.equal, HitGate(load_model(), one).threshold)) for one in _TARGETS]
    title = f"cache by meaning: {len(rows):,} pairs, {int(found.equal.sum()):,} equal"
    tables = (
        _thresholds("Cosine alone", at_cosine),
        _thresholds("With the gate, by its probability", at_gate),
        _compared(found),
        _targets(targets, target),
        _rules(found),
    )
    return Measured(title, tables, _json(found, (at_cosine, at_gate), targets, chosen), _notes(found, len(rows)))


def _rows(path: Path) -> Iterator[tuple[str, str, float]]:
    for number, row in load_rows(path):
        one, other, label = row.get("a"), row.get("b"), row.get("label")
        if not isinstance(one, str) or not isinstance(other, str) or not one.strip() or not other.strip():
            raise InvalidRequest(f"{path}, line {number}: 'a' or 'b' is missing or empty", param="dataset")
        if label not in (0, 1):  # true and false as well
            raise InvalidRequest(f"{path}, line {number}: 'label' is not 0 or 1", param="dataset")
        yield one, other, float(label)


def _score(rows: Sequence[tuple[str, str, float]], options: Options) -> Scored:
    model, embedder = load_model(), options.embedder()
    gate = HitGate(model, SemanticConfig().false_hits)
    texts = sorted({text for one, other, _ in rows for text in (one, other)})
    place = {text: number for number, text in enumerate(texts)}
    vectors = embedder.embed(texts)
    equal = np.array([label for _, _, label in rows])
    cosine, chance, known = np.zeros(len(rows)), np.zeros(len(rows)), 0
    by_rule: dict[str, tuple[int, int]] = {}
    for number, (one, other, label) in enumerate(rows):
        cosine[number] = float(vectors[place[one]] @ vectors[place[other]])
        unseen = model.held_out(one, other)
        known += unseen is not None
        rule = objection(one, other)
        if rule:
            count, right = by_rule.get(rule, (0, 0))
            by_rule[rule] = (count + 1, right + int(label))
        elif unseen is not None:
            chance[number] = unseen
        else:
            chance[number] = gate.judge(one, other, cosine[number]).probability
    return Scored(equal, cosine, chance, known, by_rule)


def _thresholds(title: str, found: Sequence[Served]) -> Grid:
    columns = ("from", "hits", "rate", "false hits", "precision", "recall", "of different")
    rows = [
        (
            f"{one.threshold:.2f}",
            f"{one.hits:,}",
            f"{one.hit_rate.value:.3f}",
            f"{one.false_hit_rate.value:.3f}",
            _interval(one.precision),
            _interval(one.recall),
            f"{one.fooled.value:.3f}",
        )
        for one in found
    ]
    return Grid(columns, tuple(rows), title)


def _compared(found: Scored) -> Grid:
    rows = [
        (f"precision at recall {one:g}", *(f"{precision_at(s, found.equal, one)[0]:.3f}" for s in _both(found)))
        for one in _RECALLS
    ]
    rows += [
        (f"recall at precision {one:g}", *(f"{recall_at(s, found.equal, one):.3f}" for s in _both(found)))
        for one in _PRECISIONS
    ]
    return Grid(("", "cosine", "gate"), tuple(rows), "Cosine against gate")


def _both(found: Scored) -> tuple[Floats, Floats]:
    return found.cosine, found.gate


def _targets(found: Sequence[tuple[float, Served]], target: float) -> Grid:
    rows = [
        (
            f"{wanted:.0%}" + (" (default)" if wanted == target else ""),
            f"{one.threshold:.2f}",
            _interval(one.false_hit_rate),
            _interval(one.recall),
        )
        for wanted, one in found
    ]
    columns = ("wrong hits allowed", "threshold", "wrong here", "recall here")
    return Grid(columns, tuple(rows), "The threshold that follows from the share of wrong hits allowed")


def _rules(found: Scored) -> Grid:
    rows = [(rule, f"{count:,}", f"{right:,}") for rule, (count, right) in sorted(found.by_rule.items())]
    return Grid(("rule", "pairs kept out", "of them equal"), tuple(rows), "What the rules keep out, whatever the score")


def _notes(found: Scored, count: int) -> tuple[str, ...]:
    notes = (
        "False hits: the share of hits that are wrong. Of different: the share of different pairs that are hits.",
        "Equal wordings apart from case, space and the mark at the end are hits for the gate at any threshold.",
    )
    if not found.known:
        return notes
    fitted = (
        f"The gate was fitted on {found.known:,} of these {count:,} pairs. Those are scored by models of its "
        "cross-validation that had not seen them."
    )
    return (fitted, *notes)


def _interval(found: Estimate) -> str:
    return f"{found.value:.3f} ±{(found.high - found.low) / 2:.3f}"


def _json(
    found: Scored,
    tables: tuple[Sequence[Served], Sequence[Served]],
    targets: Sequence[tuple[float, Served]],
    chosen: Served,
) -> dict[str, Any]:
    return {
        "pairs": len(found.equal),
        "equal": int(found.equal.sum()),
        "fitted_on": found.known,
        "cosine": [_served(one) for one in tables[0]],
        "gate": [_served(one) for one in tables[1]],
        "precision_at_recall": {
            name: {str(one): precision_at(score, found.equal, one)[0] for one in _RECALLS}
            for name, score in zip(("cosine", "gate"), _both(found), strict=True)
        },
        "recall_at_precision": {
            name: {str(one): recall_at(score, found.equal, one) for one in _PRECISIONS}
            for name, score in zip(("cosine", "gate"), _both(found), strict=True)
        },
        "by_false_hits_allowed": {str(wanted): _served(one) for wanted, one in targets},
        "chosen": {"false_hits_allowed": SemanticConfig().false_hits} | _served(chosen),
        "rules": {rule: {"pairs": count, "equal": right} for rule, (count, right) in found.by_rule.items()},
    }


def _served(one: Served) -> dict[str, Any]:
    named = ("hit_rate", "false_hit_rate", "precision", "recall", "fooled")
    figures = {name: getattr(one, name) for name in named}
    shown = {name: {"value": e.value, "low": e.low, "high": e.high} for name, e in figures.items()}
    return {"threshold": one.threshold, "hits": one.hits} | shown
