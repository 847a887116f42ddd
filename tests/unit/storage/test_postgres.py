"""What only Postgres does: addresses, turns, timeouts, and outages of a real server."""

import asyncio
import string
import sys

import pytest
from sqlalchemy import insert, text

from answerable.core.errors import InvalidRequest, SetupError, StorageDown
from answerable.storage import postgres as engine
from answerable.storage.database import Connection, Database
from answerable.storage.engines import Config
from answerable.storage.schema import counters
from tests.support.postgres import PostgresServer, running_postgres


async def _put(database: Database, name: str) -> None:
    await database.write(lambda c: c.execute(insert(counters).values(name=name, value=1)))


async def _count(database: Database) -> int:
    async with database.read() as connection:
        return int((await connection.execute(text("SELECT count(*) FROM counters"))).scalar_one())


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("postgresql://me:s3cret@db.example.org:5432/answers", "db.example.org:5432/answers"),
        ("postgres://me:s%40cret@one,two/answers?target_session_attrs=read-write", "one,two/answers"),
        ("postgresql://me@/answers?password=s3cret&host=/run/postgresql", "/run/postgresql/answers"),
        ("postgresql:///answers", "localhost/answers"),
    ],
)
def test_a_place_names_no_user_and_no_password(url: str, place: str) -> None:
    assert engine.place_of(url) == place


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:s3@cret@db/answers",
        "postgresql://me:s3/cret@db/answers",
        "postgresql:s3cret",
        "postgres",
        "postgresql://me:s3?cret@db/answers",
        "postgresql://me:s3cret/answers",
        "postgresql://me:s3?host=s3@db/answers",
    ],
)
def test_an_address_that_is_none_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(SetupError, match="percent-encode") as caught:
        engine.build(url, Config())
    assert "s3" not in str(caught.value)


@pytest.mark.parametrize("character", [*string.punctuation, " ", "\t", "é", "℀"])
@pytest.mark.parametrize("form", ["bob:XX{0}YY@{1}", "bob{0}XX:YY@{1}", "bob:XX{0}YY@", "bob{0}:XXYY", "XX{0}:YY@{1}"])
async def test_nothing_of_a_password_is_shown_whatever_is_in_it(form: str, character: str) -> None:
    url = f"postgresql://{form.format(character, 'localhost:1')}/answers"
    with pytest.raises(SetupError) as caught:
        await Database(url, Config(connect_s=0.5)).open()
    shown = f"{caught.value} {caught.value.__cause__}"
    assert "XX" not in shown
    assert "YY" not in shown


def test_without_the_driver_the_install_line_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    with pytest.raises(SetupError, match=r"pip install 'answerable\[postgres\]'"):
        engine.build("postgresql://me@db/answers", Config())


async def test_a_database_that_is_not_there_is_named_at_start_without_the_password(postgres: PostgresServer) -> None:
    with pytest.raises(SetupError, match='"nowhere" does not exist') as caught:
        await Database(postgres.url("nowhere")).open()
    assert "s3cret" not in str(caught.value)
    with pytest.raises(SetupError, match=r"/no/such/folder/answers cannot be used"):
        await Database("postgresql://me:s3cret@/answers?host=/no/such/folder").open()


async def test_readers_cannot_write(postgres_url: str) -> None:
    database = await Database(postgres_url).open()
    with pytest.raises(StorageDown, match="takes no writes"):
        async with database.read() as connection:
            await connection.execute(insert(counters).values(name="a", value=1))
    await database.close()


async def test_writers_of_all_processes_take_turns_and_do_not_wait_for_ever(postgres_url: str) -> None:
    slow, quick = await Database(postgres_url).open(), await Database(postgres_url, Config(turn_s=0.1)).open()
    writing, enough = asyncio.Event(), asyncio.Event()

    async def hold(connection: Connection) -> None:
        await connection.execute(insert(counters).values(name="slow", value=1))
        writing.set()
        await enough.wait()

    holding = asyncio.create_task(slow.write(hold))
    await writing.wait()
    with pytest.raises(StorageDown, match="another process is writing"):
        await _put(quick, "quick")
    assert await _count(quick) == 0  # readers do not wait
    enough.set()
    await holding
    await _put(quick, "quick")
    assert await _count(slow) == 2
    await slow.close()
    await quick.close()


async def test_a_statement_that_takes_too_long_is_ended(postgres_url: str) -> None:
    database = await Database(postgres_url, Config(read_s=1.0, write_s=2.0)).open()
    with pytest.raises(StorageDown, match="took too long"):
        async with database.read() as connection:
            await connection.execute(text("SELECT pg_sleep(60)"))
    results = await asyncio.gather(
        database.write(lambda c: c.execute(text("SELECT pg_sleep(60)"))), _put(database, "a"), return_exceptions=True
    )
    assert isinstance(results[0], StorageDown)
    assert await _count(database) == 1
    await database.close()


async def test_when_all_connections_are_in_use_a_reader_is_told(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_POOL_WAIT_S", 0.05)
    database = await Database(postgres_url, Config(readers=1)).open()
    async with database.read():
        with pytest.raises(StorageDown, match="all connections") as caught:
            await _count(database)
        assert not caught.value.unreachable
        async with database.watch() as connection:  # slow reads take nothing from who looks for revocations
            assert (await connection.execute(text("SELECT 1"))).scalar_one() == 1
    assert await _count(database) == 0
    await database.close()


@pytest.mark.parametrize("value", ["a\0b", "\ud800", "a" * 41])
async def test_a_value_that_no_column_takes_is_the_fault_of_the_request(postgres_url: str, value: str) -> None:
    database = await Database(postgres_url).open()
    results = await asyncio.gather(_put(database, value), _put(database, "good"), return_exceptions=True)
    assert isinstance(results[0], InvalidRequest)
    assert await _count(database) == 1
    await database.close()


async def test_a_server_that_goes_away_and_returns_is_survived() -> None:
    with running_postgres() as server:
        database = await Database(server.database()).open()
        await _put(database, "before")
        assert await _count(database) == 1
        server.stop()
        for use in (_count(database), _put(database, "lost"), _put(database, "lost too"), _count(database)):
            with pytest.raises(StorageDown, match="cannot be used now") as caught:
                await use
            assert caught.value.retry_after_s
            assert caught.value.unreachable
            assert "s3cret" not in str(caught.value)
        server.start()
        await _put(database, "after")
        assert await _count(database) == 2
        await database.close()


async def test_a_connection_that_is_cut_in_a_group_fails_the_whole_group_and_no_other(
    postgres: PostgresServer, postgres_url: str
) -> None:
    database = await Database(postgres_url).open()

    async def cut(connection: Connection) -> None:
        own = (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()
        await asyncio.to_thread(postgres.sql, f"SELECT pg_terminate_backend({own})")
        await connection.execute(insert(counters).values(name="cut", value=1))

    work = (_put(database, "first"), database.write(cut), _put(database, "last"))
    results = await asyncio.gather(*work, return_exceptions=True)
    assert [type(one) for one in results] == [StorageDown] * 3
    assert await _count(database) == 0
    await _put(database, "next")
    assert await _count(database) == 1
    await database.close()
