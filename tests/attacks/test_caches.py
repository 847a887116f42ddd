"""Attacks on the caches: other tenants' answers, stale ones, wrong ones."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from answerable.core.identity import Principal
from answerable.core.messages import Sentence, TextDelta
from answerable.gateway.cache import exact as exact_module
from answerable.gateway.cache import key
from answerable.gateway.cache.entry import Entry
from answerable.gateway.cache.facade import Cache, Config
from answerable.gateway.cache.key import Lookup
from answerable.storage.shared_store import MemoryStore
from tests.support.caching import ANN, EVE, Clock, Words, answer, ask, cache, lookup

SECRET = "The codeword of red is heron."

FORGED = [
    Principal("ann", workspace="blue"),
    Principal("ann", workspace="red\0"),
    Principal("ann", workspace="red "),
    Principal("ann", workspace="RED"),
    Principal("ann", workspace='red","'),
    Principal("ann", workspace="*"),
    Principal("ann", workspace=""),
    Principal("red", workspace="ann"),
    Principal("ann", groups=frozenset(["red"]), workspace="blue", sees_all=True, role="admin"),
]


async def leaks(caches: Cache, thief: Lookup) -> bool:
    hit = await caches.find(thief)
    caches.leave(thief)
    return hit is not None and any(SECRET in e.text for e in hit.entry.events if isinstance(e, TextDelta | Sentence))


@pytest.mark.parametrize("thief", FORGED, ids=lambda one: f"{one.workspace!r}")
async def test_no_answer_crosses_into_another_workspace(thief: Principal) -> None:
    caches = cache()
    await ask(caches, lookup("What is the codeword?"), answer(SECRET))
    assert not await leaks(caches, lookup("What is the codeword?", thief))
    assert not await leaks(caches, lookup("What is the codeword ?", thief))
    assert await leaks(caches, lookup("What is the codeword?"))  # the trap is armed


@pytest.mark.parametrize("field", ["user", "metadata", "workspace", "namespace", "cache_key"])
async def test_no_parameter_of_a_request_chooses_whose_answers_it_gets(field: str) -> None:
    caches = cache()
    await ask(caches, lookup("What is the codeword?"), answer(SECRET))
    forged = lookup("What is the codeword?", EVE)
    task = replace(forged.chat, sampling=replace(forged.chat.sampling, extra={field: "red"}))
    assert not await leaks(caches, replace(forged, chat=task))


async def stolen_by_a_planted_entry(store: MemoryStore) -> bool:
    """Whether red's stored bytes are given to blue when they lie where blue's answer would."""
    owner = key.partition(lookup(), "workspace", "1")
    theirs = key.partition(lookup(reader=EVE), "workspace", "1")
    await ask(cache(Clock(), store), lookup(), answer(SECRET))
    raw = await store.get("answer:" + key.fingerprint(lookup(), owner).hex())
    assert raw is not None
    target = key.fingerprint(lookup(reader=EVE), theirs).hex()
    await store.put(
        "answer:" + target, raw.replace(key.fingerprint(lookup(), owner).hex().encode(), target.encode()), 60
    )
    return await leaks(cache(Clock(), store), lookup(reader=EVE))


async def test_an_entry_planted_under_another_tenants_key_is_not_given() -> None:
    assert not await stolen_by_a_planted_entry(MemoryStore())


async def test_without_the_check_on_reading_the_planted_entry_would_be_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutation that shows that the test above tests something."""

    def careless(entry: Entry, name: str, owner: str, now: float) -> bool:
        return entry.print == name and entry.expires_at > now

    monkeypatch.setattr(exact_module, "_is_good", careless)
    assert await stolen_by_a_planted_entry(MemoryStore())


async def test_a_key_without_the_workspace_is_caught_on_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistake in the key alone leaks nothing: the partition is compared again."""
    real: Callable[..., bytes] = key.fingerprint

    def forgetful(one: Lookup, _: key.Partition) -> bytes:
        return real(replace(one, reader=ANN), key.Partition("", "", ""))

    monkeypatch.setattr("answerable.gateway.cache.facade.fingerprint", forgetful)
    monkeypatch.setattr("answerable.gateway.cache.facade.context", forgetful)
    caches = cache()
    await ask(caches, lookup("What is the codeword?"), answer(SECRET))
    assert not await leaks(caches, lookup("What is the codeword?", EVE))
    assert not await leaks(caches, lookup("What is the codeword?", EVE))


async def test_equal_requests_of_two_tenants_at_once_do_not_wait_for_each_other() -> None:
    caches, red, blue = cache(), lookup(), lookup(reader=EVE)
    assert await caches.find(red) is None
    assert await caches.find(blue) is None
    await caches.put(red, answer(SECRET))
    caches.leave(red)
    assert not await leaks(caches, lookup(reader=EVE))
    caches.leave(blue)


async def test_an_answer_is_not_given_after_the_documents_changed() -> None:
    caches = cache()
    await ask(caches, lookup(collection="manuals", knowledge=7))
    assert await ask(caches, lookup(collection="manuals", knowledge=7))
    assert not await leaks_any(caches, lookup(collection="manuals", knowledge=8))
    assert not await leaks_any(caches, lookup("How do I reset the router ?", collection="manuals", knowledge=8))


async def test_an_answer_over_documents_is_not_given_to_one_who_may_not_read_them() -> None:
    caches = cache()
    insider = Principal("ann", groups=frozenset(["staff"]), workspace="red")
    await ask(caches, lookup(reader=insider, collection="manuals", entries=frozenset(["*", "staff"])))
    outsider = lookup(reader=Principal("bob", workspace="red"), collection="manuals", entries=frozenset(["*"]))
    assert not await leaks_any(caches, outsider)
    stranger = replace(insider, id="x", groups=frozenset())
    assert not await leaks_any(caches, lookup("How do I reset the router ?", stranger, collection="manuals"))


async def leaks_any(caches: Cache, one: Lookup) -> bool:
    hit = await caches.find(one)
    caches.leave(one)
    return hit is not None


@pytest.mark.parametrize(
    ("asked", "other"),
    [
        ("How do I travel from Paris to Rome?", "How do I travel from Rome to Paris?"),
        ("Convert 5 miles to km", "Convert 50 miles to km"),
        ("What is 12 plus 7?", "What is 21 plus 7?"),
        ("Is it safe to open the case?", "Is it not safe to open the case?"),
        ("Which foods are safe for dogs?", "Which foods are unsafe for dogs?"),
        ("How do I enable the firewall?", "How do I disable the firewall?"),
        ("Does Ann owe Bob money?", "Does Bob owe Ann money?"),
    ],
)
async def test_a_question_that_only_looks_the_same_gets_no_answer(asked: str, other: str) -> None:
    caches = cache()
    await ask(caches, lookup(asked))
    assert not await leaks_any(caches, lookup(other))
    assert caches.counts["semantic", "hit"] == 0


async def test_long_questions_that_begin_alike_are_not_mixed_up() -> None:
    caches = cache()
    beginning = "Please read this carefully and do what it says at the end of all these many words. " * 4
    await ask(caches, lookup(beginning + "Name a river."))
    assert not await leaks_any(caches, lookup(beginning + "Name a lake."))


def test_nothing_that_is_told_to_a_caller_holds_a_key() -> None:
    one = lookup()
    owner = key.partition(one, "workspace", "1")
    assert key.fingerprint(one, owner).hex() not in repr(one)


async def test_a_hit_shows_no_key_in_its_events() -> None:
    caches, seen = Cache(Config(), MemoryStore(), Words(), "1", Clock()), []

    class Reader:
        seen = False

        async def __call__(self, event: object) -> None:
            seen.append(repr(event))

        def rewind(self) -> None: ...

    await ask(caches, lookup())
    hit = await caches.find(lookup())
    assert hit is not None
    await hit.replay(Reader())
    assert hit.entry.print not in "".join(seen)
    assert hit.entry.owner not in "".join(seen)
