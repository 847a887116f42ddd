"""LanceDB and Chroma on the chunks, vectors and questions that `indexes.py` hands over. Runs in an environment of its
own (bench/.venv), so it imports nothing of ours.

python bench/peers.py lancedb|chroma GIVEN_FOLDER
"""

import functools
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

K = 10
BATCH = 5_000
PROBES, REFINE = 64, 10
"""LanceDB: partitions looked at, and how many times more candidates are rescored; only `ef` is tuned."""


class Given:
    """What every system gets: n texts, (n, d) float32 vectors, questions with their vectors and exact neighbours."""

    def __init__(self, folder: Path) -> None:
        self.texts: list[str] = json.loads((folder / "texts.json").read_text())
        self.questions: list[str] = json.loads((folder / "questions.json").read_text())
        self.vectors = np.load(folder / "vectors.npy")
        self.queries = np.load(folder / "queries.npy")
        self.exact = np.load(folder / "exact.npy")
        self.recall = float(json.loads((folder / "target.json").read_text()))

    def batches(self) -> Iterator[tuple[list[int], list[str], Any]]:
        for start in range(0, len(self.texts), BATCH):
            end = min(start + BATCH, len(self.texts))
            yield list(range(start, end)), self.texts[start:end], self.vectors[start:end]

    def recall_of(self, nearest: Callable[[Any], list[int]]) -> float:
        hits = [len(set(nearest(q)[:K]) & set(row.tolist())) for q, row in zip(self.queries, self.exact, strict=True)]
        return sum(hits) / (K * len(hits))

    def tuned(self, nearest: Callable[[Any, int], list[int]], efforts: list[int]) -> tuple[int, float]:
        """The least effort that reaches the recall asked for, or the greatest there is."""
        effort, recall = efforts[0], 0.0
        for effort in efforts:
            recall = self.recall_of(lambda query, effort=effort: nearest(query, effort))
            if recall >= self.recall:
                break
        return effort, recall

    def latencies(self, ask: Callable[[str, Any], object]) -> list[float]:
        took = []
        for number, (question, query) in enumerate(zip(self.questions, self.queries, strict=True)):
            began = time.perf_counter()
            ask(question, query)
            if number >= 10:
                took.append(time.perf_counter() - began)
        return took


def lancedb(given: Given, folder: str) -> dict[str, Any]:
    """Hybrid: its BM25 and its vector index (IVF_HNSW_SQ, rescored), joined by its default reranker (RRF)."""
    import lancedb
    import pyarrow

    width = given.vectors.shape[1]
    schema = pyarrow.schema(
        [("id", pyarrow.int64()), ("text", pyarrow.string()), ("vector", pyarrow.list_(pyarrow.float32(), width))]
    )
    began = time.perf_counter()
    table = lancedb.connect(folder).create_table("bench", schema=schema)
    for ids, texts, vectors in given.batches():
        flat = pyarrow.array(vectors.reshape(-1))
        table.add(pyarrow.table([ids, texts, pyarrow.FixedSizeListArray.from_arrays(flat, width)], schema=schema))
    table.create_fts_index("text", use_tantivy=False)
    searchable = time.perf_counter() - began
    table.create_index(metric="cosine", vector_column_name="vector", index_type="IVF_HNSW_SQ")
    ready = time.perf_counter() - began

    def nearest(query: Any, effort: int) -> list[int]:
        asked = table.search(query).metric("cosine").nprobes(PROBES).ef(effort).refine_factor(REFINE)
        return [row["id"] for row in asked.select(["id"]).limit(K).to_list()]

    effort, recall = given.tuned(nearest, [128, 256, 512, 1_024, 2_048])

    def ask(question: str, query: Any) -> object:
        asked = table.search(query_type="hybrid").vector(query).text(question).metric("cosine")
        return asked.nprobes(PROBES).ef(effort).refine_factor(REFINE).select(["id", "text"]).limit(K).to_list()

    return {
        "version": lancedb.__version__,
        "what": f"hybrid, ef {effort}",
        "keyword_searchable_s": searchable,
        "ingest_s": ready,
        "recall": recall,
        "took_s": given.latencies(ask),
    }


def chroma(given: Given, folder: str) -> dict[str, Any]:
    """Vectors alone (HNSW): its local edition has no BM25, so it does less than the others."""
    import chromadb
    from chromadb.config import Settings

    client = chromadb.PersistentClient(folder, Settings(anonymized_telemetry=False))
    for effort in (200, 800):  # an index that is open keeps the effort it was made with
        began = time.perf_counter()
        settings = {"hnsw": {"space": "cosine", "ef_search": effort}}
        collection = client.create_collection(f"bench-{effort}", configuration=settings)
        for ids, texts, vectors in given.batches():
            collection.add(ids=[str(one) for one in ids], documents=texts, embeddings=vectors)
        ready = time.perf_counter() - began
        recall = given.recall_of(functools.partial(nearest_in, collection))
        if recall >= given.recall:
            break
        if effort < 800:
            client.delete_collection(collection.name)

    def ask(_question: str, query: Any) -> object:
        return collection.query(query_embeddings=[query], n_results=K, include=["documents", "distances"])

    return {
        "version": chromadb.__version__,
        "what": f"vectors only, ef {effort}",
        "keyword_searchable_s": None,
        "ingest_s": ready,
        "recall": recall,
        "took_s": given.latencies(ask),
    }


def nearest_in(collection: Any, query: Any) -> list[int]:
    return [int(one) for one in collection.query(query_embeddings=[query], n_results=K, include=[])["ids"][0]]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        print(json.dumps({"lancedb": lancedb, "chroma": chroma}[sys.argv[1]](Given(Path(sys.argv[2])), place)))
