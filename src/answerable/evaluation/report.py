"""The result of an evaluation: as JSON to keep, as tables of 80 columns to read, and compared with an earlier one.

Every figure keeps its values a question, so that a later run can be compared question by question.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from answerable.core.errors import InvalidRequest
from answerable.evaluation.answers import HIGHER_IS_BETTER, STAGE
from answerable.evaluation.metrics import RETRIEVAL, PerQuery
from answerable.evaluation.research import LOWER_IS_BETTER
from answerable.evaluation.statistics import Estimate, difference, estimate

FORMAT = "answerable-evaluation/1"
WIDTH = 80

_SHOWN_FAILURES = 5
_NOISE = 1e-9


@dataclass(frozen=True, slots=True)
class Part:
    """A measured system: values a question by metric, and how long a question took (`latency_ms`: p50, p95, p99)."""

    name: str
    values: Mapping[str, PerQuery]
    latency_ms: Mapping[str, float] = field(default_factory=dict)

    @property
    def estimates(self) -> dict[str, Estimate]:
        """Mean and interval of each metric."""
        return {name: estimate(values) for name, values in self.values.items() if values}


@dataclass(frozen=True, slots=True)
class Answers:
    """The answer part. `failures` are the questions that went wrong, with the stage that is to blame."""

    part: Part
    model: str
    judge: str
    calibration: Mapping[str, Estimate]
    outcomes: Mapping[str, int]
    failures: Sequence[Mapping[str, Any]]
    judge_failures: int = 0


@dataclass(frozen=True, slots=True)
class Fit:
    """The share of the vectors fitted to the labels. `before` is the default's nDCG@10, `gain` what the fit adds on
    questions it did not see, with its interval (90 %); without a gain beyond doubt `alpha` is the `default`."""

    alpha: float
    default: float
    before: float
    gain: Estimate
    stored: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that was measured on one dataset. `facts` are what it was measured with (settings, times, version)."""

    dataset: str
    fingerprint: str
    documents: int
    questions: int
    unanswerable: int
    systems: tuple[Part, ...]
    answers: Answers | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    fit: Fit | None = None

    @property
    def parts(self) -> tuple[Part, ...]:
        """The systems, and the answers when there are any."""
        return (*self.systems, self.answers.part) if self.answers else self.systems


@dataclass(frozen=True, slots=True)
class Change:
    """One metric now and before. `change` is the paired difference; None when it is not measured any more."""

    part: str
    metric: str
    before: float
    after: float | None
    change: Estimate | None

    @property
    def worse(self) -> bool:
        """The whole interval of the change lies on the bad side, or the figure is gone."""
        if self.change is None:
            return True
        if _higher_is_better(self.metric):
            return self.change.high < -_NOISE
        return self.change.low > _NOISE

    @property
    def better(self) -> bool:
        """The whole interval of the change lies on the good side."""
        if self.change is None:
            return False
        if _higher_is_better(self.metric):
            return self.change.low > _NOISE
        return self.change.high < -_NOISE


@dataclass(frozen=True, slots=True)
class Comparison:
    """A report against a saved one."""

    changes: tuple[Change, ...]
    notes: tuple[str, ...] = ()

    @property
    def regressed(self) -> bool:
        """Whether any metric fell beyond its interval."""
        return any(change.worse for change in self.changes)

    def as_json(self) -> dict[str, Any]:
        """JSON-ready values."""
        rows = [
            {
                "part": one.part,
                "metric": one.metric,
                "before": one.before,
                "after": one.after,
                "change": _estimate_json(one.change) if one.change else None,
                "verdict": "worse" if one.worse else "better" if one.better else "same",
            }
            for one in self.changes
        ]
        return {"regressed": self.regressed, "changes": rows, "notes": list(self.notes)}


def _higher_is_better(metric: str) -> bool:
    return metric not in LOWER_IS_BETTER and HIGHER_IS_BETTER.get(metric, True)


def as_json(report: Report) -> dict[str, Any]:
    """JSON-ready values; what `load` reads again."""
    answers = report.answers
    return {
        "format": FORMAT,
        "dataset": report.dataset,
        "fingerprint": report.fingerprint,
        "documents": report.documents,
        "questions": report.questions,
        "unanswerable": report.unanswerable,
        "facts": dict(report.facts),
        "warnings": list(report.warnings),
        "systems": [_part_json(part) for part in report.systems],
        "fit": asdict(report.fit) if report.fit else None,
        "answers": {
            **_part_json(answers.part),
            "model": answers.model,
            "judge": answers.judge,
            "judge_failures": answers.judge_failures,
            "calibration": {name: _estimate_json(one) for name, one in answers.calibration.items()},
            "outcomes": dict(answers.outcomes),
            "failures": [dict(one) for one in answers.failures],
        }
        if answers
        else None,
    }


def load(data: object, name: str) -> Report:
    """A saved report; `name` is its file's. Raises InvalidRequest when it is none."""
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise InvalidRequest(f"{name}: is not a report that `answerable evaluate --save` wrote", param="baseline")
    try:
        return Report(
            dataset=data["dataset"],
            fingerprint=data["fingerprint"],
            documents=data["documents"],
            questions=data["questions"],
            unanswerable=data["unanswerable"],
            systems=tuple(_load_part(part) for part in data["systems"]),
            answers=_load_answers(data["answers"]) if data["answers"] else None,
            facts=data["facts"],
            warnings=tuple(data["warnings"]),
            fit=_load_fit(data["fit"]) if data["fit"] else None,
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise InvalidRequest(f"{name}: is a damaged report ({error}); save it again", param="baseline") from error


def compare(report: Report, baseline: Report) -> Comparison:
    """Question by question, over the questions both have. Raises InvalidRequest when they share none."""
    now = {part.name: part for part in report.parts}
    changes = tuple(change for before in baseline.parts for change in _changes(before, now.get(before.name)))
    if not any(change.change for change in changes):
        raise InvalidRequest(
            f"the baseline was measured on '{baseline.dataset}' and shares no question with '{report.dataset}'",
            param="baseline",
        )
    notes = []
    if report.fingerprint != baseline.fingerprint:
        notes.append("the documents are not those of the baseline")
    if report.questions != baseline.questions:
        notes.append(f"{report.questions} questions now, {baseline.questions} then; those of both are compared")
    return Comparison(changes, tuple(notes))


def render(report: Report) -> Iterator[RenderableType]:
    """Tables of at most 80 columns."""
    what = report.facts.get("of", "questions")
    asked = f"{report.questions - report.unanswerable} {what}, {report.unanswerable} unanswerable"
    yield Text(f"{report.dataset}: {report.documents} documents, {asked}", style="bold")
    yield from (Text(f"note: {warning}", style="yellow") for warning in report.warnings)
    if report.systems:
        yield _system_table(report.systems)
    yield from (Text(line) for line in report.facts.get("told", ()))
    if report.fit:
        yield Text(_fit_line(report.fit))
    if report.answers:
        yield Text(f"\nanswers of {report.answers.model}, judged by {report.answers.judge}", style="bold")
        yield _answer_table(report.answers)
        yield _outcome_table(report.answers)
        yield from _failure_lines(report.answers)


def render_comparison(comparison: Comparison) -> Iterator[RenderableType]:
    """What changed, worst first; what stayed within its interval is only counted."""
    yield from (Text(f"note: {note}", style="yellow") for note in comparison.notes)
    table = Table("system", "metric", "before", "now", "change", "", box=None, padding=(0, 1), width=WIDTH)
    moved = [one for one in comparison.changes if one.worse or one.better]
    for one in sorted(moved, key=lambda one: not one.worse):
        verdict = "[red]worse[/red]" if one.worse else "[green]better[/green]"
        change = f"{one.change.value:+.3f} {_between(one.change)}" if one.change else "not measured"
        table.add_row(one.part, one.metric, _short(one.before), _short(one.after), change, verdict)
    if moved:
        yield table
    yield Text(f"{len(comparison.changes) - len(moved)} of {len(comparison.changes)} figures within their interval")


def _changes(before: Part, after: Part | None) -> Iterator[Change]:
    for metric, old in before.values.items():
        new = after.values.get(metric, {}) if after else {}
        common = old.keys() & new.keys()
        if common:
            then, now = ({query: values[query] for query in common} for values in (old, new))
            yield Change(before.name, metric, _mean(then), _mean(now), difference(then, now))
        else:
            yield Change(before.name, metric, _mean(old), None, None)


def _mean(values: PerQuery) -> float:
    return sum(values.values()) / len(values)


def _part_json(part: Part) -> dict[str, Any]:
    return {
        "name": part.name,
        "metrics": {name: _estimate_json(one) for name, one in part.estimates.items()},
        "latency_ms": dict(part.latency_ms),
        "values": {name: dict(values) for name, values in part.values.items()},
    }


def _load_part(data: Mapping[str, Any]) -> Part:
    values = {
        name: {query: float(value) for query, value in found.items()} for name, found in data["values"].items() if found
    }
    return Part(data["name"], values, data["latency_ms"])


def _load_answers(data: Mapping[str, Any]) -> Answers:
    calibration = {name: Estimate(**one) for name, one in data["calibration"].items()}
    return Answers(
        _load_part(data),
        data["model"],
        data["judge"],
        calibration,
        data["outcomes"],
        data["failures"],
        data["judge_failures"],
    )


def _load_fit(data: Mapping[str, Any]) -> Fit:
    return Fit(**(dict(data) | {"gain": Estimate(**data["gain"])}))


def _estimate_json(one: Estimate) -> dict[str, float]:
    return {"value": one.value, "low": one.low, "high": one.high, "n": one.n}


def _system_table(systems: Sequence[Part]) -> Table:
    """The metrics of retrieval, or those that the parts have."""
    table = Table("", *(part.name for part in systems), box=None, padding=(0, 1), width=WIDTH)
    estimates = [part.estimates for part in systems]
    found_names = list(dict.fromkeys(name for found in estimates for name in found))
    for name in RETRIEVAL if set(found_names) <= set(RETRIEVAL) else found_names:
        lower = " (lower is better)" if name in LOWER_IS_BETTER else ""
        table.add_row(name.replace("_", " ") + lower, *(_figure(found.get(name)) for found in estimates))
    for name in ("p50", "p95"):
        table.add_row(f"{name} ms", *(f"{part.latency_ms.get(name, 0.0):.1f}" for part in systems))
    return table


def _fit_line(fit: Fit) -> str:
    gain = f"ndcg@10 {_short(fit.before)} {fit.gain.value:+.3f} [{fit.gain.low:+.3f}, {fit.gain.high:+.3f}]"
    if fit.alpha == fit.default:
        return f"fitted weight: the default {fit.default:.2f} stays; others on unseen questions: {gain}"
    kept = "kept in this collection" if fit.stored else "set it with ANSWERABLE_RETRIEVAL__ALPHA"
    return f"fitted weight: {fit.alpha:.2f} instead of {fit.default:.2f}, on unseen questions: {gain}; {kept}"


def _answer_table(answers: Answers) -> Table:
    table = Table("", "value and 95 % interval", "of", box=None, padding=(0, 1))
    for name, one in (answers.part.estimates | dict(answers.calibration)).items():
        better = "" if HIGHER_IS_BETTER.get(name, name not in answers.calibration) else "  (lower is better)"
        table.add_row(name.replace("_", " "), f"{_figure(one)}{better}", str(one.n))
    for name, value in answers.part.latency_ms.items():
        table.add_row(f"{name} ms", f"{value:.0f}", "")
    if answers.judge_failures:
        table.add_row("judge failures", f"{answers.judge_failures} claims, counted as unsupported", "")
    return table


def _outcome_table(answers: Answers) -> Table:
    table = Table("what became of the questions", "", "to blame", box=None, padding=(0, 1))
    for name, stage in STAGE.items():
        if answers.outcomes.get(name):
            table.add_row(name.replace("_", " "), str(answers.outcomes[name]), stage or "-")
    return table


def _failure_lines(answers: Answers) -> Iterator[RenderableType]:
    for one in answers.failures[:_SHOWN_FAILURES]:
        line = f"{one['outcome'].replace('_', ' ')}: {' '.join(one['question'].split())}"
        yield Text(line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…", style="dim")
    more = len(answers.failures) - _SHOWN_FAILURES
    if more > 0:
        yield Text(f"and {more} more in the JSON report", style="dim")


def _figure(one: Estimate | None) -> str:
    return f"{_short(one.value)} [dim]{escape(_between(one))}[/dim]" if one else "-"


def _between(one: Estimate) -> str:
    return f"{_short(one.low, 2)}–{_short(one.high, 2)}"


def _short(value: float | None, digits: int = 3) -> str:
    """`.696`; a leading zero says nothing."""
    return "-" if value is None else re.sub(r"^(-?)0\.", r"\1.", f"{value:.{digits}f}")
