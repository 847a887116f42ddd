from pathlib import Path

import pytest
from sqlalchemy import select

from answerable.core.errors import DataError, ServiceError
from answerable.storage.database import Database
from answerable.storage.ledger import LOST, RUNNING, AttemptRow, RequestRow, append, find_workers, mark_lost
from answerable.storage.schema import attempts, requests


def row(id_: str, outcome: str = "answered", worker: str = "w1", fallbacks: int = 0) -> RequestRow:
    who = ("chat", "ann", None, "default")
    return RequestRow(
        id_, 1, 2.5, None, *who, "m", "m", None, True, outcome, "", fallbacks, "", 1, 2, 3, 4, False, 5, False, worker
    )


def tried(id_: str, number: int = 0) -> AttemptRow:
    return AttemptRow(id_, number, "m", "Chat", "answered", "", 1, 2, 3, 4, True, None, 2.5, 1.5)


def test_rows_have_the_columns_of_their_tables_in_their_order() -> None:
    assert [column.name for column in requests.c] == list(RequestRow._fields)
    assert [column.name for column in attempts.c] == list(AttemptRow._fields)


async def test_what_is_written_is_what_is_there(database: Database) -> None:
    await append(database, [row("a"), row("b")], [tried("a"), tried("a", 1)], [])
    async with database.read() as connection:
        found = (await connection.execute(select(requests).order_by(requests.c.id))).all()
        tries = (await connection.execute(select(attempts))).all()
    assert [tuple(one) for one in found] == [row("a"), row("b")]
    assert [tuple(one) for one in tries] == [tried("a"), tried("a", 1)]


async def test_what_may_be_there_already_is_replaced(database: Database) -> None:
    await append(database, [row("a", RUNNING)], [], [])
    await append(database, [row("a"), row("b")], [tried("a")], ["a", "b"])
    await append(database, [row("a"), row("b")], [tried("a")], ["a", "b"])
    async with database.read() as connection:
        assert len((await connection.execute(select(requests))).all()) == 2
        assert len((await connection.execute(select(attempts))).all()) == 1


async def test_running_rows_of_one_worker_become_lost(database: Database) -> None:
    await append(database, [row("a", RUNNING), row("b", RUNNING, "w2"), row("c")], [], [])
    assert sorted(await find_workers(database)) == ["w1", "w2"]
    assert await mark_lost(database, "w1", 0.0) == 0  # it began a microsecond later
    assert await mark_lost(database, "w1", 1.0) == 1
    assert await find_workers(database) == ["w2"]
    async with database.read() as connection:
        outcomes = (await connection.execute(select(requests.c.outcome).order_by(requests.c.id))).scalars().all()
    assert outcomes == [LOST, RUNNING, "answered"]


async def test_an_outage_and_a_row_that_is_refused_are_told_apart(database: Database, tmp_path: Path) -> None:
    with pytest.raises(DataError):
        await append(database, [row("a", fallbacks=2**70)], [], [])
    await append(database, [row("a")], [], [])
    with pytest.raises(DataError):
        await append(database, [row("b"), row("a")], [], [])
    with pytest.raises(ServiceError):
        await append(Database(f"sqlite:///{tmp_path / 'b.db'}"), [row("a")], [], [])
    async with database.read() as connection:
        assert (await connection.execute(select(requests.c.id))).scalars().all() == ["a"]
