"""A sliding window over streamed text: lets go what can no longer become a secret, masks or refuses what is one.

Only an end that could still become a match is held back, 256 characters at most. A match that outgrows the window is
masked and the rest of it swallowed. Where the text was cut into chunks makes no difference to what leaves.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import re2

from answerable.gateway.guards import masks
from answerable.gateway.guards.masks import MaskTable
from answerable.gateway.guards.pii import Finder, Found

SIZE = 256
"""Characters held back at most: longer than any card, IBAN, address or key whose end is not known by then."""
CONTEXT = 96
"""Characters that left and are still looked at, for the words before a number."""

_KEY_END = re2.compile(r"-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----")
_KEY_END_SIZE = 64


class Stage(Protocol):
    """A filter of text in pieces."""

    def push(self, text: str) -> str:
        """Take more; returns what may leave now. Raises Blocked."""
        ...

    def flush(self) -> str:
        """The text is over; returns the rest."""
        ...


@dataclass(frozen=True, slots=True)
class Scan:
    """What is looked for, made once for all streams. `replace` gives the placeholder of a match, or raises Blocked."""

    finder: Finder
    pending: Any
    pending_or_masked: Any

    @classmethod
    def of(cls, finder: Finder) -> "Scan":
        """For the kinds of a finder."""
        return cls(finder, finder.pending(), finder.pending(masks.HELD))

    def pending_for(self, table: MaskTable) -> Any:
        """What matches an end that must wait, placeholders that will be turned back included."""
        return self.pending_or_masked if table.may_unmask else self.pending


def cut_of(pending: Any, whole: str, past: int) -> int:
    """Where the end of `whole` begins that must wait; `past` characters of it have left."""
    match = pending.search(whole) if pending is not None else None
    if match is None or match.start() == match.end():
        return len(whole)
    return max(past, int(match.start()), len(whole) - SIZE)


class Window:
    """The window of one text: a reply, or the arguments of one tool call (`as_json`)."""

    def __init__(self, scan: Scan, table: MaskTable, replace: Callable[[Found], str], *, as_json: bool = False) -> None:
        self._scan = scan
        self._table = table
        self._replace = replace
        self._as_json = as_json
        self._pending = scan.pending_for(table)
        self._past = ""
        self._held = ""
        self._swallowing: Any = None

    def push(self, text: str) -> str:
        """Take more; returns what may leave now."""
        if self._swallowing is not None:
            text = self._swallow(text)
        if not text:
            return ""
        return self._release(self._held + text, last=False)

    def flush(self) -> str:
        """The text is over; returns the rest."""
        text = "" if self._swallowing is _KEY_END else self._held
        self._swallowing = None
        return self._release(text, last=True)

    def _release(self, text: str, *, last: bool) -> str:
        past = len(self._past)
        whole = self._past + text
        cut = len(whole) if last else cut_of(self._pending, whole, past)
        found = [one for one in self._scan.finder.find(whole) if one.end > past]
        parts, place = [""], past
        for one in found:
            if one.start >= cut:
                break
            endless = one.end == len(whole) and not last
            if endless and one.kind == "private_key" and not _KEY_END.search(one.value):
                self._swallowing, cut = _KEY_END, one.end
            elif one.end > cut or endless:
                if len(whole) - one.start <= SIZE:
                    cut = max(one.start, past)
                    break
                self._swallowing = re2.compile(f"{one.tail}*") if one.tail and endless else None
                cut = max(cut, one.end)
            parts += (whole[place : max(place, one.start)], self._replace(one))
            place = one.end
        parts.append(whole[place : max(cut, place)])
        cut = max(cut, place)
        self._past = whole[max(0, cut - CONTEXT) : cut]
        self._held = whole[cut:]
        return self._table.unmask("".join(parts), as_json=self._as_json)

    def _swallow(self, text: str) -> str:
        """What follows the end of the secret that is being swallowed; nothing while it goes on."""
        if self._swallowing is _KEY_END:
            text = self._held + text
            match = _KEY_END.search(text)
            self._held = "" if match else text[-_KEY_END_SIZE:]
        else:
            match = self._swallowing.match(text)
            match = match if match.end() < len(text) else None
        if match is None:
            return ""
        self._swallowing = None
        return text[match.end() :]


def chain(stages: list[Stage], text: str, *, last: bool = False) -> str:
    """Push through several stages in order; `last` flushes each after the one before it."""
    for stage in stages:
        text = stage.push(text) if text else ""
        if last:
            text += stage.flush()
    return text
