"""Killed -9 at every node, in the middle of parallel writing and between a paid call and the end of its node, a run
goes on in another process: it ends with the report of an undisturbed run, and nothing is paid twice.
"""

import asyncio
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from answerable.storage import research as rows
from answerable.storage.database import Database
from answerable.storage.research import CallRow, EventRow, RunRow
from answerable.storage.schema import metadata
from tests.support.clerk import clerk
from tests.support.postgres import PostgresServer

APPROVE = {"decision": "approve"}
DIE: list[tuple[str, int]] = [
    ("after PlanQuestions", 1),  # paid and recorded, and the node did not end
    ("plan", 1),
    ("search", 2),  # the others of the fan-out are at work
    ("compile_notes", 1),
    ("after Outline", 1),
    ("outline", 1),
    ("before waiting", 1),
]
DIE_WRITING: list[tuple[str, int]] = [
    ("outline_decided", 1),
    ("supply", 1),
    ("before WriteSection", 1),  # paid, and not recorded: the one call that is made again
    ("write", 2),
    ("after WriteSection", 1),
    ("frame", 1),
    ("critique", 1),
    ("judged", 1),
    ("after Revise", 1),
    ("revise", 1),
    ("critique", 1),
    ("publish", 1),
    ("before waiting", 1),  # the decision on the outline is not taken for one on the report
]
DIE_ENDING: list[tuple[str, int]] = [("report_decided", 1), ("ended", 1), ("before the end", 1)]
WORKERS = 4
ONCE = {"plan", "outline", "introduction", "conclusion", "judge", "mend"}
"""What is asked where nothing else is under way: never twice."""


@dataclass
class Left:
    """What a run left: its rows, the report, the ledger, and what the model was asked."""

    run: RunRow
    report: Any
    calls: list[CallRow]
    events: list[EventRow]
    ledger: list[tuple[str, int, int | None]]
    prompts: list[tuple[str, str]]
    killed: int


def work(
    folder: Path, database: str, orchestrator: str, steps: Sequence[dict[str, Any]], pause_s: float = 0.02
) -> Left:
    """A run of so many processes, one after the other."""
    folder.mkdir()
    with clerk(pause_s) as model:
        plan = {
            "data": str(folder / "data"), "database": database, "model_url": model.url, "orchestrator": orchestrator,
            "approve": ["outline", "report"], "steps": list(steps),
        }  # fmt: skip
        (folder / "plan.json").write_text(json.dumps(plan))
        command = [sys.executable, "-m", "tests.support.research_worker", str(folder / "plan.json")]
        ended = subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ), timeout=300)
    assert ended.returncode == 0, ended.stderr[-4_000:]
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    ends = [one for one in lines if "killed" in one]
    for one in ends:
        assert one["killed"] == ("die" in one["step"]), f"{one}\n{lines}\n{ended.stderr[-4_000:]}"
    assert "Traceback" not in ended.stderr
    url = database or f"sqlite:///{folder / 'data' / 'answerable.db'}"
    return _look(url, list(model.prompts), sum(one["killed"] for one in ends))


def _look(url: str, prompts: list[tuple[str, str]], killed: int) -> Left:
    async def read() -> Left:
        database = await Database(url).open()
        try:
            async with database.read() as connection:
                runs = metadata.tables["research_runs"]
                run = RunRow(*(await connection.execute(select(runs))).one())
                requests, attempts = metadata.tables["requests"], metadata.tables["attempts"]
                query = select(
                    attempts.c.request_id, attempts.c.prompt_tokens + attempts.c.completion_tokens, attempts.c.cost_nano
                )
                query = query.join(requests, requests.c.id == attempts.c.request_id).where(
                    requests.c.endpoint == "POST /v1/research"
                )
                ledger = [tuple(row) for row in await connection.execute(query)]
                report = await rows.find_artifacts(connection, run.id, [run.report or ""])
                calls = await rows.list_calls(connection, run.id)
                events = await rows.list_events(connection, run.id)
        finally:
            await database.close()
        return Left(run, json.loads(report[run.report or ""]), calls, events, ledger, prompts, killed)

    return asyncio.run(read())


def steps_of_a_killed_run() -> list[dict[str, Any]]:
    """Each process goes on until it is killed at its point; those that wait for a person end by themselves."""
    steps: list[dict[str, Any]] = [{"die": point} for point in DIE] + [{}]
    steps += [{"die": DIE_WRITING[0], "decide": APPROVE}, *({"die": point} for point in DIE_WRITING[1:]), {}]
    steps += [{"die": DIE_ENDING[0], "decide": APPROVE}, *({"die": point} for point in DIE_ENDING[1:]), {}]
    steps[0]["begin"] = True
    return steps


UNDISTURBED: list[dict[str, Any]] = [{"begin": True}, {"decide": APPROVE}, {"decide": APPROVE}]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Left:
    left = work(tmp_path_factory.mktemp("undisturbed") / "run", "", "graph", UNDISTURBED)
    assert left.run.status == "done"
    assert Counter(purpose for purpose, _ in left.prompts) == {
        "plan": 1, "outline": 1, "write": WORKERS, "introduction": 1, "conclusion": 1, "judge": 3, "mend": 2,
    }  # fmt: skip
    return left


def check(left: Left, undisturbed: Left) -> None:
    """As if nothing had happened."""
    assert left.killed >= 12
    assert (left.run.status, left.run.worker, left.run.error) == ("done", "", "")
    assert _told(left.report) == _told(undisturbed.report)
    # no prompt was answered twice, but for those under way in workers side by side when their process was killed
    again = Counter(left.prompts) - Counter(undisturbed.prompts)
    assert set(Counter(left.prompts)) == set(Counter(undisturbed.prompts))
    assert not [purpose for purpose, _ in again if purpose in ONCE]
    in_parallel = sum(point[0] in ("before WriteSection", "write", "after WriteSection") for point in DIE_WRITING)
    assert sum(again.values()) <= in_parallel * WORKERS
    # every call is recorded once, and counted once
    paid = [one for one in left.calls if one.kind != "search"]
    assert len(paid) == len(undisturbed.prompts)
    assert left.run.tokens == sum(one.tokens for one in paid) == undisturbed.run.tokens
    assert left.run.cost_nano == sum(one.cost_nano or 0 for one in paid) == undisturbed.run.cost_nano
    assert left.run.cost_nano > 0
    # what is recorded is in the ledger, as it was paid; what is there beyond it was paid and not recorded
    ledger = Counter(left.ledger)
    assert [one for one in paid if ledger[one.request_id, one.tokens, one.cost_nano] != 1] == []
    assert len(paid) <= len(left.ledger) <= len(left.prompts)
    assert [one.number for one in left.events] == list(range(1, len(left.events) + 1))


def _told(value: Any) -> Any:
    """A report without the ids of its evidence: they hold the moment at which the corpus was read."""
    if isinstance(value, dict):
        return {key: _told(one) for key, one in value.items() if key != "evidence"}
    return [_told(one) for one in value] if isinstance(value, list) else value


def test_the_graph_on_sqlite(tmp_path: Path, undisturbed: Left) -> None:
    check(work(tmp_path / "run", "", "graph", steps_of_a_killed_run()), undisturbed)


def test_the_graph_on_postgres(tmp_path: Path, undisturbed: Left, postgres: PostgresServer) -> None:
    check(work(tmp_path / "run", postgres.database(), "graph", steps_of_a_killed_run()), undisturbed)


def test_the_team_on_sqlite(tmp_path: Path, undisturbed: Left) -> None:
    check(work(tmp_path / "run", "", "team", steps_of_a_killed_run()), undisturbed)
