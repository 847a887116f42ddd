"""A stored answer: the events a reader saw, whose it is, when it was asked for; and its compact form for the store."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any, get_args

import orjson

from answerable.core.documents import Citation, Passage
from answerable.core.messages import (
    Abstained,
    CacheHit,
    Event,
    Finished,
    Retrieved,
    Routed,
    Sentence,
    TextDelta,
    ToolCallDelta,
    ToolRan,
    Visible,
)
from answerable.core.usage import Usage
from answerable.core.values import value_class

_FORMAT = 1
_PIECE = 160
"""Characters of text in one replayed delta: a reply of 1 KB comes as a stream of seven."""
_NOTHING = Decimal(0)
_VISIBLE = frozenset(get_args(Visible))
_KEPT = (*get_args(Visible), Retrieved)


@value_class(frozen=True, slots=True)
class Entry:
    """An answer that may be given again. `owner` is the digest of its partition, `print` the fingerprint it was stored
    under; both are compared when it is read. Times are seconds since the epoch. `saved_usd` is what it cost once."""

    owner: str
    print: str
    asked_at: float
    expires_at: float
    events: tuple[Event, ...]
    finished: Finished
    saved_usd: Decimal | None = None
    size_bytes: int = 0

    @property
    def abstains(self) -> bool:
        """Whether it says that there is no answer."""
        return any(isinstance(event, Abstained) for event in self.events)


def refusal(events: Sequence[Event]) -> str:
    """Why an answer may not be kept: a code, empty when it may. Only whole answers that ran as intended are kept."""
    kinds = [type(event) for event in events]
    end = events[-1] if events else None
    if not isinstance(end, Finished) or kinds.count(Finished) != 1:
        return "unfinished"
    if end.reason not in ("stop", "tool_calls"):
        return end.reason
    if any(event.degraded for event in events if isinstance(event, Routed)):
        return "degraded"
    if ToolRan in kinds:
        return "tools"
    if CacheHit in kinds:
        return "cached"
    return "empty" if _VISIBLE.isdisjoint(kinds) else ""


def make(owner: str, fingerprint: bytes, asked_at: float, ttl_s: float, events: Sequence[Event]) -> Entry:
    """The entry for an answer that `refusal` finds nothing against."""
    finished = events[-1]
    assert isinstance(finished, Finished)
    kept = tuple([event for event in merged(events) if isinstance(event, _KEPT)])
    free = Finished(finished.reason, finished.usage, finished.model, _NOTHING)
    return Entry(owner, fingerprint.hex(), asked_at, asked_at + ttl_s, kept, free, finished.cost_usd)


def merged(events: Sequence[Event]) -> list[Event]:
    """The events with each run of text deltas made one, and each run of fragments of one tool call."""
    out: list[Event] = []
    texts: list[str] = []
    for event in events:
        if isinstance(event, TextDelta):
            texts.append(event.text)
            continue
        _flush(texts, out)
        last = out[-1] if out else None
        if isinstance(event, ToolCallDelta) and isinstance(last, ToolCallDelta) and _continues(event, last):
            out[-1] = replace(last, arguments=last.arguments + event.arguments)
        else:
            out.append(event)
    _flush(texts, out)
    return out


def _continues(event: ToolCallDelta, last: ToolCallDelta) -> bool:
    return event.index == last.index and event.id is None and event.name is None


def _flush(texts: list[str], out: list[Event]) -> None:
    if any(texts):
        out.append(TextDelta("".join(texts)))
    texts.clear()


def streamed(events: Sequence[Event]) -> tuple[Event, ...]:
    """The events as they are replayed: long texts cut at spaces into several deltas."""
    out: list[Event] = []
    for event in events:
        if isinstance(event, TextDelta):
            out.extend(TextDelta(piece) for piece in _pieces(event.text))
        else:
            out.append(event)
    return tuple(out)


def _pieces(text: str) -> list[str]:
    pieces, start = [], 0
    while len(text) - start > _PIECE:
        cut = text.rfind(" ", start + 1, start + _PIECE) + 1 or start + _PIECE
        pieces.append(text[start:cut])
        start = cut
    pieces.append(text[start:])
    return pieces


def encode(entry: Entry) -> bytes:
    """JSON bytes. Raises TypeError for metadata that JSON cannot hold."""
    events = [(type(event).__name__, event) for event in entry.events]
    end = entry.finished
    saved = None if entry.saved_usd is None else str(entry.saved_usd)
    head = (_FORMAT, entry.owner, entry.print, entry.asked_at, entry.expires_at, saved)
    raw = orjson.dumps((*head, (end.reason, end.model, end.usage), events))
    return bytes(memoryview(raw))  # orjson leaves room behind its text: 4 KB for each answer, however short


def decode(raw: bytes) -> Entry | None:
    """The entry; None for bytes that are damaged or of another version."""
    try:
        version, owner, fingerprint, asked_at, expires_at, saved, (reason, model, usage), events = orjson.loads(raw)
        if version != _FORMAT:
            return None
        return Entry(
            owner,
            fingerprint,
            asked_at,
            expires_at,
            streamed([_READERS[kind](values) for kind, values in events]),
            Finished(reason, Usage(**usage), model, _NOTHING),
            None if saved is None else Decimal(saved),
            len(raw),
        )
    except (ValueError, TypeError, KeyError, ArithmeticError):
        return None


def _sentence(values: dict[str, Any]) -> Sentence:
    return Sentence(values["text"], tuple(_citation(one) for one in values["citations"]))


def _citation(values: dict[str, Any]) -> Citation:
    return Citation(**values | {"heading_path": tuple(values["heading_path"])})


def _abstained(values: dict[str, Any]) -> Abstained:
    closest = tuple(_passage(one) for one in values["closest"])
    return Abstained(values["message"], tuple(values["searched"]), closest)


def _retrieved(values: dict[str, Any]) -> Retrieved:
    return Retrieved(tuple(_passage(one) for one in values["passages"]), values["confidence"])


def _passage(values: dict[str, Any]) -> Passage:
    since = values["valid_from"]
    return Passage(
        **values
        | {
            "heading_path": tuple(values["heading_path"]),
            "page_starts": tuple((start, page) for start, page in values["page_starts"]),
            "valid_from": None if since is None else datetime.fromisoformat(since),
        }
    )


_READERS: Mapping[str, Callable[[dict[str, Any]], Event]] = {
    "TextDelta": lambda values: TextDelta(**values),
    "ToolCallDelta": lambda values: ToolCallDelta(**values),
    "Sentence": _sentence,
    "Abstained": _abstained,
    "Retrieved": _retrieved,
}
