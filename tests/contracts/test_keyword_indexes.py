"""Every keyword index keeps the contract of `core.ports.KeywordIndex`."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from answerable.core.errors import Conflict
from answerable.core.ports import KeywordIndex
from answerable.knowledge.indexes import tantivy


def build(folder: Path) -> KeywordIndex:
    return tantivy.build(tantivy.Config(), folder / "keyword")


def filled(folder: Path) -> KeywordIndex:
    index = build(folder)
    index.add([1, 2, 3], ["red apples", "green apples and pears", "error 0x80004005 in vbapj.chm131363"])
    index.commit(7)
    return index


def found(index: KeywordIndex, query: str, k: int = 10) -> list[int]:
    return [int(one) for one in index.search(query, k)[0]]


def test_a_new_index_is_empty(tmp_path: Path) -> None:
    index = build(tmp_path)
    assert index.cursor == 0
    assert found(index, "apples") == []


def test_what_was_committed_is_there_after_opening_again(tmp_path: Path) -> None:
    filled(tmp_path).close()
    index = build(tmp_path)
    assert index.cursor == 7
    assert found(index, "apple") == [1, 2]


def test_what_was_not_committed_is_gone(tmp_path: Path) -> None:
    index = filled(tmp_path)
    index.add([9], ["apples"])
    index.close()
    assert found(build(tmp_path), "apples") == [1, 2]


def test_adding_again_replaces_and_removing_forgets(tmp_path: Path) -> None:
    index = filled(tmp_path)
    index.add([1], ["blue plums"])
    index.remove([2, 99])
    index.commit(8)
    assert found(index, "apples") == []
    assert found(index, "plum") == [1]
    assert index.cursor == 8


@pytest.mark.parametrize("query", ["", "   ", "?!", "zebra"])
def test_a_query_without_known_terms_finds_nothing(tmp_path: Path, query: str) -> None:
    assert found(filled(tmp_path), query) == []


@pytest.mark.parametrize("query", ["text:apples AND (", "-apples", '"apples', "apples^2 *:*", "apples " * 2_000])
def test_query_syntax_is_plain_text(tmp_path: Path, query: str) -> None:
    assert 1 in found(filled(tmp_path), query)


@pytest.mark.parametrize("query", ["0x80004005", "vbapj.chm131363", "VBAPJ"])
def test_identifiers_are_found(tmp_path: Path, query: str) -> None:
    assert found(filled(tmp_path), query) == [3]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("東京都の天気", "天気"),
        ("ภาษาไทยง่าย", "ไทย"),
        ("اَلْعَرَبِيَّة", "العربية"),
        ("हिन्दी भाषा", "हिन्दी"),
        ("naïve café", "cafe"),
    ],
)
def test_other_scripts_are_found(tmp_path: Path, text: str, query: str) -> None:
    index = build(tmp_path)
    index.add([1, 2], [text, "something else"])
    index.commit(1)
    assert found(index, query) == [1]


@pytest.mark.parametrize("share", [0.5, 0.1, 0.01])
def test_only_allowed_ids_are_found_and_all_of_them(tmp_path: Path, share: float) -> None:
    index = build(tmp_path)
    index.add(range(9_000), [f"apple number {i}" for i in range(9_000)])
    index.commit(1)
    allowed = np.random.default_rng(0).random(8_000) < share
    ids, scores = index.search("apple", 50, allowed)
    assert len(ids) == 50
    assert allowed[ids].all()
    assert (np.diff(scores) <= 0).all()
    assert len(index.search("apple", 9_000, allowed)[0]) == allowed.sum()


def test_a_reader_sees_another_writers_commit_after_refresh(tmp_path: Path) -> None:
    writer, reader = filled(tmp_path), build(tmp_path)
    writer.add([4], ["apples"])
    writer.commit(9)
    reader.refresh()
    assert reader.cursor == 9
    assert 4 in found(reader, "apples")


def test_a_second_writer_is_refused_until_the_first_commits(tmp_path: Path) -> None:
    first, second = filled(tmp_path), build(tmp_path)
    first.add([5], ["x"])
    with pytest.raises(Conflict):
        second.add([6], ["y"])
    first.commit(8)
    second.add([6], ["y"])
    second.commit(9)
    assert second.cursor == 9


@pytest.mark.parametrize("name", ["meta.json", "FORMAT"])
def test_a_broken_folder_gives_an_empty_index(tmp_path: Path, name: str) -> None:
    filled(tmp_path).close()
    (tmp_path / "keyword" / name).write_text("{broken")
    index = build(tmp_path)
    assert index.cursor == 0
    index.add([1], ["apples"])
    index.commit(3)
    assert found(index, "apples") == [1]


def test_what_a_killed_writer_left_does_not_stop_the_next_one(tmp_path: Path) -> None:
    index = tantivy.build(tantivy.Config(), tmp_path / "a")
    index.add([1, 2, 3], ["red apple", "green apple", "blue plum"])
    index.commit(1)
    index.close()
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    killed = tantivy.build(tantivy.Config(), tmp_path / "b")
    killed.remove([2])
    killed.commit(2)
    killed.close()
    for path in (tmp_path / "b").iterdir():  # all that the commit wrote, but not the switch to it
        if path.name == ".managed.json" or not (tmp_path / "a" / path.name).exists():
            shutil.copy(path, tmp_path / "a")
    index = tantivy.build(tantivy.Config(), tmp_path / "a")
    assert index.cursor == 1
    index.remove([2])
    index.commit(2)
    assert index.search("apple", 5)[0].tolist() == [1]
