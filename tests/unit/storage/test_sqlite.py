"""What only SQLite does: pragmas, and who waits for whom."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import insert, text

from answerable.core.errors import SetupError
from answerable.storage.database import Connection, Database
from answerable.storage.schema import counters, documents


async def test_a_connection_keeps_references_and_a_commit_is_on_disk(tmp_path: Path) -> None:
    database = await Database(f"sqlite:///{tmp_path / 'made' / 'a.db'}").open()
    async with database.read() as connection:
        found = [
            (await connection.execute(text(f"PRAGMA {name}"))).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert found == ["wal", 2, 1]
    orphan = insert(documents).values(id="d", collection="none", source="s", created_at=1)
    with pytest.raises(Exception, match="FOREIGN KEY"):
        await database.write(lambda connection: connection.execute(orphan))
    await database.close()


async def test_readers_do_not_wait_for_the_writer(tmp_path: Path) -> None:
    database = await Database(f"sqlite:///{tmp_path / 'a.db'}").open()
    writing, enough = asyncio.Event(), asyncio.Event()

    async def hold(connection: Connection) -> None:
        await connection.execute(insert(counters).values(name="a", value=1))
        writing.set()
        await enough.wait()

    holding = asyncio.create_task(database.write(hold))
    await writing.wait()
    async with database.read() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM counters"))).scalar_one() == 0
    enough.set()
    await holding
    await database.close()


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_text("this is a letter, not a database. " * 100, "utf-8")
    with pytest.raises(SetupError, match="not a database"):
        await Database(f"sqlite:///{tmp_path / 'a.db'}").open()
