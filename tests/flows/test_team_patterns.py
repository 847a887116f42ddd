"""Teams whose members work at the same time, teams that a person looks at, and teams that may not do what is asked."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from answerable.agents.state import Budget, Settings
from answerable.agents.teams.team import Bounds, HandOver, Role, Team
from answerable.core.errors import InvalidRequest, NotFound, ProviderDown, SetupError
from answerable.core.identity import OWNER
from answerable.core.research_tasks import Compose
from answerable.core.usage import Usage
from answerable.flows import research, teams
from answerable.flows import research_reading as reading
from answerable.flows.platform import Platform
from answerable.flows.research import Decision
from answerable.providers.scripted import Reply
from tests.support.lamp_teams import RESET, SHELF, add, kinds, score, sentences, work, written
from tests.support.shelf import ended, talking

__all__ = ["SHELF"]


# --- broadcast and manager --------------------------------------------------------------------------------------------


async def test_a_panel_looks_at_one_question_from_several_sides_and_says_nothing_twice(p: Platform) -> None:
    _, report, events = await work("panel", "The battery of the Lumo lamp", p)
    assert [one.heading for one in report.sections if one.level == 1][:3] == [
        "What it is good for",
        "How it works and what it needs",
        "Limits and problems",
    ]
    texts = [one["text"] for one in sentences(report)]
    assert len(texts) == len(set(texts)) >= 3
    assert all(one["spans"] for one in sentences(report))
    assert {agent for agent, _ in kinds(events, "wrote")} == {"advocate", "engineer", "sceptic", "chair"}


def role(name: str, task: Any, **more: Any) -> Role:
    return Role(name, task, f"You are the {name}.", **more)


BOUNDS = Bounds(100_000, Decimal(1), 60)
MANAGED = Team(
    "Managed",
    "for tests",
    "manager",
    BOUNDS,
    (role("lead", "plan", questions=3), role("ann", "write"), role("bob", "write"), role("editor", "write")),
    manager="lead",
    workers=("ann", "bob"),
    combiner="editor",
)


async def test_a_manager_assigns_to_workers_in_turn_and_their_work_is_combined(p: Platform) -> None:
    add(p, "managed", MANAGED)
    questions = ["How is the Lumo lamp reset?", "How long does the battery last?", "What does the battery cost?"]
    p, model = talking(
        p,
        PlanQuestions=json.dumps(questions),
        WriteSection=lambda task: f"{task.passages[0].text.split('. ')[0].splitlines()[-1]} [1].",
    )
    _, report, events = await work("managed", "All about the Lumo lamp", p)
    assert [one.heading for one in report.sections][:3] == questions
    done = sorted((event.agent, event.text) for event in events if event.kind == "wrote" and event.agent != "editor")
    assert done == [("ann", questions[0]), ("ann", questions[2]), ("bob", questions[1])]
    combined = [task for task in model.tasks if getattr(task, "kind", "") == "conclusion"]
    assert len(combined) == 1
    assert len(combined[0].said) >= 2  # type: ignore[union-attr]


async def test_a_manager_without_a_model_does_the_same_by_algorithm(p: Platform) -> None:
    add(p, "managed", MANAGED)
    _, report, events = await work("managed", "Reset and battery of the Lumo lamp", p)
    assert all(one["spans"] for one in sentences(report))
    assert {"nine seconds", "eleven hours"} <= {
        word for word in ("nine seconds", "eleven hours") if any(word in one["text"] for one in sentences(report))
    }
    assert any(agent == "ann" for agent, _ in kinds(events, "wrote"))


BRAINSTORM = Team(
    "Brainstorm",
    "for tests",
    "broadcast",
    BOUNDS,
    (role("red", "compose"), role("blue", "compose"), role("host", "compose")),
    workers=("red", "blue"),
    combiner="host",
)


async def test_a_broadcast_gives_all_the_same_and_one_combines_what_they_say(p: Platform) -> None:
    add(p, "brainstorm", BRAINSTORM)
    p, model = talking(
        p, Compose=lambda task: f"{task.role} heard {[text for _, text in task.inputs]}" if task.inputs else task.role
    )
    _, report, _ = await work("brainstorm", "Name the lamp", p)
    (said,) = [one["text"] for one in sentences(report)][-1:]
    assert "You are the red." in said or len(sentences(report)) > 1
    host = [one for one in model.tasks if isinstance(one, Compose)][-1]
    assert host.inputs == (("red", "You are the red."), ("blue", "You are the blue."))
    assert [one.request for one in model.tasks if isinstance(one, Compose)] == ["Name the lamp"] * 3


async def test_a_worker_that_fails_does_not_take_the_others_down(p: Platform) -> None:
    add(p, "brainstorm", BRAINSTORM)

    def said(task: Compose) -> Reply | str:
        return Reply(error=ProviderDown("it is down")) if "red" in task.role else f"All heard: {len(task.inputs)}."

    p, _ = talking(p, Compose=said)
    _, report, _ = await work("brainstorm", "Name the lamp", p)
    assert [one["text"] for one in sentences(report)] == ["All heard: 1."]
    assert any("could not be done" in note for note in report.notes)


async def test_a_budget_in_a_fan_out_publishes_what_the_workers_made(p: Platform) -> None:
    add(p, "managed", MANAGED)
    quoted = Reply("The battery of the Lumo lamp lasts eleven hours at full brightness [1].", usage=Usage(2_000, 2_000))
    questions = [f"How long does the battery of the Lumo lamp last{end}" for end in ("?", " in full light?", " now?")]
    p, _ = talking(p, PlanQuestions=json.dumps(questions), WriteSection=quoted)
    _, report, events = await work("managed", "The battery of the Lumo lamp", p, budget=Budget(tokens=8_000))
    assert any("budget of tokens" in note for note in report.notes)
    assert {agent for agent, _ in kinds(events, "wrote")} <= {"ann", "bob"}
    assert 1 <= len(report.sections) < 3


# --- a person decides, and what may not be asked ----------------------------------------------------------------------


async def test_a_person_sends_the_result_back_with_a_note_and_takes_the_next_one(p: Platform) -> None:
    p, model = talking(
        p, PlanQuestions='["How long does the battery last?"]', Compose=written, Assess=[score(9), score(8)]
    )
    settings = replace(teams.on_terms("content", p, approve=True), collections=("lamps",))
    row, _ = await ended(await research.begin("The battery of the Lumo lamp", settings, OWNER, p), p)
    assert (row.status, row.waiting_for) == ("waiting", "report")
    assert (await reading.get_report(row, p)).title == "A lamp that lasts"
    row, _ = await ended(await research.decide(row.id, Decision("reject", "less poetry"), OWNER, p), p)
    assert (row.status, row.waiting_for) == ("waiting", "report")
    assert (await reading.get_report(row, p)).title == "Better"
    assert [one.issues[0].problem for one in model.tasks if isinstance(one, Compose) and one.issues] == ["less poetry"]
    row, _ = await ended(await research.decide(row.id, Decision("approve"), OWNER, p), p)
    assert row.status == "done"


async def test_a_person_who_rejects_without_a_note_ends_it(p: Platform) -> None:
    settings = replace(teams.on_terms("support", p, approve=True), collections=("lamps",))
    row, _ = await ended(await research.begin(RESET, settings, OWNER, p), p)
    assert row.status == "waiting"
    row, _ = await ended(await research.decide(row.id, Decision("reject"), OWNER, p), p)
    assert row.status == "cancelled"


async def test_a_team_that_asks_for_approval_gets_it_whatever_the_request_says(p: Platform) -> None:
    add(p, "careful", replace(p.research.teams["support"], approve=("result",)))
    wanted = Settings(team="careful", collections=("lamps",))
    row, _ = await ended(await research.begin(RESET, wanted, OWNER, p), p)
    assert (row.status, row.waiting_for) == ("waiting", "report")


async def test_what_a_team_cannot_do_is_said_at_once(p: Platform) -> None:
    with pytest.raises(NotFound, match="no team 'sales'; teams: code, content"):
        await research.begin(RESET, Settings(team="sales"), OWNER, p)
    with pytest.raises(InvalidRequest, match="no outline"):
        await research.begin(RESET, Settings(team="support", approve=("outline",)), OWNER, p)
    with pytest.raises(InvalidRequest, match="graph engine"):
        await research.begin(RESET, Settings(team="support", orchestrator="team"), OWNER, p)
    assert await research.list_runs(OWNER, p) == []


async def test_a_run_whose_team_file_changed_is_not_gone_on_with(p: Platform) -> None:
    settings = replace(teams.on_terms("support", p, approve=True), collections=("lamps",))
    row, _ = await ended(await research.begin(RESET, settings, OWNER, p), p)
    support = p.research.teams["support"]
    add(p, "support", replace(support, title="Other"))
    row, _ = await ended(await research.decide(row.id, Decision("approve"), OWNER, p), p)
    assert row.status == "failed"
    assert "file" in row.error
    p.research.teams = {}
    await research.delete_run(row.id, OWNER, p)
    with pytest.raises(NotFound):
        await research.get_run(row.id, OWNER, p)


def test_a_sensitive_tool_refuses_to_start(p: Platform) -> None:
    content = p.research.teams["content"]
    roles = tuple(replace(one, tools=("fetch_url",)) if one.task == "compose" else one for one in content.roles)
    with pytest.raises(SetupError, match=r"teams/content.toml.*fetch_url.*sensitive"):
        teams.check_tools({"content": replace(content, roles=roles)}, p.toolbox)


async def test_what_waits_in_a_checkpoint_is_small(p: Platform) -> None:
    settings = replace(teams.on_terms("panel", p, approve=True), collections=("lamps",))
    row, _ = await ended(await research.begin("The battery of the Lumo lamp", settings, OWNER, p), p)
    assert 0 < await p.research.checkpoints.size_bytes(row.id) < 50_000


def test_teams_are_listed_with_what_they_need(p: Platform) -> None:
    shown = {one.name: one for one in teams.list_teams(p)}
    assert set(shown) == {"code", "content", "panel", "support"}
    assert [name for name, one in shown.items() if one.needs_model] == ["code"]
    assert shown["support"].roles == (("triage", "assess"), ("answerer", "answer"), ("quality", "assess"))
    assert HandOver(unanswered=True) == p.research.teams["support"].role("answerer").hand_over
