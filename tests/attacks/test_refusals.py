"""Over real sockets: what a provider refuses on purpose, and where it may be tried again."""

import functools
from dataclasses import dataclass

import pytest

from answerable.core.errors import ProviderRefused
from answerable.core.messages import Collected, Message, Text, TextDelta
from answerable.core.ports import Model
from answerable.core.tasks import Chat
from answerable.core.usage import Attempt, Usage
from answerable.gateway.breaker import Breaker
from answerable.gateway.fallback import Fallback
from answerable.gateway.models import Models
from answerable.gateway.prices import Prices
from answerable.providers import openai
from tests.support.liar import WHOLE, liar, nobody
from tests.support.shared import Shared
from tests.support.upstream import Caller, Respond, upstream

CHAT = Chat((Message("user", (Text("What is six times seven?"),)),))


@dataclass(frozen=True, slots=True)
class Route:
    model: str
    degraded: bool = False


def refusing(status: str, code: str, message: str = "no") -> Respond:
    async def respond(caller: Caller) -> None:
        await caller.refuse(status, {"error": {"message": message, "type": "invalid_request_error", "code": code}})

    return respond


async def ask(first: str, second: str, attempts: list[Attempt], windows: dict[str, int] | None = None) -> str:
    built: dict[str, Model] = {
        name: openai.build(openai.Config(name, "honest", f"{url}/v1")) for name, url in (("a", first), ("b", second))
    }
    models = Models({name: functools.partial(built.__getitem__, name) for name in built}, {}, "a", "")
    sink = Collected()
    try:
        fallback = Fallback(models, Breaker(Shared()), Prices({}), windows=windows)
        await fallback.run([Route("a"), Route("b")], CHAT, sink, attempts.append)
    finally:
        await models.close()
    return "".join(event.text for event in sink.events if isinstance(event, TextDelta))


@pytest.mark.parametrize(
    ("status", "code"),
    [("401 Unauthorized", "invalid_api_key"), ("403 Forbidden", ""), ("404 Not Found", "model_not_found")],
)
async def test_a_wrong_set_up_of_one_provider_does_not_keep_another_from_answering(status: str, code: str) -> None:
    attempts: list[Attempt] = []
    async with upstream(refusing(status, code)) as found, liar() as honest:
        assert await ask(found.url, honest.url, attempts) == WHOLE
    assert [one.error for one in attempts] == ["provider_refused", ""]
    assert attempts[0].usage == Usage()


@pytest.mark.parametrize("code", ["content_filter", "content_policy_violation", "invalid_value"])
async def test_what_one_refuses_as_wrong_is_sent_to_no_other(code: str) -> None:
    async with upstream(refusing("400 Bad Request", code)) as found, liar() as honest:
        with pytest.raises(ProviderRefused):
            await ask(found.url, honest.url, [])
        assert honest.requests == []


@pytest.mark.parametrize(
    ("code", "message"), [("context_length_exceeded", "no"), ("", "maximum context length is 8192")]
)
async def test_too_long_a_conversation_goes_to_a_larger_window(code: str, message: str) -> None:
    async with upstream(refusing("400 Bad Request", code, message)) as found, liar() as honest:
        assert await ask(found.url, honest.url, [], {"a": 8_000, "b": 32_000}) == WHOLE
        with pytest.raises(ProviderRefused, match="context window"):
            await ask(found.url, honest.url, [], {"a": 8_000, "b": 8_000})


async def test_where_nobody_listens_nothing_is_paid() -> None:
    attempts: list[Attempt] = []
    async with liar() as honest:
        with nobody() as nowhere:
            await ask(nowhere, honest.url, attempts)

        async def hang_up(caller: Caller) -> None:
            caller.writer.close()

        async with upstream(hang_up) as found:
            await ask(found.url, honest.url, attempts)
    assert attempts[0].usage == Usage()
    assert attempts[2].usage == Usage(6, 0, estimated=True)
