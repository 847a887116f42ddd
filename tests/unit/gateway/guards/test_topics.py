import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Sequence
from functools import partial

import numpy as np
import pytest

from answerable.core.errors import GuardUnavailable, StorageDown
from answerable.core.ports import Embedder
from answerable.gateway.guards.topics import Config, Topics
from answerable.knowledge.embedders import minilm
from answerable.storage import topics
from answerable.storage.database import Database
from answerable.storage.topics import TopicRow
from tests.support.outage import away
from tests.support.patience import LONG_S


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def refunds(*, enabled: bool = True, examples: tuple[str, ...] = ()) -> TopicRow:
    return TopicRow("refunds", ("refund", "money back"), examples, "people", "A person answers this.", enabled, 1)


async def put(database: Database, row: TopicRow) -> None:
    await database.write(partial(topics.put_topic, row=row))


async def test_a_new_topic_works_within_two_seconds_on_a_worker_that_runs(database: Database) -> None:
    clock = Clock()
    switch = Topics(database, clock=clock)
    assert await switch.find("I want a refund") is None
    await put(database, refunds())
    assert await switch.find("I want a refund") is None
    clock.now += 2.0
    found = await switch.find("When will I get my money back?")
    assert found is not None
    assert (found.topic, found.action, found.message, found.by) == (
        "refunds",
        "people",
        "A person answers this.",
        "keyword",
    )


async def test_keywords_match_whole_words_in_any_form(database: Database) -> None:
    await put(database, refunds())
    switch = Topics(database, clock=Clock())
    for text in ("Refunds, please!", "I was refunded twice", "REFUNDING"):
        assert await switch.find(text) is not None, text
    for text in ("money is not back", "the refundable", "prefund"):
        assert await switch.find(text) is None, text


async def test_a_topic_that_is_switched_off_or_gone_is_none(database: Database) -> None:
    clock = Clock()
    switch = Topics(database, clock=clock)
    await put(database, refunds(enabled=False))
    assert await switch.find("refund") is None
    await put(database, refunds())
    clock.now += 2
    assert await switch.find("refund") is not None
    await database.write(partial(topics.delete_topic, name="refunds"))
    clock.now += 2
    assert await switch.find("refund") is None


async def test_examples_match_what_is_said_in_other_words(database: Database) -> None:
    embedder: Embedder = minilm.build(minilm.Config())
    examples = ("How do I get a refund for my order?", "I want to return this item and get my money back")
    await put(database, TopicRow("returns", (), examples, "notice", "See the desk.", True, 1))
    switch = Topics(database, embedder, clock=Clock())
    found = await switch.find("can you give me a refund for the order I placed")
    assert found is not None
    assert (found.by, found.action) == ("example", "notice")
    assert await switch.find("How do I change the picture mode of the TV?") is None


async def test_a_list_that_cannot_be_read_refuses_after_a_while(database: Database) -> None:
    clock = Clock()
    switch = Topics(database, clock=clock, config=Config(poll_s=2, stale_s=10))
    await put(database, refunds())
    assert await switch.find("refund") is not None
    await database.write(lambda connection: connection.exec_driver_sql("ALTER TABLE counters RENAME TO gone"))
    clock.now += 5
    assert await switch.find("refund") is not None
    clock.now += 6
    with pytest.raises(GuardUnavailable):
        await switch.find("hello")


async def test_while_the_database_is_away_the_list_holds_as_it_was_but_not_for_ever(database: Database) -> None:
    clock = Clock()
    switch = Topics(database, clock=clock, config=Config(poll_s=2, stale_s=10, outage_s=100))
    await put(database, refunds())
    assert await switch.find("refund") is not None
    with away(database):
        clock.now += 99
        assert await switch.find("refund") is not None
        clock.now += 2
        for _ in range(2):
            with pytest.raises(GuardUnavailable) as refused:
                await switch.find("hello")
            assert isinstance(refused.value.__cause__, StorageDown)
    clock.now += 2
    assert await switch.find("refund") is not None


async def test_a_database_that_is_only_busy_does_not_keep_an_old_list_in_force(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    switch = Topics(database, clock=clock, config=Config(poll_s=2, stale_s=10, outage_s=100))
    await switch.find("hello")

    @contextlib.asynccontextmanager
    async def busy() -> AsyncIterator[None]:
        raise StorageDown("all connections to it are in use")
        yield

    monkeypatch.setattr(database, "watch", busy)
    clock.now += 11
    with pytest.raises(GuardUnavailable):
        await switch.find("hello")


class Slow:
    """An embedder that embeds when it is told to, as unit vectors by the first letter."""

    def __init__(self) -> None:
        self.may_embed, self.embeds = threading.Event(), threading.Event()

    def embed(self, texts: Sequence[str]) -> object:
        if len(texts) > 1:
            self.embeds.set()
            assert self.may_embed.wait(LONG_S)
        return np.array([np.eye(3)["abc".index(text[0])] for text in texts], dtype=np.float32)


async def test_while_topics_are_read_anew_a_question_sees_the_list_as_it_was_and_whole(database: Database) -> None:
    clock, slow = Clock(), Slow()
    slow.may_embed.set()
    switch = Topics(database, slow, clock=clock)  # type: ignore[arg-type]
    await put(database, TopicRow("one", (), ("a", "b"), "notice", "One.", True, 1))
    found = await switch.find("b")
    assert found is not None
    assert found.message == "One."
    slow.may_embed.clear()
    slow.embeds.clear()
    await put(database, TopicRow("one", (), ("c", "c"), "notice", "Two.", True, 1))
    clock.now += 3
    reading = asyncio.create_task(switch.find("b"))
    await asyncio.to_thread(slow.embeds.wait, LONG_S)
    found = await switch.find("b")
    assert found is not None
    assert found.message == "One."
    slow.may_embed.set()
    assert await reading is None


async def test_a_list_that_was_never_read_lets_nothing_pass(database: Database) -> None:
    switch = Topics(database, clock=Clock())
    with away(database):
        found = await asyncio.gather(*(switch.find("hello") for _ in range(3)), return_exceptions=True)
    assert [type(one) for one in found] == [GuardUnavailable] * 3


async def test_while_the_database_hangs_only_one_request_waits_for_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, hangs = Clock(), asyncio.Event()
    switch = Topics(database, clock=clock)
    await switch.find("hello")
    clock.now += 3

    @contextlib.asynccontextmanager
    async def hanging() -> AsyncIterator[None]:
        await hangs.wait()
        raise StorageDown("gone")
        yield

    monkeypatch.setattr(database, "watch", hanging)
    first = asyncio.create_task(switch.find("hello"))
    await asyncio.sleep(0)
    assert await asyncio.wait_for(switch.find("hello"), LONG_S) is None
    assert not first.done()
    hangs.set()
    assert await first is None


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="poll_s"):
        Config(poll_s=0)
    with pytest.raises(ValueError, match="similarity"):
        Config(similarity=1.5)
