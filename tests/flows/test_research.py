"""A research run from its topic to its report: on the real stack, with the engine, and with scripted models."""

import itertools
import json
import shutil
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from answerable.agents.budget import Purse
from answerable.agents.state import Budget, Settings
from answerable.config import Settings as ProgramSettings
from answerable.core.errors import Conflict, InvalidRequest, NotFound, ProviderDown
from answerable.core.identity import OWNER, Principal
from answerable.core.report import Report
from answerable.core.report_json import report_to_json
from answerable.core.research_tasks import WriteSection
from answerable.core.tasks import Task
from answerable.flows import research, research_work
from answerable.flows.admin import HERE, NewUser, create_user
from answerable.flows.platform import Platform
from answerable.flows.research import Decision
from answerable.flows.research_reading import get_report
from answerable.providers.scripted import Reply
from answerable.storage import research as rows
from answerable.storage.research import EventRow
from answerable.wiring import open_platform
from tests.support.shelf import Shelf, ended, talking
from tests.support.town_papers import PAPERS, TOPIC

SHELF = Shelf("town", PAPERS)
TOWN = Settings(collections=("town",))


async def report_of(topic: str, settings: Settings, p: Platform) -> tuple[Report, list[EventRow]]:
    row, events = await ended(await research.begin(topic, settings, OWNER, p), p)
    assert row.status == "done", row.error
    return await get_report(row, p), events


def text_of(report: Report) -> str:
    return json.dumps(report_to_json(report))


def sentences_of(report: Report) -> list[str]:
    found = report_to_json(report)["sections"]
    blocks = [block for section in found for block in section["blocks"]]
    return [one["text"] for block in blocks for one in block.get("sentences", block.get("items", []))]


async def test_a_report_without_a_model_is_cited_to_places_that_say_it(p: Platform) -> None:
    report, events = await report_of(TOPIC, TOWN, p)
    assert len(report.sections) >= 2
    assert {one.address for one in report.references} >= {"ferry.md", "harbour.md"}
    assert "bread.md" not in {one.address for one in report.references}
    texts = {paper.source: paper.text for paper in PAPERS}
    spans = [span for section in report_to_json(report)["sections"] for block in section["blocks"]
             for one in block.get("sentences", block.get("items", [])) for span in one["spans"]]  # fmt: skip
    assert len(spans) >= 8
    known = {one.number: one.address for one in report.references}
    for span in spans:
        assert " ".join(span["quote"].split()) in " ".join(texts[known[span["number"]]].split())
    kinds = [event.kind for event in events]
    order = ["planned", "compiled", "outlined", "wrote", "judged", "decided", "published", "ended"]
    assert [kinds.index(kind) for kind in order] == sorted(kinds.index(kind) for kind in order)
    assert [event.number for event in events] == list(range(1, len(events) + 1))


async def test_the_same_twice_is_the_same_to_the_byte(p: Platform) -> None:
    first, _ = await report_of(TOPIC, TOWN, p)
    second, _ = await report_of(TOPIC, TOWN, p)
    assert text_of(first) == text_of(second)


async def test_what_no_source_says_is_a_gap_and_not_a_report(p: Platform) -> None:
    report, _ = await report_of("Quantum chromodynamics of pulsars", TOWN, p)
    assert not report.sections
    assert not report.references
    assert report.gaps[0].queries


async def test_a_run_belongs_to_its_owner_alone(p: Platform) -> None:
    row, _ = await ended(await research.begin(TOPIC, TOWN, OWNER, p), p)
    stranger = Principal("usr_stranger", role="admin", tier="enterprise", sees_all=True)
    for look in (research.get_run, research.cancel, research.delete_run):
        with pytest.raises(NotFound):
            await look(row.id, stranger, p)
    assert await research.list_runs(stranger, p) == []
    with pytest.raises(NotFound):
        await research.decide(row.id, Decision("approve"), stranger, p)


async def test_an_outline_is_edited_and_the_report_follows_it(p: Platform) -> None:
    row, _ = await ended(await research.begin(TOPIC, replace(TOWN, approve=("outline",)), OWNER, p), p)
    assert (row.status, row.waiting_for) == ("waiting", "outline")
    outline = await research.get_outline(row, p)
    kept = outline["sections"][0]
    wanted = {"title": "My ferry", "sections": [
        {"heading": "Electric boats of the yard", "question": "What is proposed about electric boats?"},
        {"id": kept["id"], "heading": "Renamed"},
    ]}  # fmt: skip
    with pytest.raises(InvalidRequest, match="heading"):
        await research.decide(row.id, Decision("edit", outline={"sections": [{"id": "s1"}]}), OWNER, p)
    with pytest.raises(InvalidRequest, match="no section"):
        await research.decide(row.id, Decision("edit", outline={"sections": [{"id": "s99", "heading": "x"}]}), OWNER, p)
    row, _ = await ended(await research.decide(row.id, Decision("edit", outline=wanted), OWNER, p), p)
    report = await get_report(row, p)
    assert report.title == "My ferry"
    headings = [one.heading for one in report.sections if one.level == 1]
    assert [one for one in headings if one not in ("Introduction", "Conclusion")] == [
        "Electric boats of the yard",
        "Renamed",
    ]
    assert any("charging station" in sentence for sentence in sentences_of(report))
    with pytest.raises(Conflict):
        await research.decide(row.id, Decision("approve"), OWNER, p)


async def test_a_rejected_outline_is_made_again_with_a_note_and_ends_the_run_without(p: Platform) -> None:
    row, _ = await ended(await research.begin(TOPIC, replace(TOWN, approve=("outline",)), OWNER, p), p)
    row, _ = await ended(await research.decide(row.id, Decision("reject", "less history"), OWNER, p), p)
    assert (row.status, row.waiting_for) == ("waiting", "outline")
    row, _ = await ended(await research.decide(row.id, Decision("reject"), OWNER, p), p)
    assert (row.status, row.report) == ("cancelled", None)


async def test_a_report_waits_for_approval_over_a_restart(library: Path, tmp_path: Path) -> None:
    shutil.copytree(library, tmp_path / "data")
    settings = ProgramSettings.model_validate({"data": tmp_path / "data"})
    p = await open_platform(settings)
    row, _ = await ended(await research.begin(TOPIC, replace(TOWN, approve=("report",)), OWNER, p), p)
    assert (row.status, row.waiting_for) == ("waiting", "report")
    waiting = await get_report(row, p)
    await p.close()
    p = await open_platform(settings)
    try:
        row, _ = await ended(await research.decide(row.id, Decision("approve"), OWNER, p), p)
        assert row.status == "done"
        assert text_of(await get_report(row, p)) == text_of(waiting)
    finally:
        await p.close()


@pytest.mark.parametrize("tokens", [1, 3_500, 4_500, 6_000])
async def test_a_budget_that_ends_leaves_a_report_that_says_so(p: Platform, tokens: int) -> None:
    row, events = await ended(await research.begin(TOPIC, replace(TOWN, budget=Budget(tokens=tokens)), OWNER, p), p)
    assert row.status == "done", row.error
    report = await get_report(row, p)
    assert any("budget of tokens" in note for note in report.notes)
    assert any(event.kind == "budget_spent" for event in events)
    largest = max((event.data["tokens"] for event in events if event.kind == "asked"), default=0)
    assert row.tokens <= tokens + largest
    for section in report.sections:
        assert section.blocks or section.missing


@pytest.mark.parametrize("looks", [1, 6, 12, 20])
async def test_time_that_ends_leaves_a_report_that_says_so(
    p: Platform, looks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = itertools.count()  # a second passes with each look at the clock: how fast a machine is decides nothing
    monkeypatch.setattr("answerable.flows.research_desk.Purse", partial(Purse, clock=lambda: float(next(ticks))))
    report, _ = await report_of(TOPIC, replace(TOWN, budget=Budget(seconds=looks)), p)
    assert any("budget of seconds" in note for note in report.notes)
    if not report.sections:
        assert [gap.reason for gap in report.gaps] == [
            "The budget of seconds was spent before anything was written about it."
        ]
        assert not any("every sentence" in note for note in report.notes)


async def test_a_run_is_replayed_without_asking_anybody(p: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    first, _ = await report_of(TOPIC, TOWN, p)
    (run,) = await research.list_runs(OWNER, p)

    async def nobody(*_args: object, **_more: object) -> None:
        raise AssertionError("a replay asks nobody")

    monkeypatch.setattr(p.retriever, "search", nobody)
    monkeypatch.setattr(p.fallback, "run", nobody)
    again, events = await report_of(TOPIC, replace(TOWN, replay_of=run.id), p)
    assert text_of(again) == text_of(first)
    assert not [event for event in events if event.kind == "asked"]


async def test_a_run_is_cancelled_and_erased(p: Platform) -> None:
    row = await research.begin(TOPIC, TOWN, OWNER, p)
    row = await research.cancel(row.id, OWNER, p)
    assert row.status == "cancelled"
    await research.delete_run(row.id, OWNER, p)
    with pytest.raises(NotFound):
        await research.get_run(row.id, OWNER, p)


@pytest.mark.parametrize("topic", ["", "ab", "x" * 2_001])
async def test_a_topic_has_a_size(p: Platform, topic: str) -> None:
    with pytest.raises(InvalidRequest, match="topic"):
        await research.begin(topic, TOWN, OWNER, p)


async def test_what_is_not_there_is_said_at_once(p: Platform) -> None:
    with pytest.raises(NotFound, match="no model"):
        await research.begin(TOPIC, replace(TOWN, model="gpt-none"), OWNER, p)
    with pytest.raises(NotFound, match="collection"):
        await research.begin(TOPIC, replace(TOWN, collections=("nowhere",)), OWNER, p)
    assert await research.list_runs(OWNER, p) == []


# --- with a language model --------------------------------------------------------------------------------------------


OUTLINE = json.dumps({"title": "Ferry", "sections": [
    {"heading": "Crossing", "question": "How long does the crossing take?", "sources": []},
    {"heading": "Money", "question": "What does the ferry cost?", "sources": []},
]})  # fmt: skip


def invented(task: Task) -> str:
    assert isinstance(task, WriteSection)
    true = task.passages[0].text.split(". ")[0]
    return f"{true} [1]. The ferry was awarded the Nobel Prize in 1987 [1]. Nobody drowned [2]."


async def test_what_a_model_invents_is_cut_and_told(p: Platform) -> None:
    p, _ = talking(
        p, PlanQuestions='["What does a ticket cost?"]', Outline=OUTLINE, WriteSection=invented,
        Critique='{"score": 9, "issues": []}',
    )  # fmt: skip
    report, events = await report_of(TOPIC, TOWN, p)
    assert "Nobel" not in text_of(report)
    assert any("cut" in note for note in report.notes)
    assert any("Nobel" in cut["text"] for event in events if event.kind == "wrote" for cut in event.data["cut"])


async def test_a_model_that_gives_no_json_is_told_once_and_then_replaced(p: Platform) -> None:
    p, model = talking(
        p, PlanQuestions="Sure! Here are some ideas.", Outline=["not yet", OUTLINE], WriteSection=invented,
        Critique='{"score": 11}', Revise=lambda task: "\n".join(task.draft.sentences),
    )  # fmt: skip
    report, events = await report_of(TOPIC, TOWN, p)
    fallbacks = [event.data["task"] for event in events if event.kind == "fallback"]
    assert fallbacks[:2] == ["PlanQuestions", "Critique"]
    assert set(fallbacks) == {"PlanQuestions", "Critique"}
    asked = [task for task in model.tasks if type(task).__name__ == "Outline"]
    assert len(asked) == 2
    assert "could not be used" in asked[1].role  # type: ignore[union-attr]
    assert any("extractive engine" in note for note in report.notes)


async def test_a_model_that_is_down_leaves_the_work_to_the_engine(p: Platform) -> None:
    p, _ = talking(p, **dict.fromkeys(
        ("PlanQuestions", "Outline", "WriteSection", "Critique", "Revise"), Reply(error=ProviderDown("it is down"))
    ))  # fmt: skip
    report, events = await report_of(TOPIC, TOWN, p)
    assert report.sections
    assert any(event.kind == "fallback" and "down" in event.data["why"] for event in events)


async def test_a_low_score_is_revised_until_it_gains_nothing_and_the_best_is_published(p: Platform) -> None:
    issue = {"section": "s1", "sentence": 1, "problem": "unclear", "suggestion": "say it plainly"}
    critiques = [json.dumps({"score": score, "issues": [issue]}) for score in (5, 6, 6.1)]
    p, model = talking(
        p, PlanQuestions='["What does a ticket cost?"]', Outline=OUTLINE, WriteSection=invented, Critique=critiques,
        Revise=[f"{fact} [1]." for fact in ("The crossing takes 35 minutes", "A single ticket costs 4.50 euros")],
    )  # fmt: skip
    report, events = await report_of(TOPIC, TOWN, p)
    decided = [event.text for event in events if event.kind == "decided"]
    assert [one.split(":")[0] for one in decided] == ["revise", "revise", "publish"]
    assert report.score is not None
    assert report.score.overall == 6.1
    assert sum(type(task).__name__ == "Revise" for task in model.tasks) == 2


async def test_a_rejected_report_is_revised_and_the_rejected_version_is_not_published_again(p: Platform) -> None:
    critiques = [json.dumps({"score": score, "issues": []}) for score in (9, 4)]
    p, _ = talking(
        p, PlanQuestions='["What does a ticket cost?"]', Outline=OUTLINE, WriteSection=invented, Critique=critiques,
        Revise=lambda task: f"{task.passages[-1].text.split('. ')[0]} [{len(task.passages)}].",
    )  # fmt: skip
    row, _ = await ended(await research.begin(TOPIC, replace(TOWN, approve=("report",)), OWNER, p), p)
    before = await get_report(row, p)
    row, _ = await ended(await research.decide(row.id, Decision("reject", "shorter"), OWNER, p), p)
    assert (row.status, row.waiting_for) == ("waiting", "report")
    after = await get_report(row, p)
    assert after.score is not None
    assert after.score.overall == 4
    assert sentences_of(after) != sentences_of(before)


async def test_every_call_of_a_model_is_a_row_of_the_ledger(p: Platform) -> None:
    p, _ = talking(
        p, PlanQuestions='["What does a ticket cost?"]', Outline=OUTLINE, WriteSection=invented,
        Critique='{"score": 9, "issues": []}',
    )  # fmt: skip
    row, events = await ended(await research.begin(TOPIC, TOWN, OWNER, p), p)
    asked = [event for event in events if event.kind == "asked"]
    assert len({event.data["request"] for event in asked}) == len(asked) == 7
    assert row.tokens == sum(event.data["tokens"] for event in asked)
    assert row.cost_nano == 0
    assert Decimal(row.cost_nano) == 0


async def test_what_an_erased_owner_leaves_is_swept_away(p: Platform) -> None:
    row, _ = await ended(await research.begin(TOPIC, replace(TOWN, approve=("outline",)), OWNER, p), p)
    assert await p.research.checkpoints.kept() == {row.id}
    await p.database.write(lambda connection: rows.delete_runs_of(connection, OWNER.id))
    await research_work.sweep(p)
    assert await p.research.checkpoints.kept() == set()


async def test_the_engine_works_for_a_free_account_too(p: Platform) -> None:
    user, _ = await create_user(OWNER, NewUser("ada@example.org", "Ada", tier="free"), HERE, p.accounts)
    who = await p.accounts.auth.working_for(user.id, None)
    row, events = await ended(await research.begin(TOPIC, TOWN, who, p), p, who)
    assert row.status == "done", row.error
    assert not [event for event in events if event.kind in ("fallback", "failed")]


async def test_what_only_stands_near_a_topic_is_no_report(p: Platform) -> None:
    report, events = await report_of("Booking the ferry with Salesforce and SAP", TOWN, p)
    assert not report.sections
    (gap,) = report.gaps
    assert gap.question == "Booking the ferry with Salesforce and SAP"
    assert gap.queries
    compiled = next(event for event in events if event.kind == "compiled")
    assert compiled.data["evidence"] == []


async def test_a_document_that_the_topic_is_about_is_read_on(p: Platform) -> None:
    _, events = await report_of(TOPIC, TOWN, p)
    planned = next(event for event in events if event.kind == "planned")
    compiled = [event.kind for event in events].index("compiled")
    looked = {event.text for event in events[:compiled] if event.kind == "searched"}
    titles = {paper.title for paper in PAPERS if paper.source == "ferry.md"}
    assert titles
    assert titles <= looked - set(planned.data["questions"])


async def test_what_ends_between_the_end_of_a_step_and_its_checkpoint_goes_on(
    p: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, _ = await report_of(TOPIC, TOWN, p)
    saver = await p.research.checkpoints.saver()
    put, failed = saver.aput, set[int]()

    async def fails_once(config: Any, checkpoint: Any, metadata: Any, versions: Any) -> Any:
        if metadata["step"] not in failed:
            failed.add(metadata["step"])
            raise ProviderDown("the disk was busy")
        return await put(config, checkpoint, metadata, versions)

    monkeypatch.setattr(saver, "aput", fails_once)
    row, _ = await ended(await research.begin(TOPIC, replace(TOWN, approve=("outline", "report")), OWNER, p), p)
    for _ in range(40):
        if row.status == "failed":
            row, _ = await ended(await research.resume(row.id, OWNER, p), p)
        elif row.status == "waiting":
            row, _ = await ended(await research.decide(row.id, Decision("approve"), OWNER, p), p)
    assert row.status == "done"
    assert len(failed) >= 12
    assert sentences_of(await get_report(row, p)) == sentences_of(whole)
