"""Nearest questions of one context, bounded."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from answerable.core.errors import ProviderDown
from answerable.gateway.cache.entry import Entry, decode, encode, make
from answerable.gateway.cache.hit_gate import HitGate, load_model
from answerable.gateway.cache.semantic import Bounds, Near, Semantic
from tests.support.caching import Clock, Words, answer

if TYPE_CHECKING:
    from answerable.core.ports import Vectors

CONTEXT = b"c" * 32
QUESTION = "How do I reset the router"


def semantic(each: int = 10, entries: int = 100, size_bytes: int = 1_000_000, at_once: int = 2) -> Semantic:
    bounds = Bounds(each, entries, size_bytes, at_once, share=0.5)
    return Semantic(Words(), HitGate(load_model(), 0.1), bounds)


class Slow(Words):
    """Takes as long as the test says."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def embed(self, texts: Sequence[str]) -> "Vectors":
        self._clock.now += 0.9
        return super().embed(texts)


class Broken(Words):
    """An endpoint that does not answer."""

    def embed(self, texts: Sequence[str]) -> "Vectors":
        raise ProviderDown("no embeddings")


def entry(owner: str = "red", expires_at: float = 60) -> Entry:
    kept = decode(encode(make(owner, bytes(32), 0.0, expires_at, answer())))
    assert kept is not None
    return kept


async def put(one: Semantic, question: str, context: bytes = CONTEXT, kept: Entry | None = None) -> None:
    vector = await one.vector(question)
    assert vector is not None
    one.put(context, question, vector, kept or entry(), now=0)


async def search(one: Semantic, question: str, context: bytes = CONTEXT, owner: str = "red", now: float = 1) -> Near:
    vector = await one.vector(question)
    assert vector is not None
    return one.search(context, owner, question, vector, now)


async def test_the_same_question_in_other_marks_is_found() -> None:
    one = semantic()
    await put(one, QUESTION)
    found = await search(one, "how do i reset the router?")
    assert found.entry is not None
    assert found.similarity > 0.99


async def test_another_context_owner_or_time_finds_nothing() -> None:
    one = semantic()
    await put(one, QUESTION)
    assert (await search(one, QUESTION, context=b"d" * 32)).entry is None
    assert (await search(one, QUESTION, owner="blue")).entry is None
    assert (await search(one, QUESTION, now=60)).entry is None


async def test_a_near_question_that_the_gate_turns_away_counts_as_rejected() -> None:
    one = semantic()
    await put(one, "How do I travel from Paris to Rome")
    found = await search(one, "How do I travel from Rome to Paris")
    assert (found.entry, found.rejected) == (None, True)


async def test_a_far_question_is_not_rejected_but_missed() -> None:
    one = semantic()
    await put(one, QUESTION)
    found = await search(one, "Who painted it")
    assert (found.entry, found.rejected) == (None, False)


async def test_the_same_question_again_replaces_the_first() -> None:
    one = semantic()
    await put(one, QUESTION)
    later = entry(expires_at=90)
    await put(one, QUESTION, kept=later)
    assert one.entries == 1
    assert (await search(one, QUESTION, now=70)).entry is later


async def test_a_context_keeps_its_youngest_entries() -> None:
    one = semantic(each=3)
    for thing in ("router", "switch", "modem", "printer", "camera"):
        await put(one, f"Reset {thing}")
    assert one.entries == 3
    assert (await search(one, "Reset router")).entry is None
    assert (await search(one, "Reset camera")).entry is not None


async def test_all_contexts_together_are_bounded_the_least_used_go_first() -> None:
    one = semantic(entries=4)
    for number in range(6):
        await put(one, QUESTION, context=bytes([number]) * 32)
        await search(one, QUESTION, context=bytes(32))
    assert one.entries == 4
    assert one.holds(bytes(32))
    assert not one.holds(bytes([1]) * 32)


async def test_bytes_are_bounded_and_counted() -> None:
    one = semantic(size_bytes=8_000)
    for number in range(9):
        await put(one, f"Reset thing {number}", context=bytes([number]) * 32)
    assert 0 < one.size_bytes <= 8_000


async def test_expired_entries_leave_room() -> None:
    one = semantic()
    await put(one, "Reset router", kept=entry(expires_at=5))
    vector = await one.vector("Reset modem")
    assert vector is not None
    one.put(CONTEXT, "Reset modem", vector, entry(), now=6)
    assert one.entries == 1
    assert one.size_bytes == entry().size_bytes + 3_000


async def test_a_shelf_grows_beyond_its_first_rows() -> None:
    one = semantic(each=100)
    for number in range(40):
        await put(one, f"Reset device {number}")
    assert one.entries == 40
    assert (await search(one, "Reset device 3")).entry is not None


async def test_a_question_longer_than_the_model_reads_has_no_vector() -> None:
    assert await semantic().vector("word " * 51) is None


async def test_no_more_questions_are_embedded_at_once_than_allowed() -> None:
    assert await semantic(at_once=0).vector(QUESTION) is None


async def test_embedding_takes_no_more_than_its_share_of_time() -> None:
    clock = Clock()
    one = Semantic(Slow(clock), HitGate(load_model(), 0.1), Bounds(10, 100, 1_000_000, 4, share=0.25), clock)
    assert await one.vector(QUESTION) is not None
    assert await one.vector(QUESTION) is not None
    assert await one.vector(QUESTION) is None  # more than the second of a burst is spent
    clock.now += 2
    assert await one.vector(QUESTION) is not None


async def test_an_embedder_out_of_order_costs_the_cache_and_nothing_else() -> None:
    one = Semantic(Broken(), HitGate(load_model(), 0.1), Bounds(10, 100, 1_000_000))
    assert await one.vector(QUESTION) is None
