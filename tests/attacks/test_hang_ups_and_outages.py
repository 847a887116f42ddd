"""Over real sockets: a reader who hangs up, and a provider that stays down while many ask."""

import asyncio
import functools
from dataclasses import dataclass

import pytest

from answerable.core.errors import ProviderDown
from answerable.core.messages import Collected, Event, Live, Message, Text, TextDelta
from answerable.core.ports import Model
from answerable.core.tasks import Chat
from answerable.core.usage import Attempt
from answerable.gateway.breaker import Breaker, Config
from answerable.gateway.fallback import Fallback
from answerable.gateway.models import Models
from answerable.gateway.prices import Prices
from answerable.providers import openai
from tests.support.liar import HALF, WHOLE, WORDS, liar, nobody
from tests.support.patience import LONG_S
from tests.support.shared import Shared
from tests.support.upstream import Caller, upstream

CHAT = Chat((Message("user", (Text("What is six times seven?"),)),))


@dataclass(frozen=True, slots=True)
class Route:
    model: str
    degraded: bool = False


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def _models(**addresses: str) -> Models:
    built: dict[str, Model] = {
        name: openai.build(openai.Config(name, "honest", f"{url}/v1")) for name, url in addresses.items()
    }
    return Models({name: functools.partial(built.__getitem__, name) for name in built}, {}, next(iter(built)), "")


async def test_a_reader_who_hangs_up_ends_the_call_upstream_and_is_recorded_once() -> None:
    half_said, noticed = asyncio.Event(), asyncio.Event()

    async def respond(caller: Caller) -> None:
        await caller.begin()
        for word in WORDS[:2]:
            await caller.send(b'data: {"choices":[{"index":0,"delta":{"content":"%b"}}]}\n\n' % word.encode())
        await caller.hung_up()
        noticed.set()

    async def read(event: Event) -> None:
        if isinstance(event, TextDelta) and event.text == WORDS[1]:
            half_said.set()

    attempts: list[Attempt] = []
    async with upstream(respond) as found:
        models = _models(a=found.url, b=found.url)
        breaker = Breaker(Shared())
        fallback = Fallback(models, breaker, Prices({}))
        run = asyncio.create_task(fallback.run([Route("a"), Route("b")], CHAT, Live(read), attempts.append))
        await asyncio.wait_for(half_said.wait(), LONG_S)
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run
        await asyncio.wait_for(noticed.wait(), LONG_S)
        assert len(found.requests) == 1
        await models.close()
    (attempt,) = attempts
    assert (attempt.outcome, attempt.usage.estimated) == ("cancelled", True)
    assert attempt.usage.completion_tokens == -(-len(HALF) // 4)
    assert breaker.state("a") == "closed"


async def test_a_provider_that_stays_down_is_left_alone_until_one_probe_finds_it_again() -> None:
    clock, attempts = Clock(), list[Attempt]()
    async with liar() as honest:
        with nobody() as nowhere:
            models = _models(a=nowhere, b=honest.url)
            breaker = Breaker(Shared(), Config(failures=3, cool_down_s=10), clock)
            for _ in range(20):
                await _ask(models, breaker, attempts)
            assert [one.model for one in attempts if one.error] == ["a"] * 3
            await models.close()
        models = _models(a=honest.url, b=honest.url)
        clock.now += 11
        attempts.clear()
        await asyncio.gather(*(_ask(models, breaker, attempts) for _ in range(20)))
        assert [one.model for one in attempts].count("a") == 1
        assert not [one for one in attempts if one.error]
        await models.close()


async def _ask(models: Models, breaker: Breaker, attempts: list[Attempt]) -> None:
    sink = Collected()
    await Fallback(models, breaker, Prices({})).run([Route("a"), Route("b")], CHAT, sink, attempts.append)
    assert "".join(event.text for event in sink.events if isinstance(event, TextDelta)) == WHOLE


async def test_a_failure_of_the_only_route_keeps_its_name() -> None:
    with nobody() as nowhere:
        models = _models(a=nowhere)
        with pytest.raises(ProviderDown, match="could not be reached"):
            await Fallback(models, Breaker(Shared()), Prices({})).run([Route("a")], CHAT, Collected(), lambda _: None)
        await models.close()
