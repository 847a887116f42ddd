"""Development sets for the fitting scripts, searched with the shipped indexes' scores.

Vectors are cached beside nothing of the repository: in a folder of the system's temporary directory.
"""

import gzip
import hashlib
import json
import random
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from answerable.core.documents import ChunkId, CollectionName, DocumentId, Passage, VersionId
from answerable.core.ports import Embedder
from answerable.knowledge.fuse import Fused, Ranking, convex
from answerable.knowledge.indexes import tantivy
from answerable.knowledge.terms import keywords

DEPTH = 100
CACHE = Path(tempfile.gettempdir()) / "answerable-fit"
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the relevance of the documents (by position) that answer it; none: nothing answers it."""

    text: str
    relevance: Mapping[int, float]


class Collection:
    """Documents in the shipped keyword index, and their vectors."""

    def __init__(self, name: str, documents: Sequence[tuple[str, str]], embedder: Embedder) -> None:
        """`documents` are (title, text)."""
        self.name = name
        self.documents = documents
        texts = [f"{title}\n{text}" for title, text in documents]
        self.vectors = embedded(texts, embedder)
        self._index = tantivy.build(tantivy.Config(), Path(tempfile.mkdtemp(prefix="answerable-fit-")))
        self._index.add(range(len(texts)), texts)
        self._index.commit(1)

    def search(self, question: str, vector: NDArray[np.float32], alpha: float | None = None) -> "Searched":
        """The first stage as the program runs it: top lists, missing cosines looked up."""
        cosines = (self.vectors @ vector).astype(np.float64)
        order = np.argsort(-cosines, kind="stable")[:DEPTH]
        dense = Ranking.of(order.astype(np.int64), cosines[order])
        lexical = Ranking.of(*self._index.search(keywords(question), DEPTH))
        exact = {int(i): float(cosines[i]) for i in np.setdiff1d(lexical.ids, dense.ids)}
        options = {} if alpha is None else {"alpha": alpha}
        return Searched(lexical, dense, convex(lexical, dense, exact_dense=exact, **options), cosines)

    def passages(self, fused: Fused, count: int) -> list[Passage]:
        """The first `count` fused documents as passages."""
        return [
            Passage(
                chunk_id=ChunkId(int(i)),
                document_id=DocumentId(str(i)),
                version_id=VersionId(1),
                collection=CollectionName(self.name),
                source=str(i),
                title=self.documents[i][0],
                text=self.documents[i][1],
                start=0,
                end=len(self.documents[i][1]),
                header=self.documents[i][0],
                score=float(score),
            )
            for i, score in zip(fused.ids[:count].tolist(), fused.scores[:count], strict=True)
        ]


@dataclass(frozen=True, slots=True)
class Searched:
    """One question's first stage."""

    lexical: Ranking
    dense: Ranking
    fused: Fused
    cosines: Floats


def embedded(texts: Sequence[str], embedder: Embedder) -> NDArray[np.float32]:
    """Vectors of texts, from the cache where possible."""
    CACHE.mkdir(exist_ok=True)
    key = hashlib.sha256("\0".join([embedder.name, *texts]).encode()).hexdigest()[:24]
    path = CACHE / f"{key}.npy"
    if not path.exists():
        np.save(path, embedder.embed(texts))
    return np.asarray(np.load(path))


def judged(data: Path, name: str) -> tuple[list[tuple[str, str]], list[Question]]:
    """Documents and the questions that have an answer among them."""
    corpus = rows(data / name / "corpus.jsonl.gz")
    position = {row["id"]: i for i, row in enumerate(corpus)}
    relevance: dict[str, dict[int, float]] = {}
    for row in rows(data / name / "qrels.jsonl.gz"):
        relevance.setdefault(row["query_id"], {})[position[row["doc_id"]]] = row["relevance"]
    asked = [(row["text"], relevance.get(row["id"], {})) for row in rows(data / name / "queries.jsonl.gz")]
    return [(row["title"], row["text"]) for row in corpus], [Question(text, found) for text, found in asked if found]


_TEMPLATES = ("How do I use {}?", "What does {} mean?", "{}", "Explain {} please", "When should I use {} in my macro?")


def titled(data: Path, pages: int = 1500, asked: int = 400) -> tuple[list[tuple[str, str]], list[Question]]:
    """`office_vba_docs` pages (cut to one window) and questions made of their titles: easier than real ones."""
    corpus = [
        r for r in rows(data / "office_vba_docs" / "corpus.jsonl.gz") if len(r["text"]) > 300 and r["id"][:3] != "F1/"
    ]
    chance = random.Random(0)
    chance.shuffle(corpus)
    questions = [
        Question(chance.choice(_TEMPLATES).format(re.sub(r"\s*[\[(].*?[\])]", "", row["title"])), {i: 1.0})
        for i, row in enumerate(corpus[:asked])
    ]
    return [(row["title"], row["text"][:1500]) for row in corpus[:pages]], questions


def foreign(data: Path, name: str, field: str, count: int = 400) -> list[Question]:
    """Questions of a set without documents."""
    found = rows(data / name)
    random.Random(0).shuffle(found)
    return [Question(row[field], {}) for row in found[:count]]


def rows(path: Path) -> list[dict[str, Any]]:
    """Records of a gzipped JSON-lines file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def ndcg(order: Sequence[int], relevance: Mapping[int, float], cut: int = 10) -> float:
    """nDCG with linear gain (trec_eval)."""
    discount = 1 / np.log2(np.arange(2, cut + 2))
    gains = np.array([relevance.get(int(i), 0.0) for i in order[:cut]])
    ideal = np.array(sorted(relevance.values(), reverse=True)[:cut])
    return float(gains @ discount[: len(gains)]) / float(ideal @ discount[: len(ideal)])
