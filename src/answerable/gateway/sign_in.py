"""How often sign-in may be tried for an address and for an account, over all workers, before a password is hashed."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from answerable.core.errors import RateLimited
from answerable.gateway.quotas import subnet_of
from answerable.storage.counters import Bucket, Counters


@dataclass(frozen=True, slots=True)
class Config:
    """Attempts that may come at once, and how many more come back an hour."""

    address_burst: int = 20
    address_an_hour: float = 120
    account_burst: int = 10
    account_an_hour: float = 60

    def __post_init__(self) -> None:
        if min(self.address_burst, self.account_burst) < 1 or min(self.address_an_hour, self.account_an_hour) <= 0:
            raise ValueError("sign_in: bursts are at least 1 and rates above 0")


class SignInLimits:
    """`take` is called once for each attempt. A stranger may shut out the owner of an account only as long as it takes
    for one attempt to come back.
    """

    def __init__(self, config: Config, counters: Counters, clock: Callable[[], float] = time.time) -> None:
        self._config = config
        self._counters = counters
        self._clock = clock

    async def take(self, address: str, account: str) -> None:
        """Count one attempt against both. Raises RateLimited that says when to come again."""
        c, now = self._config, self._clock()
        by_address = Bucket(f"sign-in:{subnet_of(address)}", "refill", c.address_burst, c.address_an_hour / 3_600)
        by_account = Bucket(f"sign-in-as:{account.lower()}", "refill", c.account_burst, c.account_an_hour / 3_600)
        buckets = (by_address, by_account)
        taken = await self._counters.take(buckets, (1, 1), "", now)
        if not taken.admitted:
            wait_s = max(bucket.wait_s(spent, 1, now) for bucket, spent in zip(buckets, taken.spent, strict=True))
            raise RateLimited("too many attempts to sign in; wait and try again", retry_after_s=float(int(wait_s) + 1))
