"""Measures fusion and the offline reranker on the development sets, each weight fitted on one set and tried on others.

    python scripts/fit_retrieval.py DATA_FOLDER [--every N]

Prints the tables of `docs/decisions/0003-fusion-and-rerank.md`; about four minutes on two cores, most of it embedding.
"""

import argparse
import itertools
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import fit_data
from answerable.knowledge.embedders import minilm
from answerable.knowledge.fit_alpha import LabelledQuery, fit_alpha
from answerable.knowledge.fuse import DEFAULT_ALPHA, Fused, convex, reciprocal_rank
from answerable.knowledge.rerankers import offline

ALPHAS = (0.3, 0.4, DEFAULT_ALPHA, 0.45, 0.5, 0.6, 0.7)
PHRASE, FOCUS = (0.0, 0.1, 0.2, 0.3, 0.4), (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
RERANKED = 50


def main() -> None:
    """Print every table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("data", type=Path)
    options.add_argument("--every", type=int, default=1, help="use every Nth question")
    asked = options.parse_args()
    embedder = minilm.build(minilm.Config())
    grids = {}
    for name, (documents, questions) in {
        "samsung_tv_support": fit_data.judged(asked.data, "samsung_tv_support"),
        "scifact": fit_data.judged(asked.data, "scifact"),
        "office_titles": fit_data.titled(asked.data),
    }.items():
        collection = fit_data.Collection(name, documents, embedder)
        some = questions[:: asked.every]
        vectors = fit_data.embedded([q.text for q in some], embedder)
        print(f"\n## {name}: {len(documents)} documents, {len(some)} questions", flush=True)
        found = [collection.search(q.text, vector) for q, vector in zip(some, vectors, strict=True)]
        _fusion(found, some)
        grids[name] = _rerank(collection, found, some, offline.OfflineReranker(offline.Config(), embedder))
    _across(grids)


def _fusion(found: list[fit_data.Searched], questions: list[fit_data.Question]) -> None:
    def quality(rankings: list[NDArray[np.int64]]) -> str:
        scores = [fit_data.ndcg(ids.tolist(), q.relevance) for ids, q in zip(rankings, questions, strict=True)]
        first = [
            q.relevance.get(int(ids[0]), 0) > 0 if len(ids) else False
            for ids, q in zip(rankings, questions, strict=True)
        ]
        return f"{np.mean(scores):.4f} (P@1 {np.mean(first):.3f})"

    print("keywords", quality([s.lexical.ids for s in found]), "| vectors", quality([s.dense.ids for s in found]))
    print("reciprocal rank", quality([reciprocal_rank(s.lexical, s.dense).ids for s in found]))
    for alpha in ALPHAS:
        plain = quality([convex(s.lexical, s.dense, alpha, scale="observed").ids for s in found])
        bare = quality([convex(s.lexical, s.dense, alpha).ids for s in found])
        print(f"alpha {alpha:.2f}: min-max {plain} | bounded {bare} | bounded + looked up", end=" ")
        print(quality([_again(s, alpha).ids for s in found]))
    fit = fit_alpha([LabelledQuery(s.lexical, s.dense, q.relevance) for s, q in zip(found, questions, strict=True)])
    print(
        f"fitted alpha {fit.alpha} (default {fit.default}):",
        f"held-out gain {fit.gain:+.4f} [{fit.low:+.4f}, {fit.high:+.4f}]",
        end=" -> ",
    )
    print(quality([_again(s, fit.alpha).ids for s in found]))


def _again(searched: fit_data.Searched, alpha: float) -> Fused:
    missing = np.setdiff1d(searched.lexical.ids, searched.dense.ids)
    return convex(
        searched.lexical, searched.dense, alpha, exact_dense={int(i): float(searched.cosines[i]) for i in missing}
    )


def _rerank(
    collection: fit_data.Collection,
    found: list[fit_data.Searched],
    questions: list[fit_data.Question],
    reranker: offline.OfflineReranker,
) -> NDArray[np.float64]:
    """nDCG@10 (and P@1 in the last axis) by question, phrase weight, focus weight."""
    grid = np.zeros((len(questions), len(PHRASE), len(FOCUS), 2))
    times = []
    for row, (searched, question) in enumerate(zip(found, questions, strict=True)):
        passages = collection.passages(searched.fused, RERANKED)
        begun = time.perf_counter()
        parts = reranker.parts(question.text, passages)
        times.append(time.perf_counter() - begun)
        ids = searched.fused.ids[:RERANKED]
        for i, j in itertools.product(range(len(PHRASE)), range(len(FOCUS))):
            order = ids[np.argsort(-(parts @ [1.0, PHRASE[i], FOCUS[j]]), kind="stable")]
            grid[row, i, j] = (
                fit_data.ndcg(order.tolist(), question.relevance),
                question.relevance.get(int(order[0]), 0) > 0,
            )
    p50, p95 = np.quantile(times, [0.5, 0.95]) * 1000
    print(f"rerank of {RERANKED}: p50 {p50:.0f} ms, p95 {p95:.0f} ms")
    print("phrase \\ focus " + " ".join(f"{focus:.1f}   " for focus in FOCUS))
    for i, phrase in enumerate(PHRASE):
        print(f"{phrase:.1f}            " + " ".join(f"{value:.4f}" for value in grid[:, i, :, 0].mean(axis=0)))
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
    chosen = offline.Config()
    i, j = PHRASE.index(chosen.phrase_weight), FOCUS.index(chosen.focus_weight)
    for name, mine in means.items():
        print(f"{name}: shipped weights {mine[i, j, 0]:.4f} (P@1 {mine[i, j, 1]:.3f}); alpha {DEFAULT_ALPHA}")


if __name__ == "__main__":
    main()
