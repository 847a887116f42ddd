"""How often sign-in may be tried for an address and for an account, before a password is hashed.

One bucket a name in this process; a limiter that all workers share can take its place, it need only be a `Throttle`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from answerable.core.errors import RateLimited

Throttle = Callable[[str, str], Awaitable[None]]
"""(client address, account name) -> nothing; raises RateLimited. Called once for each attempt, before any hashing."""


@dataclass(frozen=True, slots=True)
class Config:
    """Attempts that may come at once, and how many more an hour. An account's bucket is wide enough that its owner is
    not easily shut out by a stranger, and narrow enough that guessing is hopeless.
    """

    address_burst: int = 20
    address_an_hour: float = 120
    account_burst: int = 10
    account_an_hour: float = 60
    most_names: int = 50_000

    def __post_init__(self) -> None:
        if min(self.address_burst, self.account_burst) < 1 or min(self.address_an_hour, self.account_an_hour) <= 0:
            raise ValueError("attempts: bursts must be at least 1 and rates above 0")


class Attempts:
    """Buckets that leak (GCRA): one number a name, the moment at which the bucket is empty. `clock` gives seconds."""

    def __init__(self, config: Config, clock: Callable[[], float]) -> None:
        self._config = config
        self._clock = clock
        self._empty_at: dict[str, float] = {}

    async def take(self, address: str, account: str) -> None:
        """Count one attempt against both. Raises RateLimited that says when to come again."""
        c = self._config
        self._take(f"address {address}", c.address_burst, c.address_an_hour)
        self._take(f"account {account}", c.account_burst, c.account_an_hour)

    def _take(self, name: str, burst: int, an_hour: float) -> None:
        now, step = self._clock(), 3_600 / an_hour
        after = max(self._empty_at.pop(name, now), now) + step
        wait_s = after - step * burst - now
        if wait_s > 1e-9:
            self._empty_at[name] = after - step
            raise RateLimited("too many attempts to sign in; wait and try again", retry_after_s=wait_s)
        self._empty_at[name] = after
        if len(self._empty_at) > self._config.most_names:  # the one that was touched longest ago goes
            del self._empty_at[next(iter(self._empty_at))]
