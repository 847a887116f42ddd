"""What is particular to the store in this process; what all stores do is in tests/contracts/test_shared_stores.py."""

from answerable.storage.shared_store import MemoryStore


async def test_values_expire_by_the_clock() -> None:
    now = [0.0]
    store = MemoryStore(clock=lambda: now[0])
    await store.put("a", b"1", ttl_s=10)
    now[0] = 9.9
    assert await store.get("a") == b"1"
    now[0] = 10
    assert await store.get("a") is None
    assert store.size_bytes == 0


async def test_the_least_recently_used_go_when_it_is_full() -> None:
    store = MemoryStore(max_bytes=1_000)
    for key in ("a", "b", "c"):
        await store.put(key, bytes(100), ttl_s=60)
    await store.get("a")
    await store.put("d", bytes(100), ttl_s=60)
    assert [bool(await store.get(key)) for key in ("a", "b", "c", "d")] == [True, False, True, True]
    assert store.size_bytes <= 1_000


async def test_a_value_larger_than_the_store_is_not_kept() -> None:
    store = MemoryStore(max_bytes=1_000)
    await store.put("a", bytes(2_000), ttl_s=60)
    assert await store.get("a") is None
    assert store.size_bytes == 0
