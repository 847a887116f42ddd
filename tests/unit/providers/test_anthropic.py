"""Requests as Anthropic describes them (its SDK checks them in `tests/integration`), replies as it sends them."""

from typing import Any

import pytest

from answerable.core.errors import ProviderBusy, ProviderDown, SetupError, StreamBroken
from answerable.core.messages import Image, Message, Text, Tool, ToolCall
from answerable.core.tasks import Chat, Sampling
from answerable.core.usage import Usage
from answerable.providers import anthropic
from answerable.providers.wire.relay import relay
from tests.support.upstream import Collected, Replay, recorded

CONFIG = anthropic.Config("m", "claude-x", api_key="sk-ant")


def _say(text: str, role: Any = "user") -> Message:
    return Message(role, (Text(text),))


FULL = Chat(
    messages=(
        _say("Be brief.", "system"),
        Message("user", (Text("Which?"), Image("data:image/png;base64,iVBO"), Image("https://example.org/a.png"))),
        Message("assistant", (Text(" "),), (ToolCall("t1", "look", '{"at": 1}'), ToolCall("t2", "look", "{oops"))),
        Message("tool", (Text("a cat"),), tool_call_id="t1"),
        Message("tool", (Text("a dog"),), tool_call_id="t2"),
        _say("So?"),
        _say("Be kind.", "developer"),
    ),
    tools=(Tool("look", "Looks.", {"properties": {"at": {"type": "integer"}}}, True), Tool("bare")),
    tool_choice="required",
    parallel_tool_calls=False,
    response_format={"type": "json_schema", "json_schema": {"name": "r", "schema": {"type": "object"}}},
    sampling=Sampling(1.7, 0.9, 50, ("END", "\n"), 7, {"top_k": 5, "user": "u"}),
)


async def _read(data: bytes) -> tuple[Collected, Any]:
    out, reply = Collected(), anthropic._Reply("m", ("sk-ant",))
    await relay("m", Replay(data), reply, out.emit)
    return out, reply


def test_turns_are_merged_and_mapped() -> None:
    body = anthropic.request_body(CONFIG, FULL)
    assert body["system"] == "Be brief.\n\nBe kind."
    assert [turn["role"] for turn in body["messages"]] == ["user", "assistant", "user"]
    asked, called, told = (turn["content"] for turn in body["messages"])
    assert asked[1]["source"] == {"type": "base64", "media_type": "image/png", "data": "iVBO"}
    assert asked[2]["source"] == {"type": "url", "url": "https://example.org/a.png"}
    assert [(block["type"], block["input"]) for block in called] == [
        ("tool_use", {"at": 1}),
        ("tool_use", {"arguments": "{oops"}),
    ]
    assert [block["type"] for block in told] == ["tool_result", "tool_result", "text"]
    assert told[1]["tool_use_id"] == "t2"


def test_parameters_are_mapped_and_those_it_does_not_know_left_out() -> None:
    body = anthropic.request_body(CONFIG, FULL)
    assert (body["temperature"], body["top_p"], body["max_tokens"], body["top_k"]) == (1.0, 0.9, 50, 5)
    assert body["stop_sequences"] == ["END"]
    assert not {"seed", "user", "stop"} & body.keys()
    assert body["tools"][0]["input_schema"]["type"] == "object"
    assert body["tools"][1] == {"name": "bare", "input_schema": {"type": "object"}}
    assert body["output_config"] == {"format": {"type": "json_schema", "schema": {"type": "object"}}}


@pytest.mark.parametrize(
    ("choice", "parallel", "wanted"),
    [
        (None, None, None),
        (None, False, {"type": "auto", "disable_parallel_tool_use": True}),
        ("auto", None, {"type": "auto"}),
        ("none", False, {"type": "none"}),
        ("required", None, {"type": "any"}),
        ({"type": "function", "function": {"name": "look"}}, None, {"type": "tool", "name": "look"}),
    ],
)
def test_tool_choice(choice: Any, parallel: bool | None, wanted: Any) -> None:
    chat = Chat((_say("Hi"),), (Tool("look"),), choice, parallel)
    assert anthropic.request_body(CONFIG, chat).get("tool_choice") == wanted
    assert "tool_choice" not in anthropic.request_body(CONFIG, Chat((_say("Hi"),), (), choice, parallel))


def test_a_limit_is_always_sent_and_any_json_is_asked_for_in_words() -> None:
    body = anthropic.request_body(CONFIG, Chat((_say("Hi"),), response_format={"type": "json_object"}))
    assert body["max_tokens"] == 8_192
    assert "JSON" in body["system"]


async def test_text_and_cache_tokens() -> None:
    out, reply = await _read(recorded("anthropic_text"))
    assert (out.text, reply.reason, reply.model) == ("Grüße 👋!", "stop", "claude-sonnet-4-5-20250929")
    assert reply.usage() == Usage(132, 15, 100)


async def test_tool_calls_are_put_together_and_an_empty_one_is_an_object() -> None:
    out, reply = await _read(recorded("anthropic_tools"))
    assert out.text == "Let me look."
    assert out.calls == [("toolu_01", "get_weather", '{"city": "Paris"}'), ("toolu_02", "get_time", "{}")]
    assert reply.reason == "tool_calls"


async def test_thinking_is_counted_and_not_shown() -> None:
    out, reply = await _read(recorded("anthropic_thinking"))
    assert (out.text, reply.reason, reply.usage()) == ("Four.", "length", Usage(25, 40, 0, 30))


@pytest.mark.parametrize(
    ("reason", "wanted"),
    [("end_turn", "stop"), ("stop_sequence", "stop"), ("refusal", "content_filter"), ("pause_turn", "stop")],
)
async def test_stop_reasons(reason: str, wanted: str) -> None:
    _, reply = await _read(recorded("anthropic_text").replace(b'"end_turn"', f'"{reason}"'.encode()))
    assert reply.reason == wanted


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (recorded("anthropic_overloaded"), ProviderBusy),
        (recorded("anthropic_cut"), StreamBroken),
        (b"", ProviderDown),
        (b"<html>", ProviderDown),
        (b"data: nope\n\n", ProviderDown),
    ],
)
async def test_failures_inside_a_stream(data: bytes, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        await _read(data)


def test_address_and_key() -> None:
    for base_url in ("https://api.example.org", "https://api.example.org/v1/"):
        model = anthropic.Anthropic(anthropic.Config("m", "x", base_url))
        assert model._transport.url == "https://api.example.org/v1/messages"
    model = anthropic.Anthropic(CONFIG)
    assert model._transport.headers == {"anthropic-version": "2023-06-01", "x-api-key": "sk-ant"}
    assert "sk-ant" not in repr(CONFIG) + repr(model) + repr(vars(model))
    with pytest.raises(SetupError):
        anthropic.build(anthropic.Config("m", "x", "ftp://x"))
