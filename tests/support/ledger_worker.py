"""A worker of the ledger tests. Arguments: data folder, address of the database, `run` or `hang`, a seed, how many
requests.

`run` sends mixed requests through a ledger and prints what it knows of them as JSON; `hang` leaves requests open, says
when they have left a trace, and waits to be killed.
"""

import asyncio
import json
import random
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path

from sqlalchemy import func, select

from answerable.core.identity import Principal
from answerable.core.usage import Attempt, Usage
from answerable.gateway.ledger import Config, Ledger
from answerable.gateway.ledger_entry import Entry, Opening
from answerable.storage.database import Database
from answerable.storage.schema import requests

OUTCOMES = ("answered", "abstained", "cached", "degraded", "stopped", "refused", "blocked", "failed")
PRICES = {"small": Decimal("0.15"), "large": Decimal(15), "odd": Decimal("0.0375"), "unpriced": None}


class Truth:
    """What really happened, summed without rounding."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.cost = {model: Decimal(0) for model in PRICES}
        self.tokens: Counter[str] = Counter()
        self.unpriced = self.attempts = 0

    def as_json(self) -> str:
        """For the parent."""
        cost = {model: str(usd) for model, usd in self.cost.items()}
        known = {"outcomes": self.outcomes, "cost": cost, "tokens": self.tokens}
        return json.dumps(known | {"unpriced": self.unpriced, "attempts": self.attempts})


async def one_request(ledger: Ledger, dice: random.Random, truth: Truth) -> None:
    """A request with up to three attempts and any outcome; some end twice, some attempts come too late."""
    who = Principal(dice.choice(("ann", "ben", "cid")), key_id=dice.choice((None, "k1")))
    entry = ledger.open(who, Opening("POST /v1/chat/completions", "auto", streamed=dice.random() < 0.5))
    outcome = dice.choice(OUTCOMES)
    for _ in range(0 if outcome in ("cached", "refused", "blocked") else dice.randint(1, 3)):
        await asyncio.sleep(0)
        _attempt(entry, dice, truth)
    truth.outcomes[outcome] += 1
    truth.unpriced += entry.unpriced
    entry.close(outcome)  # type: ignore[arg-type]
    if dice.random() < 0.1:
        entry.close("failed")
        entry.attempt(Attempt("large", "Chat", "cancelled", Usage(1_000, 1_000), Decimal(1), 1.0))


def _attempt(entry: Entry, dice: random.Random, truth: Truth) -> None:
    model = dice.choice(list(PRICES))
    usage, price = Usage(dice.randint(1, 5_000), dice.randint(0, 500)), PRICES[model]
    cost = None if price is None else price * usage.total_tokens / 1_000_000
    truth.attempts += 1
    truth.tokens[model] += usage.total_tokens
    truth.cost[model] += cost or 0
    entry.attempt(Attempt(model, "Chat", dice.choice(("answered", "failed", "cancelled")), usage, cost, 1.0))


async def run(ledger: Ledger, seed: int, count: int) -> None:
    """`count` requests, 50 at a time."""
    dice, truth = random.Random(seed), Truth()
    for first in range(0, count, 50):
        await asyncio.gather(*(one_request(ledger, dice, truth) for _ in range(first, min(first + 50, count))))
    await ledger.close()
    print(truth.as_json(), flush=True)


async def hang(ledger: Ledger, database: Database, count: int) -> None:
    """Leave requests open, and finish one that the writer has time for; all of them leave their trace."""
    for _ in range(count):
        ledger.open(Principal("ann"), Opening("POST /v1/chat/completions", "auto"))
    done = ledger.open(Principal("ann"), Opening("POST /v1/chat/completions", "auto"))
    done.close("answered")
    while await _rows_in(database) <= count:  # noqa: ASYNC110 - only the database says so
        await asyncio.sleep(0.05)
    print("traced", flush=True)
    await asyncio.sleep(600)


async def _rows_in(database: Database) -> int:
    async with database.read() as connection:
        return int(await connection.scalar(select(func.count()).select_from(requests)) or 0)


async def main(folder: Path, url: str, what: str, seed: int, count: int) -> None:
    """Open the ledger of the folder and do it."""
    database = await Database(url).open()
    ledger = await Ledger(Config(close_s=600), database, folder / "ledger").start()
    await (run(ledger, seed, count) if what == "run" else hang(ledger, database, count))
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])))
