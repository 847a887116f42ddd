"""The front in this process and the store behind it."""

from answerable.gateway.cache.entry import Entry, make
from answerable.gateway.cache.exact import Exact
from answerable.storage.shared_store import MemoryStore
from tests.support.caching import answer

KEY = b"k" * 32


def entry(key: bytes = KEY, owner: str = "red", text: str = "Yes.", ttl_s: float = 60) -> Entry:
    return make(owner, key, 0.0, ttl_s, answer(text))


async def test_what_one_worker_stored_another_finds() -> None:
    store = MemoryStore()
    one, other = Exact(store, 10_000, 5_000), Exact(store, 10_000, 5_000)
    kept = await one.put(entry(), now=0)
    assert kept is not None
    assert await other.find(KEY, "red", now=1) == kept
    assert await one.find(KEY, "red", now=1) == kept


async def test_an_entry_of_another_owner_is_never_given() -> None:
    store = MemoryStore()
    exact = Exact(store, 10_000, 5_000)
    await exact.put(entry(), now=0)
    assert await exact.find(KEY, "blue", now=1) is None
    assert await Exact(store, 10_000, 5_000).find(KEY, "blue", now=1) is None


async def test_an_entry_that_lies_under_another_key_is_never_given() -> None:
    store = MemoryStore()
    await Exact(store, 10_000, 5_000).put(entry(), now=0)
    raw = await store.get("answer:" + KEY.hex())
    assert raw is not None
    await store.put("answer:" + (b"j" * 32).hex(), raw, 60)
    assert await Exact(store, 10_000, 5_000).find(b"j" * 32, "red", now=1) is None


async def test_an_entry_expires_in_front_and_behind() -> None:
    store = MemoryStore(clock=lambda: 0)
    exact = Exact(store, 10_000, 5_000)
    await exact.put(entry(), now=0)
    assert await exact.find(KEY, "red", now=60) is None
    assert exact.size_bytes == 0
    assert await Exact(store, 10_000, 5_000).find(KEY, "red", now=60) is None


async def test_the_front_is_bounded_in_bytes() -> None:
    exact = Exact(MemoryStore(max_bytes=1), 5_000, 5_000)
    for number in range(10):
        await exact.put(entry(bytes([number]) * 32), now=0)
    assert 0 < exact.size_bytes <= 5_000
    assert await exact.find(bytes([0]) * 32, "red", now=1) is None
    assert await exact.find(bytes([9]) * 32, "red", now=1) is not None


async def test_an_answer_that_is_too_large_or_too_old_is_not_kept() -> None:
    exact = Exact(MemoryStore(), 10_000, 1_000)
    assert await exact.put(entry(text="x" * 2_000), now=0) is None
    assert await exact.put(entry(), now=60) is None
    assert exact.size_bytes == 0


async def test_dropping_forgets_in_front_and_behind() -> None:
    exact = Exact(MemoryStore(), 10_000, 5_000)
    await exact.put(entry(), now=0)
    await exact.drop(KEY.hex())
    assert await exact.find(KEY, "red", now=1) is None
