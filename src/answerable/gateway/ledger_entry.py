"""One request in the ledger while it runs, and what is written of it."""

from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Literal, Protocol

from answerable.core.identity import Principal
from answerable.core.money import to_nano
from answerable.core.usage import Attempt, Usage
from answerable.core.values import value_class
from answerable.storage.ledger import RUNNING, AttemptRow, RequestRow

Outcome = Literal[
    "answered", "abstained", "cached", "degraded", "stopped", "refused", "blocked", "failed", "running", "lost"
]
"""What became of a request. `stopped` by its client, `refused` by a limit or for its form, `blocked` by a guard;
`running` and `lost` are given by the ledger alone: still open, and gone with its worker.
"""

_ZERO = Decimal(0)
_NOTHING = Usage()
_MOST_TOKENS = 2**62


@value_class(frozen=True, slots=True)
class Opening:
    """What is known of a request when it comes: the endpoint as declared, the model as asked for."""

    endpoint: str
    model_asked: str = ""
    collection: str | None = None
    streamed: bool = False


class Book(Protocol):
    """Where entries belong."""

    def done(self, entry: "Entry") -> None:
        """An entry is closed."""
        ...

    def observe(self, attempt: Attempt) -> None:
        """An attempt was made."""
        ...


class Entry:
    """Filled while the request runs; `close` ends it, and what comes later changes nothing. `reason` names the limit,
    guard or error code that ended it.
    """

    __slots__ = (
        "_book",
        "at",
        "attempts",
        "began",
        "cache",
        "fallbacks",
        "first_token_ms",
        "id",
        "model",
        "opening",
        "outcome",
        "reason",
        "total_ms",
        "who",
        "written",
    )

    def __init__(self, id_: str, at: float, began: float, who: Principal, opening: Opening, book: Book) -> None:
        self.id = id_
        self.at = at
        self.began = began
        self.who = who
        self.opening = opening
        self.attempts: list[Attempt] = []
        self.model = ""
        self.cache = ""
        self.fallbacks = 0
        self.first_token_ms: float | None = None
        self.total_ms: float | None = None
        self.reason = ""
        self.outcome: Outcome = "running"
        self.written = False
        self._book = book

    def attempt(self, attempt: Attempt) -> None:
        """Count one call of a model. One that ends after the entry was closed comes too late."""
        if self.outcome == "running":
            self.attempts.append(attempt)
            self._book.observe(attempt)

    def close(self, outcome: Outcome, reason: str = "") -> None:
        """End it. Only the first call counts."""
        if self.outcome == "running":
            self.outcome = outcome
            self.reason = reason
            self._book.done(self)

    @property
    def usage(self) -> Usage:
        """Tokens of all attempts, those that failed too."""
        tries = self.attempts
        return tries[0].usage if len(tries) == 1 else sum([one.usage for one in tries], _NOTHING)

    @property
    def unpriced(self) -> bool:
        """Whether tokens were used whose price is not known."""
        return any(one.cost_usd is None and one.usage.total_tokens for one in self.attempts)

    @property
    def known_cost_usd(self) -> Decimal | None:
        """What the priced attempts cost; 0 where nothing was used, None where nothing that was used has a price."""
        costs = [one.cost_usd for one in self.attempts if one.cost_usd is not None]
        if len(costs) == 1:
            return costs[0]
        return None if not costs and self.unpriced else sum(costs, _ZERO)

    @property
    def cost_usd(self) -> Decimal | None:
        """The whole cost; None where a part of it is not known."""
        return None if self.unpriced else self.known_cost_usd


def request_row(entry: Entry, worker: str) -> RequestRow:
    """The row of an entry as it stands."""
    opening, who, usage, cost = entry.opening, entry.who, entry.usage, entry.known_cost_usd
    return RequestRow(
        entry.id,
        int(entry.at * 1e6),
        None if entry.outcome == RUNNING else entry.total_ms,
        entry.first_token_ms,
        _text(opening.endpoint, 60),
        _text(who.id, 60),
        None if who.key_id is None else _text(who.key_id, 60),
        _text(who.workspace, 64),
        _text(opening.model_asked, 200),
        _text(entry.model, 200),
        None if opening.collection is None else _text(opening.collection, 64),
        opening.streamed,
        entry.outcome,
        _text(entry.cache, 12),
        entry.fallbacks,
        _text(entry.reason, 80),
        *_tokens(usage),
        None if cost is None else to_nano(cost),
        entry.unpriced,
        worker,
    )


def attempt_rows(entry: Entry) -> Iterator[AttemptRow]:
    """The rows of an entry's attempts, in the order they ended."""
    for number, one in enumerate(entry.attempts):
        yield AttemptRow(
            entry.id,
            number,
            _text(one.model, 200),
            _text(one.task, 40),
            one.outcome,
            _text(one.error, 80),
            *_tokens(one.usage),
            None if one.cost_usd is None else to_nano(one.cost_usd),
            one.total_ms,
            one.first_token_ms,
        )


def _tokens(usage: Usage) -> tuple[int, int, int, int, bool]:
    return (
        min(usage.prompt_tokens, _MOST_TOKENS),
        min(usage.completion_tokens, _MOST_TOKENS),
        min(usage.cached_tokens, _MOST_TOKENS),
        min(usage.reasoning_tokens, _MOST_TOKENS),
        usage.estimated,
    )


@lru_cache(4_096)
def _text(text: str, most: int) -> str:
    """What a caller sent, as a database takes it: no lone surrogates, no control characters, not too long."""
    if text.isascii() and text.isprintable():
        return text[:most]
    return "".join(c if c.isprintable() else "\ufffd" for c in text[:most])
