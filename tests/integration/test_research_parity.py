"""The graph and the team make the same of a topic: the same report, decisions, calls and spending."""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from answerable.agents.desk import Desk
from answerable.agents.drafts import Draft
from answerable.agents.roles import writer as writing
from answerable.agents.state import Budget, Orchestrator
from answerable.agents.state import Settings as Wish
from answerable.agents.team import MOST_ROUNDS
from answerable.core.errors import SetupError
from answerable.core.identity import OWNER
from answerable.core.research_tasks import MOST_WRITTEN
from answerable.flows import research, research_work
from answerable.flows.platform import Platform
from answerable.flows.research import Decision
from answerable.storage import research as rows
from tests.support.trams import TOPIC, Ran, carry_out, look, trams

APPROVE, REJECT = Decision("approve"), Decision("reject")
EDIT = Decision(
    "edit",
    outline={"title": "Trams", "sections": [{"id": "s2", "heading": "First"}, {"heading": "How safe are the trams?"}]},
)
BOTH = Wish(questions=4, approve=("outline", "report"))


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Platform]:
    async with trams(tmp_path_factory.mktemp("trams")) as p:
        yield p


async def both(p: Platform, wish: Wish, *decisions: Decision) -> Ran:
    """The run of the team, after it was found to be that of the graph."""
    graph = await carry_out(p, replace(wish, orchestrator="graph"), *decisions)
    team = await carry_out(p, replace(wish, orchestrator="team"), *decisions)
    if team.report.get("date") != graph.report.get("date"):  # a day ended in between
        graph = await carry_out(p, replace(wish, orchestrator="graph"), *decisions)
    assert team.report == graph.report
    assert team.told == graph.told
    assert team.asked == graph.asked
    assert team.waits == graph.waits
    same = ("status", "title", "report", "tokens", "cost_nano", "error", "waiting_for", "decision", "stage")
    assert [getattr(team.row, name) for name in same] == [getattr(graph.row, name) for name in same]
    assert graph.row.settings["orchestrator"] == "graph"
    assert team.row.settings["orchestrator"] == "team"
    return team


async def test_a_report_without_a_model(shared: Platform) -> None:
    found = await both(shared, Wish(questions=4))
    assert found.row.status == "done"
    assert len(found.report["sections"]) >= 4
    assert len(found.report["references"]) >= 4
    assert [one.agent for one in found.of_kind("planned", "compiled", "outlined", "judged", "published")] == [
        "researcher", "researcher", "analyst", "critic", "editor",
    ]  # fmt: skip


async def test_an_outline_that_a_person_edits(shared: Platform) -> None:
    found = await both(shared, BOTH, EDIT, APPROVE)
    assert found.waits == ["outline", "report"]
    headings = [one["heading"] for one in found.report["sections"] if one["level"] == 1]
    assert [one for one in headings if one not in ("Introduction", "Conclusion")] == [
        "First",
        "How safe are the trams?",
    ]


async def test_an_outline_that_is_made_again_and_then_rejected(shared: Platform) -> None:
    found = await both(shared, BOTH, Decision("reject", "more about fares"), REJECT)
    assert found.row.status == "cancelled"
    assert len(found.of_kind("outlined")) == 2
    assert not found.of_kind("wrote")


async def test_a_report_that_a_person_rejects_with_a_note(shared: Platform) -> None:
    found = await both(shared, BOTH, APPROVE, Decision("reject", "say less about history", sections=("s1",)), APPROVE)
    assert found.waits == ["outline", "report", "report"]
    assert [one.data["section"] for one in found.of_kind("revised")] == ["s1"]
    assert len(found.of_kind("published")) == 2
    assert found.row.status == "done"


async def test_a_report_that_a_person_rejects(shared: Platform) -> None:
    found = await both(shared, BOTH, APPROVE, REJECT)
    assert found.row.status == "cancelled"
    assert found.row.report is not None


async def test_a_budget_that_is_spent_before_the_first_question(shared: Platform) -> None:
    found = await both(shared, Wish(questions=4, budget=Budget(tokens=10), approve=("outline",)))
    assert found.waits == []
    assert [one.data["limit"] for one in found.of_kind("budget_spent")] == ["tokens"]
    assert found.report["sections"] == []
    assert found.row.status == "done"


async def test_a_budget_that_no_section_fits_into(shared: Platform) -> None:
    whole = await carry_out(shared, Wish(questions=4))
    planned = sum(one.tokens for one in whole.calls if one.kind in ("PlanQuestions", "Outline"))
    found = await both(shared, Wish(questions=4, budget=Budget(tokens=planned + MOST_WRITTEN)))
    assert {one["missing"] for one in found.report["sections"]} == {
        "This section was not written: the budget of tokens was spent before."
    }
    assert found.row.tokens == planned


async def test_a_budget_that_ends_once_the_section_is_written(shared: Platform) -> None:
    wish = Wish(questions=4, sections=1)
    whole = await carry_out(shared, wish)
    costs = {one.key: one.tokens for one in whole.calls}
    tasks = [one.data["task"] for one in whole.of_kind("asked")]
    with_the_section = sum(
        costs[one.data["input"]] for one in whole.of_kind("asked")[: tasks.index("WriteSection") + 1]
    )
    found = await both(shared, replace(wish, budget=Budget(tokens=with_the_section + MOST_WRITTEN)))
    assert [(one.agent, one.data["limit"]) for one in found.of_kind("budget_spent")] == [("writer", "tokens")]
    assert found.row.tokens == with_the_section
    assert {one["id"].partition(".")[0] for one in found.report["sections"]} == {"s1"}
    assert found.report["sections"][0]["missing"] == ""


async def test_revisions_until_there_are_no_more(shared: Platform) -> None:
    found = await both(shared, Wish(questions=4, model="strict"))
    assert [one.data["verdict"] for one in found.of_kind("decided")] == ["revise", "revise", "publish"]
    assert "2 revisions were made" in found.of_kind("decided")[-1].text


async def test_the_longest_run_ends_within_the_rounds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rounds: Callable[[], int]
) -> None:
    again, less = (
        Decision("reject", "otherwise"),
        [Decision("reject", "shorter", sections=(f"s{at}",)) for at in (1, 2, 3)],
    )
    async with trams(tmp_path, marks=(5, 5, 5, 6, 6.5, 7), calm=3) as p:
        found = await both(p, replace(BOTH, model="strict"), again, again, APPROVE, *less, REJECT)
    verdicts = [one.data["verdict"] for one in found.of_kind("decided")]
    assert verdicts == ["publish", "publish", "publish", "revise", "revise", "publish"]
    assert found.row.status == "cancelled"
    assert rounds() == MOST_ROUNDS - 1


@pytest.mark.parametrize("orchestrator", ["graph", "team"])
async def test_a_run_is_cancelled_while_an_agent_waits_for_a_model(
    shared: Platform, monkeypatch: pytest.MonkeyPatch, orchestrator: Orchestrator
) -> None:
    asked = asyncio.Event()

    async def never(*_args: object, **_more: object) -> None:
        asked.set()
        await asyncio.Event().wait()

    with monkeypatch.context() as patch:
        patch.setattr(shared.fallback, "run", never)
        run = (await research.begin(TOPIC, Wish(questions=4, orchestrator=orchestrator), OWNER, shared)).id
        await asyncio.wait_for(asked.wait(), 120)
        row = await research.cancel(run, OWNER, shared)
    assert (row.status, row.report) == ("cancelled", None)
    assert not shared.research.live
    assert await _places(shared, run) == 0


@pytest.mark.parametrize("orchestrator", ["graph", "team"])
async def test_a_run_that_is_stopped_in_the_middle_of_writing_goes_on(
    shared: Platform, monkeypatch: pytest.MonkeyPatch, orchestrator: Orchestrator
) -> None:
    wish = Wish(questions=4, orchestrator=orchestrator)
    whole, write = await carry_out(shared, wish), writing.through_the_gate
    sections, reached = len(whole.of_kind("outlined")[0].data["sections"]), asyncio.Event()

    async def stalled(desk: Desk, draft: Draft, *rest: Any) -> Draft:
        if draft.id == "s2":
            reached.set()
            await asyncio.Event().wait()
        return await write(desk, draft, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(writing, "through_the_gate", stalled)
        run = (await research.begin(TOPIC, wish, OWNER, shared)).id
        async with asyncio.timeout(240):
            await reached.wait()  # else its model may still be asked: what that took is counted, and asked for again
            while await _kept_units(shared, run) < sections - 1:  # noqa: ASYNC110 - only the database says so
                await asyncio.sleep(0.02)
        await shared.research.stop(run)
    assert (await research.get_run(run, OWNER, shared)).worker == ""
    research_work.go_on(run, shared)
    await shared.research.wait(run)
    found = await look(shared, await research.get_run(run, OWNER, shared))
    assert {**found.report, "date": ""} == {**whole.report, "date": ""}  # a day may end in between
    assert found.asked == whole.asked
    assert set(Counter(one.data["section"] for one in found.of_kind("wrote")).values()) == {1}
    assert await _places(shared, run) == 0


async def test_a_team_without_its_package_says_how_to_get_it(shared: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "autogen_agentchat", None)
    monkeypatch.setitem(sys.modules, "autogen_agentchat.agents", None)
    monkeypatch.delitem(sys.modules, "answerable.agents.team")
    monkeypatch.setattr(shared.research, "_conductors", {})
    with pytest.raises(SetupError, match=r"pip install 'answerable\[autogen\]'"):
        await research.begin(TOPIC, Wish(orchestrator="team"), OWNER, shared)


async def _kept_units(p: Platform, run: str) -> int:
    """Sections that are written and kept, while others are written."""
    async with p.database.read() as connection:
        place = await rows.find_place(connection, run)
    if place is not None:
        return sum("sections" in one for one in json.loads(place[0])["units"].values())
    thread = {"configurable": {"thread_id": run, "checkpoint_ns": ""}}
    found = await (await p.research.checkpoints.saver()).aget_tuple(thread)  # type: ignore[arg-type]
    return sum(name == "sections" for _, name, _ in (found.pending_writes or ())) if found else 0


async def _places(p: Platform, run: str) -> int:
    """Checkpoints and places that are kept of a run."""
    saver = await p.research.checkpoints.saver()
    async with p.database.read() as connection:
        place = await rows.find_place(connection, run)
    return sum([1 async for _ in saver.alist({"configurable": {"thread_id": run}})]) + (place is not None)


@pytest.fixture
def rounds(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """The most rounds that a team needed."""
    from answerable.agents.team import _SEATS, Table

    most, end_turn = [0], Table.end_turn

    async def counted(table: Table, chat: object) -> None:
        await end_turn(table, chat)  # type: ignore[arg-type]
        most[0] = max(most[0], -(-table.turns // len(_SEATS)))

    monkeypatch.setattr(Table, "end_turn", counted)
    return lambda: most[0]
