"""A worker of the limits test: reserves many requests at once when told to, and says how many were admitted.

Arguments: the Redis URL, how many. Prints "ready", waits for a line, prints admitted requests and whether all were
counted in Redis.
"""

import asyncio
import sys
from decimal import Decimal

from answerable.core.errors import LimitExceeded
from answerable.core.identity import Principal
from answerable.core.usage import Usage
from answerable.gateway.limits import Estimate, Limits, Slot
from answerable.gateway.quotas import Config, Quota
from answerable.storage.redis_counters import RedisCounters
from answerable.storage.redis_link import RedisLink
from tests.support.redis import up

TOKENS_A_MINUTE = 10_000
TOKENS = 130
QUOTA = Quota(requests_per_hour=10_000, tokens_per_minute=TOKENS_A_MINUTE, usd_per_day=1, usd_per_month=20)
NOW = 1_800_000_000.0
"""The moment at which all of them ask: nothing comes back in the meantime, and no day ends."""


def cost(usage: Usage) -> Decimal:
    """A price at which the day's budget admits fewer requests than the tokens do."""
    return usage.total_tokens * Decimal("0.0001")


async def main(url: str, count: int) -> None:
    """Reserve `count` at once."""
    outages: list[str] = []
    link = await up(RedisLink(url, lambda is_up, why: None if is_up else outages.append(why), timeout_s=60))
    outages.clear()
    config = Config(users={"ann": QUOTA, "ben": Quota(tokens_per_minute=TOKENS_A_MINUTE)})
    limits = Limits(config, RedisCounters(link), clock=lambda: NOW)

    async def ask(who: Principal) -> Slot | None:
        try:
            return await limits.reserve(who, "203.0.113.9", Estimate(30, TOKENS - 30, cost))
        except LimitExceeded:
            return None

    print("ready", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    admitted = []
    for who in (Principal("ann", tier="pro"), Principal("ben", tier="pro")):
        slots = await asyncio.gather(*(ask(who) for _ in range(count)))
        admitted.append(sum(slot is not None for slot in slots))
    print(*admitted, len(outages), flush=True)
    await link.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
