"""Whatever goes wrong where something of a run is kept, and whoever acts at this moment: it ends with the same report,
asks and pays nothing twice that was recorded, and is never told to be what it is not.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from langgraph.checkpoint.base.id import uuid6

from answerable import wiring
from answerable.agents import running
from answerable.agents.sources.base.library import Answer, Gathered
from answerable.agents.state import Orchestrator, Settings
from answerable.core.errors import Conflict, StorageDown
from answerable.core.identity import OWNER
from answerable.core.moments import now_us
from answerable.core.report_json import report_to_json
from answerable.core.research_tasks import Critique
from answerable.core.tasks import Task
from answerable.flows import research, research_work
from answerable.flows.platform import Platform
from answerable.flows.research import Decision
from answerable.flows.research_reading import get_report
from answerable.providers.scripted import Scripted
from answerable.storage import research as rows
from answerable.storage.research import CallRow, EventRow, RunRow
from tests.flows.test_research import OUTLINE, invented
from tests.support.embedding import HashEmbedder
from tests.support.faults import Points, Way, at_the_checkpoints, at_the_database
from tests.support.shelf import Shelf, ended, talking
from tests.support.town_papers import PAPERS, TOPIC

SHELF = Shelf("town", PAPERS)
WISH = Settings(collections=("town",), approve=("outline", "report"), questions=2, sections=2, max_revisions=1)
FAULTS = [{first + gap * (gap + 5) // 2 for gap in range(40)} for first in (1, 2)]
"""The points at which something goes wrong: further and further apart, so that a step that is done again gets by."""


@pytest.fixture(scope="module", autouse=True)
def _quick() -> Iterator[None]:
    """Faults are many: no embedding model is loaded, and what is left is taken over at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wiring, "build_embedder", lambda _settings: HashEmbedder())
        patch.setattr(running, "SILENT_US", 0)
        yield


def judged(task: Task) -> str:
    """A second version is better than the first one."""
    assert isinstance(task, Critique)
    issue = {"section": "s1", "sentence": 1, "problem": "unclear", "suggestion": "say it plainly"}
    is_mended = "Mended" in json.dumps([draft.sentences for draft in task.drafts])
    return json.dumps({"score": 6 if is_mended else 5, "issues": [issue]})


def mended(task: Task) -> str:
    return f"{task.passages[0].text.split('. ')[0]} [1]."  # type: ignore[union-attr]


@pytest.fixture
def world(p: Platform, monkeypatch: pytest.MonkeyPatch) -> tuple[Platform, Scripted]:
    """A model that makes no plan, so that the engine does; and a source that is down."""
    p, model = talking(
        p, PlanQuestions="Sure! Here are some ideas.", Outline=OUTLINE, WriteSection=invented, Critique=judged,
        Revise=mended,
    )  # fmt: skip
    find = p.sources.find

    async def found(*args: Any) -> Gathered:
        return Gathered((*(await find(*args)).answers, Answer("web", failed="it is down")))

    monkeypatch.setattr(p.sources, "find", found)
    return p, model


@dataclass
class Left:
    """What a run left."""

    row: RunRow
    report: Any
    events: list[EventRow]
    calls: list[CallRow]
    prompts: Counter[str]

    def count(self, kind: str) -> int:
        return sum(one.kind == kind for one in self.events)


async def go_through(p: Platform, wish: Settings) -> RunRow:
    """A run to its end, whatever goes wrong on the way: as its owner would, who approves all."""
    before = {one.id for one in await research.list_runs(OWNER, p)}
    async with asyncio.timeout(120):
        while not (new := [one.id for one in await research.list_runs(OWNER, p) if one.id not in before]):
            await _tried(research.begin(TOPIC, wish, OWNER, p))
        (run,) = new
        while True:
            await p.research.wait(run)
            row = await research.get_run(run, OWNER, p)
            assert row.status not in ("failed", "cancelled"), row.error
            if row.status == "done":
                return row
            if row.status == "waiting":
                await _tried(research.decide(run, Decision("approve"), OWNER, p))
            else:
                await research_work.sweep(p)
            await asyncio.sleep(0)


async def _tried(work: Any) -> None:
    """What somebody asks for: they are told of the outage, or hang up."""
    task = asyncio.create_task(work, name="asked")
    await asyncio.wait((task,))
    if not task.cancelled() and isinstance(error := task.exception(), BaseException):
        assert isinstance(error, StorageDown)


async def look(p: Platform, row: RunRow, prompts: Counter[str]) -> Left:
    async with p.database.read() as connection:
        events = await rows.list_events(connection, row.id, limit=10_000)
        calls = await rows.list_calls(connection, row.id)
    return Left(row, report_to_json(await get_report(row, p)), events, calls, prompts)


async def carried_out(p: Platform, model: Scripted, orchestrator: Orchestrator, points: Points) -> Left:
    model.tasks.clear()
    with at_the_database(p, points):
        async with at_the_checkpoints(p, points):
            row = await go_through(p, replace(WISH, orchestrator=orchestrator))
    return await look(p, row, Counter(map(repr, model.tasks)))


def leaving(p: Platform) -> Callable[[], Any]:
    """Who waits for the write leaves: the run is stopped as at the end of a program, or its owner hangs up."""

    async def leave() -> None:
        tasks = [one for one in asyncio.all_tasks() if one.get_name().startswith("research res_")]
        for one in tasks or [one for one in asyncio.all_tasks() if one.get_name() == "asked"]:
            if not one.cancelling():
                one.cancel()

    return leave


@pytest.mark.parametrize(
    ("orchestrator", "ways"), [("graph", ("unheard", "meanwhile")), ("team", ("refused", "afterwards"))]
)
async def test_a_run_ends_as_if_nothing_had_gone_wrong(
    world: tuple[Platform, Scripted], orchestrator: Orchestrator, ways: Sequence[Way]
) -> None:
    p, model = world
    whole = await carried_out(p, model, orchestrator, Points())
    assert whole.count("fallback") == 1
    assert sum("web failed" in one for one in whole.report["notes"]) == 1
    for first, way in enumerate(ways):
        faults = FAULTS[first]
        points = Points(lambda number, _, faults=faults: number in faults, way, leaving(p))  # type: ignore[misc]
        check(await carried_out(p, model, orchestrator, points), whole, points)
    await research_work.sweep(p)
    assert await p.research.checkpoints.kept() == set()
    async with p.database.read() as connection:
        assert await rows.list_left_places(connection) == []


def check(left: Left, whole: Left, points: Points) -> None:
    assert len(points.hit) > 10
    assert left.report == whole.report
    assert (left.row.worker, left.row.decision, left.row.waiting_for) == ("", None, "")
    assert [one.number for one in left.events] == list(range(1, len(left.events) + 1))
    for kind in ("waiting", "approval", "fallback"):
        assert left.count(kind) == whole.count(kind), kind
    # the record has each call once, and each call is counted once
    told = Counter(one.data["input"] for one in left.events if one.kind in ("asked", "searched"))
    unasked = ("spent", "failed", "parts")  # parts are made here of what was found
    assert told == Counter(one.key for one in left.calls if one.kind not in unasked)
    assert left.row.tokens == sum(one.tokens for one in left.calls)
    # what was recorded is not asked again; what was paid and could not be recorded is
    assert set(left.prompts) == set(whole.prompts)
    again = left.prompts.total() - whole.prompts.total()
    is_lost = points.way in ("refused", "meanwhile")
    lost = sum(name.startswith("Desk.keep") for name in points.hit) if is_lost else 0
    assert again <= lost + sum(one.kind == "spent" for one in left.calls)


# --- one process, and another one -------------------------------------------------------------------------------------


async def test_a_sign_of_life_never_stops_a_run_that_is_at_its_last_line(world: tuple[Platform, Scripted]) -> None:
    p, model = world
    stopped, is_looking = set[str](), False

    async def looks() -> None:
        nonlocal is_looking
        if not is_looking:
            is_looking = True
            stopped.update(await research_work._lost(p))
            is_looking = False

    await carried_out(p, model, "graph", Points(lambda *_: True, "afterwards", looks))
    assert stopped == set()


@pytest.mark.parametrize("name", ["Desk.keep.work", "_change.work", "Table._kept.work"])
async def test_who_has_lost_a_run_leaves_it_as_it_is(world: tuple[Platform, Scripted], name: str) -> None:
    p, _ = world
    begun: list[RunRow] = []

    async def takes_it() -> None:
        await p.database.write(lambda connection: taken(connection, begun[0].id))

    points = Points(lambda _, at: at == name and points.passed.count(at) == 3, "meanwhile", takes_it)
    orchestrator: Orchestrator = "team" if name.startswith("Table") else "graph"
    with at_the_database(p, points):
        begun.append(await research.begin(TOPIC, replace(WISH, orchestrator=orchestrator), OWNER, p))
        await p.research.wait(begun[0].id)
    row = await research.get_run(begun[0].id, OWNER, p)
    assert points.hit == [name]
    assert (row.status, row.worker, row.waiting_for, row.error) == ("running", "w_other", "", "")
    async with p.database.read() as connection:
        place = await rows.find_place(connection, row.id)
    kept = await p.research.checkpoints.kept() if place is None else {row.id}
    assert kept == {row.id}  # who has it goes on from there


async def taken(connection: Any, run: str) -> None:
    """Another process has it."""
    await rows.update_run(connection, run, now_us(), worker="w_other", alive_at=now_us())


async def test_who_is_stopped_does_not_free_a_run_that_another_process_has(world: tuple[Platform, Scripted]) -> None:
    p, _ = world

    async def takes_it_and_stops_us() -> None:
        await p.database.write(lambda connection: taken(connection, run.id))
        assert await research_work._lost(p) == {run.id}
        await p.research.stop(run.id)

    points = Points(lambda *_: points.passed[-1] == "aput", "meanwhile", takes_it_and_stops_us)
    async with at_the_checkpoints(p, points):
        run = await research.begin(TOPIC, WISH, OWNER, p)
        await p.research.wait(run.id)
    assert (await research.get_run(run.id, OWNER, p)).worker == "w_other"


async def test_nobody_works_on_once_a_run_was_put_down(
    world: tuple[Platform, Scripted], monkeypatch: pytest.MonkeyPatch
) -> None:
    p, _ = world
    find, at_work, asks = p.sources.find, [0], asyncio.Event()

    async def slow(names: Any, wanted: Any) -> Gathered:
        if wanted.k != 16 or "What" not in wanted.query:
            return await find(names, wanted)
        at_work[0] += 1
        asks.set()
        try:
            await asyncio.Event().wait()
        finally:
            at_work[0] -= 1
        raise AssertionError("it never ends")

    async def refused(_run: str, _desk: Any, step: str, _p: Platform) -> None:
        if step == "search":
            await asks.wait()
            raise StorageDown("the database is away")

    p, _ = talking(p, PlanQuestions='["What does a ticket cost?"]', Outline=OUTLINE, WriteSection=invented)
    monkeypatch.setattr(p.sources, "find", slow)
    monkeypatch.setattr(research_work, "_progress", refused)
    run = await research.begin(TOPIC, WISH, OWNER, p)
    await p.research.wait(run.id)
    assert at_work == [0]
    assert (await research.get_run(run.id, OWNER, p)).status == "running"


async def test_a_decision_is_taken_once_though_a_late_checkpoint_of_another_process_hides_where_it_was_made(
    world: tuple[Platform, Scripted],
) -> None:
    p, _ = world
    row, _ = await ended(await research.begin(TOPIC, replace(WISH, approve=("outline",)), OWNER, p), p)
    saver: Any = await p.research.checkpoints.saver()
    kept = await saver.aget_tuple({"configurable": {"thread_id": row.id, "checkpoint_ns": ""}})
    with pytest.raises(Conflict):  # as nobody has the run
        await saver.aput(kept.config, {**kept.checkpoint, "id": str(uuid6())}, kept.metadata, {})
    saver.holds = None  # it was asked a moment before
    await saver.aput(kept.config, {**kept.checkpoint, "id": str(uuid6())}, kept.metadata, {})
    saver.holds = p.research.holds
    row, events = await ended(await research.decide(row.id, Decision("approve"), OWNER, p), p)
    assert row.status == "done", row.error
    assert sum(one.kind == "waiting" for one in events) == 1


# --- the end ----------------------------------------------------------------------------------------------------------


async def test_a_run_that_is_done_stays_so_whatever_its_clearing_up_meets(
    world: tuple[Platform, Scripted], monkeypatch: pytest.MonkeyPatch
) -> None:
    p, _ = world
    saver = await p.research.checkpoints.saver()

    async def broken(_run: str) -> None:
        raise RuntimeError("a mistake of ours")

    with monkeypatch.context() as patch:
        patch.setattr(saver, "adelete_thread", broken)
        row, events = await ended(await research.begin(TOPIC, replace(WISH, approve=()), OWNER, p), p)
    assert (row.status, row.error) == ("done", "")
    assert events[-1].kind == "ended"
    assert await p.research.checkpoints.kept() == {row.id}
    await research_work.sweep(p)
    assert await p.research.checkpoints.kept() == set()


async def test_a_run_that_ends_while_its_owner_cancels_it_is_done(
    world: tuple[Platform, Scripted], monkeypatch: pytest.MonkeyPatch
) -> None:
    p, _ = world
    run = await research.begin(TOPIC, replace(WISH, approve=()), OWNER, p)
    outline_now = research._outline_now

    async def slow(row: RunRow, p: Platform) -> str | None:
        await p.research.wait(row.id)
        return await outline_now(row, p)

    monkeypatch.setattr(research, "_outline_now", slow)
    row = await research.cancel(run.id, OWNER, p)
    assert (row.status, row.stop_asked) == ("done", False)
    assert [one.kind for one in await research.list_events(run.id, 0, OWNER, p)][-1] == "ended"


async def test_a_decision_on_what_was_decided_meanwhile_is_refused(
    world: tuple[Platform, Scripted], monkeypatch: pytest.MonkeyPatch
) -> None:
    p, _ = world
    row, _ = await ended(await research.begin(TOPIC, WISH, OWNER, p), p)
    assert row.waiting_for == "outline"

    async def slow(row: RunRow, p: Platform) -> Any:
        with monkeypatch.context() as patch:
            patch.setattr(research, "standing_of", research_work.standing_of)
            faster, _ = await ended(await research.decide(row.id, Decision("approve"), OWNER, p), p)
        assert faster.waiting_for == "report"
        return await research_work.standing_of(row, p)

    with monkeypatch.context() as patch:
        patch.setattr(research, "standing_of", slow)
        with pytest.raises(Conflict, match="faster"):
            await research.decide(row.id, Decision("reject"), OWNER, p)
    row = await research.get_run(row.id, OWNER, p)
    assert (row.status, row.waiting_for, row.decision) == ("waiting", "report", None)


async def test_a_replay_tells_of_the_sources_that_failed_when_it_was_recorded(world: tuple[Platform, Scripted]) -> None:
    p, _ = world
    first, _ = await ended(await research.begin(TOPIC, replace(WISH, approve=()), OWNER, p), p)
    again, _ = await ended(await research.replay(first.id, OWNER, p), p)
    assert again.status == "done", again.error
    assert report_to_json(await get_report(again, p)) == report_to_json(await get_report(first, p))
