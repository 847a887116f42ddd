"""The ledger of three real processes on one data folder: every request once, every cost exact, also after kill -9."""

import json
import os
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path

from sqlalchemy import Integer, cast, func, select

from answerable.core.money import from_nano
from answerable.gateway.ledger import Config, Ledger
from answerable.storage.database import Database
from answerable.storage.schema import attempts, requests

ROOT = Path(__file__).parents[2]


def worker(folder: Path, url: str, *arguments: str) -> "subprocess.Popen[str]":
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(("src", *filter(None, sys.path)))}
    command = [sys.executable, "-m", "tests.support.ledger_worker", str(folder), url, *arguments]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


async def test_ten_thousand_mixed_requests_are_ten_thousand_rows_with_their_exact_cost(
    tmp_path: Path, database_url: str, database: Database
) -> None:
    workers = [
        worker(tmp_path, database_url, "run", str(seed), str(count))
        for seed, count in ((1, 3_334), (2, 3_333), (3, 3_333))
    ]
    said = [json.loads(one.communicate(timeout=600)[0]) for one in workers]
    async with database.read() as connection:
        query = select(requests.c.outcome, func.count()).group_by(requests.c.outcome)
        outcomes = {row[0]: row[1] for row in await connection.execute(query)}
        tokens = attempts.c.prompt_tokens + attempts.c.completion_tokens
        sums = select(attempts.c.model, func.count(), func.sum(tokens), func.sum(attempts.c.cost_nano))
        by_model = (await connection.execute(sums.group_by(attempts.c.model))).all()
        totals = select(func.sum(requests.c.cost_nano), func.sum(cast(requests.c.unpriced, Integer))).select_from(
            requests
        )
        cost_nano, unpriced = (await connection.execute(totals)).one()
    assert outcomes == sum((Counter(one["outcomes"]) for one in said), Counter())
    assert sum(outcomes.values()) == 10_000
    assert sum(count for _, count, _, _ in by_model) == sum(one["attempts"] for one in said)
    assert unpriced == sum(one["unpriced"] for one in said)
    for model, count, used, nano in by_model:
        true = sum(Decimal(one["cost"][model]) for one in said)
        assert used == sum(one["tokens"][model] for one in said)
        if model == "unpriced":
            assert nano is None
        else:
            assert abs(from_nano(nano) - true) <= count * Decimal("0.0000000005")
    true = sum(Decimal(usd) for one in said for usd in one["cost"].values())
    assert abs(from_nano(cost_nano) / true - 1) < Decimal("1e-6")


async def test_a_killed_worker_loses_no_request_older_than_a_second(
    tmp_path: Path, database_url: str, database: Database
) -> None:
    dying = worker(tmp_path, database_url, "hang", "1", "20")
    assert dying.stdout is not None
    assert dying.stdout.readline() == "traced\n"
    alive = await Ledger(Config(), database, tmp_path / "ledger").start()
    assert await outcomes_of(database) == {"running": 20, "answered": 1}
    dying.kill()
    dying.communicate()
    assert await alive.recover() == 20
    assert await outcomes_of(database) == {"lost": 20, "answered": 1}
    await alive.close()


async def outcomes_of(database: Database) -> dict[str, int]:
    async with database.read() as connection:
        return dict(Counter((await connection.execute(select(requests.c.outcome))).scalars()))
