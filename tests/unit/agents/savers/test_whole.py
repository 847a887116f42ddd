"""What is kept of a run's place: whole or not at all, whoever waits for it, and in nobody's way."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.base import empty_checkpoint

from answerable.agents.checkpoints import FILE, Checkpoints
from answerable.agents.savers import sqlite
from answerable.core.errors import StorageDown
from tests.support.postgres import PostgresServer

RUN: Any = {"configurable": {"thread_id": "res_1", "checkpoint_ns": ""}}


async def put(saver: Any) -> Any:
    return await saver.aput(RUN, empty_checkpoint(), {"step": 1, "source": "loop", "parents": {}}, {})


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Checkpoints]:
    checkpoints = Checkpoints("sqlite", tmp_path)
    await put(await checkpoints.saver())
    yield checkpoints
    await checkpoints.close()


@pytest.fixture
def elsewhere(tmp_path: Path, here: Checkpoints) -> sqlite3.Connection:
    """Another process, which waits for nobody."""
    assert here
    return sqlite3.connect(tmp_path / FILE, timeout=0, isolation_level=None)


def write(elsewhere: sqlite3.Connection) -> None:
    """Raises OperationalError where somebody holds the file."""
    elsewhere.execute("INSERT OR REPLACE INTO checkpoints (thread_id, checkpoint_id) VALUES ('res_2', '1')")


@pytest.mark.parametrize("name", ["aput", "aput_writes", "adelete_thread", "keep_newest"])
async def test_a_write_that_nobody_waits_for_any_more_is_finished_and_in_nobodys_way(
    name: str, here: Checkpoints, elsewhere: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    saver: Any = await here.saver()
    at = await put(saver)
    commit, coming, may = saver.conn.commit, asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        coming.set()
        await may.wait()
        await commit()

    monkeypatch.setattr(saver.conn, "commit", slow)
    works: dict[str, Callable[[], Coroutine[Any, Any, Any]]] = {
        "aput": lambda: put(saver),
        "aput_writes": lambda: saver.aput_writes(at, [("topic", "trams")], "task"),
        "adelete_thread": lambda: saver.adelete_thread("res_1"),
        "keep_newest": lambda: saver.keep_newest("res_1"),
    }
    working = asyncio.create_task(works[name]())
    await coming.wait()
    working.cancel()
    await asyncio.wait((working,))
    assert working.cancelled()
    may.set()
    await saver.settled()
    write(elsewhere)
    (kept,) = elsewhere.execute("SELECT count(*) FROM checkpoints WHERE thread_id = 'res_1'").fetchone()
    (writes,) = elsewhere.execute("SELECT count(*) FROM writes").fetchone()
    assert kept == {"aput": 3, "aput_writes": 2, "adelete_thread": 0, "keep_newest": 1}[name]
    assert writes == (name == "aput_writes")


async def test_after_a_write_that_had_to_wait_too_long_the_next_ones_are_taken(
    here: Checkpoints, elsewhere: sqlite3.Connection
) -> None:
    saver: Any = await here.saver()
    await saver.conn.execute("PRAGMA busy_timeout=20")
    elsewhere.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageDown, match="locked"):
        await put(saver)
    write(elsewhere)
    elsewhere.execute("COMMIT")
    before = await saver.aget_tuple(RUN)
    write(elsewhere)  # what was seen is old from here on
    at = await put(saver)
    assert (await saver.aget_tuple(RUN)).config == at != before.config
    assert await here.kept() == {"res_1", "res_2"}


async def test_a_store_that_cannot_be_opened_is_an_outage_and_is_opened_the_next_time(tmp_path: Path) -> None:
    folder = tmp_path / "later"
    checkpoints = Checkpoints("sqlite", folder)
    with pytest.raises(StorageDown, match="unable to open"):
        await checkpoints.saver()
    folder.mkdir()
    await put(await checkpoints.saver())
    assert await checkpoints.kept() == {"res_1"}
    await checkpoints.close()


async def test_a_store_whose_opening_is_left_is_opened_the_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoints = Checkpoints("sqlite", tmp_path)
    coming = asyncio.Event()

    async def never(_self: Any) -> None:
        coming.set()
        await asyncio.Event().wait()

    with monkeypatch.context() as patch:
        patch.setattr(sqlite.SqliteSaver, "setup", never)
        opening = asyncio.create_task(checkpoints.saver())
        await coming.wait()
        opening.cancel()
        await asyncio.wait((opening,))
    await put(await checkpoints.saver())
    await checkpoints.close()


async def test_an_outage_of_postgres_is_told_as_one(postgres: PostgresServer, tmp_path: Path) -> None:
    url = postgres.database()
    checkpoints = Checkpoints(url, tmp_path)
    saver: Any = await checkpoints.saver()
    at = await put(saver)
    postgres.drop(url)
    for asked in (lambda: put(saver), lambda: saver.aget_tuple(at), lambda: saver.keep_newest("r"), checkpoints.kept):
        saver.conn._timeout = saver.conn.timeout = 0.3  # the pool's own is half a minute
        with pytest.raises(StorageDown):
            await asked()
    await checkpoints.close()
