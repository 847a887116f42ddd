"""Research: a question becomes a cited report. Begun here, followed by cursor, decided by a person, never lost.

A run belongs to no connection and to no process: whoever has claimed it works on it, and when that process is gone
another takes over at the last checkpoint. `agents/graph.py` is what happens in it, or `agents/team.py`.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, get_args

from answerable.agents import running
from answerable.agents.conductor import Standing
from answerable.agents.desk import Desk
from answerable.agents.roles.analyst import edited
from answerable.agents.state import RESEARCH, Choice, Settings, read_settings
from answerable.core.errors import AnswerableError, Conflict, InvalidRequest, NotFound, StorageDown
from answerable.core.identity import Principal
from answerable.core.messages import Message, Text
from answerable.core.moments import now_us
from answerable.core.report import Report
from answerable.core.report_json import report_from_json
from answerable.core.tasks import Chat
from answerable.flows.collections import get_collection
from answerable.flows.platform import Platform
from answerable.flows.research_desk import asker_to_json, desk_of
from answerable.flows.teams import checked, version_of
from answerable.storage import research, review
from answerable.storage.research import EventRow, Place, RunRow, new_run_id
from answerable.telemetry.log import logger

MOST_TOPIC: Final = 2_000
_LOOK_S, _SWEEP_S = 0.25, 15.0
_AGAIN_S = 5.0
_OVER = ("done", "failed", "cancelled")


async def begin(topic: str, settings: Settings, who: Principal, p: Platform) -> RunRow:
    """A new run, which works from now on. Raises what the guards do, InvalidRequest, NotFound for a source, a model, a
    team or a collection that is not there, ModelNeeded, StorageDown.
    """
    topic = " ".join(topic.split())
    if not 3 <= len(topic) <= MOST_TOPIC:
        raise InvalidRequest(f"the topic has 3 to {MOST_TOPIC:,} characters", param="topic")
    if settings.model:
        p.router.check(settings.model, who)
    settings = checked(settings, who, p)
    guarded = await p.guards.checked(Chat((Message("user", (Text(topic),)),)))
    if reserved := await p.guards.topic(guarded.chat):
        raise InvalidRequest(reserved.message, param="topic")
    topic = guarded.chat.messages[-1].text
    now = now_us()
    row = RunRow(
        new_run_id(), who.workspace, who.id, topic, topic, settings.to_json(), asker_to_json(who), "running", "", "",
        None, "", version_of(settings, p), None, 0, 0, 0, now, now, "", 0, False,
    )  # fmt: skip
    desk = await desk_of(row, p)  # what cannot be furnished is said now
    for collection in desk.wanted.collections:
        await get_collection(collection, p, who)
    if settings.orchestrator != "graph":
        await p.research.conductor(settings.orchestrator)

    async def work(connection: Any) -> None:
        await research.insert_run(connection, row)
        if settings.replay_of:
            await research.copy_material(connection, settings.replay_of, row.id)

    await p.database.write(work)
    go_on(row.id, p)
    return row


def go_on(run: str, p: Platform) -> None:
    """Work on a run in this process, if nobody else does."""
    p.research.start(run, _carry_out(run, p))


async def get_run(run: str, who: Principal, p: Platform) -> RunRow:
    """One of one's own. Raises NotFound, StorageDown."""
    async with p.database.read() as connection:
        row = await research.find_run(connection, run, who.id)
    if row is None:
        raise NotFound(f"there is no research run '{run[:60]}'", param="run")
    return row


async def list_runs(who: Principal, p: Platform, limit: int = 20, after: Place | None = None) -> list[RunRow]:
    """A page of one's own, newest first."""
    async with p.database.read() as connection:
        return await research.list_runs(connection, who.id, limit, after)


async def delete_run(run: str, who: Principal, p: Platform) -> None:
    """Stop it, and erase all of it. Raises NotFound."""
    row = await get_run(run, who, p)
    if row.status not in _OVER:
        await cancel(run, who, p)
    await _leave(row, p)

    async def work(connection: Any) -> None:
        await research.delete_run(connection, run, who.id)
        await review.erase_item(connection, run, "escalated")

    await p.database.write(work)


async def cancel(run: str, who: Principal, p: Platform) -> RunRow:
    """End a run where it stands, whichever process works on it. One that is over stays as it is."""
    row = await get_run(run, who, p)
    if row.status in _OVER:
        return row

    async def work(connection: Any) -> None:
        await research.update_run(connection, run, now_us(), status="cancelled", stop_asked=True, waiting_for="")
        await research.add_events(connection, [_event(run, "person", "cancelled", "cancelled by its owner")])

    await p.database.write(work)
    await p.research.stop(run)
    await _leave(row, p)
    return await get_run(run, who, p)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided: `note` says what should be otherwise, `outline` is the edited one, `sections` are ids that
    a rejected report should be revised in.
    """

    decision: Choice
    note: str = ""
    outline: Mapping[str, Any] | None = None
    sections: Sequence[str] = ()


async def decide(run: str, decision: Decision, who: Principal, p: Platform) -> RunRow:
    """Take the decision that a run waits for. Raises Conflict when it waits for none, InvalidRequest for what cannot be
    decided so, NotFound.
    """
    row = await get_run(run, who, p)
    if row.status != "waiting":
        raise Conflict(f"the run waits for nobody: its status is '{row.status}'")
    if decision.decision not in get_args(Choice):
        raise InvalidRequest("decision is approve, edit or reject", param="decision")
    if len(decision.note) > 2_000:
        raise InvalidRequest("a note has at most 2,000 characters", param="note")
    if decision.decision == "edit":
        if row.waiting_for != "outline" or decision.outline is None:
            raise InvalidRequest("edit is for an outline, and brings it: {'sections': [...]}", param="outline")
        edited(await get_outline(row, p), decision.outline)
    _, standing = await _standing(row, p)
    number = standing.state.get("decided", 0)
    taken: dict[str, Any] = {"decision": decision.decision, "note": decision.note.strip(), "by": who.id}
    taken |= {"number": number}
    taken |= {"outline": dict(decision.outline)} if decision.outline is not None else {}
    taken |= {"sections": list(decision.sections)} if decision.sections else {}

    async def work(connection: Any) -> None:
        values = {"status": "running", "decision": taken, "worker": "", "alive_at": 0}
        await research.update_run(connection, run, now_us(), **values)
        told = _event(run, "person", "approval", f"{row.waiting_for}: {decision.decision}", of=row.waiting_for, **taken)
        await research.add_events(connection, [told])

    await p.database.write(work)
    go_on(run, p)
    return await get_run(run, who, p)


async def get_outline(row: RunRow, p: Platform) -> dict[str, Any]:
    """The outline as it stands. Raises NotFound while there is none."""
    desk, standing = await _standing(row, p)
    id_ = standing.state.get("outline")
    if not id_:
        raise NotFound("the run has no outline yet", param="run")
    outline: dict[str, Any] = await desk.get(id_)
    return outline


async def get_report(row: RunRow, p: Platform) -> Report:
    """The published report. Raises NotFound while there is none."""
    if row.report is None:
        raise NotFound("the run has no report yet", param="run")
    async with p.database.read() as connection:
        found = await research.find_artifacts(connection, row.id, [row.report])
    return report_from_json(json.loads(found[row.report]))


async def get_waiting_report(row: RunRow, p: Platform) -> Report:
    """The report that a person is to approve. Raises NotFound when there is none."""
    _, standing = await _standing(row, p)
    return await get_report(replace(row, report=standing.state.get("report")), p)


async def follow(run: str, after: int, who: Principal, p: Platform) -> AsyncIterator[EventRow]:
    """The events after a number, as they come, until the run is over or waits. Raises NotFound, StorageDown."""
    while True:
        row = await get_run(run, who, p)
        async with p.database.read() as connection:
            events = await research.list_events(connection, run, after)
        for event in events:
            after = event.number
            yield event
        if events:
            continue
        if row.status != "running":
            return
        await asyncio.sleep(_LOOK_S)


# --- carrying out -----------------------------------------------------------------------------------------------------


async def _carry_out(run: str, p: Platform) -> None:
    """The work of one process on one run: until it is over, waits for a person, or somebody else has it."""
    async with p.research.places:
        now = now_us()
        mine = await p.database.write(
            lambda connection: research.claim_run(connection, run, p.research.worker, now, now - running.SILENT_US)
        )
        if not mine:
            return
        async with p.database.read() as connection:
            row = await research.read_run(connection, run)
        if row is None or row.status in _OVER:
            return
        p.research.claimed.add(run)
        try:
            await _work(row, p)
        except asyncio.CancelledError:
            await _let_go(run, p)
            raise
        except StorageDown as error:
            logger.warning("research.storage_down", run=run, error=error.message)  # the sweep goes on with it
        except AnswerableError as error:
            await _failed(row, error.message, p)
        except Exception as error:  # noqa: BLE001 - whatever it is, its owner must see that the run ended
            logger.error("research.failed", run=run, error=repr(error), exc_info=error)
            await _failed(row, "something went wrong on the server; the log says what", p)
        finally:
            p.research.claimed.discard(run)


async def _work(row: RunRow, p: Platform) -> None:
    if row.graph_version != version_of(read_settings(row.settings), p):
        raise Conflict("another version of this program, or of its team's file, began this run: begin it anew")
    desk = await desk_of(row, p)
    conductor = await p.research.conductor(desk.settings.orchestrator, desk.settings.team)
    before = await conductor.standing(desk)
    decision = row.decision
    if decision is not None and decision["number"] != before.state.get("decided", 0):
        decision = None  # it was taken, and who took it did not live to say so
    await conductor.go_on(desk, decision, lambda step: _progress(row.id, desk, step, p))
    standing = await conductor.standing(desk)
    if standing.waits_for:
        await _wait(row.id, desk, standing.waits_for, p)
        await conductor.rest(row.id)
    else:
        await _finish(row, desk, standing.state, p)


async def _standing(row: RunRow, p: Platform) -> tuple[Desk, Standing]:
    desk = await desk_of(row, p)
    conductor = await p.research.conductor(desk.settings.orchestrator, desk.settings.team)
    return desk, await conductor.standing(desk)


async def _progress(run: str, desk: Desk, step: str, p: Platform) -> None:
    values = {"stage": step, "active_ms": int(desk.purse.seconds * 1e3)}
    await p.database.write(lambda connection: research.update_run(connection, run, now_us(), **values))


async def _wait(run: str, desk: Desk, kind: str, p: Platform) -> None:
    async def work(connection: Any) -> None:
        row = await research.read_run(connection, run)
        if row is None or row.status in _OVER:
            return
        values = {"status": "waiting", "waiting_for": kind, "decision": None, "worker": "", "alive_at": 0}
        values["active_ms"] = int(desk.purse.seconds * 1e3)
        await research.update_run(connection, run, now_us(), **values)
        await research.add_events(
            connection, [_event(run, "person", "waiting", f"waits for a decision on the {kind}", of=kind)]
        )

    await p.database.write(work)


async def _finish(row: RunRow, desk: Desk, state: Mapping[str, Any], p: Platform) -> None:
    report = state.get("report")
    title = (await desk.get(report))["title"] if report else row.topic
    status = "cancelled" if state.get("rejected") else "done"
    values = {
        "status": status, "report": report, "title": title, "waiting_for": "", "decision": None, "worker": "",
        "active_ms": int(desk.purse.seconds * 1e3),
    }  # fmt: skip

    async def work(connection: Any) -> None:
        now = await research.read_run(connection, row.id)
        if now is not None and now.status not in _OVER:  # somebody may have cancelled it meanwhile
            await research.update_run(connection, row.id, now_us(), **values)

    await p.database.write(work)
    await _leave(row, p)


async def _leave(row: RunRow, p: Platform) -> None:
    """The run is over: nobody goes on with it."""
    settings = read_settings(row.settings)
    team = settings.team if settings.team in p.research.teams else RESEARCH  # all graphs leave alike, also a gone one
    conductor = await p.research.conductor(settings.orchestrator, team)
    await conductor.leave(row.id)


async def _failed(row: RunRow, message: str, p: Platform) -> None:
    async def work(connection: Any) -> None:
        await research.update_run(connection, row.id, now_us(), status="failed", error=message, worker="")
        await research.add_events(connection, [_event(row.id, "", "failed", message)])

    with contextlib.suppress(StorageDown):
        await p.database.write(work)
        await _leave(row, p)


async def _let_go(run: str, p: Platform) -> None:
    """This process ends, or is to stop: whoever comes next goes on at the last checkpoint."""
    with contextlib.suppress(StorageDown, AnswerableError):
        await asyncio.shield(
            p.database.write(lambda connection: research.update_run(connection, run, now_us(), worker="", alive_at=0))
        )


def _event(run: str, agent: str, kind: str, text: str, **data: Any) -> EventRow:
    return EventRow(run, 0, now_us(), agent, kind, text, data)


# --- beside the runs --------------------------------------------------------------------------------------------------


async def tend(p: Platform, *, sweeping: bool = True) -> None:
    """Signs of life for the runs of this process, and (in a server) a look for those whose process is gone."""
    swept = float("-inf")
    loop = asyncio.get_running_loop()
    while True:
        try:
            for run in await _lost(p):
                await p.research.stop(run)
            if sweeping and loop.time() - swept >= _SWEEP_S:
                swept = loop.time()
                await sweep(p)
        except StorageDown as error:
            logger.warning("research.tending_failed", error=error.message)
        await asyncio.sleep(running.LIFE_S)


async def _lost(p: Platform) -> set[str]:
    """The runs of this process that it is to stop, after a sign of life for all of them."""
    claimed, worker, now = set(p.research.claimed), p.research.worker, now_us()
    if not claimed:
        return set()
    lost = await p.database.write(lambda connection: research.show_life(connection, claimed, worker, now))
    return lost & p.research.claimed


async def sweep(p: Platform) -> None:
    """Go on with what dead processes left. Raises StorageDown."""
    async with p.database.watch() as connection:
        orphans = await research.list_orphans(connection, now_us() - running.SILENT_US)
    for run in orphans:
        if run not in p.research.live:
            logger.info("research.taken_over", run=run)
            go_on(run, p)
