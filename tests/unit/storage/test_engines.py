"""One statement for both databases."""

from sqlalchemy import select

from answerable.storage.database import Connection, Database
from answerable.storage.engines import insert_into
from answerable.storage.schema import counters


async def test_an_insert_says_what_happens_on_a_conflict(database: Database) -> None:
    async def work(connection: Connection) -> None:
        await connection.execute(insert_into(connection.dialect, counters), [{"name": "a", "value": 1}])
        kept = insert_into(connection.dialect, counters).on_conflict_do_nothing()
        await connection.execute(kept, [{"name": "a", "value": 2}, {"name": "b", "value": 3}])
        grown = insert_into(connection.dialect, counters).values(name="b", value=10)
        same = {"value": counters.c.value + grown.excluded.value}
        await connection.execute(grown.on_conflict_do_update(index_elements=["name"], set_=same))

    await database.write(work)
    async with database.read() as connection:
        rows = await connection.execute(select(counters).order_by(counters.c.name))
        assert [tuple(row) for row in rows] == [("a", 1), ("b", 13)]
