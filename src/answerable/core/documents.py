"""Documents, chunks and passages: the values that travel from a loader to a citation.

One rule holds them together: `chunk.text == document.text[chunk.start:chunk.end]`. Offsets count characters of the
stored text of one document version, so that a citation can always be shown in its place.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NewType

CollectionName = NewType("CollectionName", str)
DocumentId = NewType("DocumentId", str)
VersionId = NewType("VersionId", int)
ChunkId = NewType("ChunkId", int)

MetadataValue = str | int | float | bool | list[str]
Metadata = Mapping[str, MetadataValue]
BlockKind = Literal["heading", "prose", "list", "table", "code"]

PUBLIC = "*"
"""The access-list entry that every reader holds."""


@dataclass(frozen=True, slots=True)
class Block:
    """A structural span of a document's text, in reading order, never overlapping the next.

    `heading_path` is the list of headings above it, outermost first (a heading block's own path includes itself).
    `page` counts from 1; None where the format has no pages (slides and sheets count as pages). For a table, the
    first line of the span is its header row.
    """

    start: int
    end: int
    kind: BlockKind = "prose"
    heading_path: tuple[str, ...] = ()
    page: int | None = None


@dataclass(frozen=True, slots=True)
class LoadedDocument:
    """What a loader returns: the text that will be stored, searched and quoted, and its structure.

    `source` is the stable address (path, URL, upload name; `file.jsonl#id` for one record of many). `text` is clean
    readable text, not markup: no control characters, `\\n` line ends, blocks separated by a blank line.
    """

    source: str
    title: str
    text: str
    blocks: tuple[Block, ...]
    media_type: str
    metadata: Metadata = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chunk:
    """A searchable span. What is embedded and keyword-indexed is `header + "\\n" + text` (see `embedding_text`).

    `header` is derived, deterministic context: document title and heading path, and for a table that was cut its
    header row. `parent` is the wider span to hand to the reader when this chunk is found (parent-child chunking);
    None when the chunk stands for itself.
    """

    start: int
    end: int
    text: str
    header: str = ""
    heading_path: tuple[str, ...] = ()
    page: int | None = None
    kind: BlockKind = "prose"
    parent: tuple[int, int] | None = None

    @property
    def embedding_text(self) -> str:
        """The text that is embedded; header and text together never exceed the model's window."""
        return f"{self.header}\n{self.text}" if self.header else self.text


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk that was found, with its address in one document version (`version` is its number, from 1).

    `score` is the last stage's score; `has_parent` says that a wider span was stored for it. `page` is where it begins;
    `page_starts` are the pages inside of it as (offset in the document, page), filled in for what is cited from.
    """

    chunk_id: ChunkId
    document_id: DocumentId
    version_id: VersionId
    collection: CollectionName
    source: str
    title: str
    text: str
    start: int
    end: int
    header: str = ""
    heading_path: tuple[str, ...] = ()
    page: int | None = None
    score: float = 0.0
    metadata: Metadata = field(default_factory=dict)
    valid_from: datetime | None = None
    version: int = 1
    has_parent: bool = False
    page_starts: tuple[tuple[int, int], ...] = ()

    def page_at(self, offset: int) -> int | None:
        """The page on which a character of the passage stands; `offset` counts in the document."""
        return next((page for start, page in reversed(self.page_starts) if start <= offset), self.page)


@dataclass(frozen=True, slots=True)
class Citation:
    """A checked pointer from one sentence of an answer to the span that supports it.

    `number` is the source's number in the answer (1-based; one number a document passage). `quote` equals the stored
    text of the version at [start, end). `support` is the verifier's score in 0..1.
    """

    number: int
    document_id: DocumentId
    version_id: VersionId
    collection: CollectionName
    source: str
    title: str
    start: int
    end: int
    quote: str
    support: float
    page: int | None = None
    heading_path: tuple[str, ...] = ()
    version: int = 1
