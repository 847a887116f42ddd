"""Measures retrieval and answers on every judged development set, against the figures that were asked for.

    python scripts/quality.py [--sets ../shared/data] [--data FOLDER] [--json FILE]

Each set is measured by itself, and again with questions of the other sets and of a bank's customers mixed in, which it
cannot answer. With `--data` the embeddings are kept for the next run. Prints one table; what is missed is marked, and
is not an error.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from answerable.config import load_settings
from answerable.evaluation.report import Report, as_json
from answerable.flows.evaluate import Evaluation, evaluate
from answerable.wiring import open_platform

SETS = Path(__file__).parents[2] / "shared" / "data"
STRANGERS = "intents/intents.jsonl.gz"
"""Questions to a bank: strangers of a kind that no collection answers."""
SOME = 100
"""Questions of each side where strangers are mixed in: some 200 answers a pair."""

ASKED_FOR: Mapping[str, Mapping[tuple[str, str], tuple[float, float]]] = {
    "scifact": {
        ("BM25", "ndcg@10"): (0.685, 1.0),
        ("vectors", "ndcg@10"): (0.655, 1.0),
        ("hybrid", "ndcg@10"): (0.738, 1.0),
        ("hybrid + rerank", "ndcg@10"): (0.755, 1.0),
    },
    "samsung_tv_support": {
        ("hybrid", "ndcg@10"): (0.815, 1.0),
        ("hybrid, fitted", "ndcg@10"): (0.825, 1.0),
        ("hybrid + rerank", "ndcg@10"): (0.85, 1.0),
        ("hybrid + rerank", "precision@1"): (0.65, 1.0),
    },
}
EVERYWHERE: Mapping[tuple[str, str], tuple[float, float]] = {
    ("hybrid over the better list", "ndcg@10"): (0.0, 1.0),
    ("fitted over default", "ndcg@10"): (0.0, 1.0),
    ("answers", "abstention_recall"): (0.90, 1.0),
    ("answers", "false_abstention"): (0.0, 0.10),
    ("answers", "ece_answerable"): (0.0, 0.05),
    ("answers", "ece_equal_mass"): (0.0, 0.05),
    ("answers", "citation_resolution"): (1.0, 1.0),
    ("answers", "unsupported_sentences"): (0.0, 0.0),
}
_ROUNDING = 5e-4


@dataclass(frozen=True, slots=True)
class Row:
    """One figure and the range it was asked to be in."""

    data: str
    what: str
    metric: str
    value: float
    low: float
    high: float

    @property
    def met(self) -> bool:
        """Within the range, to the third digit."""
        return self.low - _ROUNDING <= self.value <= self.high + _ROUNDING


async def main() -> None:
    """Measure, print, save."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--sets", type=Path, default=SETS, help="folder of datasets")
    options.add_argument("--data", type=Path, help="data folder that keeps the collections")
    options.add_argument("--json", type=Path, help="write the figures and every report to this file")
    wanted = options.parse_args()
    judged = sorted(path.parent for path in wanted.sets.glob("*/qrels.jsonl*"))
    if not judged:
        sys.exit(f"{wanted.sets}: holds no folder with corpus, queries and qrels; name one with --sets")
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="answerable-quality-") as folder:
        reports = await _measure(judged, wanted.sets, wanted.data or Path(folder))
    rows = [row for name, report in reports.items() for row in _rows(name, report)]
    _print(rows, time.perf_counter() - began)
    if wanted.json:
        figures = [asdict(row) | {"met": row.met} for row in rows]
        found = {"figures": figures, "reports": {name: as_json(report) for name, report in reports.items()}}
        wanted.json.write_text(json.dumps(found, indent=1))


async def _measure(judged: list[Path], sets: Path, folder: Path) -> dict[str, Report]:
    """A full report for each set, and one of its answers for each source of strangers."""
    p = await open_platform(load_settings(data=folder))
    reports = {}
    try:
        for one in judged:
            reports[one.name] = await evaluate(Evaluation(one, fit=True), p, _Progress(one.name))
            for other in (*judged, sets / STRANGERS):
                if other != one and other.exists():
                    name = f"{one.name} + {other.stem.removesuffix('.jsonl')}"
                    pair = Evaluation(one, other, limit=SOME, systems=())
                    reports[name] = await evaluate(pair, p, _Progress(name))
    finally:
        await p.close()
    return reports


class _Progress:
    """A line on stderr for each stage."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._stage = ""

    def __call__(self, stage: str, _done: int, total: int) -> None:
        """Say that a stage has begun."""
        if stage != self._stage:
            self._stage = stage
            print(f"{self._name}: {stage} ({total})", file=sys.stderr, flush=True)


def _rows(name: str, report: Report) -> Iterator[Row]:
    """The figures that were asked for, those that the report has."""
    found = {part.name: {metric: one.value for metric, one in part.estimates.items()} for part in report.parts}
    if report.answers:
        found["answers"] |= {metric: one.value for metric, one in report.answers.calibration.items()}
    asked_for = dict(EVERYWHERE)
    if report.fit:
        best = max(found[one]["ndcg@10"] for one in ("BM25", "vectors"))
        found["hybrid over the better list"] = {"ndcg@10": found["hybrid"]["ndcg@10"] - best}
        gain = report.fit.gain.value if report.fit.alpha != report.fit.default else 0.0
        found["fitted over default"] = {"ndcg@10": gain}
        found["hybrid, fitted"] = {"ndcg@10": found["hybrid"]["ndcg@10"] + gain}
        asked_for = {**ASKED_FOR.get(report.dataset, {}), **EVERYWHERE}
    if not report.unanswerable:  # the confidence is that of a mix
        asked_for = {key: wanted for key, wanted in asked_for.items() if not key[1].startswith("ece")}
    for (what, metric), (low, high) in asked_for.items():
        if metric in found.get(what, {}):
            yield Row(name, what, metric, found[what][metric], low, high)


def _print(rows: list[Row], seconds: float) -> None:
    table = Table("set and strangers", "what", "figure", "value", "asked for", "", box=None, padding=(0, 1))
    for row in rows:
        asked = f">= {row.low:g}" if row.high == 1.0 else f"<= {row.high:g}"
        table.add_row(row.data, row.what, row.metric, f"{row.value:.3f}", asked, "" if row.met else "[red]missed[/red]")
    console = Console(width=120)
    console.print(table)
    console.print(f"{sum(row.met for row in rows)} of {len(rows)} figures as asked for, in {seconds / 60:.1f} minutes")


if __name__ == "__main__":
    asyncio.run(main())
