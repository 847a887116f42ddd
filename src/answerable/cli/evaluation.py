"""`evaluate`: measures the program on labelled data, prints tables of 80 columns, compares with a saved report."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson
import typer
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from answerable.cli.running import err, out, print_json, run, settings_for, stop
from answerable.core.errors import AnswerableError, InvalidRequest
from answerable.evaluation import report as reports
from answerable.evaluation.report import Comparison, Report
from answerable.flows import evaluate as flow
from answerable.flows import evaluate_research as research_flow
from answerable.flows.platform import Platform
from answerable.flows.subject import Progress


@dataclass(frozen=True, slots=True)
class Wanted:
    """What `evaluate` was told. `research` measures reports on topics: then `dataset` may be missing, for the set that
    ships, and `export` is a file for the reports."""

    dataset: Path | None
    foreign: Path | None = None
    limit: int | None = None
    save: Path | None = None
    baseline: Path | None = None
    fit: bool = False
    model: str | None = None
    judge: str | None = None
    research: bool = False
    export: Path | None = None


def run_evaluation(wanted: Wanted, data: Path | None, as_json: bool) -> None:
    """Measure, print, save, compare; exit code 1 when a figure fell beyond its interval."""
    try:
        baseline = _load_baseline(wanted.baseline)
        with _folder(data) as folder:
            report = _measure(wanted, folder, as_json, keep=data is not None)
        comparison = reports.compare(report, baseline) if baseline else None
        if wanted.save:
            _save(report, wanted.save)
    except AnswerableError as error:
        stop(error)
    _show(report, comparison, as_json)
    if comparison and comparison.regressed:
        raise typer.Exit(1)


def _measure(wanted: Wanted, folder: Path, as_json: bool, *, keep: bool) -> Report:
    with _bar(as_json) as bar:
        stages: dict[str, TaskID] = {}

        def report(stage: str, done: int, total: int) -> None:
            if stage not in stages:
                stages[stage] = bar.add_task(stage, total=total)
            bar.update(stages[stage], completed=done, total=total)

        async def work(p: Platform) -> Report:
            if wanted.research:
                return await _research(wanted, p, report)
            if wanted.dataset is None:
                raise InvalidRequest("name the folder of a dataset", param="dataset")
            return await flow.evaluate(
                flow.Evaluation(
                    wanted.dataset,
                    wanted.foreign,
                    wanted.limit,
                    wanted.model,
                    wanted.judge,
                    fit=wanted.fit,
                    keep=keep,
                ),
                p,
                report,
            )

        return run(settings_for(folder), work)


async def _research(wanted: Wanted, p: Platform, progress: Progress) -> Report:
    asked = research_flow.ResearchEvaluation(wanted.dataset, wanted.limit, wanted.model, wanted.judge)
    measured, articles = await research_flow.evaluate_research(asked, p, progress)
    if wanted.export:
        research_flow.export(articles, wanted.export)
    return measured


@contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    """The data folder asked for, which keeps the embeddings; otherwise one that is gone afterwards."""
    if data is not None:
        yield data
        return
    with tempfile.TemporaryDirectory(prefix="answerable-evaluate-") as folder:
        yield Path(folder)


def _load_baseline(path: Path | None) -> Report | None:
    if path is None:
        return None
    try:
        return reports.load(orjson.loads(path.read_bytes()), path.name)
    except (OSError, orjson.JSONDecodeError) as error:
        raise InvalidRequest(f"{path}: cannot be read as a saved report ({error})", param="baseline") from error


def _save(report: Report, path: Path) -> None:
    try:
        path.write_bytes(orjson.dumps(reports.as_json(report), option=orjson.OPT_INDENT_2))
    except OSError as error:
        raise InvalidRequest(f"{path}: cannot be written ({error.strerror})", param="save") from error


def _show(report: Report, comparison: Comparison | None, as_json: bool) -> None:
    if as_json:
        print_json(reports.as_json(report) | ({"comparison": comparison.as_json()} if comparison else {}))
        return
    for part in reports.render(report):
        out.print(part)
    if comparison:
        out.print()
        for part in reports.render_comparison(comparison):
            out.print(part)


def _bar(as_json: bool) -> Bars:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Bars(*columns, console=err, transient=True, disable=as_json)
