from functools import partial

from answerable.storage import topics
from answerable.storage.database import Database
from answerable.storage.topics import TopicRow


def row(name: str, message: str = "Ask the desk.") -> TopicRow:
    return TopicRow(name, ("refund",), ("I want a refund",), "notice", message, True, 7)


async def test_topics_are_kept_by_name_and_every_change_counts(database: Database) -> None:
    for one in (row("b"), row("a"), row("b", "Other words.")):
        await database.write(partial(topics.put_topic, row=one))
    async with database.read() as connection:
        assert await topics.list_topics(connection) == [row("a"), row("b", "Other words.")]
        assert await topics.get_version(connection) == 3
    assert await database.write(partial(topics.delete_topic, name="a"))
    assert not await database.write(partial(topics.delete_topic, name="a"))
    async with database.read() as connection:
        assert [one.name for one in await topics.list_topics(connection)] == ["b"]


async def test_nothing_was_changed_yet_is_version_0(database: Database) -> None:
    async with database.read() as connection:
        assert await topics.get_version(connection) == 0
