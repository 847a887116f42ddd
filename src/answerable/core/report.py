"""A report: what the research team writes, every export renders and every reader checks. Plain values, no markup.

A sentence names its sources by number; the number is a `Reference`, and each of its `Span`s is a place in a stored
text whose words support the sentence. Every export prints the same numbers.
"""

from dataclasses import dataclass, field
from typing import Literal

SentenceKind = Literal["fact", "synthesis"]
"""A `fact` was checked against its sources; a `synthesis` is the author's own and states nothing that needs one."""


@dataclass(frozen=True, slots=True)
class Span:
    """A place in a stored text: `quote` are its characters [start, end). `support` is the verifier's score in 0..1.

    `evidence` is the id of the passage it was found in, `version_id` of a document's version, or 0 where the text is a
    fetched page's, kept under the hash in `document_id`.
    """

    number: int
    evidence: str
    document_id: str
    version_id: int
    start: int
    end: int
    quote: str
    support: float
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence without its markers; `spans` are empty for a synthesis."""

    text: str
    spans: tuple[Span, ...] = ()
    kind: SentenceKind = "fact"

    @property
    def numbers(self) -> tuple[int, ...]:
        """Its sources, each once, ascending."""
        return tuple(sorted({span.number for span in self.spans}))


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Sentences that belong together."""

    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list; an item is a sentence."""

    items: tuple[Sentence, ...]
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """Code or text that keeps its lines; shown, never run."""

    text: str
    language: str = ""
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Grid:
    """A table. Every row has as many cells as the head; each cell is a sentence with its own sources."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Sentence, ...], ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """One value of a chart and where it was read."""

    label: str
    value: float
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """A bar chart of values that evidence states; `unit` is theirs ("%", "ms", "")."""

    caption: str
    unit: str
    bars: tuple[Bar, ...]


Block = Paragraph | Bullets | Listing | Grid | Chart


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it. `level` is 1 for a section and 2 for a subsection; ids are `s1`, `s1.2`.

    `missing` says why it holds nothing, where it does: too little evidence, a spent budget, a model that failed.
    """

    id: str
    heading: str
    level: int
    blocks: tuple[Block, ...] = ()
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Side:
    """What one source says in a conflict, in its own words."""

    value: str
    sentence: Sentence


@dataclass(frozen=True, slots=True)
class Conflict:
    """Sources that disagree about one thing: `subject` in words, two sides or more."""

    subject: str
    sides: tuple[Side, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """A question that the sources do not answer, and what was asked for to find out."""

    question: str
    queries: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A source, by its number in the report. `address` is a URL, or the name of a stored document; `date` is when the
    text was published or stored (ISO 8601, a day), `licence` what its publisher asks to be said.
    """

    number: int
    kind: str
    title: str
    address: str
    version: int = 1
    date: str = ""
    authors: str = ""
    licence: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """A critique in numbers: `overall` in 1..10, the others in 0..1, higher is better (`repetition` 1: none)."""

    overall: float
    support: float
    coverage: float
    structure: float
    balance: float
    freshness: float
    repetition: float


@dataclass(frozen=True, slots=True)
class Report:
    """A published report. `notes` tell what a reader must know of how it was made: no model, a source that failed, a
    budget that ended. `summary` are its main findings.
    """

    title: str
    topic: str
    summary: tuple[Sentence, ...]
    sections: tuple[Section, ...]
    references: tuple[Reference, ...]
    conflicts: tuple[Conflict, ...] = ()
    gaps: tuple[Gap, ...] = ()
    notes: tuple[str, ...] = ()
    score: Score | None = None
    date: str = ""
    written_by: str = ""
    extra: dict[str, str] = field(default_factory=dict)
