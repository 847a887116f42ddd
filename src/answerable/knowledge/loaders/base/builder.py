"""Builds a LoadedDocument block by block: cleans, tracks headings, joins with blank lines, checks the result."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath

from answerable.core.documents import Block, BlockKind, LoadedDocument, MetadataValue
from answerable.core.errors import UnreadableDocument
from answerable.knowledge.loaders.base.cleaning import clean, garbage, one_line, tidy
from answerable.knowledge.loaders.base.limits import Limits

_MAX_TITLE = 300


class DocumentBuilder:
    """Collects blocks in reading order. `page` is the current page and may be set at any time."""

    def __init__(self, source: str, limits: Limits) -> None:
        self.source = source
        self.page: int | None = None
        self.warnings: list[str] = []
        self.metadata: dict[str, MetadataValue] = {}
        self.first_heading = ""
        self._limits = limits
        self._parts: list[str] = []
        self._blocks: list[Block] = []
        self._headings: list[tuple[int, str]] = []
        self._length = 0

    @property
    def characters(self) -> int:
        """Characters collected so far."""
        return self._length

    def heading(self, text: str, level: int) -> None:
        """Open a section. `level` counts from 1; deeper open sections end."""
        text = one_line(text)
        if not text:
            return
        self.first_heading = self.first_heading or text
        while self._headings and self._headings[-1][0] >= level:
            self._headings.pop()
        self._headings.append((level, text))
        self._append(text, "heading")

    def prose(self, text: str) -> None:
        """Add a paragraph; its line breaks stay."""
        self._append(tidy(text), "prose")

    def items(self, text: str) -> None:
        """Add a list whose lines carry their own markers and indents."""
        self._append(_rstripped(clean(text)), "list")

    def code(self, text: str) -> None:
        """Add code as it is."""
        self._append(_rstripped(clean(text)), "code")

    def table(self, rows: Iterable[Sequence[str]]) -> None:
        """Add a table whose first row is its header; empty rows and columns are dropped, a single column is a list."""
        grid = _compact([[one_line(cell) for cell in row] for row in rows])
        if not grid:
            return
        if len(grid[0]) == 1:
            self._append("\n".join(row[0] for row in grid), "list" if len(grid) > 1 else "prose")
            return
        lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in grid]
        self._append("\n".join(lines), "table")

    def end_sections(self) -> None:
        """Forget the open headings: what follows belongs to none of them."""
        self._headings.clear()

    def finish(self, media_type: str, title: str = "") -> LoadedDocument:
        """The document. Raises UnreadableDocument when there is no text in it, or none that a person could read."""
        text = "\n\n".join(self._parts)
        if not text:
            raise UnreadableDocument(self.source, "empty", "holds no text; there is nothing to index")
        if reason := garbage(text):
            detail = f"its text cannot be read: {reason}; export it again with embedded fonts, or run OCR on it"
            raise UnreadableDocument(self.source, "corrupt", detail)
        title = one_line(title)[:_MAX_TITLE] or self.first_heading[:_MAX_TITLE] or stem(self.source)
        return LoadedDocument(
            self.source, title, text, tuple(self._blocks), media_type, dict(self.metadata), tuple(self.warnings)
        )

    def _append(self, text: str, kind: BlockKind) -> None:
        if not text or text.isspace():
            return
        start = self._length + 2 if self._parts else 0
        self._length = start + len(text)
        if self._length > self._limits.characters:
            limit = f"{self._limits.characters:,}"
            raise UnreadableDocument(self.source, "too_large", f"has more than {limit} characters of text; split it")
        self._parts.append(text)
        path = tuple(heading for _, heading in self._headings)
        self._blocks.append(Block(start, self._length, kind, path, self.page))


def stem(source: str) -> str:
    """A title made of a path, URL or record id: its last part without the extension."""
    name = PurePosixPath(source.split("?")[0].rstrip("/")).name
    return one_line(name.rsplit(".", 1)[0] if "." in name.strip(".") else name) or source


def add_metadata(builder: DocumentBuilder, values: Mapping[str, object]) -> None:
    """Keep the values that metadata can hold, cleaned; blank ones are left out."""
    for key, value in values.items():
        if isinstance(value, bool | int | float):
            builder.metadata[str(key)] = value
        elif isinstance(value, list):
            builder.metadata[str(key)] = [one_line(str(item)) for item in value if str(item).strip()]
        elif value is not None and (text := one_line(str(value))):
            builder.metadata[str(key)] = text


def _rstripped(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip("\n").rstrip().split("\n"))


def _compact(rows: list[list[str]]) -> list[list[str]]:
    rows = [row for row in rows if any(row)]
    width = max(map(len, rows), default=0)
    used = [column for column in range(width) if any(column < len(row) and row[column] for row in rows)]
    return [[row[column] if column < len(row) else "" for column in used] for row in rows]
