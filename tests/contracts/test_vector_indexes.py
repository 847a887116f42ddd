"""Every vector index keeps the contract of `core.ports.VectorIndex`."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from answerable.core.errors import IndexMismatch, InvalidRequest
from answerable.knowledge.indexes import faiss
from answerable.knowledge.indexes._segment import open_segment

_WIDTH = 32
_RNG = np.random.default_rng(3)


def vectors(count: int) -> Any:
    rows = _RNG.standard_normal((count, _WIDTH)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def build(folder: Path, width: int = _WIDTH) -> faiss.FaissIndex:
    index = faiss.build(faiss.Config(), folder / "vectors", width)
    assert isinstance(index, faiss.FaissIndex)
    return index


@pytest.mark.parametrize("merged", [False, True])
@pytest.mark.parametrize("share", [None, 0.5, 0.1, 0.01, 0.0])
def test_the_best_are_found_whatever_is_allowed(tmp_path: Path, merged: bool, share: float | None) -> None:
    index, rows, ids = build(tmp_path), vectors(6_000), np.arange(6_000) * 2 + 5
    index.add(ids, rows)
    index.commit(4, force=merged)
    index.remove(ids[:100].tolist())
    allowed = None if share is None else _RNG.random(11_000) < share
    for query in vectors(5):
        scores = rows @ query
        may = np.array([i >= 100 and (allowed is None or (d < 11_000 and allowed[d])) for i, d in enumerate(ids)])
        expected = ids[may][np.argsort(-scores[may], kind="stable")][:20]
        got, cosine = index.search(query, 20, allowed)
        assert len(set(expected.tolist()) & set(got.tolist())) >= len(expected) - 1
        assert len(got) == len(expected)
        assert (np.diff(cosine) <= 0).all()
        assert np.allclose(index.score(query, got), cosine)


def test_scores_of_unknown_ids_are_nan(tmp_path: Path) -> None:
    index, rows = build(tmp_path), vectors(3)
    index.add(np.array([1, 5, 9]), rows)
    index.remove([5])
    scores = index.score(rows[0], np.array([1, 5, 7, 9]))
    assert np.isnan(scores).tolist() == [False, True, True, False]


def test_adding_again_replaces_in_tail_and_segment(tmp_path: Path) -> None:
    index, rows = build(tmp_path), vectors(4)
    index.add(np.array([1, 2]), rows[:2])
    index.commit(1, force=True)
    index.add(np.array([1, 1]), rows[2:])
    assert index.search(rows[3], 5)[0].tolist().count(1) == 1
    assert index.search(rows[3], 1)[0].tolist() == [1]
    index.commit(2, force=True)
    assert index.score(rows[3], np.array([1]))[0] == pytest.approx(1.0, abs=1e-3)
    assert len(index.search(rows[3], 5)[0]) == 2


def test_a_small_tail_is_not_written_but_a_forced_commit_is(tmp_path: Path) -> None:
    index, rows = build(tmp_path), vectors(3)
    index.add(np.arange(3), rows)
    index.commit(5)
    assert (index.cursor, build(tmp_path).cursor) == (0, 0)
    index.commit(6, force=True)
    assert (index.cursor, build(tmp_path).cursor) == (6, 6)
    assert build(tmp_path).search(rows[1], 1)[0].tolist() == [1]


def test_refresh_takes_over_what_another_process_merged(tmp_path: Path) -> None:
    writer, reader, rows = build(tmp_path), build(tmp_path), vectors(3)
    writer.add(np.arange(3), rows)
    writer.commit(6, force=True)
    assert len(reader.search(rows[0], 3)[0]) == 0
    assert reader.refresh(0) == 6
    assert reader.cursor == 6
    assert len(reader.search(rows[0], 3)[0]) == 3


def test_a_snapshot_in_use_does_not_change(tmp_path: Path) -> None:
    index, rows = build(tmp_path), vectors(5_000)
    index.add(np.arange(10), rows[:10])
    before = index._state
    kept = before.tail_rows.copy()
    index.add(np.arange(5, 5_000), rows[5:])
    index.commit(1, force=True)
    assert (before.tail_rows == kept).all()
    assert before.tail_alive.all()


@pytest.mark.parametrize("name", ["manifest.json", "ids.npy", "rows.npy", "codes.faiss", "meta.json"])
def test_a_broken_file_gives_an_empty_index(tmp_path: Path, name: str) -> None:
    index = build(tmp_path)
    index.add(np.arange(50), vectors(50))
    index.commit(3, force=True)
    (path,) = (tmp_path / "vectors").rglob(name)
    path.write_bytes(path.read_bytes()[:40])
    again = build(tmp_path)
    assert again.cursor == 0
    assert len(again.search(vectors(1)[0], 5)[0]) == 0


def test_another_dimension_is_refused(tmp_path: Path) -> None:
    index = build(tmp_path)
    index.add(np.arange(3), vectors(3))
    index.commit(3, force=True)
    with pytest.raises(IndexMismatch, match="32 dimensions"):
        build(tmp_path, 16)
    with pytest.raises(InvalidRequest):
        index.search(np.zeros(16, dtype=np.float32), 3)


def test_a_process_that_is_ahead_keeps_its_tail_and_what_it_forgot(tmp_path: Path) -> None:
    writer, reader, rows = build(tmp_path), build(tmp_path), vectors(10)
    for index in (writer, reader):
        index.add(np.arange(6), rows[:6])
    writer.commit(6, force=True)
    reader.remove([2])
    reader.add(np.arange(6, 10), rows[6:])
    assert reader.refresh(9) == 9
    assert sorted(reader.search(rows[0], 20)[0].tolist()) == [0, 1, 3, 4, 5, 6, 7, 8, 9]
    assert reader._state.tail_ids.tolist() == [6, 7, 8, 9]
    reader.commit(9, force=True)
    assert sorted(build(tmp_path).search(rows[0], 20)[0].tolist()) == [0, 1, 3, 4, 5, 6, 7, 8, 9]


def test_a_process_that_is_behind_goes_on_from_what_was_merged(tmp_path: Path) -> None:
    writer, reader, rows = build(tmp_path), build(tmp_path), vectors(10)
    reader.add(np.arange(2), rows[:2])
    writer.add(np.arange(10), rows)
    writer.remove([1])
    writer.commit(12, force=True)
    assert reader.refresh(3) == 12
    assert sorted(reader.search(rows[0], 20)[0].tolist()) == [0, 2, 3, 4, 5, 6, 7, 8, 9]
    assert reader.refresh(12) == 12


def test_a_damaged_segment_of_another_process_does_not_replace_a_sound_one(tmp_path: Path) -> None:
    writer, reader, rows = build(tmp_path), build(tmp_path), vectors(10)
    writer.add(np.arange(5), rows[:5])
    writer.commit(5, force=True)
    reader.refresh(0)
    writer.add(np.arange(5, 10), rows[5:])
    writer.commit(10, force=True)
    (path,) = (tmp_path / "vectors").rglob("meta.json")
    path.write_text("{}")
    assert reader.refresh(5) == 5
    assert sorted(reader.search(rows[0], 20)[0].tolist()) == [0, 1, 2, 3, 4]


def test_a_merge_clears_away_what_a_crash_left(tmp_path: Path) -> None:
    index, rows = build(tmp_path), vectors(4)
    (tmp_path / "vectors" / "segment-of-a-dead-process").mkdir(parents=True)
    for at in range(2):
        index.add(np.array([at]), rows[at : at + 1])
        index.commit(at + 1, force=True)
    assert len(list((tmp_path / "vectors").glob("segment-*"))) == 1


def test_opening_while_another_process_merges_takes_the_newer_segment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer, rows = build(tmp_path), vectors(4)
    writer.add(np.arange(2), rows[:2])
    writer.commit(2, force=True)
    name = "answerable.knowledge.indexes.faiss.open_segment"

    def late(*arguments: Any) -> Any:
        monkeypatch.setattr(name, open_segment)
        writer.add(np.arange(2, 4), rows[2:])
        writer.commit(4, force=True)
        return open_segment(*arguments)

    monkeypatch.setattr(name, late)
    reader = build(tmp_path)
    assert reader.cursor == 4
    assert len(reader.search(rows[0], 5)[0]) == 4
