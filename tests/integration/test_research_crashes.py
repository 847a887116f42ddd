"""Killed -9 at every node, in the middle of parallel writing and between a paid call and the end of its node, a run
goes on in another process: it ends with the report of an undisturbed run, and nothing is paid twice.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.clerk import clerk
from tests.support.crashing import Left, carry_out, told
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
class Worked:
    """What a run left, what the model was asked meanwhile, and how many processes were killed."""

    left: Left
    prompts: list[tuple[str, str]]
    killed: int


def work(folder: Path, database: str, orchestrator: str, steps: Sequence[dict[str, Any]]) -> Worked:
    """A run of so many processes, one after the other."""
    with clerk() as model:
        (left,), killed = carry_out(folder, steps, model.url, database=database, orchestrator=orchestrator)
        return Worked(left, list(model.prompts), killed)


def steps_of_a_killed_run() -> list[dict[str, Any]]:
    """Each process goes on until it is killed at its point; those that wait for a person end by themselves."""
    steps: list[dict[str, Any]] = [{"die": point} for point in DIE] + [{}]
    steps += [{"die": DIE_WRITING[0], "decide": APPROVE}, *({"die": point} for point in DIE_WRITING[1:]), {}]
    steps += [{"die": DIE_ENDING[0], "decide": APPROVE}, *({"die": point} for point in DIE_ENDING[1:]), {}]
    steps[0]["begin"] = True
    return steps


UNDISTURBED: list[dict[str, Any]] = [{"begin": True}, {"decide": APPROVE}, {"decide": APPROVE}]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Worked:
    worked = work(tmp_path_factory.mktemp("undisturbed") / "run", "", "graph", UNDISTURBED)
    assert worked.left.run.status == "done"
    assert Counter(purpose for purpose, _ in worked.prompts) == {
        "plan": 1, "outline": 1, "write": WORKERS, "introduction": 1, "conclusion": 1, "judge": 3, "mend": 2,
    }  # fmt: skip
    return worked


def check(worked: Worked, undisturbed: Worked) -> None:
    """As if nothing had happened."""
    left, whole = worked.left, undisturbed.left
    assert worked.killed >= 12
    assert (left.run.status, left.run.worker, left.run.error) == ("done", "", "")
    assert told(left.report) == told(whole.report)
    # no prompt was answered twice, but for those under way in workers side by side when their process was killed
    again = Counter(worked.prompts) - Counter(undisturbed.prompts)
    assert set(Counter(worked.prompts)) == set(Counter(undisturbed.prompts))
    assert not [purpose for purpose, _ in again if purpose in ONCE]
    in_parallel = sum(point[0] in ("before WriteSection", "write", "after WriteSection") for point in DIE_WRITING)
    assert sum(again.values()) <= in_parallel * WORKERS
    # every call is recorded once, and counted once
    paid = [one for one in left.calls if one.kind not in ("search", "parts")]
    assert len(paid) == len(undisturbed.prompts)
    assert left.run.tokens == sum(one.tokens for one in paid) == whole.run.tokens
    assert left.run.cost_nano == sum(one.cost_nano or 0 for one in paid) == whole.run.cost_nano
    assert left.run.cost_nano > 0
    # what is recorded is in the ledger, as it was paid; what is there beyond it was paid and not recorded
    ledger = Counter(left.ledger)
    assert [one for one in paid if ledger[one.request_id, one.tokens, one.cost_nano] != 1] == []
    assert len(paid) <= len(left.ledger) <= len(worked.prompts)
    assert [one.number for one in left.events] == list(range(1, len(left.events) + 1))


def test_the_graph_on_sqlite(tmp_path: Path, undisturbed: Worked) -> None:
    check(work(tmp_path / "run", "", "graph", steps_of_a_killed_run()), undisturbed)


def test_the_graph_on_postgres(tmp_path: Path, undisturbed: Worked, postgres: PostgresServer) -> None:
    check(work(tmp_path / "run", postgres.database(), "graph", steps_of_a_killed_run()), undisturbed)


def test_the_team_on_sqlite(tmp_path: Path, undisturbed: Worked) -> None:
    check(work(tmp_path / "run", "", "team", steps_of_a_killed_run()), undisturbed)
