"""JSON: corpus rows, markdown inside them, and anything else."""

import gzip
from pathlib import Path

import pytest

from answerable.core.documents import LoadedDocument
from answerable.core.errors import UnreadableDocument
from answerable.knowledge.loaders import json as json_loader


def load(folder: Path, text: str | bytes) -> list[LoadedDocument]:
    path = folder / "a.jsonl"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(json_loader.build(json_loader.Config()).load(path, "a.jsonl"))


def test_corpus_row_becomes_a_document_with_its_id_title_and_metadata(tmp_path: Path) -> None:
    row = b'{"id": "x/1", "title": "Hours", "text": "At nine.", "metadata": {"lang": "en", "n": 3}}\n'
    [document] = load(tmp_path, gzip.compress(row))
    assert (document.source, document.title, document.text) == ("a.jsonl#x/1", "Hours", "At nine.")
    assert document.metadata == {"lang": "en", "n": 3, "format": "json"}


def test_markdown_in_a_row_gives_headings(tmp_path: Path) -> None:
    [document] = load(tmp_path, '{"id": 1, "text": "# A\\n\\ntext", "metadata": {"format": "markdown"}}')
    assert document.blocks[1].heading_path == ("A",)


def test_other_json_becomes_lines_of_key_and_value(tmp_path: Path) -> None:
    [document] = load(tmp_path, '{"shop": {"open": "nine", "days": [1, 2]}, "none": null}')
    assert document.text == "shop.open: nine\nshop.days: 1, 2"


def test_damaged_line_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableDocument, match="not valid JSON at line 2"):
        load(tmp_path, '{"id": 1, "text": "a"}\n{"id": 2, "te')
