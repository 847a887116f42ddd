"""What a request consumed: tokens, the attempts that models made of it, and the limits it was admitted under."""

from decimal import Decimal
from typing import Literal, NamedTuple

from answerable.core.values import value_class


@value_class(frozen=True, slots=True)
class Usage:
    """Token counts of one run. `estimated` is true where the provider reported none and we counted."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    estimated: bool = False

    @property
    def total_tokens(self) -> int:
        """Prompt and completion together, as on the OpenAI wire."""
        return self.prompt_tokens + self.completion_tokens

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.cached_tokens + other.cached_tokens,
            self.reasoning_tokens + other.reasoning_tokens,
            self.estimated or other.estimated,
        )


AttemptOutcome = Literal["answered", "failed", "cancelled"]


@value_class(frozen=True, slots=True)
class Attempt:
    """One call of a model, as the ledger counts it. `cost_usd` is None where the model has no known price.

    `task` names the kind of task (`Chat`, `Answer`, `RewriteQuery` ...), `error` the code of what failed.
    """

    model: str
    task: str
    outcome: AttemptOutcome
    usage: Usage
    cost_usd: Decimal | None
    total_ms: float
    first_token_ms: float | None = None
    error: str = ""


LimitUnit = Literal["requests", "tokens", "concurrent", "usd"]


class LimitState(NamedTuple):
    """One limit after a request was admitted or refused: how much there is, is left, and when it is whole again.

    A tuple, since several are made for every request: a fifth of the time of a frozen dataclass.
    """

    name: str
    unit: LimitUnit
    limit: float
    remaining: float
    window_s: float
    reset_s: float
