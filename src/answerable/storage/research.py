"""The SQL of research: runs, what they made, what they asked and got, what they decided, what they read.

Queries for people name the owner; those of the worker that carries a run out name the run, which it has claimed.
"""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import delete, func, insert, literal, select, tuple_, update

from answerable.storage.conversation_schema import review_items
from answerable.storage.database import Connection
from answerable.storage.engines import insert_into, upsert
from answerable.storage.research_schema import (
    research_artifacts,
    research_calls,
    research_events,
    research_pages,
    research_places,
    research_runs,
)

Status = Literal["running", "waiting", "done", "failed", "cancelled"]
_OVER = ("done", "cancelled")
"""How a run ends for good: one that failed keeps its place."""
Place = tuple[int, str]
"""Where a page of runs ended: `created_at` and id of its last row."""


@dataclass(frozen=True, slots=True)
class RunRow:
    """A row of `research_runs`, in the order of its columns. Times in microseconds since 1970, money in nano-USD."""

    id: str
    workspace: str
    owner: str
    topic: str
    title: str
    settings: Mapping[str, Any]
    asker: Mapping[str, Any]
    status: Status
    stage: str
    waiting_for: str
    decision: Mapping[str, Any] | None
    error: str
    graph_version: int
    report: str | None
    tokens: int
    cost_nano: int
    active_ms: int
    created_at: int
    updated_at: int
    worker: str
    alive_at: int
    stop_asked: bool


@dataclass(frozen=True, slots=True)
class CallRow:
    """A row of `research_calls`: what a model or a source gave, by the hash of what it was asked."""

    run: str
    key: str
    kind: str
    model: str
    request_id: str
    tokens: int
    cost_nano: int | None
    ms: int
    at: int
    output: str


@dataclass(frozen=True, slots=True)
class EventRow:
    """A row of `research_events`; `number` counts from 1 in its run."""

    run: str
    number: int
    at: int
    agent: str
    kind: str
    text: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PageRow:
    """A row of `research_pages`: a text and where it came from; `id` is the hash of both."""

    run: str
    id: str
    kind: str
    title: str
    address: str
    date: str
    authors: str
    licence: str
    at: int
    text: str


def new_run_id() -> str:
    """128 random bits: an id gives nothing away."""
    return f"res_{secrets.token_hex(16)}"


# --- runs -------------------------------------------------------------------------------------------------------------


async def insert_run(connection: Connection, row: RunRow) -> None:
    """Store a new one."""
    await connection.execute(insert(research_runs).values(**{name: getattr(row, name) for name in RunRow.__slots__}))


async def find_run(connection: Connection, id_: str, owner: str) -> RunRow | None:
    """One of the owner's; None where it is not there or somebody else's."""
    mine = (research_runs.c.id == id_) & (research_runs.c.owner == owner)
    row = (await connection.execute(select(research_runs).where(mine))).first()
    return None if row is None else RunRow(*row)


async def read_run(connection: Connection, id_: str) -> RunRow | None:
    """One, for the worker that carries it out."""
    row = (await connection.execute(select(research_runs).where(research_runs.c.id == id_))).first()
    return None if row is None else RunRow(*row)


async def list_runs(connection: Connection, owner: str, limit: int, after: Place | None = None) -> list[RunRow]:
    """A page of the owner's, newest first."""
    c = research_runs.c
    query = select(research_runs).where(c.owner == owner)
    if after is not None:
        query = query.where(tuple_(c.created_at, c.id) < tuple_(*map(literal, after)))
    rows = await connection.execute(query.order_by(c.created_at.desc(), c.id.desc()).limit(limit))
    return [RunRow(*row) for row in rows]


async def count_running(connection: Connection, owner: str) -> int:
    """How many of the owner's work now; those that wait for a person do not."""
    c = research_runs.c
    query = select(func.count()).where((c.owner == owner) & (c.status == "running"))
    return int(await connection.scalar(query) or 0)


async def update_run(connection: Connection, id_: str, now_us: int, **values: Any) -> None:
    """Change columns of one."""
    mine = research_runs.c.id == id_
    await connection.execute(update(research_runs).where(mine).values(updated_at=now_us, **values))


async def update_claimed(connection: Connection, id_: str, worker: str, now_us: int, values: Mapping[str, Any]) -> bool:
    """Change columns of one that this worker has and that goes on; whether it is so."""
    c = research_runs.c
    mine = (c.id == id_) & (c.worker == worker) & (c.status == "running")
    done = await connection.execute(update(research_runs).where(mine).values(updated_at=now_us, **values))
    return done.rowcount > 0


async def has_run(connection: Connection, id_: str, worker: str) -> bool:
    """Whether this worker has a run that goes on."""
    c = research_runs.c
    mine = (c.id == id_) & (c.worker == worker) & (c.status == "running")
    return await connection.scalar(select(c.id).where(mine)) is not None


async def delete_run(connection: Connection, id_: str, owner: str) -> bool:
    """Erase one with all that hangs on it; whether it was there."""
    mine = (research_runs.c.id == id_) & (research_runs.c.owner == owner)
    return (await connection.execute(delete(research_runs).where(mine))).rowcount > 0


async def delete_runs_of(connection: Connection, owner: str) -> None:
    """Erase all of an owner's, and what was handed to reviewers; who works on one notices it within two seconds."""
    c = research_runs.c
    runs = select(c.id).where(c.owner == owner)
    handed = review_items.c.request_id.in_(runs) & (review_items.c.kind == "escalated")
    await connection.execute(delete(review_items).where(handed))
    await connection.execute(delete(research_runs).where(c.owner == owner))


async def those_with_a_place(connection: Connection, ids: Collection[str]) -> set[str]:
    """Of these ids those of runs that may go on: the others are gone, or over for good."""
    c = research_runs.c
    return set(await connection.scalars(select(c.id).where(c.id.in_(ids) & c.status.not_in(_OVER))))


async def claim_run(connection: Connection, id_: str, worker: str, now_us: int, silent_since: int) -> bool:
    """Take a run that is to go on and that nobody works on, or whose worker has given no sign of life since a moment.
    Whether this worker has it now.
    """
    c = research_runs.c
    free = (c.worker == "") | (c.alive_at < silent_since) | (c.worker == worker)
    done = await connection.execute(
        update(research_runs)
        .where((c.id == id_) & free & (c.status == "running"))
        .values(worker=worker, alive_at=now_us)
    )
    return done.rowcount > 0


async def list_orphans(connection: Connection, silent_since: int, limit: int = 100) -> list[str]:
    """Runs that should be going on and are not: their worker is gone."""
    c = research_runs.c
    query = select(c.id).where((c.status == "running") & ((c.worker == "") | (c.alive_at < silent_since)))
    return list(await connection.scalars(query.order_by(c.created_at).limit(limit)))


async def show_life(connection: Connection, ids: Collection[str], worker: str, now_us: int) -> set[str]:
    """A sign of life for the runs that this worker has; returns those it is to stop: somebody asked, another worker
    has taken them, or they are gone. One that it has just put down is at its last line, and ends by itself.
    """
    c = research_runs.c
    those = c.id.in_(ids)
    await connection.execute(update(research_runs).where(those & (c.worker == worker)).values(alive_at=now_us))
    good = those & c.worker.in_((worker, "")) & c.stop_asked.is_(False)
    return set(ids) - set(await connection.scalars(select(c.id).where(good)))


# --- where a team is --------------------------------------------------------------------------------------------------


async def put_place(connection: Connection, run: str, body: str, chat: str) -> None:
    """Keep the newest one."""
    row = {"run": run, "body": body, "chat": chat}
    await connection.execute(upsert(connection.dialect, research_places, ("body", "chat")), row)


async def move_place(connection: Connection, run: str, body: str) -> None:
    """Change what the team is at within a turn."""
    await connection.execute(update(research_places).where(research_places.c.run == run).values(body=body))


async def find_place(connection: Connection, run: str) -> tuple[str, str] | None:
    """What was kept: `body` and `chat`."""
    c = research_places.c
    row = (await connection.execute(select(c.body, c.chat).where(c.run == run))).first()
    return None if row is None else (row.body, row.chat)


async def drop_place(connection: Connection, run: str) -> None:
    """Keep none."""
    await connection.execute(delete(research_places).where(research_places.c.run == run))


async def list_left_places(connection: Connection) -> list[str]:
    """The runs that are over for good, and whose place is still kept."""
    places, c = research_places.c, research_runs.c
    ended = select(c.id).where(c.status.in_(_OVER))
    return list(await connection.scalars(select(places.run).where(places.run.in_(ended)).limit(100)))


# --- what was made ----------------------------------------------------------------------------------------------------


async def put_artifact(connection: Connection, run: str, id_: str, kind: str, body: str) -> None:
    """Keep one; the same again changes nothing."""
    statement = insert_into(connection.dialect, research_artifacts).on_conflict_do_nothing()
    await connection.execute(statement, {"run": run, "id": id_, "kind": kind, "body": body})


async def find_artifacts(connection: Connection, run: str, ids: Collection[str], kind: str = "") -> dict[str, str]:
    """The bodies of those that are there, by id; of one kind alone, where it is named."""
    c = research_artifacts.c
    wanted = (c.run == run) & c.id.in_(ids)
    rows = await connection.execute(select(c.id, c.body).where(wanted & (c.kind == kind) if kind else wanted))
    return {row.id: row.body for row in rows}


async def copy_material(connection: Connection, source: str, target: str) -> None:
    """Give a run the evidence and the texts of another one, which it replays."""
    a, p = research_artifacts.c, research_pages.c
    for table, condition in ((research_artifacts, a.kind == "evidence"), (research_pages, p.id != "")):
        others = [column for column in table.c if column.name != "run"]
        rows = select(literal(target), *others).where((table.c.run == source) & condition)
        await connection.execute(insert(table).from_select(["run", *(one.name for one in others)], rows))


# --- what was asked ---------------------------------------------------------------------------------------------------


async def find_call(connection: Connection, run: str, key: str) -> CallRow | None:
    """What was got for it, where it was asked already."""
    mine = (research_calls.c.run == run) & (research_calls.c.key == key)
    row = (await connection.execute(select(research_calls).where(mine))).first()
    return None if row is None else CallRow(*row)


async def put_call(connection: Connection, row: CallRow) -> bool:
    """Keep one, and add what it took to the run. One that is there already stays, and is not counted again. Whether it
    is new.
    """
    statement = insert_into(connection.dialect, research_calls).on_conflict_do_nothing()
    done = await connection.execute(statement, [{name: getattr(row, name) for name in CallRow.__slots__}])
    if done.rowcount:
        c = research_runs.c
        await connection.execute(
            update(research_runs)
            .where(c.id == row.run)
            .values(tokens=c.tokens + row.tokens, cost_nano=c.cost_nano + (row.cost_nano or 0))
        )
    return done.rowcount > 0


async def forget_failures(connection: Connection, run: str) -> None:
    """Let a run ask once more for what failed when it was asked."""
    c = research_calls.c
    await connection.execute(delete(research_calls).where((c.run == run) & (c.kind == "failed")))


async def list_calls(connection: Connection, run: str) -> list[CallRow]:
    """All of a run, oldest first."""
    c = research_calls.c
    rows = await connection.execute(select(research_calls).where(c.run == run).order_by(c.at, c.key))
    return [CallRow(*row) for row in rows]


# --- what happened ----------------------------------------------------------------------------------------------------


async def add_events(connection: Connection, rows: Sequence[EventRow]) -> None:
    """Append events of one run; they get the next numbers (their own are not read)."""
    c = research_events.c
    last = await connection.scalar(select(func.max(c.number)).where(c.run == rows[0].run)) or 0
    values = [
        {name: getattr(row, name) for name in EventRow.__slots__} | {"number": last + at}
        for at, row in enumerate(rows, start=1)
    ]
    await connection.execute(insert(research_events), values)


async def add_event_once(connection: Connection, row: EventRow, same: str) -> None:
    """Append an event, unless there is one of its kind with the same value of `same` in its data."""
    there = await list_events(connection, row.run, limit=100_000, kind=row.kind)
    if all(one.data.get(same) != row.data[same] for one in there):
        await add_events(connection, [row])


async def list_events(
    connection: Connection, run: str, after: int = 0, limit: int = 1_000, kind: str = ""
) -> list[EventRow]:
    """Those after a number, in order; of one kind alone, where it is named."""
    c = research_events.c
    wanted = (c.run == run) & (c.number > after)
    wanted = wanted & (c.kind == kind) if kind else wanted
    query = select(research_events).where(wanted).order_by(c.number).limit(limit)
    return [EventRow(*row) for row in await connection.execute(query)]


# --- what was read ----------------------------------------------------------------------------------------------------


async def put_pages(connection: Connection, rows: Sequence[PageRow]) -> None:
    """Keep texts; the same again changes nothing."""
    statement = insert_into(connection.dialect, research_pages).on_conflict_do_nothing()
    await connection.execute(statement, [{name: getattr(row, name) for name in PageRow.__slots__} for row in rows])


async def find_page(connection: Connection, run: str, id_: str) -> PageRow | None:
    """One text of a run."""
    mine = (research_pages.c.run == run) & (research_pages.c.id == id_)
    row = (await connection.execute(select(research_pages).where(mine))).first()
    return None if row is None else PageRow(*row)
