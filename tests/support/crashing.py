"""Runs of research and of teams in processes that are killed, and what they left behind."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from answerable.storage import research as rows
from answerable.storage.database import Database
from answerable.storage.research import CallRow, EventRow, RunRow
from answerable.storage.schema import metadata


@dataclass
class Left:
    """What a run left: its rows, the report, and what models were paid in its database (request, tokens, nano-dollars),
    those of other runs too.
    """

    run: RunRow
    report: Any
    calls: list[CallRow]
    events: list[EventRow]
    ledger: list[tuple[str, int, int | None]]


def carry_out(folder: Path, steps: Sequence[dict[str, Any]], model_url: str, **plan: Any) -> tuple[list[Left], int]:
    """Processes one after the other (`research_worker.py`): what each run left, oldest first, and how many of them were
    killed. Each step that is to die must, and no other.
    """
    folder.mkdir()
    usual = {"database": "", "orchestrator": "graph", "approve": ["outline", "report"]}
    whole = usual | plan | {"data": str(folder / "data"), "model_url": model_url, "steps": list(steps)}
    (folder / "plan.json").write_text(json.dumps(whole))
    command = [sys.executable, "-m", "tests.support.research_worker", str(folder / "plan.json")]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ), timeout=900)
    assert ended.returncode == 0, ended.stderr[-4_000:]
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    ends = [one for one in lines if "killed" in one]
    for one in ends:
        assert one["killed"] == ("die" in one["step"]), f"{one}\n{lines}\n{ended.stderr[-4_000:]}"
    assert "Traceback" not in ended.stderr
    return _look(whole["database"] or f"sqlite:///{folder / 'data' / 'answerable.db'}"), sum(
        one["killed"] for one in ends
    )


def told(value: Any) -> Any:
    """A report without the ids of its evidence, which hold the moment at which the corpus was read, and without its
    dates: a day may end between two runs.
    """
    if isinstance(value, dict):
        return {key: told(one) for key, one in value.items() if key not in ("evidence", "date")}
    return [told(one) for one in value] if isinstance(value, list) else value


def _look(url: str) -> list[Left]:
    async def read() -> list[Left]:
        database = await Database(url).open()
        try:
            async with database.read() as connection:
                runs = metadata.tables["research_runs"]
                requests, attempts = metadata.tables["requests"], metadata.tables["attempts"]
                query = select(
                    attempts.c.request_id, attempts.c.prompt_tokens + attempts.c.completion_tokens, attempts.c.cost_nano
                )
                query = query.join(requests, requests.c.id == attempts.c.request_id).where(
                    requests.c.endpoint == "POST /v1/research"
                )
                ledger = [tuple(row) for row in await connection.execute(query)]
                found = []
                for row in await connection.execute(select(runs).order_by(runs.c.created_at)):
                    run = RunRow(*row)
                    report = await rows.find_artifacts(connection, run.id, [run.report or ""])
                    calls = await rows.list_calls(connection, run.id)
                    events = await rows.list_events(connection, run.id)
                    found.append(Left(run, json.loads(report[run.report or ""]), calls, events, ledger))
        finally:
            await database.close()
        return found

    return asyncio.run(read())
