"""Retrieval metrics with trec_eval's definitions, a value a question.

Documents are ranked by score, ties by document id, both descending. Gain is linear, the ideal comes from all
judgements. A question that found nothing scores 0 and stays; a question without relevant documents is left out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Qrels = Mapping[str, Mapping[str, float]]
"""query id -> document id -> relevance; above 0 is relevant."""
Run = Mapping[str, Mapping[str, float]]
"""query id -> document id -> score."""
PerQuery = dict[str, float]
Floats = NDArray[np.float64]

DEPTH = 100


@dataclass(frozen=True, slots=True)
class Judged:
    """A run against its judgements, a row a question: `gains` (n, DEPTH) of the ranked documents, `ideal` (n, DEPTH) of
    the best possible ranking, `relevant` (n,) documents there are."""

    queries: tuple[str, ...]
    gains: Floats
    ideal: Floats
    relevant: Floats


def ranked(scores: Mapping[str, float]) -> list[str]:
    """Document ids, best first; of equal scores the greater id goes first, as in trec_eval."""
    return [doc for _, doc in sorted(((score, doc) for doc, score in scores.items()), reverse=True)]


def judge_run(run: Run, qrels: Qrels, depth: int = DEPTH) -> Judged:
    """Look every ranked document up. Questions come in the order of `qrels`."""
    queries = tuple(query for query, found in qrels.items() if any(value > 0 for value in found.values()))
    gains, ideal = np.zeros((len(queries), depth)), np.zeros((len(queries), depth))
    relevant = np.zeros(len(queries))
    for row, query in enumerate(queries):
        found = qrels[query]
        top = ranked(run.get(query, {}))[:depth]
        gains[row, : len(top)] = [max(0.0, found.get(doc, 0.0)) for doc in top]
        best = sorted((value for value in found.values() if value > 0), reverse=True)
        ideal[row, : len(best[:depth])] = best[:depth]
        relevant[row] = len(best)
    return Judged(queries, gains, ideal, relevant)


def precision(judged: Judged, k: int) -> Floats:
    """Relevant documents among the first k, divided by k also when fewer were found."""
    return np.asarray((judged.gains[:, :k] > 0).sum(axis=1) / k)


def recall(judged: Judged, k: int) -> Floats:
    """Relevant documents among the first k, divided by all relevant ones."""
    return np.asarray((judged.gains[:, :k] > 0).sum(axis=1) / judged.relevant)


def reciprocal_rank(judged: Judged, k: int) -> Floats:
    """1 / rank of the first relevant document; 0 beyond k."""
    hits = judged.gains[:, :k] > 0
    return np.where(hits.any(axis=1), 1.0 / (hits.argmax(axis=1) + 1), 0.0)


def ndcg(judged: Judged, k: int) -> Floats:
    """Discounted gain of the first k, sum of rel_i / log2(i + 1), divided by that of the best possible ranking."""
    discount = 1.0 / np.log2(np.arange(2, k + 2))
    return np.asarray((judged.gains[:, :k] @ discount) / (judged.ideal[:, :k] @ discount))


RETRIEVAL: Mapping[str, tuple[Callable[[Judged, int], Floats], int]] = {
    "precision@1": (precision, 1),
    "precision@5": (precision, 5),
    "precision@10": (precision, 10),
    "recall@5": (recall, 5),
    "recall@10": (recall, 10),
    "recall@100": (recall, 100),
    "mrr@10": (reciprocal_rank, 10),
    "ndcg@10": (ndcg, 10),
}
"""What a report shows; a new metric is a line here."""


def measure(run: Run, qrels: Qrels) -> dict[str, PerQuery]:
    """Every retrieval metric, a value a question that has relevant documents."""
    judged = judge_run(run, qrels)
    return {
        name: dict(zip(judged.queries, metric(judged, k).tolist(), strict=True))
        for name, (metric, k) in RETRIEVAL.items()
    }
