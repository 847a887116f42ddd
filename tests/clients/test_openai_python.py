"""The official OpenAI SDK with an API key: errors it maps, headers it honours, and all that it can ask of a model."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import openai
import pytest
from openai import OpenAI
from pydantic import BaseModel

from tests.support.gateway import GREETING, PIXEL, WEATHER, Gateway

Client = Callable[..., OpenAI]
TOOL: Any = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Tells the weather.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


class Weather(BaseModel):
    city: str
    rainy: bool


@pytest.fixture
def client(gateway: Gateway) -> Iterator[Client]:
    """The SDK with somebody's key, without retries unless told."""
    opened: list[OpenAI] = []

    def make(who: str = "ann", **more: Any) -> OpenAI:
        options: dict[str, Any] = {"api_key": gateway.keys.get(who, who), "max_retries": 0, **more}
        opened.append(OpenAI(base_url=gateway.base_url, **options))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


def said(text: Any) -> list[Any]:
    return [{"role": "user", "content": text}]


def fresh(**more: Any) -> dict[str, Any]:
    return {"cache": {"no_cache": True, "no_store": True}, **more}


def test_a_wrong_key_is_an_authentication_error(client: Client) -> None:
    with pytest.raises(openai.AuthenticationError) as caught:
        client("ak_wrong").chat.completions.create(model="remote", messages=said("Hi"))
    assert caught.value.code == "invalid_api_key"
    assert "ak_wrong" not in str(caught.value)


def test_a_key_without_the_scope_is_a_permission_error(client: Client) -> None:
    with pytest.raises(openai.PermissionDeniedError) as caught:
        client("reader").chat.completions.create(model="remote", messages=said("Hi"), stream=True)
    assert caught.value.code == "permission_denied"


def test_an_unknown_model_is_not_found(client: Client) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        client().chat.completions.create(model="gpt-99", messages=said("Hi"))
    assert caught.value.code == "model_not_found"


def test_limits_stand_in_the_headers_and_end_in_a_rate_limit_error(client: Client) -> None:
    sdk, left = client("hasty", max_retries=2), []
    for stream in (False, True):
        raw: Any = sdk.chat.completions.with_raw_response.create(model="remote", messages=said("Hi"), stream=stream)
        assert raw.headers["x-ratelimit-limit-requests"] == "2"
        left.append(raw.headers["x-ratelimit-remaining-requests"])
        raw.http_response.close()
    assert left == ["1", "0"]
    with pytest.raises(openai.RateLimitError) as caught:
        sdk.chat.completions.create(model="remote", messages=said("Hi"))
    refused = caught.value.response.headers
    assert caught.value.code == "rate_limit_exceeded"
    assert 120 < int(refused["retry-after"]) <= 1_800, "too long for the SDK to wait, so it does not try again"
    assert refused["x-ratelimit-remaining-requests"] == "0"
    assert ";r=0;" in refused["ratelimit"]
    assert ";q=2;w=3600" in refused["ratelimit-policy"]


def test_the_sdk_waits_as_long_as_it_is_told_and_another_user_need_not(client: Client) -> None:
    def ask(sdk: OpenAI, text: str) -> Any:
        return told(sdk, text).parse()

    def told(sdk: OpenAI, text: str) -> Any:
        return sdk.chat.completions.with_raw_response.create(
            model="remote", messages=said(text), max_tokens=5, extra_body=fresh()
        )

    def refused() -> openai.RateLimitError:
        """What is said once a little more than all is spent; it comes back while a busy machine stands still."""
        for _ in range(20):
            headers = told(client("greedy", max_retries=9), "How much is left?").headers
            ask(client("greedy"), f"Spend {int(headers['x-ratelimit-remaining-tokens']) + 1_500}")
            try:
                ask(client("greedy"), "More")
            except openai.RateLimitError as refusal:
                return refusal
        raise AssertionError("nothing was refused")

    assert int(refused().response.headers["retry-after"]) <= 2
    assert ask(client("ben"), "More").choices[0].message.content == GREETING
    assert ask(client("greedy", max_retries=2), "More").choices[0].message.content == GREETING


def test_a_retry_under_one_idempotency_key_is_the_first_reply(client: Client, gateway: Gateway) -> None:
    sdk = client()
    asked = len(gateway.asked)

    def ask(text: str) -> Any:
        more = {"Idempotency-Key": "client-test-1"}
        return sdk.chat.completions.with_raw_response.create(
            model="remote", messages=said(text), extra_headers=more, extra_body=fresh()
        )

    first, again = ask("Pay the bill"), ask("Pay the bill")
    assert len(gateway.asked) == asked + 1
    assert again.parse() == first.parse()
    assert again.headers["idempotency-replayed"] == "true"
    with pytest.raises(openai.UnprocessableEntityError):
        ask("Pay another bill")


@pytest.mark.parametrize("stream", [False, True])
def test_the_callers_own_tools_make_the_round_trip(client: Client, gateway: Gateway, stream: bool) -> None:
    sdk, messages = client(), said(f"How is the weather? {stream}")
    if stream:
        with sdk.chat.completions.stream(model="remote", messages=messages, tools=[TOOL]) as events:
            choice: Any = events.get_final_completion().choices[0]
    else:
        choice = sdk.chat.completions.create(model="remote", messages=messages, tools=[TOOL]).choices[0]
    assert choice.finish_reason == "tool_calls"
    (call,) = choice.message.tool_calls
    assert (call.id, call.function.name, json.loads(call.function.arguments)) == ("call_7", "get_weather", WEATHER)
    turn = choice.message.model_dump(include={"role", "content", "tool_calls"}, exclude_none=True)
    messages += [turn, {"role": "tool", "tool_call_id": call.id, "content": "It rains."}]
    reply = sdk.chat.completions.create(model="remote", messages=messages, tools=[TOOL])
    assert "It rains." in (reply.choices[0].message.content or "")
    sent = gateway.asked[-1]["messages"]
    assert sent[-2]["tool_calls"][0]["id"] == sent[-1]["tool_call_id"] == "call_7"


def test_our_own_tools_run_inside_and_the_answer_comes_back(client: Client, gateway: Gateway) -> None:
    asked = len(gateway.asked)
    reply = client().chat.completions.create(
        model="remote", messages=said("What is six times seven?"), extra_body={"answerable_tools": ["calculator"]}
    )
    assert len(gateway.asked) == asked + 2
    assert "42" in (reply.choices[0].message.content or "")
    assert reply.choices[0].finish_reason == "stop"
    assert reply.choices[0].message.tool_calls is None
    assert reply.usage is not None
    assert reply.usage.total_tokens == 34, "both rounds are counted"


def test_json_by_schema_is_asked_for_and_parsed(client: Client, gateway: Gateway) -> None:
    reply = client().chat.completions.parse(
        model="remote", messages=said("The weather as JSON"), response_format=Weather
    )
    assert reply.choices[0].message.parsed == Weather(city="Paris", rainy=True)
    assert gateway.asked[-1]["response_format"]["json_schema"]["schema"]["required"] == ["city", "rainy"]
    client().chat.completions.create(
        model="remote", messages=said("JSON, please"), response_format={"type": "json_object"}
    )
    assert gateway.asked[-1]["response_format"] == {"type": "json_object"}


def test_an_image_reaches_the_model_as_it_was_sent(client: Client, gateway: Gateway) -> None:
    parts = [{"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": {"url": PIXEL}}]
    reply = client().chat.completions.create(model="remote", messages=said(parts))
    assert reply.choices[0].message.content == "I see 1 image."
    assert gateway.asked[-1]["messages"][-1]["content"][1]["image_url"]["url"] == PIXEL


def test_a_stream_says_how_it_came_about_in_its_headers(client: Client) -> None:
    raw = client().chat.completions.with_raw_response.create(
        model="remote", messages=said("Hi"), stream=True, extra_body=fresh()
    )
    assert raw.headers["x-answerable-model"] == "remote"
    assert raw.headers["x-request-id"]
    chunks = list(raw.parse())
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == GREETING


def test_models_are_those_that_one_may_use(client: Client) -> None:
    assert "remote" in [model.id for model in client().models.list()]
