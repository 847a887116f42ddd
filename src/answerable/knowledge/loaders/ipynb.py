"""Jupyter notebooks: markdown cells, code cells, and the text that code printed."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from answerable.core.documents import LoadedDocument
from answerable.core.errors import UnreadableDocument
from answerable.core.ports import Loader
from answerable.knowledge.loaders.base.builder import DocumentBuilder
from answerable.knowledge.loaders.base.decoding import decode
from answerable.knowledge.loaders.base.files import read_bytes
from answerable.knowledge.loaders.base.limits import LoaderConfig
from answerable.knowledge.loaders.base.markdown import append_markdown

EXTENSIONS = (".ipynb",)
MEDIA_TYPES = ("application/x-ipynb+json",)

_MAX_OUTPUT = 10_000


@dataclass(frozen=True, slots=True)
class Config(LoaderConfig):
    """No settings of its own."""


def build(config: Config) -> Loader:
    """A loader for notebooks."""
    return NotebookLoader(config)


class NotebookLoader:
    """Reads one notebook, versions 3 to 4."""

    def __init__(self, config: Config) -> None:
        self._limits = config.limits

    def load(self, path: Path, source: str) -> Iterator[LoadedDocument]:
        """One document, cells in order."""
        text, _ = decode(read_bytes(path, source, self._limits), source)
        try:
            notebook = json.loads(text)
        except (json.JSONDecodeError, RecursionError) as error:
            raise UnreadableDocument(
                source, "corrupt", "is not a valid notebook; save it again from Jupyter"
            ) from error
        builder = DocumentBuilder(source, self._limits)
        for cell in _cells(notebook):
            _append_cell(builder, cell)
        builder.metadata["format"] = "ipynb"
        yield builder.finish("application/x-ipynb+json")


def _cells(notebook: object) -> list[dict[str, object]]:
    if not isinstance(notebook, dict):
        return []
    cells = notebook.get("cells")
    sheets = notebook.get("worksheets")
    if cells is None and isinstance(sheets, list) and sheets and isinstance(sheets[0], dict):
        cells = sheets[0].get("cells")
    return [cell for cell in cells if isinstance(cell, dict)] if isinstance(cells, list) else []


def _append_cell(builder: DocumentBuilder, cell: dict[str, object]) -> None:
    body = _joined(cell.get("source", cell.get("input")))
    kind = cell.get("cell_type")
    if kind == "markdown":
        append_markdown(builder, body)
    elif kind == "heading":
        level = cell.get("level")
        builder.heading(body, level if isinstance(level, int) else 1)
    else:
        builder.code(body)
        outputs = cell.get("outputs")
        for output in outputs if isinstance(outputs, list) else []:
            if isinstance(output, dict):
                builder.code(_output_text(output)[:_MAX_OUTPUT])


def _output_text(output: dict[str, object]) -> str:
    data = output.get("data")
    plain = data.get("text/plain") if isinstance(data, dict) else None
    return _joined(output.get("text") or plain)


def _joined(value: object) -> str:
    if isinstance(value, list):
        return "".join(str(part) for part in value)
    return value if isinstance(value, str) else ""
