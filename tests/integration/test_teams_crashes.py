"""Teams on Postgres and SQLite, with a model on the wire: killed -9 and gone on with, each ends with the result of an
undisturbed run, and nothing is paid twice. And research with a model of bad manners, killed while it waits for it.
"""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.support.clerk import answering, clerk
from tests.support.crashing import Left, carry_out, told
from tests.support.moody import Moody
from tests.support.postgres import PostgresServer

ASKED: dict[str, tuple[str, list[tuple[str, int]]]] = {
    "content": ("A leaflet on the trams of Velmark", [("after Compose", 1), ("before the end", 1)]),
    "code": ("Sort a list of numbers", [("after Compose", 2)]),
    "support": ("What does a single ticket for a Velmark tram cost?", [("after Answer", 1)]),
    "panel": ("The trams of Velmark", [("after WriteSection", 2)]),
}
"""What each is asked, and where it is killed."""


def begun(*names: str) -> dict[str, Any]:
    return {"begin": [{"team": one, "topic": ASKED[one][0]} for one in names]}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Left]:
    """Every team's run on SQLite, in processes that nobody disturbs."""
    with clerk(0) as model:
        left, _ = carry_out(tmp_path_factory.mktemp("teams") / "whole", [begun(*ASKED)], model.url)
    return dict(zip(ASKED, left, strict=True))


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer) -> dict[str, Left]:
    """The same on Postgres, each killed once or twice."""
    steps: list[dict[str, Any]] = []
    for team, (_, points) in ASKED.items():
        steps += [begun(team) | {"die": points[0]}, *({"die": point} for point in points[1:]), {}]
    with clerk(0) as model:
        left, count = carry_out(
            tmp_path_factory.mktemp("teams") / "killed", steps, model.url, database=postgres.database()
        )
    assert count == len(ASKED) + 1
    return dict(zip(ASKED, left, strict=True))


@pytest.mark.parametrize("team", ASKED)
def test_a_team_that_is_killed_on_postgres_ends_as_one_on_sqlite_that_is_not(
    team: str, undisturbed: dict[str, Left], killed: dict[str, Left]
) -> None:
    whole, left = undisturbed[team], killed[team]
    assert (whole.run.status, left.run.status, left.run.error) == ("done", "done", "")
    assert whole.report["sections"]
    assert told(left.report) == told(whole.report)
    paid = [one for one in left.calls if one.kind != "search"]
    again = Counter((one.kind, one.output) for one in paid) - Counter((one.kind, one.output) for one in whole.calls)
    assert not again
    assert left.run.tokens == sum(one.tokens for one in paid) == whole.run.tokens
    assert left.run.cost_nano == sum(one.cost_nano or 0 for one in paid) == whole.run.cost_nano > 0
    ledger = Counter(left.ledger)
    assert [one for one in paid if ledger[one.request_id, one.tokens, one.cost_nano] != 1] == []


def test_no_team_pays_for_a_call_twice(killed: dict[str, Left]) -> None:
    paid = {one.request_id for left in killed.values() for one in left.calls}
    ledger = next(iter(killed.values())).ledger
    beside = [one for one in ledger if one[0] not in paid]
    # the panel's three views are written at once: what was under way when its process was killed is asked again
    assert len(beside) <= 2


def test_research_that_is_killed_while_it_waits_for_a_model_pays_nothing_twice(tmp_path: Path) -> None:
    moods = {"plan": ["broken"], "outline": ["torn"] * 3, "introduction": ["busy"], "judge": ["fenced"]}
    steps: list[dict[str, Any]] = [
        {"begin": True, "die": ("after PlanQuestions", 1)},  # the first reply is recorded, and was no JSON
        {"die": ("after spent", 1)},  # it broke off, which is recorded, and it was to be asked again
        {"die": ("after failed", 1)},
        {"die": ("after WriteSection", 4)},
        {},
    ]
    with answering(Moody(moods)) as model:
        (left,), count = carry_out(tmp_path / "run", steps, model.url, approve=[])
        bills = list(model.bills)
    assert count == 4
    assert left.run.status == "done"
    assert [one.data["task"] for one in left.events if one.kind == "fallback"] == ["Outline"]
    # what the run says it paid is what its calls say, and each of them stands in the ledger once
    assert left.run.tokens == sum(one.tokens for one in left.calls)
    assert left.run.cost_nano == sum(one.cost_nano or 0 for one in left.calls)
    paid = [one for one in left.calls if one.request_id]
    ledger = Counter(left.ledger)
    assert [one for one in paid if one.cost_nano and ledger[one.request_id, one.tokens, one.cost_nano] != 1] == []
    once = Counter(one.purpose for one in bills if one.purpose not in ("write", "mend"))
    assert once["plan"] == 2
    assert {one: once[one] for one in ("introduction", "conclusion")} == {"introduction": 1, "conclusion": 1}
