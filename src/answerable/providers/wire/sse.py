"""Server-sent events from bytes that arrive in pieces of any size (WHATWG HTML, section 9.2.6)."""

import re

from answerable.core.values import value_class

_LINE = re.compile(rb"\r\n|\n|\r")
_BOM = b"\xef\xbb\xbf"
_LARGEST_EVENT_BYTES = 16_000_000


@value_class(frozen=True, slots=True)
class ServerEvent:
    """One event: its data lines joined by a line end, and its type ('message' unless the server names one)."""

    data: str
    event: str = "message"


class SseParser:
    """Feed bytes, get the events they complete. Lines are decoded whole, so a character may be split anywhere."""

    def __init__(self) -> None:
        self._buffer = b""
        self._after_cr = False
        self._at_start = True
        self._data: list[str] = []
        self._size = 0
        self._event = ""

    def feed(self, piece: bytes) -> list[ServerEvent]:
        """Events completed by `piece`. Raises ValueError for an event beyond 16 MB."""
        if (data := self._sole_line(piece)) is not None:
            return [ServerEvent(data.decode("utf-8", "replace"))]
        if self._after_cr and piece:
            piece = piece.removeprefix(b"\n")
            self._after_cr = False
        self._buffer += piece
        if self._at_start:
            if _BOM.startswith(self._buffer) and len(self._buffer) < len(_BOM):
                return []
            self._buffer = self._buffer.removeprefix(_BOM)
            self._at_start = False
        *lines, self._buffer = _LINE.split(self._buffer)
        self._after_cr = piece.endswith(b"\r")
        events = [event for line in lines if (event := self._take(line))]
        if len(self._buffer) + self._size > _LARGEST_EVENT_BYTES:
            raise ValueError("an event is too large")
        return events

    def _sole_line(self, piece: bytes) -> bytes | None:
        """The data of a piece that is one whole event of one line, as most are: seen without cutting it into lines."""
        if self._buffer or self._data or self._event or self._after_cr or self._at_start:
            return None
        if not piece.startswith(b"data: ") or piece.find(b"\n") != len(piece) - 2 or not piece.endswith(b"\n\n"):
            return None
        return None if b"\r" in piece or len(piece) > _LARGEST_EVENT_BYTES else piece[6:-2]

    def finish(self) -> list[ServerEvent]:
        """The event that the end of the stream left without its blank line: some servers close right after it."""
        last = self._take(self._buffer) if self._buffer else None
        self._buffer = b""
        pending = self._dispatch()
        return [event for event in (last, pending) if event]

    def _take(self, line: bytes) -> ServerEvent | None:
        if not line:
            return self._dispatch()
        name, _, value = line.decode("utf-8", "replace").partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
            self._size += len(line)
        elif name == "event":
            self._event = value
        return None

    def _dispatch(self) -> ServerEvent | None:
        data, event = self._data, self._event
        self._data, self._event, self._size = [], "", 0
        return ServerEvent("\n".join(data), event or "message") if data else None
