import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from answerable.core.errors import SetupError, StorageDown
from answerable.storage.database import SCHEMA_HEAD, Database
from answerable.storage.schema import metadata
from tests.support.outage import away, locked_by_another_process


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await Database(f"sqlite:///{tmp_path / 'a.db'}").open()
    yield opened
    await opened.close()


async def _put(database: Database, name: str, value: int) -> None:
    statement = text("INSERT INTO counters (name, value) VALUES (:name, :value)")

    async def work(connection: AsyncConnection) -> None:
        await connection.execute(statement, {"name": name, "value": value})

    await database.write(work)


async def _names(database: Database) -> list[str]:
    async with database.read() as connection:
        return list((await connection.execute(text("SELECT name FROM counters ORDER BY name"))).scalars())


async def test_a_write_is_readable_when_it_returns(database: Database) -> None:
    await _put(database, "a", 1)
    assert await _names(database) == ["a"]


async def test_many_concurrent_writes_all_arrive(database: Database) -> None:
    await asyncio.gather(*(_put(database, f"n{n:03}", n) for n in range(300)))
    assert len(await _names(database)) == 300


async def test_a_failing_write_undoes_only_itself(database: Database) -> None:
    async def broken(connection: AsyncConnection) -> None:
        await connection.execute(text("INSERT INTO counters (name, value) VALUES ('broken', 1)"))
        raise ValueError("no")

    results = await asyncio.gather(
        _put(database, "a", 1), database.write(broken), _put(database, "b", 2), return_exceptions=True
    )
    assert isinstance(results[1], ValueError)
    assert await _names(database) == ["a", "b"]


async def test_queued_writes_are_finished_on_close(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    first = await Database(url).open()
    pending = [asyncio.create_task(_put(first, f"n{n}", n)) for n in range(20)]
    await asyncio.sleep(0)
    await first.close()
    await asyncio.gather(*pending)
    second = await Database(url).open()
    assert len(await _names(second)) == 20
    await second.close()


async def test_a_cancelled_caller_does_not_lose_the_write(database: Database) -> None:
    task = asyncio.create_task(_put(database, "kept", 1))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await _put(database, "next", 2)
    assert await _names(database) == ["kept", "next"]


async def test_the_migrations_make_the_tables_of_the_schema(database: Database) -> None:
    async with database.read() as connection:
        rows = await connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'"))
        version = (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar_one()
        names = set(rows.scalars())
    assert set(metadata.tables) <= names
    assert version == SCHEMA_HEAD


async def test_a_second_process_sees_the_first_ones_commit(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    one, two = await Database(url).open(), await Database(url).open()
    await _put(one, "a", 1)
    await _put(two, "b", 2)
    assert await _names(one) == await _names(two) == ["a", "b"]
    await one.close()
    await two.close()


async def test_an_unknown_kind_of_database_is_named() -> None:
    with pytest.raises(SetupError, match="oracle"):
        await Database("oracle://x").open()


async def test_reading_before_opening_is_an_error() -> None:
    with pytest.raises(SetupError, match="not open"):
        async with Database("sqlite:///x").read():
            pass


async def test_a_database_that_is_away_says_so_and_works_again_at_once(database: Database) -> None:
    with away(database):
        with pytest.raises(StorageDown, match="unable to open database file") as refused:
            await _names(database)
        assert refused.value.retry_after_s == 5.0
        with pytest.raises(StorageDown, match="unable to open database file"):
            await _put(database, "a", 1)
        with pytest.raises(StorageDown):
            await database.probe()
        assert not database.is_up
    await _put(database, "b", 2)
    assert not database.is_up  # it is not known yet that reading works
    assert await _names(database) == ["b"]
    assert database.is_up


async def test_every_write_of_a_group_that_cannot_begin_fails(database: Database) -> None:
    with away(database):
        found = await asyncio.gather(*(_put(database, f"n{n}", n) for n in range(20)), return_exceptions=True)
    assert [type(one) for one in found] == [StorageDown] * 20


async def test_a_write_gives_up_while_another_process_keeps_the_lock_and_reads_go_on(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    database = await Database(f"sqlite:///{path}", patience_s=0.2).open()
    await _put(database, "before", 1)
    with locked_by_another_process(path):
        with pytest.raises(StorageDown, match="locked"):
            await _put(database, "meanwhile", 2)
        assert await _names(database) == ["before"]
        assert not database.is_up
    await _put(database, "after", 3)
    assert database.is_up
    assert await _names(database) == ["after", "before"]
    await database.close()


async def test_a_mistake_in_a_statement_is_no_outage(database: Database) -> None:
    async def wrong(connection: AsyncConnection) -> None:
        await connection.execute(text("SELECT * FROM nothing"))

    with pytest.raises(OperationalError):
        await database.write(wrong)
    with pytest.raises(OperationalError):
        async with database.read() as connection:
            await wrong(connection)
    assert database.is_up


async def test_the_waits_of_reads_and_writes_are_told(tmp_path: Path) -> None:
    waits: list[tuple[str, float]] = []
    database = Database(f"sqlite:///{tmp_path / 'a.db'}", lambda use, seconds: waits.append((use, seconds)))
    await database.open()
    await _put(database, "a", 1)
    await _names(database)
    await database.close()
    assert [use for use, _ in waits] == ["write", "read"]
    assert all(0 <= seconds < 5 for _, seconds in waits)
