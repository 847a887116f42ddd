"""Which chunks of one collection a search may return: the live versions (now, or at a moment), the metadata filter and
the access lists, turned into one mask over chunk ids that both indexes search under.

Held in memory, caught up from SQL by revision. A mask is computed once for a (revision, filter, reader, moment).
"""

import operator
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from answerable.core.filters import And, Compare, Filter, Not, Or
from answerable.core.identity import Principal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from answerable.core.ports import Mask

    Rows = NDArray[np.bool_]

FOREVER = np.iinfo(np.int64).max
_MASKS_KEPT = 64
_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


class Span(Protocol):
    """A version's place among the chunk ids and what it may be filtered by (`storage.documents.LiveSpan`)."""

    @property
    def version_id(self) -> int: ...  # noqa: D102
    @property
    def document_id(self) -> str: ...  # noqa: D102
    @property
    def source(self) -> str: ...  # noqa: D102
    @property
    def title(self) -> str: ...  # noqa: D102
    @property
    def media_type(self) -> str: ...  # noqa: D102
    @property
    def metadata(self) -> Mapping[str, Any]: ...  # noqa: D102
    @property
    def readers(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def first_chunk(self) -> int: ...  # noqa: D102
    @property
    def chunk_count(self) -> int: ...  # noqa: D102
    @property
    def valid_from(self) -> int: ...  # noqa: D102
    @property
    def valid_to(self) -> int | None: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Scope:
    """Who searches what: `as_of_us` in microseconds since 1970 UTC, None for now."""

    reader: Principal
    where: Filter | None = None
    as_of_us: int | None = None


class Catalog:
    """The versions of one collection. Not thread-safe: `apply` and `mask` run on the event loop."""

    def __init__(self) -> None:
        self.revision = -1
        self._spans: dict[int, Span] = {}
        self._rows: list[Span] = []
        self._columns: dict[str, list[Any]] = {}
        self._postings: dict[str, dict[Any, list[int]]] = {}
        self._masks: OrderedDict[Scope, Mask] = OrderedDict()

    def apply(self, spans: Sequence[Span], revision: int) -> None:
        """Take in versions that changed up to `revision` (new ones, and ended ones under their old id)."""
        self._spans.update((span.version_id, span) for span in spans)
        self._rows = list(self._spans.values())
        self._columns.clear()
        self._postings.clear()
        self._masks.clear()
        self.revision = revision

    def __len__(self) -> int:
        return len(self._spans)

    @property
    def live_chunks(self) -> int:
        """Number of chunks that are live now."""
        return sum(span.chunk_count for span in self._rows if span.valid_to is None)

    def mask(self, scope: Scope) -> "Mask":
        """`mask[chunk_id]` is true where the reader may see the chunk; as long as the highest id, plus one."""
        found = self._masks.get(scope)
        if found is None:
            found = self._masks[scope] = self._build(scope)
            if len(self._masks) > _MASKS_KEPT:
                self._masks.popitem(last=False)
        else:
            self._masks.move_to_end(scope)
        return found

    def _build(self, scope: Scope) -> "Mask":
        rows = self._alive(scope.as_of_us)
        if not scope.reader.sees_all:
            rows &= self._readable(scope.reader)
        if scope.where is not None:
            rows &= self._matching(scope.where)
        first = np.fromiter((s.first_chunk for s in self._rows), np.int64, len(self._rows))
        count = np.fromiter((s.chunk_count for s in self._rows), np.int64, len(self._rows))
        mask = np.zeros(int((first + count).max(initial=0)), dtype=np.bool_)
        first, count = first[rows], count[rows]
        offsets = np.cumsum(count) - count
        mask[np.repeat(first - offsets, count) + np.arange(int(count.sum()))] = True
        return mask

    def _alive(self, as_of_us: int | None) -> "Rows":
        ends = np.fromiter(
            (FOREVER if s.valid_to is None else s.valid_to for s in self._rows), np.int64, len(self._rows)
        )
        if as_of_us is None:
            return np.asarray(ends == FOREVER)
        starts = np.fromiter((s.valid_from for s in self._rows), np.int64, len(self._rows))
        return np.asarray((starts <= as_of_us) & (as_of_us < ends))

    def _readable(self, reader: Principal) -> "Rows":
        entries = reader.entries
        return np.fromiter((not entries.isdisjoint(s.readers) for s in self._rows), np.bool_, len(self._rows))

    def _matching(self, where: Filter) -> "Rows":
        match where:
            case And(parts):
                return np.asarray(np.logical_and.reduce([self._matching(p) for p in parts] or [self._all(True)]))
            case Or(parts):
                return np.asarray(np.logical_or.reduce([self._matching(p) for p in parts] or [self._all(False)]))
            case Not(part):
                return ~self._matching(part)
            case Compare(field, "eq" | "ne" | "in" as name, value):
                found = self._all(False)
                for item in value if isinstance(value, tuple) else (value,):
                    found[self._posting(field).get(_key(item), [])] = True
                return ~found if name == "ne" else found
            case Compare(field, name, value):
                compare = _ORDER[name]
                return np.fromiter((_any_in_order(compare, v, value) for v in self._column(field)), np.bool_)

    def _all(self, value: bool) -> "Rows":
        return np.full(len(self._rows), value)

    def _column(self, field: str) -> list[Any]:
        if field not in self._columns:
            own = field in ("source", "title", "media_type", "document_id")
            self._columns[field] = [getattr(s, field) if own else s.metadata.get(field) for s in self._rows]
        return self._columns[field]

    def _posting(self, field: str) -> dict[Any, list[int]]:
        if field not in self._postings:
            posting: dict[Any, list[int]] = {}
            for row, value in enumerate(self._column(field)):
                for item in value if isinstance(value, list) else (value,):
                    posting.setdefault(_key(item), []).append(row)
            self._postings[field] = posting
        return self._postings[field]


def _key(value: Any) -> Any:
    """What makes two values equal: true is not 1, and a number equals its text ("2020" was typed on a command line)."""
    return value if isinstance(value, bool) or value is None else str(value)


def _any_in_order(compare: Callable[[Any, Any], bool], stored: Any, wanted: Any) -> bool:
    """Numbers compare as numbers, everything else as text (ISO dates order as text)."""
    for item in stored if isinstance(stored, list) else (stored,):
        if item is None or isinstance(item, bool):
            continue
        if isinstance(item, int | float) and isinstance(wanted, int | float):
            if compare(item, wanted):
                return True
        elif compare(str(item), str(wanted)):
            return True
    return False
