"""The router on prompts with the outcome of a cheap and a strong model: accuracy against the share of strong calls.

Rows are {id, text, task, weak_ok, strong_ok}. Beside the router stand routing by length and by chance. Prompts that the
shipped weights were fitted on are scored by the models of the fit that had not seen them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from answerable.core import counting
from answerable.core.errors import InvalidRequest
from answerable.evaluation.datasets import load_rows
from answerable.evaluation.routing import TARGETS, Compared, Curve, Floats, area_within, chance, compare, curve, spend
from answerable.evaluation.statistics import Estimate
from answerable.flows.measures import Grid, Measured, Options
from answerable.gateway.complexity import Judge, load_weights
from answerable.gateway.route_policy import TYPICAL_OUTPUT_TOKENS, ModelCard

_POINTS = np.linspace(0, 1, 11)
_ALL_POINTS = np.linspace(0, 1, 101)
_ASSUMED = f"Costs assume four characters a token and replies of {TYPICAL_OUTPUT_TOKENS} tokens from both models."
_PLOT = (60, 14)
"""Columns and lines of the plot."""


@dataclass(frozen=True, slots=True)
class Prompts:
    """The rows, column by column; outcomes are 0 or 1."""

    texts: tuple[str, ...]
    tasks: tuple[str, ...]
    weak: Floats
    strong: Floats


@dataclass(frozen=True, slots=True)
class Policies:
    """The curves of the three policies and how the router compares with the other two."""

    router: Curve
    length: Curve
    chance: Curve
    over_length: Compared
    over_chance: Compared

    @property
    def named(self) -> tuple[tuple[str, Curve], ...]:
        """In the order they are shown."""
        return (("router", self.router), ("length", self.length), ("random", self.chance))


def measure(path: Path, options: Options) -> Measured:
    """Draw the curves and say what is saved. Raises InvalidRequest."""
    prompts = _load(path, options.limit)
    gain, seen = _score(prompts, options)
    outcomes = (prompts.weak, prompts.strong)
    length = np.array([len(text) for text in prompts.texts], dtype=np.float64)
    policies = Policies(
        curve(gain, *outcomes),
        curve(length, *outcomes),
        chance(*outcomes),
        compare(gain, length, outcomes),
        compare(gain, None, outcomes),
    )
    tasks = _tasks(prompts, gain)
    within = {
        name: area_within(score, outcomes, prompts.tasks) for name, score in (("router", gain), ("length", length))
    }
    count = len(prompts.texts)
    title = (
        f"router: {count:,} prompts; cheap model right {prompts.weak.mean():.3f}, strong {prompts.strong.mean():.3f}"
    )
    grids = [_areas(policies, within), _saved(policies), _table(policies), _plot(policies), tasks]
    found, notes = _json(policies, within, count, seen), _notes(seen, count)
    if options.models:
        costs = _costs(policies, {"router": gain, "length": length, "random": np.zeros(count)}, prompts, options.models)
        grids.append(_dollars(costs, options.models))
        found["usd_per_1000"] = costs
        notes = (*notes, _ASSUMED)
    return Measured(title, tuple(grids), found, notes)


def _load(path: Path, limit: int | None) -> Prompts:
    rows = list(_rows(path))[:limit]
    if not rows:
        raise InvalidRequest(f"{path}: holds no prompts", param="dataset")
    texts, tasks, weak, strong = zip(*rows, strict=True)
    prompts = Prompts(texts, tasks, np.array(weak, dtype=np.float64), np.array(strong, dtype=np.float64))
    if prompts.strong.sum() <= prompts.weak.sum():
        raise InvalidRequest(f"{path}: the strong model is right no more often than the cheap one", param="dataset")
    return prompts


def _rows(path: Path) -> Iterator[tuple[str, str, bool, bool]]:
    for number, row in load_rows(path):
        text, outcomes = row.get("text"), [row.get("weak_ok"), row.get("strong_ok")]
        if not isinstance(text, str) or not text.strip():
            raise InvalidRequest(f"{path}, line {number}: 'text' is missing or empty", param="dataset")
        for name, value in zip(("weak_ok", "strong_ok"), outcomes, strict=True):
            if value not in (True, False):  # 1 and 0 as well
                raise InvalidRequest(f"{path}, line {number}: '{name}' is not true or false", param="dataset")
        yield text, str(row.get("task") or "all"), bool(outcomes[0]), bool(outcomes[1])


def _score(prompts: Prompts, options: Options) -> tuple[Floats, int]:
    """The expected gain of each prompt, and how many of them the shipped weights were fitted on."""
    weights, embedder = load_weights(), options.embedder()
    judge = Judge(embedder)
    held_out = [weights.held_out_gain(text) for text in prompts.texts]
    new = [number for number, gain in enumerate(held_out) if gain is None]
    vectors: Sequence[Any] = [None] * len(new)
    if judge.embeds:
        vectors = list(embedder.embed([judge.embedded(prompts.texts[number]) for number in new]).astype(np.float64))
    gains = np.array([np.nan if gain is None else gain for gain in held_out])
    for number, vector in zip(new, vectors, strict=True):
        gains[number] = judge.judge_vector(prompts.texts[number], vector).gain
    return gains, len(prompts.texts) - len(new)


def _costs(
    policies: Policies, scores: Mapping[str, Floats], prompts: Prompts, models: tuple[ModelCard, ModelCard]
) -> dict[str, dict[str, float]]:
    """USD for 1,000 prompts by part of the gain and policy; by `0` and `1` for the cheap and the strong model alone."""
    cheap, strong = (np.array([_cost(card, text) for text in prompts.texts]) for card in models)
    out: dict[str, dict[str, float]] = {}
    spent = {name: spend(score, cheap, strong) * 1_000 for name, score in scores.items()}
    for target in (0.0, *TARGETS, 1.0):
        out[f"{target:g}"] = {
            name: float(np.interp(one.share_for(target) if 0 < target < 1 else target, one.share, spent[name]))
            for name, one in policies.named
        }
    return out


def _cost(card: ModelCard, text: str) -> float:
    cost = card.cost_usd(counting.tokens(len(text)))
    if cost is None:
        raise InvalidRequest(f"the price of '{card.name}' is not known; set it in models.toml", param="models")
    return float(cost)


def _dollars(costs: Mapping[str, Mapping[str, float]], models: tuple[ModelCard, ModelCard]) -> Grid:
    rows = []
    for target in TARGETS:
        found = costs[f"{target:g}"]
        saved = (f"{1 - found['router'] / found[name]:+.1%}" if found[name] else "-" for name in ("length", "random"))
        rows.append((f"{target:.0%}", *(f"{found[name]:.3f}" for name in ("router", "length", "random")), *saved))
    alone = f"{models[0].name} alone {costs['0']['router']:.3f}, {models[1].name} alone {costs['1']['router']:.3f}"
    columns = ("of gain", "router", "length", "random", "saved over length", "over random")
    return Grid(columns, tuple(rows), f"USD for 1,000 prompts: {alone}")


def _areas(policies: Policies, within: Mapping[str, float]) -> Grid:
    rows = [
        ("router", f"{policies.router.area:.3f}", "", f"{within['router']:.3f}"),
        ("length", f"{policies.length.area:.3f}", _interval(policies.over_length.area), f"{within['length']:.3f}"),
        ("random", ".500", _interval(policies.over_chance.area), ".500"),
    ]
    columns = ("policy", "share of the gain", "router better by", "within tasks")
    return Grid(columns, tuple(rows), "Mean share of the strong model's gain, over all shares of strong calls")


def _saved(policies: Policies) -> Grid:
    rows = [
        (
            f"{target:.0%}",
            *(f"{one.share_for(target):.3f}" for _, one in policies.named),
            _interval(policies.over_length.saved[target]),
            _interval(policies.over_chance.saved[target]),
        )
        for target in TARGETS
    ]
    columns = ("of gain", "router", "length", "random", "saved over length", "over random")
    return Grid(columns, tuple(rows), "Share of strong calls needed for a part of the gain; 95 % bootstrap intervals")


def _table(policies: Policies) -> Grid:
    rows = [
        (f"{share:.0%}", *(f"{one.accuracy_at(share):.3f}" for _, one in policies.named)) for share in _POINTS.tolist()
    ]
    return Grid(("strong calls", "router", "length", "random"), tuple(rows), "Accuracy by share of strong calls")


def _plot(policies: Policies) -> Grid:
    """The router as `o`, length as `l`, chance as `.`; where they meet the router is drawn."""
    width, height = _PLOT
    shares = np.linspace(0, 1, width)
    drawn = {
        mark: np.array([one.accuracy_at(share) for share in shares])
        for mark, one in ((".", policies.chance), ("l", policies.length), ("o", policies.router))
    }
    low = min(values.min() for values in drawn.values())
    high = max(values.max() for values in drawn.values())
    canvas = [[" "] * width for _ in range(height)]
    for mark, values in drawn.items():
        lines = np.round((values - low) / (high - low) * (height - 1)).astype(int)
        for column, line in enumerate(lines):
            canvas[height - 1 - line][column] = mark
    levels = np.linspace(high, low, height)
    rows = [(f"{level:.3f}", f"|{''.join(line)}|") for level, line in zip(levels, canvas, strict=True)]
    scale = f"|0 %{' ' * (width - 8)}100 %|"
    return Grid(("accuracy", ""), (*rows, ("", scale)), "o router, l length, . random; strong calls to the right")


def _tasks(prompts: Prompts, gain: Floats) -> Grid:
    """Families of tasks (the part of the name before a slash)."""
    families = np.array([task.partition("/")[0] for task in prompts.tasks])
    rows = []
    for family in np.unique(families).tolist():
        here = families == family
        one = curve(gain[here], prompts.weak[here], prompts.strong[here])
        area = f"{one.area:.3f}" if one.gain > 0 else "-"
        rows.append((family, str(int(here.sum())), f"{one.accuracy[0]:.3f}", f"{one.accuracy[-1]:.3f}", area))
    columns = ("task", "prompts", "cheap right", "strong right", "router's share of the gain")
    return Grid(columns, tuple(rows), "By task")


def _notes(seen: int, count: int) -> tuple[str, ...]:
    within = "'Within tasks' leaves out what is gained by telling tasks apart; a random policy reaches .5."
    if not seen:
        return (within,)
    trained = (
        f"The shipped weights were fitted on {seen:,} of these {count:,} prompts. Those are scored by models of its "
        "cross-validation that had not seen them, but the features were chosen with all of them in view."
    )
    return (trained, within)


def _interval(found: Estimate) -> str:
    return f"{found.value:+.3f} [{found.low:+.3f} {found.high:+.3f}]"


def _json(policies: Policies, within: Mapping[str, float], count: int, seen: int) -> dict[str, Any]:
    shares = _ALL_POINTS.tolist()
    return {
        "prompts": count,
        "trained_on": seen,
        "curves": {
            name: {
                "area": one.area,
                "share_for": {str(target): one.share_for(target) for target in TARGETS},
                "points": [{"share": share, "accuracy": one.accuracy_at(share)} for share in shares],
            }
            for name, one in policies.named
        },
        "within_tasks": dict(within),
        "router_over": {"length": _compared(policies.over_length), "random": _compared(policies.over_chance)},
    }


def _compared(found: Compared) -> dict[str, Any]:
    saved = {str(target): _estimate(one) for target, one in found.saved.items()}
    return {"area": _estimate(found.area), "strong_calls_saved": saved}


def _estimate(found: Estimate) -> dict[str, float]:
    return {"value": found.value, "low": found.low, "high": found.high}
