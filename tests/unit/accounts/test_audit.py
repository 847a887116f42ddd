import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from answerable.accounts.audit import Event, record, verify
from answerable.storage.audit import list_newest
from answerable.storage.database import Connection
from tests.support.accounts import Office


async def _fill(office: Office, count: int = 5) -> None:
    async def one(number: int) -> None:
        event = Event(f"usr_{number}", "users.created", f"t{number}", "default", "::1", {"role": "member"})
        await office.a.database.write(lambda connection: record(connection, event, number))

    await asyncio.gather(*(one(number) for number in range(count)))


async def test_a_log_that_nobody_touched_is_whole(office: Office) -> None:
    assert await verify(office.a.database) == await verify(office.a.database)
    await _fill(office)
    verdict = await verify(office.a.database)
    assert (verdict.events, verdict.broken_at) == (5, None)
    async with office.a.database.read() as connection:
        assert (await list_newest(connection, None, 1))[0].hash == verdict.head
        assert [row.seq for row in await list_newest(connection, "default", 2, before=4)] == [3, 2]
        assert await list_newest(connection, "other", 10) == []


@pytest.mark.parametrize(
    "statement", ["UPDATE audit SET actor = 'me' WHERE seq = 3", "DELETE FROM audit WHERE seq = 3"]
)
async def test_the_database_refuses_to_change_the_log_and_the_chain_shows_who_did_it_anyway(
    office: Office, statement: str
) -> None:
    await _fill(office)
    with pytest.raises(IntegrityError, match="append-only"):
        await office.a.database.write(lambda connection: connection.execute(text(statement)))

    async def anyway(connection: Connection) -> None:
        on_sqlite = connection.dialect.name == "sqlite"
        for trigger in ("audit_no_update", "audit_no_delete") if on_sqlite else ("audit_no_change ON audit",):
            await connection.execute(text(f"DROP TRIGGER {trigger}"))
        await connection.execute(text(statement))

    await office.a.database.write(anyway)
    assert (await verify(office.a.database)).broken_at == 3
