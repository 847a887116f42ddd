import asyncio
import re
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection as SyncConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from answerable.core.errors import SetupError, StorageDown
from answerable.storage import chunks
from answerable.storage.conversation_schema import search_entries
from answerable.storage.database import MIGRATIONS, SCHEMA_HEAD, Database
from answerable.storage.engines import Config as Settings
from tests.support.outage import away, locked_by_another_process
from tests.support.postgres import PostgresServer
from tests.support.stack import open_database


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


async def test_writes_of_a_group_run_once_and_twice_only_beside_one_that_fails(database: Database) -> None:
    runs: Counter[str] = Counter()

    async def counted(connection: AsyncConnection, name: str) -> str:
        runs[name] += 1
        await connection.execute(text("INSERT INTO counters (name, value) VALUES (:name, 1)"), {"name": name})
        if name == "broken":
            raise ValueError(name)
        return name

    async def write(*names: str) -> list[object]:
        works = (database.write(partial(counted, name=name)) for name in names)
        return await asyncio.gather(*works, return_exceptions=True)

    assert await write("a", "b", "c") == ["a", "b", "c"]
    assert set(runs.values()) == {1}
    first, broken, last = await write("d", "broken", "e")
    assert (first, last) == ("d", "e")
    assert isinstance(broken, ValueError)
    assert max(runs.values()) == 2
    assert await _names(database) == ["a", "b", "c", "d", "e"]


async def test_queued_writes_are_finished_on_close(database_url: str) -> None:
    url = database_url
    first = await Database(url).open()
    pending = [asyncio.create_task(_put(first, f"n{n}", n)) for n in range(20)]
    await asyncio.sleep(0)
    await first.close()
    await asyncio.gather(*pending)
    second = await Database(url).open()
    assert len(await _names(second)) == 20
    await second.close()


async def test_what_is_asked_for_while_the_last_write_is_on_its_way_is_finished_too(database_url: str) -> None:
    first, late = await Database(database_url).open(), list[asyncio.Task[None]]()

    async def last(connection: AsyncConnection) -> None:
        late.append(asyncio.create_task(_put(first, "late", 1)))
        await connection.execute(text("INSERT INTO counters (name, value) VALUES ('last', 1)"))

    writing = asyncio.create_task(first.write(last))
    await asyncio.sleep(0)
    await first.close()
    await writing
    async with asyncio.timeout(10):
        await late[0]
    second = await Database(database_url).open()
    assert await _names(second) == ["last", "late"]
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
        version = (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar_one()
        differences = await connection.run_sync(_compare)
    assert differences == []
    assert version == SCHEMA_HEAD


def _compare(connection: SyncConnection) -> list[Any]:
    """What a migration would have to change to make the tables those of `schema.py`, types and indexes included."""
    options = {"compare_type": True, "include_name": _is_in_the_schema}
    context = MigrationContext.configure(connection, opts=options)
    return list(compare_metadata(context, search_entries.metadata))


def _is_in_the_schema(name: str | None, kind: str, _parents: Any) -> bool:
    """The words of the full-text index are kept by each database in its own way: tables of FTS5, or a tsvector."""
    words = ("words",) if kind == "column" else ("search_words", "search_entries_words")
    return not (name or "").startswith(words)


def _alembic(connection: SyncConnection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


async def test_every_migration_can_be_taken_back_and_done_again(database: Database) -> None:
    """One by one, so that none leans on a later one."""

    def back(connection: SyncConnection) -> None:
        for _ in range(int(SCHEMA_HEAD)):
            command.downgrade(_alembic(connection), "-1")

    def left(connection: SyncConnection) -> set[str]:
        return set(inspect(connection).get_table_names())

    await database.write(lambda connection: connection.run_sync(back))
    assert await database.write(lambda connection: connection.run_sync(left)) == {"alembic_version"}
    await database.write(lambda connection: connection.run_sync(lambda c: command.upgrade(_alembic(c), "head")))
    async with database.read() as connection:
        assert await connection.run_sync(_compare) == []


async def test_a_database_of_a_newer_program_is_refused_with_a_reason(database_url: str) -> None:
    database = await open_database(database_url)
    await database.write(lambda c: c.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    await database.close()
    with pytest.raises(SetupError, match=r"newer version.*9999"):
        await Database(database_url).open()


async def test_of_many_that_start_on_an_empty_database_one_migrates(postgres: PostgresServer) -> None:
    url = postgres.empty()
    opened = await asyncio.gather(*(Database(url).open() for _ in range(5)))
    await asyncio.gather(*(_put(one, f"n{number}", number) for number, one in enumerate(opened)))
    assert await _names(opened[0]) == [f"n{number}" for number in range(5)]
    for one in opened:
        await one.close()
    postgres.drop(url)


async def test_it_says_what_it_is_and_where(database: Database) -> None:
    assert re.fullmatch(r"(SQLite|PostgreSQL) \d+\.[\d.]+ at /.+", await database.describe())


async def test_a_second_process_sees_the_first_ones_commit(database_url: str) -> None:
    url = database_url
    one, two = await Database(url).open(), await Database(url).open()
    await _put(one, "a", 1)
    await _put(two, "b", 2)
    assert await _names(one) == await _names(two) == ["a", "b"]
    await one.close()
    await two.close()


async def test_who_reads_on_from_the_last_number_it_saw_misses_none(database_url: str) -> None:
    """Numbers are committed in the order they were given out, whoever writes: the index log is read this way."""
    writers = [await Database(database_url).open() for _ in range(3)]
    reader = await Database(database_url).open()
    seen: list[int] = []
    done = asyncio.Event()

    async def read_on() -> None:
        last = False
        while not last:
            last = done.is_set()
            async with reader.read() as connection:
                seen.extend(entry.seq for entry in await chunks.read_log(connection, "c", seen[-1] if seen else 0))

    async def write(database: Database) -> None:
        for _ in range(20):
            await database.write(lambda connection: chunks.append_log(connection, "c", "text", [(1, 1), (2, 1)]))

    reading = asyncio.create_task(read_on())
    await asyncio.gather(*(write(one) for one in writers))
    done.set()
    await reading
    assert len(seen) == 120
    for one in (*writers, reader):
        await one.close()


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
    database = await Database(f"sqlite:///{path}", Settings(turn_s=0.2)).open()
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
        await connection.execute(text("SELECT nothing_of_this_name(1)"))

    with pytest.raises(DBAPIError):
        await database.write(wrong)
    with pytest.raises(DBAPIError):
        async with database.read() as connection:
            await wrong(connection)
    assert database.is_up


async def test_the_waits_of_reads_and_writes_are_told(tmp_path: Path) -> None:
    waits: list[tuple[str, float]] = []
    database = Database(f"sqlite:///{tmp_path / 'a.db'}", waited=lambda use, seconds: waits.append((use, seconds)))
    await database.open()
    await _put(database, "a", 1)
    await _names(database)
    await database.close()
    assert [use for use, _ in waits] == ["write", "read"]
    assert all(0 <= seconds < 5 for _, seconds in waits)
