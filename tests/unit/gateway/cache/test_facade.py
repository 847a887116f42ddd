"""The caches as a flow uses them."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from answerable.core.identity import Principal
from answerable.core.messages import (
    Abstained,
    CacheHit,
    Collected,
    Event,
    Finished,
    Image,
    Message,
    Routed,
    Text,
    TextDelta,
    Tool,
)
from answerable.core.tasks import Chat, Sampling
from answerable.core.usage import Usage
from answerable.gateway.cache.facade import Cache, Config, SemanticConfig
from answerable.gateway.cache.key import Lookup
from answerable.storage.shared_store import MemoryStore
from tests.support.caching import ANN, BOB, Clock, Words, answer, ask, cache, chat, lookup


async def test_an_answer_is_replayed_as_a_stream_that_says_where_it_comes_from() -> None:
    clock, sink = Clock(), Collected()
    caches = cache(clock)
    await ask(caches, lookup(), answer("word " * 100))
    clock.now += 90
    hit = await caches.find(lookup())
    assert hit is not None
    await hit.replay(sink)
    assert sink.events[0] == CacheHit("exact", 1.0, 90.0)
    assert "".join(event.text for event in sink.events if isinstance(event, TextDelta)) == "word " * 100
    assert sum(isinstance(event, TextDelta) for event in sink.events) == 4
    assert sink.events[-1] == Finished("stop", Usage(12, 7), "small-1", Decimal(0))


async def test_a_question_in_other_words_is_answered_by_meaning() -> None:
    caches = cache()
    await ask(caches, lookup())
    hit = await caches.find(lookup("How do I reset the router ?"))
    assert hit is not None
    assert hit.kind == "semantic"
    assert hit.similarity == pytest.approx(1.0, abs=1e-3)


async def test_exact_answers_last_an_hour_and_answers_by_meaning_a_day() -> None:
    clock = Clock()
    caches = cache(clock)
    await ask(caches, lookup())
    clock.now += 3_601
    hit = await caches.find(lookup())
    assert hit is not None
    assert hit.kind == "semantic"
    clock.now += 86_400
    assert await caches.find(lookup()) is None


@pytest.mark.parametrize(
    "events",
    [
        answer(reason="length"),
        answer(reason="content_filter"),
        answer()[:-1],
        [],
        [Routed("extractive", "last resort", degraded=True), *answer()],
    ],
    ids=["truncated", "filtered", "stopped", "failed", "degraded"],
)
async def test_answers_that_are_not_whole_are_never_stored(events: list[Event]) -> None:
    caches = cache()
    assert not await ask(caches, lookup(), events)
    assert not await ask(caches, lookup(), events)
    assert caches.counts["exact", "refused"] == 2


async def test_an_abstention_is_given_again_to_the_same_request_but_to_no_other_wording() -> None:
    caches = cache()
    await ask(caches, lookup(), [Abstained("No idea.", ("manuals",)), *answer()[-1:]])
    assert await caches.find(lookup("How do I reset the router ?")) is None
    assert await caches.find(lookup()) is not None


async def test_a_request_may_ask_for_a_fresh_answer_and_that_answer_is_stored() -> None:
    caches = cache()
    await ask(caches, lookup())
    fresh = lookup(control={"no_cache": True})
    assert not await ask(caches, fresh, answer("Now it is different."))
    hit = await caches.find(lookup())
    assert hit is not None
    assert hit.entry.events == (TextDelta("Now it is different."),)


async def test_a_request_may_ask_not_to_be_stored() -> None:
    caches = cache()
    assert not await ask(caches, lookup(control={"no_store": True}))
    assert not await ask(caches, lookup())


async def test_a_request_may_shorten_how_long_its_answer_is_kept_but_not_lengthen_it() -> None:
    clock = Clock()
    caches = cache(clock)
    await ask(caches, lookup("One thing?", control={"ttl_s": 10}))
    await ask(caches, lookup("Another matter?", control={"ttl_s": 1e9}))
    clock.now += 11
    assert await caches.find(lookup("One thing?")) is None
    clock.now += 90_000
    assert await caches.find(lookup("Another matter?")) is None


@pytest.mark.parametrize(
    "one",
    [
        lookup("x"),
        lookup(personalised=True),
        lookup(chat=replace(chat("How do I reset the router?"), tools=(Tool("clock"),))),
        lookup(chat=Chat((Message("user", (Text("How do I reset the router?"), Image("https://a/b"))),))),
        lookup(chat=chat("How do I reset the router?", *[Message("user", (Text("Hi"),))] * 3)),
        lookup("reset " * 200),
    ],
    ids=["other words", "personalised", "tools", "image", "long conversation", "long question"],
)
async def test_what_is_not_answered_by_meaning(one: Lookup) -> None:
    caches = cache()
    await ask(caches, one)
    again = replace(one, chat=replace(one.chat, messages=(*one.chat.messages[:-1], _shouted(one.chat.messages[-1]))))
    await caches.find(again)
    assert caches.counts["semantic", "hit"] == (1 if one.chat.messages[-1].text == "x" else 0)
    assert await caches.find(replace(one)) is not None


def _shouted(message: Message) -> Message:
    return replace(message, content=tuple(Text(c.text + " ?") if isinstance(c, Text) else c for c in message.content))


async def test_temporary_chats_leave_nothing_and_get_nothing() -> None:
    caches = cache()
    assert not await ask(caches, lookup(temporary=True))
    assert not await ask(caches, lookup())
    assert not await ask(caches, lookup(temporary=True))
    assert caches.counts["exact", "bypassed"] == 2


async def test_switched_off_it_does_nothing() -> None:
    caches = cache(enabled=False)
    assert not await ask(caches, lookup())
    assert not await ask(caches, lookup())


async def test_by_meaning_can_be_switched_off_alone() -> None:
    caches = cache(semantic=SemanticConfig(enabled=False))
    await ask(caches, lookup())
    assert await caches.find(lookup("How do I reset the router ?")) is None
    assert await caches.find(lookup()) is not None


async def test_high_temperatures_can_be_kept_out() -> None:
    caches = cache(max_temperature=0.3)
    for task in (chat("Hi?"), chat("Hi?", temperature=0.9)):
        assert not await ask(caches, lookup(chat=task))
        assert not await ask(caches, lookup(chat=task))
    cold = lookup(chat=replace(chat("Hi?"), sampling=Sampling(temperature=0)))
    assert not await ask(caches, cold)
    assert await ask(caches, replace(cold))


async def test_users_may_be_kept_apart_and_nameless_ones_have_no_cache() -> None:
    caches = cache(scope="user")
    await ask(caches, lookup(reader=ANN))
    assert await ask(caches, lookup(reader=ANN))
    assert not await ask(caches, lookup(reader=BOB))
    assert not await ask(caches, lookup(reader=Principal("")))
    assert not await ask(caches, lookup(reader=Principal("")))


async def test_a_request_without_a_fingerprint_is_answered_without_caches() -> None:
    caches = cache()
    odd = lookup(chat=replace(chat("Hi?"), sampling=Sampling(extra={"x": object()})))
    assert not await ask(caches, odd)
    assert not await ask(caches, replace(odd))


async def test_workers_share_exact_answers_by_the_store() -> None:
    store, clock = MemoryStore(), Clock()
    await ask(cache(clock, store), lookup())
    assert await ask(cache(clock, store), lookup())


async def test_clearing_a_workspace_reaches_every_worker_and_outlasts_a_lost_store() -> None:
    store, clock = MemoryStore(), Clock()
    one, other = cache(clock, store), cache(clock, store)
    await ask(one, lookup())
    assert await ask(other, lookup())
    clock.now += 1
    await one.invalidate("red")
    clock.now += 1
    assert await one.find(lookup()) is None
    assert await other.find(lookup("How do I reset the router ?")) is None
    await store.drop("answers-cleared:red")
    clock.now += 1
    assert await other.find(lookup()) is None


async def test_an_answer_asked_for_before_a_clearing_is_not_stored_after_it() -> None:
    clock = Clock()
    caches, one = cache(clock), lookup()
    assert await caches.find(one) is None
    clock.now += 1
    await caches.invalidate("red")
    assert not await caches.put(one, answer())
    caches.leave(one)


async def test_equal_requests_at_once_run_once() -> None:
    caches, runs = cache(), 0

    async def request() -> str:
        nonlocal runs
        one = lookup()
        try:
            hit = await caches.find(one)
            if hit is not None:
                return hit.kind
            runs += 1
            for _ in range(5):
                await asyncio.sleep(0)
            await caches.put(one, answer())
        finally:
            caches.leave(one)
        return "ran"

    found = await asyncio.gather(*(request() for _ in range(20)))
    assert (runs, sorted(found)) == (1, ["exact"] * 19 + ["ran"])


async def test_a_cancelled_leader_lets_the_others_go_on_at_once() -> None:
    caches, began = cache(), asyncio.Event()

    async def lead() -> None:
        one = lookup()
        try:
            await caches.find(one)
            began.set()
            await asyncio.Event().wait()
        finally:
            caches.leave(one)

    leader = asyncio.create_task(lead())
    await began.wait()
    follower = asyncio.create_task(ask(caches, lookup()))
    await asyncio.sleep(0)
    leader.cancel()
    assert await asyncio.wait_for(follower, 10) is False
    assert await ask(caches, lookup())


@pytest.mark.parametrize("control", [{"no_cache": True}, {"no_store": True}])
async def test_requests_with_wishes_of_their_own_do_not_wait_for_others(control: dict[str, bool]) -> None:
    caches, leading = cache(), lookup()
    assert await caches.find(leading) is None
    assert await asyncio.wait_for(caches.find(lookup(control=control)), 10) is None
    caches.leave(leading)


async def test_a_hit_says_what_the_answer_cost_once() -> None:
    caches = cache()
    await ask(caches, lookup(), [TextDelta("Hi"), Finished("stop", Usage(1, 1), "m", Decimal("0.01"))])
    hit = await caches.find(lookup())
    assert hit is not None
    assert hit.saved_usd == Decimal("0.01")


async def test_what_happened_is_counted() -> None:
    caches = cache()
    await ask(caches, lookup())
    await ask(caches, lookup())
    assert caches.counts["exact", "miss"] == caches.counts["exact", "stored"] == caches.counts["exact", "hit"] == 1
    assert caches.counts["semantic", "stored"] == 1


@pytest.mark.parametrize(
    ("wrong", "why"),
    [({"exact_ttl_s": 0}, "exact_ttl_s"), ({"leaders": 0}, "leaders"), ({"wait_s": -1}, "wait_s")],
)
def test_settings_are_checked(wrong: dict[str, float], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Config(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [{"false_hits": 0}, {"false_hits": 1}, {"entries": 0}])
def test_settings_by_meaning_are_checked(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="semantic"):
        SemanticConfig(**wrong)  # type: ignore[arg-type]


def test_the_policy_is_part_of_what_is_looked_up() -> None:
    async def both() -> bool:
        store, clock = MemoryStore(), Clock()
        await ask(Cache(Config(), store, Words(), "1", clock), lookup())
        return await ask(Cache(Config(), store, Words(), "2", clock), lookup())

    assert not asyncio.run(both())


async def test_with_an_embedding_model_that_the_gate_does_not_know_only_the_same_request_is_answered() -> None:
    class Other(Words):
        name = "text-embedding-3-small"

    caches = Cache(Config(), MemoryStore(), Other(), "1", Clock())
    await ask(caches, lookup())
    assert await caches.find(lookup("How do I reset the router ?")) is None
    assert await ask(caches, lookup())


async def test_what_happens_is_told_as_it_happens() -> None:
    told: list[tuple[str, str]] = []
    caches = Cache(Config(), MemoryStore(), Words(), "1", Clock(), counted=lambda *one: told.append(one))
    await ask(caches, lookup())
    await ask(caches, lookup())
    assert told == [
        ("exact", "miss"),
        ("semantic", "miss"),
        ("exact", "stored"),
        ("semantic", "stored"),
        ("exact", "hit"),
    ]
