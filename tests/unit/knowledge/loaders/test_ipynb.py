"""Notebooks: cells in order, printed text, damage."""

import json
from pathlib import Path

import pytest

from answerable.core.documents import LoadedDocument
from answerable.core.errors import UnreadableDocument
from answerable.knowledge.loaders import ipynb as ipynb_loader


def load(folder: Path, text: str) -> LoadedDocument:
    path = folder / "a.ipynb"
    path.write_text(text)
    [document] = ipynb_loader.build(ipynb_loader.Config()).load(path, "a.ipynb")
    return document


def test_cells_and_what_they_printed_come_in_order(tmp_path: Path) -> None:
    code = {"cell_type": "code", "source": "print(6 * 7)", "outputs": [{"output_type": "stream", "text": ["42\n"]}]}
    document = load(tmp_path, json.dumps({"cells": [{"cell_type": "markdown", "source": "# Sum"}, code]}))
    assert document.text == "Sum\n\nprint(6 * 7)\n\n42"
    assert [block.kind for block in document.blocks] == ["heading", "code", "code"]


def test_damaged_notebook_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableDocument, match="not a valid notebook"):
        load(tmp_path, '{"cells": [')
