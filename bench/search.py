"""Query time of the whole read path on a large collection: embedding the question, both indexes, fusion, passages.

python bench/search.py [--chunks 100000] [--questions 300] [--folder FOLDER] [--json FILE]

The collection is made by `corpus.py` (its docstring says how) and kept in --folder for the next run.
"""

import argparse
import asyncio
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from answerable.config import load_settings
from answerable.core.filters import Filter, parse_filter
from answerable.core.identity import OWNER
from answerable.flows.platform import Platform
from answerable.knowledge.catalog import Scope
from answerable.knowledge.retriever import Query
from answerable.knowledge.trace import Trace
from answerable.wiring import open_platform
from corpus import COLLECTION, build, load_questions, percentiles, report

WARM_UP = 20
MASKS = {"none": None, "1 %": parse_filter("part=7")}
CASES = [
    ("keyword", "none", False),
    ("vector", "none", False),
    ("hybrid", "none", False),
    ("keyword", "1 %", False),
    ("vector", "1 %", False),
    ("hybrid", "1 %", False),
    ("hybrid", "none", True),
]


async def run(p: Platform, questions: list[str], case: tuple[Any, str, bool]) -> dict[str, Any]:
    """One case: latency, and the median of each step."""
    mode, mask, rerank = case
    where: Filter | None = MASKS[mask]
    took: list[float] = []
    steps: dict[str, list[float]] = defaultdict(list)
    for number, question in enumerate(questions):
        trace = Trace(question)
        began = time.perf_counter()
        await p.retriever.search(COLLECTION, Query(question, Scope(OWNER, where), 8, mode, rerank), trace)
        if number >= WARM_UP:
            took.append(time.perf_counter() - began)
            for step in trace.steps:
                steps[step["name"]].append(step["ms"])
    medians = {name: round(float(np.median(values)), 2) for name, values in steps.items()}
    return {"mode": mode, "mask": mask, "rerank": rerank, **percentiles(took), "steps_p50_ms": medians}


def embedding(p: Platform, questions: list[str]) -> dict[str, float]:
    """Embedding one question."""
    took = []
    for question in questions:
        began = time.perf_counter()
        p.embedder.embed([question])
        took.append(time.perf_counter() - began)
    return percentiles(took[WARM_UP:])


async def measure(folder: Path, chunks: int, count: int) -> dict[str, Any]:
    """All cases, one after the other, one question at a time."""
    built = await build(folder, chunks)
    p = await open_platform(load_settings(data=folder))
    questions = load_questions(count + WARM_UP)
    began = time.perf_counter()
    await run(p, questions[: WARM_UP + 1], CASES[2])
    opened = time.perf_counter() - began
    found = [await run(p, questions if not case[2] else questions[: WARM_UP + 50], case) for case in CASES]
    embedded = embedding(p, questions)
    await p.close()
    return {"built": built, "open_and_warm_up_s": round(opened, 2), "embed_question": embedded, "cases": found}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chunks", type=int, default=100_000)
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--folder", type=Path, default=Path(__file__).parent / ".data" / "search")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    found = asyncio.run(measure(options.folder, options.chunks, options.questions))
    rows = [["embed a question", "", "", *found["embed_question"].values()]]
    for case in found["cases"]:
        figures = [case["p50_ms"], case["p95_ms"], case["p99_ms"]]
        rows.append([case["mode"], case["mask"], "offline" if case["rerank"] else "no", *figures])
    head = ["search", "filter leaves", "reranker", "p50 ms", "p95 ms", "p99 ms"]
    report(f"Query time at {found['built']['chunks']:,} chunks", head, rows, found, options.json)


if __name__ == "__main__":
    main()
