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
_NUMBERS = ("first_chunk", "chunk_count", "valid_from", "valid_to")
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
        self._waiting: int | None = None
        self._place: dict[int, int] = {}
        self._rows: list[Span] = []
        self._table = np.empty((0, len(_NUMBERS)), np.int64)
        self._columns: dict[str, list[Any]] = {}
        self._postings: dict[str, dict[Any, list[int]]] = {}
        self._masks: OrderedDict[Scope, Mask] = OrderedDict()
        self.entries: set[str] = set()
        """Every access-list entry of a version here: two readers who hold the same of them see the same."""

    def apply(self, spans: Sequence[Span], revision: int, waiting: int | None = None) -> None:
        """Take in versions that changed up to `revision` (new ones, and ended ones under their old id).

        `waiting` is `hold_back`'s, for the state that the versions come from.
        """
        for span in spans:
            row = self._place.setdefault(span.version_id, len(self._rows))
            self._rows[row : row + 1] = [span]
            self.entries.update(span.readers)
        if len(self._rows) > len(self._table):
            self._table = np.concatenate([self._table, np.empty_like(self._table, shape=self._room())])
        for span in spans:
            end = FOREVER if span.valid_to is None else span.valid_to
            self._table[self._place[span.version_id]] = (span.first_chunk, span.chunk_count, span.valid_from, end)
        self._columns.clear()
        self._postings.clear()
        self._masks.clear()
        self._waiting = waiting
        self.revision = revision

    def hold_back(self, waiting: int | None) -> None:
        """Versions from chunk `waiting` on are not searchable yet: until they are, those that they replace are served.

        So an update is never seen as a gap. None when all are searchable.
        """
        if waiting != self._waiting:
            self._waiting = waiting
            self._masks.clear()

    @property
    def is_complete(self) -> bool:
        """Whether nothing is held back."""
        return self._waiting is None

    def size_with(self, spans: Sequence[Span]) -> int:
        """Number of versions there would be with these."""
        return len(self._place.keys() | {span.version_id for span in spans})

    def __len__(self) -> int:
        return len(self._rows)

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
        first, count = self._number("first_chunk"), self._number("chunk_count")
        mask = np.zeros(int((first + count).max(initial=0)), dtype=np.bool_)
        first, count = first[rows], count[rows]
        offsets = np.cumsum(count) - count
        mask[np.repeat(first - offsets, count) + np.arange(int(count.sum()))] = True
        return mask

    def _room(self) -> tuple[int, int]:
        """Rows to add to the table, so that it doubles."""
        return 2 * len(self._rows) - len(self._table), len(_NUMBERS)

    def _number(self, name: str) -> "NDArray[np.int64]":
        return self._table[: len(self._rows), _NUMBERS.index(name)]

    def _alive(self, as_of_us: int | None) -> "Rows":
        ends = self._number("valid_to")
        if as_of_us is not None:
            return np.asarray((self._number("valid_from") <= as_of_us) & (as_of_us < ends))
        alive = np.asarray(ends == FOREVER)
        return alive if self._waiting is None else self._held_back(alive, self._waiting)

    def _held_back(self, alive: "Rows", waiting: int) -> "Rows":
        late = self._number("first_chunk") >= waiting
        begins: dict[str, int] = {}
        for row in np.flatnonzero(alive & late):
            begins[self._rows[row].document_id] = self._rows[row].valid_from
        for row in np.flatnonzero(late & ~alive):  # a document that was updated twice since
            span = self._rows[row]
            if span.document_id in begins:
                begins[span.document_id] = min(begins[span.document_id], span.valid_from)
        alive = alive & ~late
        for row in np.flatnonzero(np.isin(self._number("valid_to"), list(begins.values())) & ~late):
            alive[row] = begins.get(self._rows[row].document_id) == self._rows[row].valid_to
        return alive

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
