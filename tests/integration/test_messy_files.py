"""The awkward files meet the outcomes that their manifest lists."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from answerable.core.errors import UnreadableDocument
from answerable.knowledge.reading import Item, Reader

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "messy_files"
MANIFEST = FOLDER / "manifest.jsonl.gz"
ROWS: list[dict[str, Any]] = []
if MANIFEST.exists():
    ROWS = [json.loads(line) for line in gzip.decompress(MANIFEST.read_bytes()).splitlines()]

pytestmark = pytest.mark.skipif(not ROWS, reason="development data (../shared/data/messy_files) is not here")
REASONS = {
    "reject_password": "encrypted",
    "reject_empty": "empty",
    "reject_type": "unsupported",
    "needs_ocr": "needs_ocr",
}


@pytest.fixture(scope="module")
def reader() -> Any:
    with Reader(workers=1) as shared:
        yield shared


def read(reader: Reader, row: dict[str, Any]) -> str | UnreadableDocument:
    try:
        return "\n".join(document.text for document in reader.read_now(FOLDER / row["file"], row["file"]))
    except UnreadableDocument as error:
        return error


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_outcome_is_the_listed_one(row: dict[str, Any], reader: Reader) -> None:
    result = read(reader, row)
    expected = row["expect"]
    if expected == "parse":
        assert isinstance(result, str), result
        assert result.strip()
    elif expected in REASONS:
        assert isinstance(result, UnreadableDocument), "text came out of a file that must be refused"
        assert result.reason == REASONS[expected]
        assert row["file"] in str(result)
    if isinstance(result, str) and row.get("contains"):
        assert any(part in result for part in row["contains"].split("|"))


@pytest.mark.parametrize("row", [row for row in ROWS if row.get("expected_text")], ids=lambda row: row["id"])
def test_reference_rendering_is_met_word_for_word(row: dict[str, Any], reader: Reader) -> None:
    reference = (FOLDER / row["expected_text"]).read_text(encoding="utf-8")
    words = [word for word in reference.replace("|", " ").split() if not set(word) <= set("-:#*")]
    result = str(read(reader, row))
    assert sum(word in result for word in words) >= 0.99 * len(words)


@pytest.mark.parametrize("row", [row for row in ROWS if row.get("password")], ids=lambda row: row["id"])
def test_locked_file_is_read_with_its_password(row: dict[str, Any]) -> None:
    with Reader(workers=1, passwords=[row["password"]]) as reader:
        assert len(str(read(reader, row))) > 20


async def test_one_bad_file_does_not_stop_the_others() -> None:
    items = [Item(FOLDER / row["file"], row["id"]) for row in ROWS]
    with Reader(workers=2) as reader:
        outcomes = [outcome async for outcome in reader.read_many(items)]
    assert {outcome.item.source for outcome in outcomes if outcome.is_last} == {row["id"] for row in ROWS}
    read_well = {outcome.item.source for outcome in outcomes if outcome.documents and not outcome.error}
    assert {row["id"] for row in ROWS if row["expect"] == "parse"} <= read_well
