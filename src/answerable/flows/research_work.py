"""Carrying research out: the work of a process on the runs that it has claimed, and on those that dead ones left.

`research.py` begins and decides; here a conductor takes a run through its steps until it is over or waits for a person.
"""

import asyncio
import contextlib
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from answerable.agents import running
from answerable.agents.conductor import Conductor, NotOurs, Standing
from answerable.agents.desk import Desk
from answerable.agents.state import RESEARCH, read_settings
from answerable.core.errors import AnswerableError, Conflict, StorageDown
from answerable.core.moments import now_us
from answerable.flows.platform import Platform
from answerable.flows.research_desk import desk_of
from answerable.flows.teams import version_of
from answerable.storage import research
from answerable.storage.research import EventRow, RunRow
from answerable.telemetry.log import logger

OVER: Final = ("done", "failed", "cancelled")
_SWEEP_S = 15.0
_ALL = 100_000


def go_on(run: str, p: Platform) -> None:
    """Work on a run in this process, if nobody else does."""
    p.research.start(run, _carry_out(run, p))


def event_of(run: str, agent: str, kind: str, text: str, **data: Any) -> EventRow:
    """Something that happened now; it gets its number when it is stored."""
    return EventRow(run, 0, now_us(), agent, kind, text, data)


async def standing_of(row: RunRow, p: Platform) -> tuple[Desk, Conductor, Standing]:
    """A run's desk, who takes it through its steps, and where it is."""
    desk = await desk_of(row, p)
    conductor = await p.research.conductor(desk.settings.orchestrator, desk.settings.team)
    return desk, conductor, await conductor.standing(desk)


async def leave(row: RunRow, p: Platform) -> None:
    """The run is over: nobody goes on with it."""
    settings = read_settings(row.settings)
    team = settings.team if settings.team in p.research.teams else RESEARCH  # all graphs leave alike, also a gone one
    conductor = await p.research.conductor(settings.orchestrator, team)
    await conductor.leave(row.id)


async def _carry_out(run: str, p: Platform) -> None:
    """The work of one process on one run: until it is over, waits for a person, or somebody else has it."""
    async with p.research.places:
        try:
            if (row := await _claimed(run, p)) is not None:
                await _work(row, p)
        except asyncio.CancelledError:
            await _let_go(run, p)
            raise
        except StorageDown as error:
            logger.warning("research.storage_down", run=run, error=error.message)  # the sweep goes on with it
        except NotOurs:
            logger.info("research.not_ours", run=run)
        except AnswerableError as error:
            await _failed(run, error.message, p)
        except Exception as error:  # noqa: BLE001 - whatever it is, its owner must see that the run ended
            if await _failed(run, "something went wrong on the server; the log says what", p):
                logger.error("research.failed", run=run, error=repr(error), exc_info=error)
        finally:
            p.research.claimed.discard(run)


async def _claimed(run: str, p: Platform) -> RunRow | None:
    """A run that this process works on from now on; None where it is not to."""
    worker, now = p.research.worker, now_us()

    async def work(connection: Any) -> RunRow | None:
        mine = await research.claim_run(connection, run, worker, now, now - running.SILENT_US)
        return await research.read_run(connection, run) if mine else None

    row = await p.database.write(work)
    if row is not None:
        p.research.claimed.add(run)
    return row


async def _work(row: RunRow, p: Platform) -> None:
    if row.graph_version != version_of(read_settings(row.settings), p):
        raise Conflict("another version of this program, or of its team's file, began this run: begin it anew")
    desk, conductor, before = await standing_of(row, p)
    decision = row.decision if _is_open(row.decision, before) else None  # else who took it did not live to say so
    while True:
        with p.accounts.auth.watch(desk.wanted.caller.principal):  # access that ends, ends the work
            await conductor.go_on(desk, decision, lambda step: _progress(row.id, desk, step, p))
        standing = await conductor.standing(desk)
        if standing.is_over:
            await _finish(row, desk, standing.state, p)
            return
        if not standing.waits_for:  # another process kept a place meanwhile, while this one was silent
            raise StorageDown("the run is not where it was left: whoever has it goes on from where it is")
        if _is_open(decision, standing):
            continue  # it came to where the person decided once more, as its place there was not kept
        decision = await _decided_before(row, standing, p)
        if decision is None:
            await _wait(row.id, desk, standing, p)
            await conductor.rest(row.id)
            return


def _is_open(decision: Mapping[str, Any] | None, standing: Standing) -> bool:
    """Whether a decision is still to be taken: each is for one point at which a run waits, and is taken once."""
    return decision is not None and decision["number"] == standing.state.get("decided", 0)


async def _decided_before(row: RunRow, standing: Standing, p: Platform) -> Mapping[str, Any] | None:
    """In a replay, what was decided at this point in the run that was recorded."""
    if not (recorded := read_settings(row.settings).replay_of):
        return None
    number = standing.state.get("decided", 0)
    async with p.database.read() as connection:
        events = await research.list_events(connection, recorded, limit=_ALL)
    taken = [one for one in events if one.kind == "approval" and one.data["number"] == number]
    if not taken:
        return None
    told = event_of(row.id, "person", "approval", f"{taken[-1].text}, as recorded", **taken[-1].data)
    await p.database.write(lambda connection: research.add_event_once(connection, told, "number"))
    return {name: value for name, value in told.data.items() if name != "of"}


async def _progress(run: str, desk: Desk, step: str, p: Platform) -> None:
    values = {"stage": step, "active_ms": int(desk.purse.seconds * 1e3)}
    await _change(run, values, p)


async def _change(run: str, values: Mapping[str, Any], p: Platform, told: EventRow | None = None) -> None:
    """Change the run, and tell of it, as the one who works on it. Raises NotOurs."""

    async def work(connection: Any) -> bool:
        mine = await research.update_claimed(connection, run, p.research.worker, now_us(), values)
        if mine and told is not None:
            await research.add_events(connection, [told])
        return mine

    if not await p.database.write(work):
        raise NotOurs("the run is not this process's any more")


async def _wait(run: str, desk: Desk, standing: Standing, p: Platform) -> None:
    kind = standing.waits_for
    values = {"status": "waiting", "waiting_for": kind, "decision": None, "worker": "", "alive_at": 0}
    values |= {"active_ms": int(desk.purse.seconds * 1e3), "report": standing.state.get("report")}
    told = event_of(run, "person", "waiting", f"waits for a decision on the {kind}", of=kind)
    await _change(run, values, p, told)


async def _finish(row: RunRow, desk: Desk, state: Mapping[str, Any], p: Platform) -> None:
    report = state.get("report")
    title = (await desk.get(report))["title"] if report else row.topic
    status = "cancelled" if state.get("rejected") else "done"
    values = {
        "status": status, "report": report, "title": title, "waiting_for": "", "decision": None, "worker": "",
        "active_ms": int(desk.purse.seconds * 1e3),
    }  # fmt: skip
    await _change(row.id, values, p)
    await leave(row, p)


async def _failed(run: str, message: str, p: Platform) -> bool:
    """The run has failed, if it still is this process's; whether it is."""
    try:
        values = {"status": "failed", "error": message, "worker": ""}
        await _change(run, values, p, event_of(run, "", "failed", message))
    except (StorageDown, NotOurs) as error:
        logger.info("research.not_failed", run=run, why=message, error=error.message)
        return isinstance(error, StorageDown)
    return True


async def _let_go(run: str, p: Platform) -> None:
    """This process ends, or is to stop: whoever comes next goes on at the last checkpoint."""
    with contextlib.suppress(AnswerableError):
        await asyncio.shield(_change(run, {"worker": "", "alive_at": 0}, p))


# --- beside the runs --------------------------------------------------------------------------------------------------


async def tend(p: Platform, only: str = "") -> None:
    """Signs of life for the runs of this process, and a look for those whose process is gone: for all of them, or for
    the one that somebody stays with.
    """
    swept = float("-inf")
    loop = asyncio.get_running_loop()
    while True:
        try:
            await asyncio.gather(*(p.research.stop(run) for run in await _lost(p)))
            if loop.time() - swept >= _SWEEP_S:
                swept = loop.time()
                await sweep(p, only)
        except AnswerableError as error:
            logger.warning("research.tending_failed", error=error.message)
        await asyncio.sleep(running.LIFE_S)


async def _lost(p: Platform) -> set[str]:
    """The runs of this process that it is to stop, after a sign of life for all of them."""
    claimed, worker, now = set(p.research.claimed), p.research.worker, now_us()
    if not claimed:
        return set()
    lost = await p.database.write(lambda connection: research.show_life(connection, claimed, worker, now))
    return lost & p.research.claimed


async def sweep(p: Platform, only: str = "") -> None:
    """Go on with what dead processes left, or with one run of it. Raises StorageDown."""
    async with p.database.watch() as connection:
        orphans = await research.list_orphans(connection, now_us() - running.SILENT_US)
    for run in orphans:
        if run not in p.research.live and only in ("", run):
            logger.info("research.taken_over", run=run)
            go_on(run, p)
    if not only:
        await _clear(p)


async def _clear(p: Platform) -> None:
    """Drop the places of runs that are over: they were erased with their owner, or ended in another process."""
    kept = await p.research.checkpoints.kept()
    async with p.database.watch() as connection:
        left = await research.list_left_places(connection)
        gone = kept - await research.those_with_a_place(connection, kept) if kept else ()
    for run in gone:
        await p.research.checkpoints.forget(run)
    for run in left:
        await p.database.write(partial(research.drop_place, run=run))
