"""Other teams at work: each pattern on the real stack, with the engine, and with scripted models."""

import ast
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from answerable.agents import teams as teams_package
from answerable.agents.desk import Desk
from answerable.agents.state import Budget
from answerable.core.errors import ModelNeeded, ProviderDown, StorageDown
from answerable.core.identity import OWNER
from answerable.core.messages import ToolCall
from answerable.core.report import Listing, Report
from answerable.core.report_json import report_to_json
from answerable.core.research_tasks import Assess, Compose
from answerable.flows import research, review, teams
from answerable.flows import research_reading as reading
from answerable.flows import research_work as carrying
from answerable.flows.platform import Platform
from answerable.providers.scripted import Reply
from tests.support.lamp_teams import PAPERS, RESET, SHELF, TEXT, kinds, queue, score, sentences, work, written
from tests.support.shelf import ended, talking

__all__ = ["SHELF"]


# --- sequence: customer support ---------------------------------------------------------------------------------------


async def test_support_answers_from_the_documents_with_places_that_say_it(p: Platform) -> None:
    row, report, events = await work("support", RESET, p)
    assert any("nine seconds" in one["text"] for one in sentences(report))
    assert all(one["spans"] for one in sentences(report))
    texts = {paper.source: paper.text for paper in PAPERS}
    addresses = {one.number: one.address for one in report.references}
    for one in sentences(report):
        for span in one["spans"]:
            assert span["quote"] in texts[addresses[span["number"]]]
    assert kinds(events, "judged", "wrote") == [("triage", "judged"), ("answerer", "wrote"), ("quality", "judged")]
    assert (row.title, report.extra) == (RESET, {"team": "support"})
    assert await queue(p) == []


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        ("I want to speak to a person about the Lumo lamp", "speak to a person"),
        ("Who won the football world cup in 1998?", "do not answer"),
    ],
)
async def test_what_should_not_be_answered_goes_to_a_person_with_the_reason(
    p: Platform, request_: str, reason: str
) -> None:
    row, report, events = await work("support", request_, p)
    (item,) = await queue(p, "open")
    assert (item.question, item.request_id, item.status) == (request_, row.id, "open")
    assert reason in item.comment
    assert reason in report.sections[0].missing
    assert not sentences(report)
    assert kinds(events, "escalated", "published") == [("person", "escalated"), ("publisher", "published")]


async def test_an_answer_below_the_mark_is_kept_for_the_person_and_not_given_out(p: Platform) -> None:
    p, _ = talking(
        p,
        Assess=[score(9), score(3, "It answers another question")],
        Answer="To reset the Lumo lamp, hold the brass button for nine seconds [1].",
    )
    _, report, _ = await work("support", RESET, p)
    (item,) = await queue(p)
    assert "nine seconds" in item.answer
    assert "3.0 of 10 is below 6: It answers another question" in item.comment
    assert not sentences(report)


async def test_a_crash_after_the_escalation_leaves_it_in_the_queue_once_as_it_was_settled(
    p: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = Desk.note

    async def crash(self: Desk, kind: str, text: str, **data: Any) -> None:
        if kind == "escalated":
            raise StorageDown("it is gone")
        await note(self, kind, text, **data)

    monkeypatch.setattr(Desk, "note", crash)
    wanted = replace(teams.on_terms("support", p), collections=("lamps",))
    row = await research.begin("My lawyer will call about the lamp", wanted, OWNER, p)
    await p.research.wait(row.id)
    (item,) = await queue(p)
    assert (await research.get_run(row.id, OWNER, p)).status == "running"
    await review.settle_item(item.id, "done", "called back", OWNER, p.database)
    monkeypatch.setattr(Desk, "note", note)
    carrying.go_on(row.id, p)
    row, _ = await ended(row, p)
    assert row.status == "done"
    (after,) = await queue(p)
    assert (after.id, after.status, after.note) == (item.id, "done", "called back")
    await research.delete_run(row.id, OWNER, p)
    assert await queue(p) == []


async def test_a_replay_escalates_nothing_and_asks_nobody(p: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    row, first, _ = await work("support", "Who won the football world cup in 1998?", p)
    (item,) = await queue(p)

    async def nobody(*_args: object, **_more: object) -> None:
        raise AssertionError("a replay asks nobody")

    monkeypatch.setattr(p.retriever, "search", nobody)
    monkeypatch.setattr(p.fallback, "run", nobody)
    monkeypatch.setattr(review, "escalate", nobody)
    _, again, events = await work("support", "Who won the football world cup in 1998?", p, replay_of=row.id)
    assert report_to_json(again) == report_to_json(first)
    assert [one.id for one in await queue(p)] == [item.id]
    assert not [event for event in events if event.kind == "asked"]


# --- loop: content ----------------------------------------------------------------------------------------------------


async def test_content_without_a_model_is_quoted_whole(p: Platform) -> None:
    _, report, events = await work("content", "The battery of the Lumo lamp, for buyers", p)
    assert any("eleven hours" in one["text"] for one in sentences(report))
    assert all(one["kind"] == "fact" and one["spans"] for one in sentences(report))
    assert report.notes[0].startswith("No language model took part")
    order = kinds(events, "planned", "compiled", "wrote", "judged", "published")
    assert [agent for agent, _ in order[:4]] == ["strategist", "researcher", "writer", "critic"]
    again, same, _ = await work("content", "The battery of the Lumo lamp, for buyers", p)
    assert report_to_json(same) == report_to_json(report)
    assert again.tokens


async def test_free_text_is_the_authors_own_where_no_source_says_it_and_a_false_citation_is_cut(p: Platform) -> None:
    p, model = talking(p, PlanQuestions='["How long does the battery last?"]', Compose=written, Assess=score(9))
    _, report, _ = await work("content", "The battery of the Lumo lamp, for buyers", p)
    assert report.title == "A lamp that lasts"
    found = {one["text"]: (one["kind"], bool(one["spans"])) for one in sentences(report)}
    assert found == {
        "Imagine an evening without a plug.": ("synthesis", False),
        "The battery of the Lumo lamp lasts eleven hours at full brightness.": ("fact", True),
        "Charging takes patience.": ("synthesis", False),
    }
    assert [one.heading for one in report.sections] == ["A lamp that lasts", "Charging"]
    assert any("2 of 3 sentences are the author's own" in note for note in report.notes)
    assert any("1 written sentence was cut" in note for note in report.notes)
    task = next(one for one in model.tasks if isinstance(one, Compose))
    assert task.inputs == (("strategist", "1. How long does the battery last?"),)


async def test_the_loop_goes_round_until_the_score_passes_and_hands_the_issues_on(p: Platform) -> None:
    p, model = talking(
        p,
        PlanQuestions='["How long does the battery last?"]',
        Compose=written,
        Assess=[score(5, "It boasts"), score(9)],
    )
    _, report, events = await work("content", "The battery of the Lumo lamp, for buyers", p)
    assert report.title == "Better"
    texts = [event.text.split(":")[0] for event in events if event.kind == "decided"]
    assert texts == ["revise", "publish"]
    mending = [one for one in model.tasks if isinstance(one, Compose)][-1]
    assert mending.before == TEXT.format(
        n=mending.passages.index(next(q for q in mending.passages if "eleven" in q.text)) + 1
    )
    assert [one.problem for one in mending.issues] == ["It boasts"]
    assert any("9.0 of 10 after 1 further round." in note for note in report.notes)


async def test_the_bound_ends_the_loop_and_the_best_version_is_published(p: Platform) -> None:
    p, model = talking(
        p,
        PlanQuestions='["How long does the battery last?"]',
        Compose=written,
        Assess=[score(6, "dull"), score(4, "worse"), score(5, "still")],
    )
    _, report, events = await work("content", "The battery of the Lumo lamp, for buyers", p)
    assert report.title == "A lamp that lasts"
    assert [event.text for event in events if event.kind == "decided"][-1] == "publish: 2 rounds were gone through"
    assert sum(isinstance(one, Assess) for one in model.tasks) == 3
    assert any("below the 8" in note for note in report.notes)
    assert any(section.heading == "What the critic would still change" for section in report.sections)


async def test_a_round_that_changes_nothing_ends_the_loop(p: Platform) -> None:
    p, model = talking(p, Compose="Plan and ```\ncode\n``` in one.", Assess=score(5, "more"))
    _, _, events = await work("code", "Sort a list", p)
    assert [event.text for event in events if event.kind == "decided"][-1] == "publish: the last round changed nothing"
    assert sum(isinstance(one, Assess) for one in model.tasks) == 1


async def test_a_budget_ends_the_loop_and_what_stands_is_published(p: Platform) -> None:
    p, model = talking(p, Compose=coded, Assess=score(5, "No tests"))
    row, report, _ = await work("code", "Sort a list in Python", p, budget=Budget(tokens=5_400))
    assert any("budget of tokens" in note for note in report.notes)
    assert "# version 1" in listings(report)[0].text
    assert row.tokens <= 4_900
    assert sum(isinstance(one, Compose) for one in model.tasks) == 2


async def test_a_budget_that_is_nearly_nothing_leaves_a_result_that_says_so(p: Platform) -> None:
    _, report, _ = await work("content", "The battery of the Lumo lamp", p, budget=Budget(tokens=1))
    assert report.sections[0].missing
    assert any("budget of tokens" in note for note in report.notes)


async def test_a_tool_that_the_role_names_is_called_recorded_and_noted(p: Platform) -> None:
    call = Reply(tool_calls=(ToolCall("c1", "calculator", '{"expression": "24 * 3"}'),), text="Let me see.")
    p, model = talking(
        p,
        PlanQuestions='["What does the battery cost?"]',
        Compose=[call, "Three batteries cost 72 euros, we reckon."],
        Assess=score(9),
    )
    row, report, events = await work("content", "Cost of three batteries of the Lumo lamp", p)
    assert [one["text"] for one in sentences(report)] == ["Three batteries cost 72 euros, we reckon."]
    (used,) = [event.text for event in events if event.kind == "used_tool"]
    assert "calculator" in used
    assert "72" in used
    first, second = [one for one in model.tasks if isinstance(one, Compose)]
    assert {tool.name for tool in first.offered} == {"calculator", "convert_units", "date_time"}
    assert "72" in second.turns[-1].text
    asked = len(model.tasks)
    _, again, _ = await work("content", "Cost of three batteries of the Lumo lamp", p, replay_of=row.id)
    assert len(model.tasks) == asked
    assert report_to_json(again) == report_to_json(report)


async def test_a_model_that_cannot_call_tools_writes_without_them(p: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    p, model = talking(p, PlanQuestions='["How long does the battery last?"]', Compose=written, Assess=score(9))
    monkeypatch.setattr(p.router, "calls_tools", lambda _: False)
    _, report, _ = await work("content", "The battery of the Lumo lamp, for buyers", p)
    assert report.title == "A lamp that lasts"
    assert [one.offered for one in model.tasks if isinstance(one, Compose)] == [()]


# --- loop: code -------------------------------------------------------------------------------------------------------


async def test_code_needs_a_language_model_and_says_so_at_once(p: Platform) -> None:
    with pytest.raises(ModelNeeded, match="needs a language model"):
        await work("code", "Sort a list in Python", p)
    assert await research.list_runs(OWNER, p) == []


def coded(task: Compose) -> str:
    if task.form == "text":
        return "Read the list. Sort it. Print it."
    version = 2 if task.before else 1
    return f"The program sorts.\n\n```python\n# version {version}\nprint(sorted([3, 1]))\n```"


def listings(report: Report) -> list[Listing]:
    return [block for section in report.sections for block in section.blocks if isinstance(block, Listing)]


async def test_code_is_planned_written_reviewed_and_mended_until_the_review_passes(p: Platform) -> None:
    p, model = talking(p, Compose=coded, Assess=[score(6, "No tests"), score(8.5)])
    _, report, events = await work("code", "Sort a list in Python", p)
    (code,) = listings(report)
    assert code.language == "python"
    assert code.text == "# version 2\nprint(sorted([3, 1]))"
    assert not code.spans
    assert any("never run" in note for note in report.notes)
    agents = [agent for agent, _ in kinds(events, "wrote", "judged")]
    assert agents == ["planner", "coder", "reviewer", "coder", "reviewer"]
    mending = [one for one in model.tasks if isinstance(one, Compose)][-1]
    assert "# version 1" in mending.before
    assert mending.inputs == (("planner", "Read the list. Sort it. Print it."),)
    judged = next(one for one in model.tasks if isinstance(one, Assess))
    assert judged.lines[2] == "```python"


async def test_what_the_reviewer_still_wants_stands_below_the_code(p: Platform) -> None:
    p, _ = talking(p, Compose=coded, Assess=score(6, "No tests"))
    _, report, _ = await work("code", "Sort a list in Python", p)
    last = report.sections[-1]
    assert (last.id, last.heading) == ("s2", "What the reviewer would still change")
    assert sentences(report)[-1]["text"] == "No tests. mend it"


async def test_code_is_never_run(p: Platform, tmp_path: Path) -> None:
    traces = [tmp_path / name for name in ("python", "shell", "import")]
    evil = (
        f"```python\nopen({str(traces[0])!r}, 'w')\n__import__('os').system('touch {traces[2]}')\n```\n\n"
        f"```bash\ntouch {traces[1]}\n```\n\n<script>alert(1)</script> {{{{ 7*7 }}}} $(touch {traces[1]})"
    )
    p, _ = talking(p, Compose=lambda task: "Plan." if task.form == "text" else evil, Assess=score(9))
    _, report, _ = await work("code", "Make a file", p)
    assert [one.language for one in listings(report)] == ["python", "bash"]
    assert str(traces[0]) in listings(report)[0].text
    assert not any(trace.exists() for trace in traces)


def test_no_team_has_a_way_to_run_code() -> None:
    folder = Path(str(teams_package.__file__)).parent
    for path in sorted(folder.glob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        imported = {one.name for node in ast.walk(tree) if isinstance(node, ast.Import) for one in node.names}
        imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert not names & {"exec", "eval", "compile", "__import__"}, path
        assert not imported & {"subprocess", "os", "runpy", "importlib", "pty", "code"}, path


async def test_code_whose_end_is_missing_stays_code(p: Platform) -> None:
    p, _ = talking(p, Compose=lambda task: "Plan." if task.form == "text" else "```python\nx = 1\ny =", Assess=score(9))
    _, report, _ = await work("code", "Two numbers", p)
    assert [one.text for one in listings(report)] == ["x = 1\ny ="]


async def test_a_model_that_fails_in_a_later_round_leaves_the_version_that_stands(p: Platform) -> None:
    def failing(task: Compose) -> Reply | str:
        return Reply(error=ProviderDown("it is down")) if task.before else coded(task)

    p, _ = talking(p, Compose=failing, Assess=score(5, "No tests"))
    _, report, _ = await work("code", "Sort a list in Python", p)
    assert "# version 1" in listings(report)[0].text
    assert any("later step could not be done" in note and "down" in note for note in report.notes)


async def test_a_model_that_fails_at_once_fails_the_run_with_its_reason(p: Platform) -> None:
    p, _ = talking(p, Compose=Reply(error=ProviderDown("it is down")))
    row, _ = await ended(await research.begin("Sort a list", teams.on_terms("code", p), OWNER, p), p)
    assert row.status == "failed"
    assert "down" in row.error


async def test_a_kill_at_every_point_repeats_no_call_and_gives_the_same(
    p: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies at the nth thing that is written down, for every n; another goes on."""
    left = [0]

    def dying(write: Any) -> Any:
        async def one(self: Desk, *args: Any, **data: Any) -> Any:
            left[0] -= 1
            if left[0] == 0:
                raise StorageDown("it is gone")
            return await write(self, *args, **data)

        return one

    p, model = talking(
        p, Compose=coded, Assess=lambda t: score(9) if "# version 2" in t.lines else score(5, "No tests")
    )
    _, whole, _ = await work("code", "Sort a list in Python", p)
    calls = len(model.tasks)
    for name in ("note", "put_all"):
        monkeypatch.setattr(Desk, name, dying(getattr(Desk, name)))
    kills, died = 0, True
    while died:
        kills, before = kills + 1, len(model.tasks)
        left[0] = kills
        row = await research.begin("Sort a list in Python", teams.on_terms("code", p), OWNER, p)
        await p.research.wait(row.id)
        died = (await research.get_run(row.id, OWNER, p)).status == "running"
        carrying.go_on(row.id, p)
        await p.research.wait(row.id)
        row = await research.get_run(row.id, OWNER, p)
        assert row.status == "done", row.error
        assert len(model.tasks) - before == calls
        assert report_to_json(await reading.get_report(row, p)) == report_to_json(whole)
    assert kills > 12
