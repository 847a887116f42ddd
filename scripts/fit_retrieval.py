"""Measures fusion and the offline reranker on the development sets; weights fitted on some sets are tried on others.

    python scripts/fit_retrieval.py DATA_FOLDER [--every N]

Prints the tables of `docs/decisions/0003-fusion-and-rerank.md`; the first run embeds the sets (many minutes on two
cores), later ones only the questions.
"""

import argparse
import asyncio
import itertools
import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import fit_data
from answerable.knowledge.fuse import DEFAULT_ALPHA, Fused, Ranking, adapted_alpha, convex, reciprocal_rank
from answerable.knowledge.rerankers import offline
from answerable.knowledge.retriever import Found
from fit_data import Searcher

ALPHAS = (0.3, 0.4, DEFAULT_ALPHA, 0.6, 0.7)
PHRASE, FOCUS = (0.0, 0.4, 0.6, 0.8, 1.0), (0.0, 0.2, 0.3, 0.4, 0.5)
RERANKED = 50


async def main() -> None:
    """Print every table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("data", type=Path)
    options.add_argument("--every", type=int, default=1, help="use every Nth question")
    asked = options.parse_args()
    grids = {}
    async with fit_data.searchers(asked.data) as sets:
        for searcher in sets:
            questions = searcher.judged[:: asked.every]
            found = [await searcher.find(question.text, RERANKED) for question in questions]
            name = searcher.dataset.name
            print(f"\n## {name}: {len(searcher.dataset.documents)} documents, {len(questions)} questions", flush=True)
            await _fusion(searcher, found, questions)
            grids[name] = _rerank(searcher, found, questions)
    _across(grids)


async def _fusion(searcher: Searcher, found: list[Found], questions: list[fit_data.Question]) -> None:
    ids = sorted({int(one) for f in found for one in (*f.keyword.ids, *f.vector.ids)})
    documents = await searcher.documents(ids)

    def quality(rankings: Iterable[NDArray[np.int64]]) -> str:
        listed = ([documents[int(one)] for one in ranking] for ranking in rankings)
        scores = [searcher.ndcg(question, one) for question, one in zip(questions, listed, strict=True)]
        return f"{np.mean(scores):.4f}"

    print("keywords", quality(f.keyword.ids for f in found), "| vectors", quality(f.vector.ids for f in found), end=" ")
    print("| reciprocal rank", quality(reciprocal_rank(f.keyword, f.vector).ids for f in found), end=" ")
    print("| shipped", quality(f.fused.ids for f in found))
    for alpha in ALPHAS:
        plain = quality(convex(f.keyword, f.vector, alpha, scale="observed").ids for f in found)
        fixed = quality(_weighted(f.fused, alpha) for f in found)
        moved = quality(_weighted(f.fused, adapted_alpha(f.keyword, f.vector, alpha)) for f in found)
        flat = quality(_weighted(f.fused, adapted_alpha(f.keyword, _NOTHING, alpha)) for f in found)
        print(f"alpha {alpha:.2f}: min-max {plain} | bounded {fixed} | + flatness {flat} | + nearness {moved}")


_NOTHING = Ranking.of(np.empty(0, np.int64), np.empty(0, np.float64))


def _weighted(fused: Fused, alpha: float) -> NDArray[np.int64]:
    scores = (1 - alpha) * fused.lexical + alpha * fused.dense
    return np.asarray(fused.ids[np.argsort(-scores, kind="stable")])


def _rerank(searcher: Searcher, found: list[Found], questions: list[fit_data.Question]) -> NDArray[np.float64]:
    """nDCG@10 (and P@1 in the last axis) by question, phrase weight, weight of focus and point."""
    reranker = offline.OfflineReranker(offline.Config(), searcher.p.embedder)
    grid = np.zeros((len(questions), len(PHRASE), len(FOCUS), 2))
    times = []
    for row, (one, question) in enumerate(zip(found, questions, strict=True)):
        begun = time.perf_counter()
        parts = reranker.parts(question.text, one.passages)
        times.append(time.perf_counter() - begun)
        documents = [fit_data.document_of(passage) for passage in one.passages]
        relevant = searcher.dataset.relevant(question.id)
        for i, j in itertools.product(range(len(PHRASE)), range(len(FOCUS))):
            order = np.argsort(-(parts @ [1.0, PHRASE[i], FOCUS[j], FOCUS[j]]), kind="stable")
            ranked = [documents[at] for at in order]
            grid[row, i, j] = searcher.ndcg(question, ranked), bool(ranked) and ranked[0] in relevant
    p50, p95 = np.quantile(times, [0.5, 0.95]) * 1000
    print(f"rerank of {RERANKED}: p50 {p50:.0f} ms, p95 {p95:.0f} ms")
    print("phrase \\ focus " + " ".join(f"{focus:.1f}   " for focus in FOCUS))
    for i, phrase in enumerate(PHRASE):
        print(f"{phrase:.2f}           " + " ".join(f"{value:.4f}" for value in grid[:, i, :, 0].mean(axis=0)))
    return grid


def _across(grids: dict[str, NDArray[np.float64]]) -> None:
    means = {name: grid.mean(axis=0) for name, grid in grids.items()}
    print("\n## Weights fitted on the other sets (equal say), tried on this one")
    for name, mine in means.items():
        others = np.mean([grid[..., 0] - grid[0, 0, 0] for other, grid in means.items() if other != name], axis=0)
        i, j = np.unravel_index(int(others.argmax()), others.shape)
        print(
            f"{name}: phrase {PHRASE[i]}, focus {FOCUS[j]} -> {mine[i, j, 0]:.4f}",
            f"(P@1 {mine[i, j, 1]:.3f}), without {mine[0, 0, 0]:.4f}",
        )


if __name__ == "__main__":
    asyncio.run(main())
