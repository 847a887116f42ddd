import functools
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from answerable.core.documents import CollectionName
from answerable.storage import collections
from answerable.storage.collections import CollectionCounts, CollectionRow
from answerable.storage.database import Database
from tests.support.stack import document, open_stack


def row(name: str) -> CollectionRow:
    return CollectionRow(CollectionName(name), "model", {"name": "semantic"}, {}, 0, 1, 1)


async def read(database: Database, query: Any, *more: Any) -> Any:
    async with database.read() as connection:
        return await query(connection, *more)


async def test_collections_are_kept_by_name(database: Database) -> None:
    for one in (row("b"), row("a")):
        await database.write(functools.partial(collections.insert_collection, row=one))
    assert [one.name for one in await read(database, collections.list_collections)] == ["a", "b"]
    assert (await read(database, collections.find_collection, "a")) == row("a")
    assert await read(database, collections.find_collection, "c") is None
    assert await read(database, collections.get_revision, "c") == -1


async def test_the_revision_grows_with_every_change(database: Database) -> None:
    await database.write(lambda connection: collections.insert_collection(connection, row("a")))
    for expected in (1, 2):
        assert await database.write(lambda connection: collections.bump_revision(connection, "a", 7)) == expected
    found = await read(database, collections.find_collection, "a")
    assert (found.revision, found.updated_at) == (2, 7)
    assert (await read(database, collections.find_head, "a")).row == found
    assert await read(database, collections.find_head, "b") is None


async def test_settings_are_replaced_whole(database: Database) -> None:
    await database.write(lambda connection: collections.insert_collection(connection, row("a")))
    await database.write(lambda connection: collections.update_settings(connection, "a", {"alpha": 0.4}))
    assert (await read(database, collections.find_collection, "a")).settings == {"alpha": 0.4}


async def test_numbers_are_given_out_once(database: Database) -> None:
    async def take(connection: AsyncConnection) -> int:
        return await collections.take_ids(connection, "chunks", 10)

    assert [await database.write(take) for _ in range(3)] == [1, 11, 21]


async def test_counts_are_of_what_is_live(tmp_path: Path, database_url: str) -> None:
    async with open_stack(tmp_path, url=database_url) as stack:
        added = await stack.add(document("a", "one", "two"), document("b", "three"))
        assert await read(stack.database, collections.count_collection, "c") == CollectionCounts(2, 3, 3)
        await stack.embed()
        await stack.add(document("a", "one", "four"))
        await stack.remove([added[1].document_id])
        assert await read(stack.database, collections.count_collection, "c") == CollectionCounts(1, 2, 1)


async def test_erasing_a_collection_leaves_the_others_and_no_embedding_of_its_own(
    tmp_path: Path, database_url: str
) -> None:
    async with open_stack(tmp_path, url=database_url) as stack:
        await stack.add(document("a", "shared words", "words of its own"))
        await stack.embed()
        other = await stack.publisher.open_collection("other", {"name": "paragraph"})
        await stack.publisher.publish(other, [document("a", "shared words")])
        await stack.backfill.run("other")
        await stack.database.write(lambda connection: collections.delete_collection(connection, "c"))
        async with stack.database.read() as connection:
            left = (await connection.exec_driver_sql("SELECT count(*) FROM embeddings")).scalar()
        assert left == 1
        assert await read(stack.database, collections.count_collection, "other") == CollectionCounts(1, 1, 0)
        assert await read(stack.database, collections.find_collection, "c") is None
