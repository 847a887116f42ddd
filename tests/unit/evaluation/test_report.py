"""A report survives being saved, fits 80 columns, and a comparison stops what got worse beyond doubt, nothing else."""

import io
import json
from collections.abc import Iterable
from dataclasses import replace

import pytest
from rich.console import Console, RenderableType

from answerable.core.errors import InvalidRequest
from answerable.evaluation.metrics import RETRIEVAL
from answerable.evaluation.report import (
    Answers,
    Fit,
    Part,
    Report,
    as_json,
    compare,
    load,
    render,
    render_comparison,
)
from answerable.evaluation.statistics import Estimate

QUESTIONS = [f"q{n}" for n in range(60)]


def _part(name: str, value: float = 0.7, **metrics: float) -> Part:
    values = {
        metric: {q: metrics.get(metric, value) + 0.01 * (n % 5) for n, q in enumerate(QUESTIONS)}
        for metric in RETRIEVAL
    }
    return Part(name, values, {"p50": 1.0, "p95": 2.0, "p99": 3.0})


def _report(value: float = 0.7, **answers: float) -> Report:
    found = {"right": 0.8, "false_abstention": 0.1} | answers
    part = Part(
        "answers", {name: {q: at + 0.01 * (n % 3) for n, q in enumerate(QUESTIONS)} for name, at in found.items()}
    )
    failures = [
        {"id": "q1", "question": "why [bold]not[/bold] " * 20, "outcome": "not_retrieved", "stage": "retrieval"}
    ]
    outcomes = {"right": 59, "not_retrieved": 1}
    answered = Answers(part, "extractive", "rules", {"aurc": Estimate(0.1, 0.0, 0.2, 60)}, outcomes, failures * 7, 2)
    systems = tuple(_part(name, value) for name in ("BM25", "vectors", "hybrid", "hybrid + rerank"))
    return Report("tv", "f", 10, 60, 0, systems, answered, {"version": "1"}, ("a judged document is missing",))


def _shown(parts: Iterable[RenderableType]) -> str:
    file = io.StringIO()
    console = Console(width=80, file=file, highlight=False)
    for part in parts:
        console.print(part)
    return file.getvalue()


def test_a_saved_report_is_the_same_when_it_is_read_again() -> None:
    report = _report()
    assert load(json.loads(json.dumps(as_json(report))), "r.json") == report
    alone = replace(report, answers=None)
    assert load(json.loads(json.dumps(as_json(alone))), "r.json") == alone


def test_a_fitted_weight_is_kept_with_the_report_and_told_in_words() -> None:
    gain = Estimate(0.012, 0.004, 0.02, 60)
    fitted = replace(_report(), fit=Fit(0.3, 0.5, 0.7, gain, stored=True))
    assert load(json.loads(json.dumps(as_json(fitted))), "r.json") == fitted
    assert "0.30 instead of 0.50" in _shown(render(fitted))
    assert "default 0.50 stays" in _shown(render(replace(fitted, fit=Fit(0.5, 0.5, 0.7, gain))))


def test_answers_alone_are_shown_without_a_table_of_systems() -> None:
    shown = _shown(render(replace(_report(), systems=())))
    assert "answers of extractive" in shown
    assert "ndcg@10" not in shown


def test_the_json_has_each_figure_with_its_interval_and_count() -> None:
    figure = as_json(_report())["systems"][0]["metrics"]["ndcg@10"]
    assert figure["low"] < figure["value"] < figure["high"]
    assert figure["n"] == 60


@pytest.mark.parametrize("data", [None, [], {"format": "other"}, {"format": "answerable-evaluation/1"}])
def test_a_file_that_is_no_report_is_refused_by_name(data: object) -> None:
    with pytest.raises(InvalidRequest, match=r"r\.json"):
        load(data, "r.json")


def test_the_tables_fit_eighty_columns_and_show_every_system_whole() -> None:
    text = _shown(render(_report()))
    assert max(map(len, text.splitlines())) <= 80
    for expected in ("BM25", "hybrid + rerank", "ndcg@10", ".720", "right", "retrieval", "judge failures", "2 more"):
        assert expected in text, expected
    assert "why [bold]not" in text


def test_the_same_report_has_not_changed() -> None:
    comparison = compare(_report(), _report())
    assert not comparison.regressed
    assert not any(change.better for change in comparison.changes)
    assert "34 of 34 figures within their interval" in _shown(render_comparison(comparison))


def test_a_fall_beyond_its_interval_is_a_regression_and_a_rise_is_not() -> None:
    assert compare(_report(0.6), _report(0.7)).regressed
    better = compare(_report(0.8), _report(0.7))
    assert not better.regressed
    assert any(change.better for change in better.changes)


def test_a_fall_that_one_question_explains_is_not_a_regression() -> None:
    report = _report()
    values = {name: dict(found) for name, found in report.systems[0].values.items()}
    values["ndcg@10"]["q0"] = 0.0
    changed = replace(report, systems=(replace(report.systems[0], values=values), *report.systems[1:]))
    comparison = compare(changed, report)
    assert comparison.changes[list(RETRIEVAL).index("ndcg@10")].after != pytest.approx(0.72)
    assert not comparison.regressed


def test_more_false_abstentions_are_worse_and_fewer_better() -> None:
    assert compare(_report(false_abstention=0.3), _report()).regressed
    assert not compare(_report(false_abstention=0.0), _report()).regressed


def test_a_figure_that_is_gone_is_a_regression() -> None:
    report = _report()
    comparison = compare(replace(report, systems=report.systems[:3]), report)
    assert comparison.regressed
    assert "not measured" in _shown(render_comparison(comparison))
    assert {one["verdict"] for one in comparison.as_json()["changes"]} == {"worse", "same"}


def test_another_corpus_and_other_questions_are_noted() -> None:
    report = _report()
    comparison = compare(replace(report, fingerprint="g", questions=50), report)
    assert len(comparison.notes) == 2


def test_a_baseline_of_another_set_is_refused() -> None:
    report = replace(_report(), answers=None)
    other = replace(report, dataset="other", systems=(Part("BM25", {"ndcg@10": {"elsewhere": 1.0}}),))
    with pytest.raises(InvalidRequest, match="shares no question"):
        compare(report, other)
