"""The read path: question in, ranked passages out. Both indexes search under one mask, the rankings are fused, repeats
collapsed, the best reranked and widened to their parents. Every step leaves its record in the trace.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from answerable.core.documents import Passage
from answerable.core.ports import Embedder, Reranker
from answerable.knowledge import fuse, near_duplicates
from answerable.knowledge.catalog import Scope
from answerable.knowledge.fuse import Fused, Ranking
from answerable.knowledge.library import Library, OpenCollection, collection_not_found
from answerable.knowledge.terms import keywords
from answerable.knowledge.trace import Trace
from answerable.storage import chunks, documents
from answerable.storage.database import Database

if TYPE_CHECKING:
    from answerable.core.ports import Ids, Mask, Vectors

Mode = Literal["hybrid", "keyword", "vector"]

_SHOWN = 20
"""Entries of each ranking in the trace."""
_NAMELESS: Mapping[str, Any] = {"title": "", "heading_path": []}
"""Of a chunk in a ranking that was not loaded."""


@dataclass(frozen=True, slots=True)
class Config:
    """`alpha` is the share of the vectors where the collection has no fitted one; depths count chunks."""

    alpha: float = fuse.DEFAULT_ALPHA
    fusion: Literal["convex", "rrf"] = "convex"
    depth: int = 100
    rerank_depth: int = 50


@dataclass(frozen=True, slots=True)
class Query:
    """What is searched for, by whom, and how. `k` passages at most are returned."""

    text: str
    scope: Scope
    k: int = 8
    mode: Mode = "hybrid"
    rerank: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """Passages best first, and the first stage they came from (what confidence is judged by)."""

    passages: tuple[Passage, ...]
    keyword: Ranking
    vector: Ranking
    fused: Fused
    query_vector: "Vectors"


class Retriever:
    """Searches one collection at a time. Safe for any number of concurrent searches."""

    def __init__(
        self, database: Database, library: Library, embedder: Embedder, reranker: Reranker | None, config: Config
    ) -> None:
        self._database = database
        self._library = library
        self._embedder = embedder
        self._reranker = reranker
        self._config = config

    @property
    def config(self) -> Config:
        """How it searches."""
        return self._config

    async def search(self, collection: str, query: Query, trace: Trace) -> Found:
        """Ranked passages. Raises NotFound for an unknown collection; finding nothing is an empty result."""
        with trace.step("open"):
            opened = await self._library.get(collection)
            if not query.scope.reader.reaches(opened.row.workspace):
                raise collection_not_found(collection)
            mask = opened.catalog.mask(query.scope)
        found = await self._first_stage(opened, query, mask, trace)
        reranker = self._reranker if query.rerank and query.mode == "hybrid" else None
        with trace.step("passages"):
            passages = await self._passages(found.fused, self._depth(reranker, query.k))
        with trace.step("collapse") as detail:
            passages, repeats = near_duplicates.collapse(passages)
            detail["collapsed"] = len(repeats)
        if reranker is not None:
            with trace.step("rerank") as detail:
                detail["reranker"] = reranker.name
                passages = await self._rerank(reranker, query.text, passages)
        self._record(trace, found, passages)
        with trace.step("parents"):
            passages = await self._widen(passages[: query.k])
        return replace(found, passages=tuple(passages))

    async def paginate(self, passages: Sequence[Passage]) -> tuple[Passage, ...]:
        """The passages with the pages inside of them: a citation names its own page, not the one its chunk began on."""
        async with self._database.read() as connection:
            versions = {p.version_id for p in passages if p.page is not None}
            blocks = {version: await documents.find_blocks(connection, version) for version in versions}
        return tuple(replace(p, page_starts=_page_starts(blocks.get(p.version_id, []), p)) for p in passages)

    async def _first_stage(self, opened: OpenCollection, query: Query, mask: "Mask", trace: Trace) -> Found:
        nothing = Ranking.of(np.empty(0, np.int64), np.empty(0, np.float32))
        keyword = vector = nothing
        vectors = np.zeros(self._embedder.dimensions, np.float32)
        depth = max(self._config.depth, query.k)
        words = None
        if query.mode != "vector":
            words = asyncio.create_task(asyncio.to_thread(opened.keyword.search, keywords(query.text), depth, mask))
        if query.mode != "keyword":
            with trace.step("embed"):
                vectors = (await asyncio.to_thread(self._embedder.embed, [query.text]))[0]
            with trace.step("vectors"):
                vector = Ranking.of(*await asyncio.to_thread(opened.vectors.search, vectors, depth, mask))
        if words is not None:
            with trace.step("keywords"):
                keyword = Ranking.of(*await words)
        with trace.step("fuse") as detail:
            fused = await asyncio.to_thread(self._fuse, opened, query, keyword, vector, vectors)
            detail |= {"method": self._config.fusion, "alpha": fused.alpha}
        return Found((), keyword, vector, fused, vectors)

    def _fuse(
        self, opened: OpenCollection, query: Query, keyword: Ranking, vector: Ranking, vectors: "Vectors"
    ) -> Fused:
        alpha = {"keyword": 0.0, "vector": 1.0}.get(query.mode)
        if alpha is None:
            alpha = float(opened.row.settings.get("alpha", self._config.alpha))
        if self._config.fusion == "rrf":
            return fuse.reciprocal_rank(keyword, vector, alpha=alpha)
        if query.mode != "hybrid":
            return fuse.convex(keyword, vector, alpha)
        exact_dense = _cosines(opened, vectors, np.setdiff1d(keyword.ids, vector.ids))
        exact_lexical = _word_scores(opened, query.text, np.setdiff1d(vector.ids, keyword.ids))
        return fuse.convex(keyword, vector, alpha, exact_lexical=exact_lexical, exact_dense=exact_dense)

    def _depth(self, reranker: Reranker | None, k: int) -> int:
        """Passages to fetch: those that are reranked, otherwise enough that repeats leave `k`."""
        return max(self._config.rerank_depth, k) if reranker is not None else max(_SHOWN, 2 * k)

    async def _passages(self, fused: Fused, depth: int) -> Sequence[Passage]:
        ids = fused.ids[:depth].tolist()
        async with self._database.read() as connection:
            rows = await chunks.find_passages(connection, ids)
        scores = dict(zip(ids, fused.scores[:depth].tolist(), strict=True))
        return [replace(rows[one], score=scores[one]) for one in ids if one in rows]

    async def _rerank(self, reranker: Reranker, text: str, passages: Sequence[Passage]) -> tuple[Passage, ...]:
        head, tail = passages[: self._config.rerank_depth], passages[self._config.rerank_depth :]
        scores = await asyncio.to_thread(reranker.rerank, text, head)
        ranked = [replace(passage, score=score) for passage, score in zip(head, scores, strict=True)]
        ranked.sort(key=lambda passage: -passage.score)
        return (*ranked, *tail)

    async def _widen(self, passages: Sequence[Passage]) -> Sequence[Passage]:
        """Put the parent span in the place of a chunk that has one; of two with the same parent the first stays."""
        children = [p.chunk_id for p in passages if p.has_parent]
        if not children:
            return passages
        async with self._database.read() as connection:
            parents = await chunks.find_parents(connection, children)
        wide: dict[tuple[int, int, int], Passage] = {}
        for passage in passages:
            start, end, text = parents.get(passage.chunk_id, (passage.start, passage.end, passage.text))
            wide.setdefault((passage.version_id, start, end), replace(passage, start=start, end=end, text=text))
        return list(wide.values())

    def _record(self, trace: Trace, found: Found, passages: Sequence[Passage]) -> None:
        names = {int(p.chunk_id): {"title": p.title, "heading_path": list(p.heading_path)} for p in passages}
        trace.record(
            keyword=_ranking(found.keyword, names),
            vector=_ranking(found.vector, names),
            fused=_fused(found.fused, names),
            reranked=[
                {"chunk_id": p.chunk_id, "rank": rank, "score": round(p.score, 4), **names[int(p.chunk_id)]}
                for rank, p in enumerate(passages[:_SHOWN], 1)
            ],
        )


def _page_starts(blocks: Sequence[Sequence[Any]], passage: Passage) -> tuple[tuple[int, int], ...]:
    starts: dict[int, int] = {}
    for start, end, _kind, _path, page in blocks:
        if end > passage.start and start < passage.end and page is not None:
            starts.setdefault(page, start)
    return tuple((start, page) for page, start in starts.items())


def _cosines(opened: OpenCollection, vectors: "Vectors", ids: "Ids") -> dict[int, float]:
    """Cosines of chunks that the vector list lacks; NaN where one has no vector yet."""
    if not len(ids):
        return {}
    return dict(zip(ids.tolist(), opened.vectors.score(vectors, ids).tolist(), strict=True))


def _word_scores(opened: OpenCollection, text: str, ids: "Ids") -> dict[int, float]:
    """Keyword scores of chunks that the keyword list lacks; those that hold no word of the question are left out."""
    if not len(ids):
        return {}
    wanted = np.zeros(int(ids.max()) + 1, dtype=np.bool_)
    wanted[ids] = True
    found, scores = opened.keyword.search(keywords(text), len(ids), wanted)
    return dict(zip(found.tolist(), scores.tolist(), strict=True))


def _ranking(ranking: Ranking, names: Mapping[int, dict[str, Any]], shown: int = _SHOWN) -> list[dict[str, Any]]:
    pairs = zip(ranking.ids[:shown].tolist(), ranking.scores[:shown].tolist(), strict=True)
    return [
        {"chunk_id": one, "rank": rank, "score": round(score, 4), **names.get(one, _NAMELESS)}
        for rank, (one, score) in enumerate(pairs, 1)
    ]


def _fused(fused: Fused, names: Mapping[int, dict[str, Any]], shown: int = _SHOWN) -> list[dict[str, Any]]:
    return [
        {
            "chunk_id": int(fused.ids[row]),
            "rank": row + 1,
            "score": round(float(fused.scores[row]), 4),
            "keyword_rank": int(fused.lexical_rank[row]) or None,
            "vector_rank": int(fused.dense_rank[row]) or None,
            **names.get(int(fused.ids[row]), _NAMELESS),
        }
        for row in range(min(shown, len(fused.ids)))
    ]
