"""How a run ends is decided once, whatever goes wrong beside it or comes too late."""

import asyncio
import sqlite3
from typing import Any

import pytest

from answerable.agents.state import Settings
from answerable.core.errors import ProviderDown
from answerable.core.identity import OWNER
from answerable.core.moments import now_us
from answerable.flows import research, research_work
from answerable.flows.platform import Platform
from answerable.storage import research as rows
from answerable.storage.research import RunRow
from tests.support.shelf import Shelf, ended
from tests.support.town_papers import PAPERS, TOPIC

SHELF = Shelf("town", PAPERS)
TOWN = Settings(collections=("town",))


async def begun(p: Platform) -> RunRow:
    return await research.begin(TOPIC, TOWN, OWNER, p)


async def test_a_run_is_done_though_its_place_cannot_be_cleared_away(
    p: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def locked(*_args: object) -> None:
        raise sqlite3.OperationalError("database is locked")

    monkeypatch.setattr(research_work, "leave", locked)
    row, events = await ended(await begun(p), p)
    assert (row.status, row.error) == ("done", "")
    assert row.report
    assert not [event for event in events if event.kind == "failed"]
    assert await p.research.checkpoints.kept() == {row.id}
    await research_work.sweep(p)
    assert await p.research.checkpoints.kept() == set()


async def test_a_run_waits_though_its_earlier_places_cannot_be_cleared_away(
    p: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def locked(_run: str) -> None:
        raise sqlite3.OperationalError("database is locked")

    monkeypatch.setattr(p.research.checkpoints, "prune", locked)
    wanted = Settings(collections=("town",), approve=("outline",))
    row, _ = await ended(await research.begin(TOPIC, wanted, OWNER, p), p)
    assert (row.status, row.waiting_for, row.error) == ("waiting", "outline", "")
    monkeypatch.undo()
    row, _ = await ended(await research.decide(row.id, research.Decision("approve"), OWNER, p), p)
    assert row.status == "done"


async def test_what_fails_after_its_owner_cancelled_it_stays_cancelled(
    p: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def too_late(row: RunRow, *_args: object) -> None:
        await p.database.write(lambda connection: rows.update_run(connection, row.id, now_us(), status="cancelled"))
        raise ProviderDown("it is gone")

    monkeypatch.setattr(research_work, "_finish", too_late)
    row, _ = await ended(await begun(p), p)
    assert (row.status, row.error) == ("cancelled", "")


async def test_what_is_done_before_a_cancellation_arrives_stays_done(
    p: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slowly(row: RunRow, p: Platform) -> None:
        await p.research.wait(row.id)

    monkeypatch.setattr(research, "_outline_now", slowly)
    row = await research.cancel((await begun(p)).id, OWNER, p)
    assert row.status == "done"
    assert row.report


async def test_a_worker_that_lost_a_run_does_not_take_it_from_who_has_it(
    p: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = asyncio.Event()

    async def lost(row: RunRow, *_args: Any) -> None:
        values = {"worker": "w_other", "alive_at": now_us()}
        await p.database.write(lambda connection: rows.update_run(connection, row.id, now_us(), **values))
        taken.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(research_work, "_finish", lost)
    run = (await begun(p)).id
    await taken.wait()
    assert await p.research.stop(run)
    row = await research.get_run(run, OWNER, p)
    assert (row.status, row.worker) == ("running", "w_other")
    assert row.alive_at


async def test_a_run_that_is_stopped_as_it_is_claimed_is_free_at_once(
    p: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, claiming = p.database.write, asyncio.Event()

    async def slow(work: Any) -> Any:
        done = await write(work)
        if done is True:
            claiming.set()
            await asyncio.Event().wait()
        return done

    monkeypatch.setattr(p.database, "write", slow)
    run = (await begun(p)).id
    await claiming.wait()
    monkeypatch.setattr(p.database, "write", write)
    assert await p.research.stop(run)
    row = await research.get_run(run, OWNER, p)
    assert (row.status, row.worker, row.alive_at) == ("running", "", 0)
