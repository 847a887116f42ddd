"""Measuring the parts of the request path on labelled data: one file a part, found by its name.

A part's file has `measure(path, options) -> Measured`. `answerable evaluate PART FILE` runs it.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from answerable.core import loading
from answerable.core.ports import Embedder
from answerable.gateway.route_policy import ModelCard

Part = Literal["cache", "guards", "pii", "router"]
PARTS: tuple[Part, ...] = ("cache", "guards", "pii", "router")
"""What can be measured by a file of labelled rows; anything else is a folder with a dataset."""


@dataclass(frozen=True, slots=True)
class Options:
    """`limit` takes only the first so many rows; `embedder` loads the configured embedding model when called. `models`
    are a cheap and a strong one, to tell what the router's choices cost."""

    embedder: Callable[[], Embedder]
    limit: int | None = None
    models: tuple[ModelCard, ModelCard] | None = None


@dataclass(frozen=True, slots=True)
class Grid:
    """A table to print: figures to the right, words (the first column) to the left, in at most 80 columns."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured: tables to read, notes below them, and everything as JSON-ready values."""

    title: str
    tables: tuple[Grid, ...]
    as_json: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `n`, with the 95 % interval of Wilson (1927), which holds for few rows and for shares near 0 and 1."""

    hits: int
    n: int
    low: float
    high: float

    @property
    def figure(self) -> str:
        """Three digits; a dash where there was nothing to count."""
        return f"{self.hits / self.n:.3f}" if self.n else "-"

    @property
    def interval(self) -> str:
        """As `.93–.98`."""
        return f"{self.low:.2f}–{self.high:.2f}".replace("0.", ".") if self.n else "-"

    def as_json(self) -> dict[str, Any]:
        """JSON-ready values; the share is null where there was nothing to count."""
        return {
            "hits": self.hits,
            "n": self.n,
            "share": self.hits / self.n if self.n else None,
            "low": self.low,
            "high": self.high,
        }


def share(hits: int, n: int) -> Share:
    """A share with its interval."""
    if not n:
        return Share(0, 0, 0.0, 1.0)
    z, p = 1.96, hits / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return Share(hits, n, max(0.0, middle - half), min(1.0, middle + half))


def measure(part: str, path: Path, options: Options) -> Measured:
    """Measure one part on a file. Raises InvalidRequest for a file that cannot be read or does not fit the part,
    SetupError for a part that cannot be measured here."""
    measured: Measured = loading.load(__name__, part).measure(path, options)
    return measured
