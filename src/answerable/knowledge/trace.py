"""The record of how an answer came about: filled in by each step of the read path, shown by `why` and `--explain`.

Its JSON form is the one truth that the command line's table, the API and the web page show.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Trace:
    """Mutable, one a request. `sections` holds what steps recorded, by name, as JSON-ready values."""

    question: str
    started: float = field(default_factory=time.perf_counter)
    steps: list[dict[str, Any]] = field(default_factory=list)
    sections: dict[str, Any] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[dict[str, Any]]:
        """Time a step; what is put into the yielded dictionary is shown as its detail."""
        detail: dict[str, Any] = {}
        begun = time.perf_counter()
        try:
            yield detail
        finally:
            entry: dict[str, Any] = {"name": name, "ms": round((time.perf_counter() - begun) * 1_000, 2)}
            self.steps.append(entry | ({"detail": detail} if detail else {}))

    def record(self, **sections: Any) -> None:
        """Set named sections."""
        self.sections.update(sections)

    def extend(self, name: str, *items: Any) -> None:
        """Append to a list section."""
        self.sections.setdefault(name, []).extend(items)

    def forget(self, *names: str) -> None:
        """Drop sections: what they record did not come to anything."""
        for name in names:
            self.sections.pop(name, None)

    def as_json(self) -> dict[str, Any]:
        """The whole record, as JSON-ready values."""
        return {
            "question": self.question,
            **self.sections,
            "steps": self.steps,
            "ms": round((time.perf_counter() - self.started) * 1_000, 2),
        }
