"""JSON and JSON lines: a corpus of `{id, title, text, metadata}` rows gives one document a row, others one in all."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from answerable.core.documents import LoadedDocument
from answerable.core.errors import UnreadableDocument
from answerable.core.ports import Loader
from answerable.knowledge.loaders.base.builder import DocumentBuilder, add_metadata
from answerable.knowledge.loaders.base.decoding import decode
from answerable.knowledge.loaders.base.files import read_bytes
from answerable.knowledge.loaders.base.limits import Limits, LoaderConfig
from answerable.knowledge.loaders.base.markdown import LOOKS_LIKE, append_markdown, split_front_matter

EXTENSIONS = (".json", ".jsonl", ".ndjson")
MEDIA_TYPES = ("application/json", "application/x-ndjson", "application/jsonl")

_PARAGRAPHS = re.compile(r"\n[ \t]*\n+")
_MAX_DEPTH = 30


@dataclass(frozen=True, slots=True)
class Config(LoaderConfig):
    """No settings of its own."""


def build(config: Config) -> Loader:
    """A loader for JSON and JSON lines."""
    return JsonLoader(config)


class JsonLoader:
    """Reads records or one value."""

    def __init__(self, config: Config) -> None:
        self._limits = config.limits

    def load(self, path: Path, source: str) -> Iterator[LoadedDocument]:
        """One document for each corpus row; one in all for any other JSON. Blank rows are left out."""
        text, _ = decode(read_bytes(path, source, self._limits), source)
        values = _values(text, source)
        rows = values[0] if len(values) == 1 and isinstance(values[0], list) else values
        if rows and isinstance(rows, list) and all(_is_record(row) for row in rows):
            yield from _records(rows, source, self._limits)
            return
        builder = DocumentBuilder(source, self._limits)
        for value in rows if isinstance(rows, list) else [rows]:
            builder.prose("\n".join(readable(value)))
        builder.metadata["format"] = "json"
        yield builder.finish("application/json")


def _records(rows: list[Any], source: str, limits: Limits) -> Iterator[LoadedDocument]:
    empty = True
    for number, row in enumerate(rows, 1):
        if not str(row["text"]).strip() and not str(row.get("title") or "").strip():
            continue
        empty = False
        yield record_document(row, f"{source}#{row.get('id') or row.get('_id') or number}", limits)
    if empty:
        raise UnreadableDocument(source, "empty", "holds records without any text; there is nothing to index")


def record_document(row: Mapping[str, object], source: str, limits: Limits) -> LoadedDocument:
    """The document of one corpus row. Text that is markdown is read as such."""
    builder = DocumentBuilder(source, limits)
    text, title = str(row["text"]), str(row.get("title") or "")
    metadata = row.get("metadata")
    fields = metadata if isinstance(metadata, Mapping) else {}
    add_metadata(builder, fields)
    if fields.get("format") == "markdown" or LOOKS_LIKE.search(text):
        front, body = split_front_matter(text)
        add_metadata(builder, {**front, **fields})
        append_markdown(builder, body)
    else:
        for paragraph in _PARAGRAPHS.split(text.replace("\r\n", "\n")):
            builder.prose(paragraph)
    if not builder.characters:
        builder.prose(title)
    builder.metadata.setdefault("format", "json")
    return builder.finish("application/json", title)


def _is_record(row: object) -> bool:
    return (
        isinstance(row, dict) and isinstance(row.get("text"), str) and ("id" in row or "_id" in row or "title" in row)
    )


def _values(text: str, source: str) -> list[object]:
    """One JSON value, or one a line. A damaged last line (a cut file) is an error, like any other."""
    try:
        return [json.loads(text)]
    except RecursionError as error:
        raise UnreadableDocument(source, "corrupt", "is nested too deeply to be read") from error
    except json.JSONDecodeError as whole:
        values: list[object] = []
        for number, line in enumerate(text.split("\n"), 1):
            if not line.strip():
                continue
            try:
                values.append(json.loads(line))
            except (json.JSONDecodeError, RecursionError) as error:
                where = f"line {number}" if values else f"line {whole.lineno}, column {whole.colno}"
                raise UnreadableDocument(
                    source, "corrupt", f"is not valid JSON at {where}; mend or export it again"
                ) from error
        if not values:
            raise UnreadableDocument(source, "empty", "holds no text; there is nothing to index") from whole
        return values


def readable(value: object, key: str = "", depth: int = 0) -> Iterator[str]:
    """`path.to.key: value` lines of a JSON value; lists of plain values stay on one line."""
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from readable(inner, f"{key}.{name}" if key else str(name), depth + 1)
    elif isinstance(value, list):
        if all(isinstance(item, str | int | float) for item in value):
            yield f"{key}: {', '.join(map(str, value))}" if key else ", ".join(map(str, value))
        else:
            for number, item in enumerate(value, 1):
                yield from readable(item, f"{key}[{number}]" if key else "", depth + 1)
    elif value is not None and value != "":
        yield f"{key}: {value}" if key else str(value)
