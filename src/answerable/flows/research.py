"""Research: a question becomes a cited report. Begun here, followed by cursor, decided by a person, never lost.

A run belongs to no connection and to no process: whoever has claimed it works on it, and when that process is gone
another takes over at the last checkpoint. `agents/graph.py` is what happens in it, or `agents/team.py`.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final, get_args

from answerable.agents.roles.analyst import edited
from answerable.agents.state import RESEARCH, Budget, Choice, Settings, read_settings
from answerable.core.errors import AnswerableError, Conflict, InvalidRequest, NotFound, RateLimited
from answerable.core.identity import Principal
from answerable.core.messages import Collected, Message, Text
from answerable.core.moments import now_us
from answerable.core.tasks import Chat
from answerable.flows.accounting import Account, Admission
from answerable.flows.collections import get_collection
from answerable.flows.platform import Platform
from answerable.flows.research_desk import ENDPOINT, asker_to_json, desk_of
from answerable.flows.research_reading import check_sources
from answerable.flows.research_work import OVER, event_of, go_on, leave, standing_of
from answerable.flows.teams import checked, get_team, version_of
from answerable.gateway.ledger_entry import Opening
from answerable.gateway.limits import Estimate
from answerable.storage import research, review
from answerable.storage.research import EventRow, Place, RunRow, new_run_id

MOST_TOPIC: Final = 2_000
_LEFT: Final = ("done", "cancelled")
"""How a run ends for good: one that failed keeps its place."""
_ALL: Final = 100_000
_LOOK_S, _LOOK_WAITING_S = 0.25, 2.0
_RETRY_S = 30.0


async def begin(topic: str, settings: Settings, who: Principal, p: Platform, address: str = "") -> RunRow:
    """A new run, which works from now on; it counts as a request from `address`. Raises what the guards and the limits
    do, RateLimited where too many runs work already, InvalidRequest, NotFound for a source, a model, a team or a
    collection that is not there, ModelNeeded, StorageDown.
    """
    topic = " ".join(topic.split())
    if not 3 <= len(topic) <= MOST_TOPIC:
        raise InvalidRequest(f"the topic has 3 to {MOST_TOPIC:,} characters", param="topic")
    asked = Admission(who, address, Opening(ENDPOINT, settings.model), Estimate(0, 0, lambda _: Decimal(0)))
    async with Account(asked, Collected(), p):
        _check(settings, who, p)
        settings = checked(settings, who, p)
        guarded = await p.guards.checked(Chat((Message("user", (Text(topic),)),)))
        if reserved := await p.guards.topic(guarded.chat):
            raise InvalidRequest(reserved.message, param="topic")
        return await _begun(guarded.chat.messages[-1].text, settings, who, p)


def budget_for(
    who: Principal,
    p: Platform,
    tokens: int | None = None,
    usd: Decimal | None = None,
    seconds: float | None = None,
    *,
    team: str = RESEARCH,
) -> Budget:
    """The budget that somebody asks for; None is what is usual for the team. Raises InvalidRequest for more than they
    may have, NotFound for a team that is not there.
    """
    usual = None if team == RESEARCH else get_team(team, p).budget.as_budget()
    return p.research.allowances.budget(who.tier, tokens, usd, seconds, usual=usual)


def _check(settings: Settings, who: Principal, p: Platform) -> None:
    if settings.model:
        p.router.check(settings.model, who)
    budget = settings.budget
    budget_for(who, p, budget.tokens, budget.usd, budget.seconds)
    check_sources(settings.sources, p)
    if "pages" in settings.sources and not any(one.strip() for one in settings.addresses):
        raise InvalidRequest("the source 'pages' reads what you name: give at least one address", param="addresses")


async def _begun(topic: str, settings: Settings, who: Principal, p: Platform) -> RunRow:
    most, now = p.research.allowances.of(who.tier).max_running, now_us()
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
        if most is not None and await research.count_running(connection, who.id) >= most:
            told = f"{most} of your research runs are at work, which is the most: wait for one, or cancel one"
            raise RateLimited(told, retry_after_s=_RETRY_S)
        await research.insert_run(connection, row)
        if settings.replay_of:
            await research.copy_material(connection, settings.replay_of, row.id)

    await p.database.write(work)
    go_on(row.id, p)
    return row


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
    if row.status not in OVER:
        await cancel(run, who, p)
    await p.research.stop(run)
    await leave(row, p)

    async def work(connection: Any) -> None:
        await research.delete_run(connection, run, who.id)
        await review.erase_item(connection, run, "escalated")

    await p.database.write(work)


async def cancel(run: str, who: Principal, p: Platform) -> RunRow:
    """End a run where it stands, whichever process works on it. One that is over stays as it is."""
    row = await get_run(run, who, p)
    if row.status in OVER:
        return row

    outline = None
    with contextlib.suppress(AnswerableError):  # whatever keeps its place from being read, it ends
        outline = await _outline_now(row, p)

    async def work(connection: Any) -> bool:
        now = await research.read_run(connection, run)
        if now is None or now.status in OVER:  # it came to its end a moment before
            return False
        await research.update_run(connection, run, now_us(), status="cancelled", stop_asked=True, waiting_for="")
        told = event_of(run, "person", "cancelled", "cancelled by its owner", outline=outline)
        await research.add_events(connection, [told])
        return True

    if await p.database.write(work):
        await p.research.stop(run)
        await leave(row, p)
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
    _, _, standing = await standing_of(row, p)
    number = standing.state.get("decided", 0)
    taken: dict[str, Any] = {"decision": decision.decision, "note": decision.note.strip(), "by": who.id}
    taken |= {"number": number}
    taken |= {"outline": dict(decision.outline)} if decision.outline is not None else {}
    taken |= {"sections": list(decision.sections)} if decision.sections else {}

    async def work(connection: Any) -> None:
        now = await research.read_run(connection, run)
        if now is None or now.status != "waiting" or now.updated_at != row.updated_at:
            raise Conflict("somebody was faster: the run does not wait for this any more")
        values = {"status": "running", "waiting_for": "", "decision": taken, "worker": "", "alive_at": 0}
        await research.update_run(connection, run, now_us(), **values)
        told = event_of(
            run, "person", "approval", f"{row.waiting_for}: {decision.decision}", of=row.waiting_for, **taken
        )
        await research.add_events(connection, [told])

    await p.database.write(work)
    await p.research.wait(run)  # what put it down here is at its last line
    go_on(run, p)
    return await get_run(run, who, p)


async def resume(run: str, who: Principal, p: Platform) -> RunRow:
    """Go on with a run that failed, from its last checkpoint; what failed when it was asked is asked once more. Raises
    Conflict for one that did not fail, or that another version of this program began; NotFound.
    """
    row = await get_run(run, who, p)
    if row.graph_version != version_of(read_settings(row.settings), p):
        raise Conflict("another version of this program began this run: begin it anew")

    async def work(connection: Any) -> None:
        now = await research.read_run(connection, run)
        if now is None or now.status != "failed":
            raise Conflict(f"only a run that failed is resumed: the status of this one is '{now and now.status}'")
        await research.forget_failures(connection, run)
        await research.update_run(connection, run, now_us(), status="running", error="", worker="", alive_at=0)
        await research.add_events(connection, [event_of(run, "person", "resumed", "goes on where it failed")])

    await p.database.write(work)
    await p.research.wait(run)
    go_on(run, p)
    return await get_run(run, who, p)


async def replay(run: str, who: Principal, p: Platform, address: str = "") -> RunRow:
    """A new run of the same topic that asks nobody: it is given what this one was given by models and sources, and
    decides as was decided then. Raises Conflict for one that is not done; NotFound, also where the run that was
    recorded is gone; what `begin` does.
    """
    row = await get_run(run, who, p)
    if row.status != "done":
        raise Conflict(f"only a run that is done is replayed: the status of this one is '{row.status}'")
    settings = read_settings(row.settings)
    return await begin(row.topic, replace(settings, replay_of=settings.replay_of or run), who, p, address)


async def get_outline(row: RunRow, p: Platform) -> dict[str, Any]:
    """The outline as it stands; of a run that is over, the one that it was written from, or was to be. Raises NotFound
    where there is none.
    """
    id_ = await (_outline_left(row.id, p) if row.status in _LEFT else _outline_now(row, p))
    if not id_:
        raise NotFound("the run has no outline" + ("" if row.status in OVER else " yet"), param="run")
    async with p.database.read() as connection:
        found = await research.find_artifacts(connection, row.id, [id_], "outline")
    outline: dict[str, Any] = json.loads(found[id_])
    return outline


async def _outline_now(row: RunRow, p: Platform) -> str | None:
    _, _, standing = await standing_of(row, p)
    return standing.state.get("outline")


async def _outline_left(run: str, p: Platform) -> str | None:
    """Where a run ended nobody keeps its place any more: its record says which outline it had."""
    async with p.database.read() as connection:
        events = await research.list_events(connection, run, limit=_ALL)
    return next((one.data.get("outline") for one in reversed(events) if one.kind in ("ended", "cancelled")), None)


async def list_events(run: str, after: int, who: Principal, p: Platform, limit: int = 1_000) -> list[EventRow]:
    """A page of the events after a number, in order. Raises NotFound."""
    await get_run(run, who, p)
    async with p.database.read() as connection:
        return await research.list_events(connection, run, after, limit)


async def follow(
    run: str, after: int, who: Principal, p: Platform, *, while_waiting: bool = False
) -> AsyncIterator[EventRow]:
    """The events after a number, as they come, until the run is over, or waits for a person and nobody waits with it.
    Raises NotFound, StorageDown.
    """
    while True:
        row = await get_run(run, who, p)
        async with p.database.read() as connection:
            events = await research.list_events(connection, run, after)
        for event in events:
            after = event.number
            yield event
        if events:
            continue
        if row.status != "running" and not (while_waiting and row.status == "waiting"):
            return
        await asyncio.sleep(_LOOK_S if row.status == "running" else _LOOK_WAITING_S)
