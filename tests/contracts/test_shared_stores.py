"""Every implementation of SharedStore: in this process, and in a real Redis."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from answerable.core.ports import SharedStore
from answerable.storage.redis_counters import RedisStore
from answerable.storage.redis_link import RedisLink
from answerable.storage.shared_store import MemoryStore
from tests.support.redis import running_redis, up


@pytest.fixture(params=["memory", "redis"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SharedStore]:
    if request.param == "memory":
        yield MemoryStore()
        return
    with running_redis(tmp_path) as server:
        link = await up(RedisLink(server.url, timeout_s=5))
        yield RedisStore(link)
        await link.close()


async def test_a_value_is_found_until_it_is_dropped(store: SharedStore) -> None:
    assert isinstance(store, SharedStore)
    assert await store.get("answer") is None
    await store.put("answer", b"\x00\xff forty two", 60)
    assert await store.get("answer") == b"\x00\xff forty two"
    await store.drop("answer")
    await store.drop("answer")
    assert await store.get("answer") is None


async def test_an_empty_value_is_a_value(store: SharedStore) -> None:
    await store.put("empty", b"", 60)
    assert await store.get("empty") == b""
    assert not await store.swap("empty", None, b"1", 60)
    assert await store.swap("empty", b"", b"1", 60)


async def test_a_value_is_gone_when_its_time_is_over(store: SharedStore) -> None:
    await store.put("short", b"1", 0.001)
    await asyncio.get_running_loop().run_in_executor(None, _pause)
    assert await store.get("short") is None
    assert await store.swap("short", None, b"2", 60)


def _pause() -> None:
    import time

    time.sleep(0.02)


async def test_a_swap_happens_only_where_the_value_is_the_expected_one(store: SharedStore) -> None:
    assert not await store.swap("state", b"closed", b"open", 60)
    assert await store.swap("state", None, b"closed", 60)
    assert not await store.swap("state", None, b"open", 60)
    assert not await store.swap("state", b"open", b"half", 60)
    assert await store.swap("state", b"closed", b"open", 60)
    assert await store.get("state") == b"open"


async def test_of_many_simultaneous_swaps_one_wins(store: SharedStore) -> None:
    won = await asyncio.gather(*(store.swap("lock", None, str(n).encode(), 60) for n in range(100)))
    assert sum(won) == 1
    assert await store.get("lock") == str(won.index(True)).encode()
