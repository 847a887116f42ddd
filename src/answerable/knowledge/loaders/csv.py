"""CSV and TSV: one table; the delimiter and the encoding are found out, ragged rows are padded."""

import csv
import io
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

EXTENSIONS = (".csv", ".tsv", ".tab")
MEDIA_TYPES = ("text/csv", "text/tab-separated-values")

_DELIMITERS = ",;\t|"
_MAX_FIELD = 10_000_000


@dataclass(frozen=True, slots=True)
class Config(LoaderConfig):
    """No settings of its own."""


def build(config: Config) -> Loader:
    """A loader for delimited tables."""
    return CsvLoader(config)


class CsvLoader:
    """Reads one table."""

    def __init__(self, config: Config) -> None:
        self._limits = config.limits

    def load(self, path: Path, source: str) -> Iterator[LoadedDocument]:
        """One document with one table."""
        text, encoding = decode(read_bytes(path, source, self._limits), source)
        text = text.replace("\x00", "")
        csv.field_size_limit(_MAX_FIELD)
        builder = DocumentBuilder(source, self._limits)
        try:
            rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text, source)))
        except csv.Error as error:
            raise UnreadableDocument(
                source, "corrupt", f"is not a well-formed table ({error}); export it again"
            ) from error
        widths = {len(row) for row in rows if any(row)}
        if len(widths) > 1:
            builder.warnings.append(f"rows have {min(widths)} to {max(widths)} cells; short rows were padded")
        builder.table(rows)
        builder.metadata.update(format="csv", encoding=encoding)
        yield builder.finish("text/csv")


def _delimiter(text: str, source: str) -> str:
    """The delimiter whose count is largest and steadiest over the first lines."""
    lines = [line for line in text[:100_000].splitlines() if line.strip()][:50]
    fallback = "\t" if source.lower().endswith((".tsv", ".tab")) else ","
    best, best_score = fallback, 0.0
    for delimiter in _DELIMITERS:
        counts = [len(row) - 1 for row in csv.reader(lines, delimiter=delimiter)]
        usual = max(set(counts), key=counts.count, default=0)
        score = usual and counts.count(usual) / len(counts) * (1 + min(usual, 10) / 100)
        if score > best_score:
            best, best_score = delimiter, score
    return best
