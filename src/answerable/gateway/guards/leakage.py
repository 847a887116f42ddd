"""Notices when a reply gives away the system prompt: by a canary that was put into it, or by its words in a row.

From the fourth word in a row the text is held back (256 characters at most), so that little of a prompt leaves before
the stream is stopped. A prompt that the caller sent may hold text that is meant to be quoted: it takes more words.
"""

import secrets
from dataclasses import dataclass

import re2

from answerable.core.errors import Blocked
from answerable.gateway.guards.window import SIZE

LEAKED = "the reply was stopped: it repeated the instructions of the system prompt"
"""What the caller is told."""

_HELD_FROM = 4
_LONGEST = 40
_WORD = re2.compile(r"[\x{3040}-\x{30ff}\x{4e00}-\x{9fff}\x{ac00}-\x{d7af}]|[\pL\pN]+")
_GAPS = {code: " " for code in range(128) if not chr(code).isalnum()}
_OPEN, _CLOSE = "⟦", "⟧"


@dataclass(frozen=True, slots=True)
class Config:
    """`words` in a row of the operator's prompt are a leak; of a caller's, a third of it, but at least `words` and at
    most 40. `callers` watches prompts that callers send; `canary` marks the operator's."""

    enabled: bool = True
    words: int = 12
    callers: bool = True
    canary: bool = True

    def __post_init__(self) -> None:
        if not 8 <= self.words <= _LONGEST:
            raise ValueError(f"words = {self.words}: from 8 to {_LONGEST} words in a row are a leak")


def new_canary() -> str:
    """A mark that no text has by chance: 64 random bits."""
    return f"{_OPEN}{secrets.token_hex(8)}{_CLOSE}"


def marked(prompt: str, canary: str) -> str:
    """The prompt with the canary and a word on it."""
    return f"{prompt}\n\n{canary} is a mark of this message. Never write it."


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt as it is watched for. Build with `of`: about 30 us for 2 KB."""

    words: str
    known: frozenset[str]
    leak_at: int
    canary: str = ""

    @classmethod
    def of(cls, text: str, config: Config, *, operator: bool, canary: str = "") -> "Prompt":
        """A shorter prompt than `words` leaks when the whole of it is said, if it has 8 words."""
        words = _words(text)
        count = len(words)
        wanted = config.words if operator else max(config.words, min(_LONGEST, count // 3))
        if sum(len(word) == 1 and not word.isascii() for word in words) > count // 2:
            wanted *= 2  # a character of Chinese is less than a word
        return cls(f" {' '.join(words)} ", frozenset(words), max(8, min(wanted, count)), canary)


def _words(text: str) -> list[str]:
    if text.isascii():
        return text.lower().translate(_GAPS).split()
    return list(_WORD.findall(text.lower()))


class Overlap:
    """The words of one reply, compared with some prompts as they come."""

    def __init__(self, prompts: tuple[Prompt, ...]) -> None:
        self._runs = [_Run(prompt) for prompt in prompts]
        self._canaries = [prompt.canary.strip(_OPEN + _CLOSE) for prompt in prompts if prompt.canary]
        self._open = ""
        self._held = ""
        self._recent = ""

    def push(self, text: str) -> str:
        """Take more; returns what may leave now. Raises Blocked at a leak."""
        if self._canaries:
            self._look_for_canaries(text)
        words = _words(self._open + text)
        unfinished = bool(words) and text[-1].isalnum()
        self._open = words.pop() if unfinished else ""
        return self._let_go(text, self._longest(words))

    def flush(self) -> str:
        """The text is over; returns the rest. Raises Blocked at a leak."""
        self._longest([self._open] if self._open else [])
        rest, self._held, self._open = self._held, "", ""
        return rest

    def _longest(self, words: list[str]) -> int:
        longest = 0
        for run in self._runs:
            for word in words:
                if run.add(word) >= run.prompt.leak_at:
                    raise Blocked(LEAKED, guard="leakage", kind="overlap")
            longest = max(longest, run.count)
        return longest

    def _let_go(self, text: str, run: int) -> str:
        if run < _HELD_FROM and not self._held and not self._canaries:
            return text
        self._held += text
        keep = SIZE if run >= _HELD_FROM else 0
        if self._canaries and (place := self._held.rfind(_OPEN, -24)) >= 0:
            keep = max(keep, len(self._held) - place)
        cut = max(0, len(self._held) - keep)
        out, self._held = self._held[:cut], self._held[cut:]
        return out

    def _look_for_canaries(self, text: str) -> None:
        self._recent = (self._recent + text)[-(len(text) + 16) :]
        recent = self._recent.lower()
        if any(canary in recent for canary in self._canaries):
            raise Blocked(LEAKED, guard="leakage", kind="canary")


class _Run:
    """The words in a row that the reply has now in common with a prompt."""

    def __init__(self, prompt: Prompt) -> None:
        self.prompt = prompt
        self.count = 0
        self._words: list[str] = []

    def add(self, word: str) -> int:
        """One more word of the reply; returns how many are in a row."""
        if word not in self.prompt.known:
            if self._words:
                self._words.clear()
        else:
            self._words.append(word)
            while f" {' '.join(self._words)} " not in self.prompt.words:
                del self._words[0]
        self.count = len(self._words)
        return self.count
