"""The budget of a run: reserved before each call, settled after it, so that calls at once cannot overspend together."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from answerable.agents.state import Budget
from answerable.core.errors import BudgetSpent


@dataclass(frozen=True, slots=True)
class Cost:
    """What a call may take at most, or took. `usd` is None where the price is not known: then only tokens count."""

    tokens: int
    usd: Decimal | None


class Purse:
    """What is left. `spent_*` is what earlier processes of the run took. `clock` counts seconds."""

    def __init__(
        self,
        budget: Budget,
        spent_tokens: int = 0,
        spent_usd: Decimal = Decimal(0),
        spent_s: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._budget = budget
        self._clock = clock
        self._began = clock() - spent_s
        self._held_tokens = 0
        self._held_usd = Decimal(0)
        self.tokens = spent_tokens
        self.usd = spent_usd

    @property
    def seconds(self) -> float:
        """Working time of the run so far."""
        return self._clock() - self._began

    @property
    def left_s(self) -> float:
        """Seconds that are left; 0 at least."""
        return max(0.0, self._budget.seconds - self.seconds)

    def reserve(self, most: Cost) -> None:
        """Set aside what a call may take at most. Raises BudgetSpent that names the limit."""
        limits = self._budget
        if self.left_s <= 0:
            raise BudgetSpent(f"the budget of {limits.seconds:,g} seconds is spent", "seconds")
        tokens = self.tokens + self._held_tokens + most.tokens
        if tokens > limits.tokens:
            raise BudgetSpent(f"the next step could take more than the budget of {limits.tokens:,} tokens", "tokens")
        usd = self.usd + self._held_usd + (most.usd or 0)
        if usd > limits.usd:
            raise BudgetSpent(f"the next step could take more than the budget of {limits.usd} USD", "usd")
        self._held_tokens += most.tokens
        self._held_usd += most.usd or 0

    def settle(self, most: Cost, took: Cost | None) -> None:
        """Give back what was set aside, and count what the call took; None: nothing."""
        self._held_tokens -= most.tokens
        self._held_usd -= most.usd or 0
        if took is not None:
            self.tokens += took.tokens
            self.usd += took.usd or 0
