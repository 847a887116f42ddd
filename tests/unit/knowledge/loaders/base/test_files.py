"""Bombs, damage and locks are refused before they unfold."""

import gzip
from pathlib import Path

import pytest

from answerable.core.errors import UnreadableDocument
from answerable.knowledge.loaders.base.files import Archive, read_bytes
from answerable.knowledge.loaders.base.limits import Limits
from tests.data.samples import zipped

SMALL = Limits(ratio=10, ratio_floor_bytes=10_000)


def test_zip_bomb_is_refused() -> None:
    archive = Archive(zipped({"a": b"\0" * 1_000_000}), "s", SMALL)
    with pytest.raises(UnreadableDocument) as caught:
        archive.get("a")
    assert caught.value.reason == "too_large"


def test_budget_is_shared_by_all_members() -> None:
    archive = Archive(zipped({"a": b"\0" * 6_000, "b": b"\0" * 6_000}), "s", SMALL)
    assert len(archive.get("a")) == 6_000
    with pytest.raises(UnreadableDocument):
        archive.get("b")


def test_gzip_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.txt.gz"
    path.write_bytes(gzip.compress(b"\0" * 1_000_000))
    with pytest.raises(UnreadableDocument) as caught:
        read_bytes(path, "s", SMALL)
    assert caught.value.reason == "too_large"


def test_too_many_members_are_refused() -> None:
    with pytest.raises(UnreadableDocument, match="holds 3 files inside"):
        Archive(zipped({"a": "", "b": "", "c": ""}), "s", Limits(archive_entries=2))


def test_missing_file_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(UnreadableDocument) as caught:
        read_bytes(tmp_path / "none", "s", SMALL)
    assert caught.value.reason == "not_found"


def test_part_names_compare_without_case() -> None:
    archive = Archive(zipped({"Word/Document.xml": "x"}), "s", SMALL)
    assert archive.find("word/document.xml") == b"x"
    assert archive.find("other") is None
