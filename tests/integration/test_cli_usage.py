"""`usage` as it is typed, on 80 columns."""

import asyncio
from decimal import Decimal
from pathlib import Path

from answerable.core.identity import Principal
from answerable.core.usage import Attempt, Usage
from answerable.gateway.ledger import Config, Ledger
from answerable.gateway.ledger_entry import Opening
from answerable.storage.database import Database
from tests.support.typed import Cli


async def use(folder: Path) -> None:
    database = await Database(f"sqlite:///{folder / 'answerable.db'}").open()
    ledger = await Ledger(Config(), database, folder / "ledger").start()
    calls = [
        ("gpt-5.4-mini-with-a-very-long-name", Decimal("12.3456")),
        ("own-model", None),
        ("cheap", Decimal("3e-8")),
    ]
    for model, cost in calls:
        entry = ledger.open(Principal("ann"), Opening("chat", model))
        entry.attempt(Attempt(model, "Chat", "answered", Usage(123_456_789, 5_000), cost, 1.0))
        entry.close("answered")
    ledger.open(Principal("ben"), Opening("chat")).close("refused", "rate_limit_exceeded")
    await ledger.close()
    await database.close()


def test_usage_fits_the_terminal_and_shows_what_has_no_price(tmp_path: Path) -> None:
    asyncio.run(use(tmp_path))
    usage = Cli(tmp_path, ("usage",))
    text = usage("--by", "model")
    assert max(len(line) for line in text.splitlines()) <= 80
    rows = {line.split()[0]: line for line in text.splitlines() if line.strip()}
    assert "12.3456" in rows["gpt-5.4-mini-with-a-ve…"]
    assert "123.5M" in rows["own-model"]
    assert "unknown*" in rows["own-model"]
    assert "0.00000003" in rows["cheap"]
    assert "(no" in rows
    assert "* without the cost of 1 request to models that have no known price" in " ".join(text.split())
    by_user = usage("--by", "user", "--since", "1d")
    assert "total" in by_user
    assert max(len(line) for line in by_user.splitlines()) <= 80


def test_usage_as_json_and_of_nothing(tmp_path: Path) -> None:
    usage = Cli(tmp_path, ("usage",))
    assert "no requests" in usage()
    asyncio.run(use(tmp_path))
    found = usage.json("--by", "outcome")
    assert {line["outcome"]: line["requests"] for line in found["data"]} == {"answered": 3, "refused": 1}
    assert (found["total"]["cost_usd"], found["total"]["unpriced"]) == ("12.34560003", 1)
    assert usage.json("--user", "ben")["total"]["requests"] == 1
    assert "is not a time" in usage("--since", "a while", code=2)
