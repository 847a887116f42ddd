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
from answerable.gateway.guards.pii import Finder, Found, Kind

SIZE = 256
"""Characters held back at most: longer than any card, IBAN, address or key whose end is not known by then."""
CONTEXT = 96
"""Characters that left and are still looked at, for the words before a number."""

_KEY_END = re2.compile(r"-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----")
_KEY_END_SIZE = 64


_WORDY: frozenset[Kind] = frozenset(("email", "ip", "address"))
"""Kinds of which any word may be the beginning."""
_GAPS = " ,.\n"
_ALERTING = ("pass", "pwd", "contrase", "bearer")
"""After words that begin so, plain words may be a secret."""
_ALERT = 48


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
    calm: "Calm | None"

    @classmethod
    def of(cls, finder: Finder) -> "Scan":
        """For the kinds of a finder."""
        calm = None if finder.kinds & _WORDY else Calm(finder.starts)
        return cls(finder, finder.pending(), finder.pending(masks.HELD), calm)

    def pending_for(self, table: MaskTable) -> Any:
        """What matches an end that must wait, placeholders that will be turned back included."""
        return self.pending_or_masked if table.may_unmask else self.pending


class Calm:
    """Tells the everyday piece of a stream, a word of letters, without a pattern: it costs a tenth of the search."""

    def __init__(self, starts: tuple[str, ...]) -> None:
        self._starts = starts
        self._beginnings = frozenset(start[:size] for start in starts for size in range(1, len(start) + 1))

    def word_after(self, text: str, word: str | None) -> str | None:
        """The word that `text` ends in the middle of ("" for none), or None when it must be looked at.

        `word` is the one that the text before it ended in, None when that is not known.
        """
        bare = text.strip(_GAPS)
        if not (bare.isalpha() and bare.isascii()):
            return None
        if text[0] in _GAPS:
            word = bare
        elif word is None:
            return None
        else:
            word += bare
        if word.startswith(self._starts) or word.lower().startswith(_ALERTING):
            return None
        return "" if text[-1] in _GAPS else word

    def is_plain(self, word: str) -> bool:
        """Whether a word that is held is no secret by itself, should it end here."""
        return word.isalpha() and word.isascii() and not word.startswith(self._starts)

    def waits(self, word: str) -> bool:
        """Whether a word that is not over may become a secret: an IBAN begins with two letters."""
        return 0 < len(word) < 3 or word in self._beginnings


def cut_of(pending: Any, whole: str, past: int) -> int:
    """Where the end of `whole` begins that must wait; `past` characters of it have left."""
    match = pending.search(whole) if pending is not None else None
    if match is None or match.start() == match.end():
        return len(whole)
    return max(past, int(match.start()), len(whole) - SIZE)


class Window:
    """The window of one text: a reply, or the arguments of one tool call (`as_json`). Where nobody reads before its
    end (`whole`), the text is held and looked at once.
    """

    def __init__(
        self,
        scan: Scan,
        table: MaskTable,
        replace: Callable[[Found], str],
        *,
        as_json: bool = False,
        whole: bool = False,
    ) -> None:
        self._scan = scan
        self._table = table
        self._replace = replace
        self._as_json = as_json
        self._whole = whole
        self._pending = scan.pending_for(table)
        self._past = ""
        self._held = ""
        self._swallowing: Any = None
        self._calm = scan.calm
        self._word: str | None = ""
        self._alert = False

    def push(self, text: str) -> str:
        """Take more; returns what may leave now."""
        if self._whole:
            self._held += text
            return ""
        if self._swallowing is not None:
            text = self._swallow(text)
        if not text:
            return ""
        if self._calm is not None and not self._alert and (not self._held or self._held == self._word):
            word = self._calm.word_after(text, self._word)
            if word is not None:
                return self._pass_word(self._calm, self._held + text, word)
        out = self._release(self._held + text, last=False)
        self._word = self._word_in_progress()
        recent = self._past[-_ALERT:].lower()
        self._alert = any(word in recent for word in _ALERTING)
        return out

    def _pass_word(self, calm: Calm, text: str, word: str) -> str:
        self._word = word
        self._held = word if calm.waits(word) else ""
        out = text[: len(text) - len(self._held)]
        self._past = (self._past + out)[-CONTEXT:]
        return out

    def _word_in_progress(self) -> str | None:
        """The word that the text ends in the middle of, "" for none, None where it did not begin after a space."""
        if self._past[-1:] not in _GAPS:
            return None
        plain = not self._held or (self._calm is not None and self._calm.is_plain(self._held))
        return self._held if plain else None

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
