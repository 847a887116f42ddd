"""What limits and the ledger cost a request, in microseconds: `python bench/limits_and_ledger.py`.

The best of many short runs for what happens on the request's own path; CPU time of the process for the writer.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path

from answerable.api.limit_headers import headers_of
from answerable.core.identity import Principal
from answerable.core.usage import Attempt, Usage
from answerable.gateway.ledger import Config as LedgerConfig
from answerable.gateway.ledger import Ledger
from answerable.gateway.ledger_entry import Opening
from answerable.gateway.limits import Estimate, Limits
from answerable.gateway.quotas import Config, Quota
from answerable.storage.counters import MemoryCounters
from answerable.storage.database import Database

RUNS, ROUNDS = 100, 300
WHO = Principal("ann", key_id="key")
USAGE = Usage(400, 300)
COST = Decimal("0.0057")


async def best(step: Callable[[], Awaitable[None]]) -> float:
    """Microseconds of one step, the best round of many."""
    rounds = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for _ in range(RUNS):
            await step()
        rounds.append(time.perf_counter() - began)
    return min(rounds) / RUNS * 1e6


async def limits(name: str, quota: Quota, each_key: Quota) -> None:
    """Reserve and settle, and the headers of it."""
    found = Limits(Config(users={"ann": quota}, each_key=each_key, each_address=Quota(1e9)), MemoryCounters())
    estimate = Estimate(500, 500, lambda usage: Decimal(usage.total_tokens) / 1_000_000)

    async def request() -> None:
        await (await found.reserve(WHO, "203.0.113.9", estimate)).settle(USAGE, COST)

    slot = await found.reserve(WHO, "203.0.113.9", estimate)

    async def headers() -> None:
        headers_of(slot.limits)

    print(f"{name}: reserve + settle {await best(request):.1f}, headers {await best(headers):.1f}")


async def ledger(folder: Path) -> None:
    """Open, one attempt, close; then what writing the rows takes."""
    database = await Database(f"sqlite:///{folder / 'a.db'}").open()
    book = Ledger(LedgerConfig(), database, folder / "ledger")
    attempt = Attempt("m", "Chat", "answered", USAGE, COST, 5.0)

    async def request() -> None:
        entry = book.open(WHO, Opening("chat", "m"))
        entry.attempt(attempt)
        entry.close("answered")

    print(f"ledger: open + attempt + close {await best(request):.1f}")
    rows, began = book.waiting, time.process_time()
    while book.waiting:
        await book.flush()
    print(f"ledger: writing {(time.process_time() - began) / rows * 1e6:.1f} a request, its one call included")
    await database.close()


async def main() -> None:
    """All of it."""
    await limits("4 limits", Quota(1e9, 1e12, 10**9, 1_000), Quota())
    await limits("7 limits", Quota(1e9, 1e12, 10**9, 1_000, 1e6, 1e6), Quota(1e9))
    with tempfile.TemporaryDirectory() as folder:
        await ledger(Path(folder))


if __name__ == "__main__":
    asyncio.run(main())
