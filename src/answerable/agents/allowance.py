"""How much research somebody may have: runs that work at the same time, and the largest budget of one."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from answerable.agents.state import Budget
from answerable.core.errors import InvalidRequest
from answerable.core.identity import Tier


@dataclass(frozen=True, slots=True)
class Allowance:
    """For each user of a tier; None is without a limit of its own. Runs that wait for a person do not count as running.

    `max_tokens`, `max_usd` and `max_seconds` are what the budget of one run may be.
    """

    max_running: int | None = None
    max_tokens: int | None = None
    max_usd: float | None = None
    max_seconds: float | None = None

    def __post_init__(self) -> None:
        counts = (self.max_running, self.max_tokens, self.max_seconds)
        if any(one is not None and not (math.isfinite(one) and one >= 1) for one in counts):
            raise ValueError("max_running, max_tokens and max_seconds are numbers from 1; leave one out for no limit")
        if self.max_usd is not None and not 0 <= self.max_usd <= 10_000:
            raise ValueError("max_usd is between 0 and 10,000; leave it out for no limit")


FREE = Allowance(max_running=3, max_tokens=500_000, max_usd=2, max_seconds=900)
PRO = Allowance(max_running=10, max_tokens=5_000_000, max_usd=20, max_seconds=3_600)


@dataclass(frozen=True, slots=True)
class Config:
    """An allowance a tier."""

    tiers: Mapping[str, Allowance] = field(
        default_factory=lambda: {"free": FREE, "pro": PRO, "enterprise": Allowance()}
    )

    def __post_init__(self) -> None:
        if missing := {"free", "pro", "enterprise"} - set(self.tiers):
            raise ValueError(f"research.tiers: {', '.join(sorted(missing))} is missing")

    def of(self, tier: Tier) -> Allowance:
        """What the users of a tier have."""
        return self.tiers[tier]

    def budget(
        self, tier: Tier, tokens: int | None = None, usd: Decimal | None = None, seconds: float | None = None
    ) -> Budget:
        """The budget that somebody asks for; what they leave out is the usual, or the most where that is less.

        Raises InvalidRequest that says how much may be asked for.
        """
        most, usual = self.of(tier), Budget()
        most_usd = None if most.max_usd is None else Decimal(str(most.max_usd))
        for name, asked, limit in (
            ("tokens", tokens, most.max_tokens),
            ("usd", usd, most_usd),
            ("seconds", seconds, most.max_seconds),
        ):
            if asked is not None and limit is not None and asked > limit:
                told = f"a run of the tier '{tier}' may have a budget of at most {limit:,} {name}"
                raise InvalidRequest(told, param=f"budget.{name}")
        return Budget(
            tokens if tokens is not None else min(usual.tokens, most.max_tokens or usual.tokens),
            usd if usd is not None else usual.usd if most_usd is None else min(usual.usd, most_usd),
            seconds if seconds is not None else min(usual.seconds, most.max_seconds or usual.seconds),
        )
