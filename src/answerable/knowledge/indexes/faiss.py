"""Exact-recall vector search: a FAISS 8-bit scan finds candidates, float16 rows give their true scores.

New rows wait in a tail in memory, searched exactly; `commit` merges it into a new segment when that is worth it.
Searches run on a snapshot: no lock is held while scanning.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from answerable.core.errors import IndexMismatch, InvalidRequest
from answerable.core.ports import VectorIndex
from answerable.knowledge.indexes._segment import (
    Manifest,
    Segment,
    drop_other_segments,
    inner_products,
    open_segment,
    read_manifest,
    write_manifest,
    write_segment,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from answerable.core.ports import Ids, Mask, Vectors

_FIRST_CAPACITY = 256


@dataclass(frozen=True, slots=True)
class Config:
    """A commit merges when tail and removals exceed `merge_rows` and `merge_share` of the segment."""

    merge_rows: int = 2_000
    merge_share: float = 0.03


@dataclass(frozen=True, slots=True)
class _State:
    """One consistent view. Arrays are never changed within their length once they are in a state."""

    segment: Segment | None
    alive: "Mask"
    tail_ids: "Ids"
    tail_rows: "Vectors"
    tail_alive: "Mask"
    cursor: int


def build(config: Config, folder: Path, dimensions: int) -> VectorIndex:
    """Open the index in `folder`; empty with cursor 0 if there is none or it is unusable (it is derived data).

    Raises IndexMismatch when it holds vectors of another dimension.
    """
    return FaissIndex(config, folder, dimensions)


class FaissIndex:
    """VectorIndex."""

    def __init__(self, config: Config, folder: Path, dimensions: int) -> None:
        self._config = config
        self._folder = folder
        self._dimensions = dimensions
        self._lock = threading.Lock()
        self._state = self._open()

    def add(self, ids: "Ids", vectors: "Vectors") -> None:
        """Searchable at once in this process. Raises InvalidRequest for another shape."""
        ids = np.asarray(ids, dtype=np.int64)
        rows = np.asarray(vectors, dtype=np.float32)
        if rows.shape != (len(ids), self._dimensions):
            raise InvalidRequest(f"expected {len(ids)} vectors of {self._dimensions} numbers, got shape {rows.shape}")
        last = np.sort(len(ids) - 1 - np.unique(ids[::-1], return_index=True)[1])
        # rounded as the segment will round them, so that a merge changes no score
        ids, rows = ids[last], rows[last].astype(np.float16).astype(np.float32)
        with self._lock:
            state = _without(self._state, ids)
            self._state = replace(
                state,
                tail_ids=_append(state.tail_ids, ids),
                tail_rows=_append(state.tail_rows, rows),
                tail_alive=np.concatenate([state.tail_alive, np.ones(len(ids), dtype=np.bool_)]),
            )

    def remove(self, ids: Sequence[int]) -> None:
        """Forget ids; unknown ids are ignored."""
        with self._lock:
            self._state = _without(self._state, np.asarray(ids, dtype=np.int64))

    def commit(self, cursor: int, *, force: bool = False) -> None:
        """Merge the tail when it has grown enough, or always with `force`; otherwise `cursor` stays where it is."""
        with self._lock:
            state = self._state
            rows = len(state.alive)
            pending = len(state.tail_ids) + rows - int(np.count_nonzero(state.alive))
            if pending and (force or pending > max(self._config.merge_rows, self._config.merge_share * rows)):
                self._merge(state, cursor)
            elif not pending and cursor != state.cursor:
                self._switch(state.segment.name if state.segment else "", cursor)
                self._state = replace(state, cursor=cursor)

    @property
    def cursor(self) -> int:
        """How far into SQL what is on disk has come; the tail is not counted."""
        return self._state.cursor

    def search(self, vector: "Vectors", k: int, allowed: "Mask | None" = None) -> "tuple[Ids, Vectors]":
        """See VectorIndex."""
        state = self._state
        vector = np.asarray(vector, dtype=np.float32)
        if vector.shape != (self._dimensions,):
            raise InvalidRequest(f"expected a vector of {self._dimensions} numbers, got shape {vector.shape}")
        ids, scores = _search_tail(state, vector, allowed)
        if state.segment is not None and k > 0:
            mask = None if state.alive.all() else state.alive
            if allowed is not None:
                mask = state.segment.allows(allowed) if mask is None else state.segment.allows(allowed) & mask
            more_ids, more_scores = state.segment.search(vector, k, mask)
            ids, scores = np.concatenate([ids, more_ids]), np.concatenate([scores, more_scores])
        order = np.lexsort((ids, -scores))[: max(k, 0)]
        return ids[order], scores[order]

    def score(self, vector: "Vectors", ids: "Ids") -> "Vectors":
        """Cosine of `vector` to each id; NaN for an id that has no vector."""
        state = self._state
        ids = np.asarray(ids, dtype=np.int64)
        vector = np.asarray(vector, dtype=np.float32)
        scores = np.full(len(ids), np.nan, dtype=np.float32)
        if state.segment is not None:
            found = state.segment.positions(ids)
            known = (found >= 0) & state.alive[found]
            scores[known] = state.segment.dot(vector, found[known])
        living = np.flatnonzero(state.tail_alive)
        living = living[np.argsort(state.tail_ids[living])]
        if len(living):
            at = living[np.minimum(np.searchsorted(state.tail_ids[living], ids), len(living) - 1)]
            known = state.tail_ids[at] == ids
            scores[known] = inner_products(state.tail_rows[at[known]], vector)
        return scores

    def refresh(self, seen: int) -> int:
        """Take over what another process merged; see VectorIndex."""
        with self._lock:
            state = self._state
            manifest = read_manifest(self._folder)
            current = state.segment.name if state.segment else ""
            if manifest is None or (manifest.segment, manifest.cursor) == (current, state.cursor):
                return seen
            opened = self._open()
            if opened.cursor < state.cursor:
                return seen  # damaged, or built anew by somebody: what is loaded is worth more
            self._state = opened if opened.cursor >= seen else _rebased(state, opened)
            return max(seen, opened.cursor)

    def close(self) -> None:
        """Let go of the mapped files; what the tail holds is in SQL."""
        with self._lock:
            self._state = _empty(self._dimensions)

    def _open(self) -> _State:
        manifest = read_manifest(self._folder)
        empty = _empty(self._dimensions)
        while manifest is not None:
            if manifest.dimensions != self._dimensions:
                raise IndexMismatch(
                    f"the vectors in '{self._folder.name}' have {manifest.dimensions} dimensions, the embedding model "
                    f"{self._dimensions}: configure the model they were made with, or rebuild the index"
                )
            if not manifest.segment:
                return replace(empty, cursor=manifest.cursor)
            segment = open_segment(self._folder, manifest.segment, self._dimensions)
            if segment is not None:
                return replace(
                    empty, segment=segment, alive=np.ones(len(segment.ids), np.bool_), cursor=manifest.cursor
                )
            newest = read_manifest(self._folder)  # another process may have merged while we opened
            manifest = newest if newest != manifest else None
        return empty

    def _merge(self, state: _State, cursor: int) -> None:
        parts, ids, sources = [], [state.tail_ids[state.tail_alive]], [np.flatnonzero(state.tail_alive)]
        parts.append(state.tail_rows.astype(np.float16))
        if state.segment is not None:
            parts.append(state.segment.rows)
            ids.append(state.segment.ids[state.alive])
            sources.append(np.flatnonzero(state.alive) + len(state.tail_ids))
        every, origin = np.concatenate(ids), np.concatenate(sources)
        order = np.argsort(every)
        name = write_segment(self._folder, every[order], parts, origin[order]) if len(every) else ""
        self._switch(name, cursor)
        drop_other_segments(self._folder, name)
        self._state = self._open()

    def _switch(self, segment: str, cursor: int) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        write_manifest(self._folder, Manifest(segment, cursor, self._dimensions))


def _empty(dimensions: int) -> _State:
    none = np.empty(0, dtype=np.bool_)
    return _State(None, none, np.empty(0, np.int64), np.empty((0, dimensions), np.float32), none, 0)


def _rebased(state: _State, opened: _State) -> _State:
    """What is alive in `state`, which has come further, on the segment of `opened`; the tail holds the rest."""
    if opened.segment is None:
        return state
    living = state.tail_ids[state.tail_alive]
    if state.segment is not None:
        living = np.concatenate([living, state.segment.ids[state.alive]])
    keep = state.tail_alive & ~np.isin(state.tail_ids, opened.segment.ids)
    return replace(
        opened,
        alive=np.isin(opened.segment.ids, living),
        tail_ids=state.tail_ids[keep],
        tail_rows=state.tail_rows[keep],
        tail_alive=np.ones(int(keep.sum()), np.bool_),
    )


def _without(state: _State, ids: "Ids") -> _State:
    if state.segment is not None:
        found = state.segment.positions(ids)
        found = found[found >= 0]
        if len(found):
            alive = state.alive.copy()
            alive[found] = False
            state = replace(state, alive=alive)
    gone = np.isin(state.tail_ids, ids)
    return replace(state, tail_alive=state.tail_alive & ~gone) if gone.any() else state


def _append(old: "NDArray[Any]", new: "NDArray[Any]") -> "NDArray[Any]":
    """`old` followed by `new`, in spare room behind `old` where nobody has written: older states do not see it."""
    end = len(old) + len(new)
    room = old.base if isinstance(old.base, np.ndarray) and len(old.base) >= end else None
    if room is None:
        room = np.empty((max(_FIRST_CAPACITY, 2 * end), *old.shape[1:]), dtype=old.dtype)
        room[: len(old)] = old
    room[len(old) : end] = new
    return room[:end]


def _search_tail(state: _State, vector: "Vectors", allowed: "Mask | None") -> "tuple[Ids, Vectors]":
    mask = state.tail_alive
    if allowed is not None:
        mask = mask & (state.tail_ids < len(allowed))
        mask[mask] = allowed[state.tail_ids[mask]]
    if not mask.all():
        return state.tail_ids[mask], inner_products(state.tail_rows[mask], vector)
    return state.tail_ids, inner_products(state.tail_rows, vector)
