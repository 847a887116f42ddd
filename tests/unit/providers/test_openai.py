"""Requests as OpenAI describes them (its SDK checks them in `tests/integration`), replies as the servers send them."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from answerable.core.errors import ProviderBusy, ProviderDown, SetupError, StreamBroken
from answerable.core.messages import Image, Message, Text, Tool, ToolCall, ToolCallDelta
from answerable.core.tasks import Chat, Sampling
from answerable.core.usage import Usage
from answerable.providers import openai
from answerable.providers.wire.relay import relay
from tests.support.upstream import Collected, Replay, recorded

CONFIG = openai.Config("m", "gpt-x", api_key="sk-key", organization="org-1")


def _say(text: str, role: Any = "user") -> Message:
    return Message(role, (Text(text),))


FULL = Chat(
    messages=(
        _say("Be brief.", "developer"),
        Message("user", (Text("What is it?"), Image("https://example.org/a.png", "low"))),
        Message("assistant", (), (ToolCall("call_1", "look", '{"at": 1}'),)),
        Message("tool", (Text("a cat"),), tool_call_id="call_1"),
        Message("user", (Text("So?"),), name="ann"),
    ),
    tools=(Tool("look", "Looks.", {"type": "object", "properties": {"at": {"type": "integer"}}}, True), Tool("bare")),
    tool_choice={"type": "function", "function": {"name": "look"}},
    parallel_tool_calls=False,
    response_format={"type": "json_schema", "json_schema": {"name": "r", "schema": {"type": "object"}, "strict": True}},
    sampling=Sampling(0.2, 0.9, 50, ("END",), 7, {"user": "u", "logit_bias": {"5": -1}, "stream": False}),
)


async def _read(data: bytes) -> tuple[Collected, Any]:
    out, reply = Collected(), openai._Reply("m", ("sk-key",))
    await relay("m", Replay(data), reply, out.emit)
    return out, reply


def test_everything_asked_for_is_sent() -> None:
    body = openai.request_body(CONFIG, FULL)
    assert body["messages"][0] == {"role": "system", "content": "Be brief."}
    assert body["messages"][1]["content"][1]["image_url"] == {"url": "https://example.org/a.png", "detail": "low"}
    assert "content" not in body["messages"][2]
    assert body["messages"][2]["tool_calls"][0]["function"] == {"name": "look", "arguments": '{"at": 1}'}
    assert body["messages"][3] == {"role": "tool", "content": "a cat", "tool_call_id": "call_1"}
    assert body["tools"][0]["function"]["strict"] is True
    assert body["tools"][1] == {"type": "function", "function": {"name": "bare"}}
    assert body["tool_choice"] == FULL.tool_choice
    assert body["response_format"] == FULL.response_format
    assert (body["temperature"], body["top_p"], body["max_completion_tokens"]) == (0.2, 0.9, 50)
    assert (body["stop"], body["seed"], body["parallel_tool_calls"]) == (["END"], 7, False)
    assert (body["user"], body["logit_bias"]) == ("u", {"5": -1})


def test_extra_parameters_cannot_turn_streaming_off() -> None:
    assert openai.request_body(CONFIG, FULL)["stream"] is True


def test_what_was_not_asked_for_is_not_sent() -> None:
    body = openai.request_body(CONFIG, Chat((_say("Hi"),)))
    assert set(body) == {"model", "messages", "stream", "stream_options"}


@pytest.mark.parametrize(
    ("base_url", "version", "wanted"),
    [
        ("https://api.openai.com/v1/", "", "max_completion_tokens"),
        ("https://x.openai.azure.com", "2024-10-21", "max_completion_tokens"),
        ("http://localhost:11434/v1", "", "max_tokens"),
    ],
)
def test_the_limit_has_the_name_that_the_server_knows(base_url: str, version: str, wanted: str) -> None:
    config = openai.Config("m", "x", base_url, api_version=version)
    assert openai.request_body(config, FULL)[wanted] == 50


@pytest.mark.parametrize(
    ("base_url", "version", "wanted"),
    [
        ("http://h:1/v1/", "", "http://h:1/v1/chat/completions"),
        (
            "https://x.openai.azure.com/",
            "2024-10-21",
            "https://x.openai.azure.com/openai/deployments/my%20dep/chat/completions?api-version=2024-10-21",
        ),
        (
            "https://x.openai.azure.com/openai/deployments/d",
            "v1",
            "https://x.openai.azure.com/openai/deployments/d/chat/completions?api-version=v1",
        ),
        ("https://x.openai.azure.com/openai/v1", "", "https://x.openai.azure.com/openai/v1/chat/completions"),
    ],
)
def test_addresses(base_url: str, version: str, wanted: str) -> None:
    assert openai._url(openai.Config("m", "my dep", base_url, api_version=version)) == wanted


def test_the_key_travels_as_each_server_wants_it() -> None:
    azure = openai.Config("m", "x", "https://x.openai.azure.com/openai/v1", "k")
    assert openai._headers(CONFIG) == {"Authorization": "Bearer sk-key", "OpenAI-Organization": "org-1"}
    assert openai._headers(azure) == {"api-key": "k"}
    assert openai._headers(openai.Config("m", "x", "http://h/v1")) == {}


def test_a_key_is_not_in_any_representation() -> None:
    model = openai.build(CONFIG)
    assert "sk-key" not in repr(CONFIG) + repr(model) + repr(vars(model))


@pytest.mark.parametrize("base_url", ["localhost:8000", "ftp://h/v1", "http://", "http://[::bad", ""])
def test_an_address_must_be_http_with_a_host(base_url: str) -> None:
    with pytest.raises(SetupError, match="must be an http"):
        openai.build(openai.Config("m", "x", base_url))


@pytest.mark.parametrize(
    ("name", "text", "reason", "usage", "model"),
    [
        ("openai_text", "Grüße 👋, press reset.", "stop", Usage(19, 10, 8, 4), "gpt-4o-2024-08-06"),
        ("azure_text", "Hold the button.", "stop", Usage(9, 4), "gpt-4o-2024-11-20"),
        ("vllm_text", "Yes.", "length", Usage(31, 2), "Qwen/Qwen2.5-7B-Instruct"),
        ("ollama_text", "Hello", "stop", None, "llama3.2"),
        ("groq_text", "Blue.", "stop", Usage(43, 3), "llama-3.3-70b-versatile"),
        ("openrouter_text", "Yes.", "stop", Usage(12, 2), "meta-llama/llama-3.1-8b-instruct"),
        ("llamacpp_text", "Ja", "stop", Usage(5, 1), "local"),
    ],
)
async def test_replies_of_each_server(name: str, text: str, reason: str, usage: Usage | None, model: str) -> None:
    out, reply = await _read(recorded(name))
    assert (out.text, reply.reason, reply.usage, reply.model) == (text, reason, usage, model)


@pytest.mark.parametrize(
    ("name", "calls"),
    [
        ("openai_tools", [("call_DdmO9pD3", "get_weather", '{"city":"Paris"}'), ("call_8Yt2kQ", "get_time", "{}")]),
        ("ollama_tools", [("call_a1", "get_weather", '{"city":"Rome"}'), ("call_b2", "get_time", "{}")]),
    ],
)
async def test_tool_calls_are_put_together(name: str, calls: list[tuple[str, str, str]]) -> None:
    out, reply = await _read(recorded(name))
    assert out.calls == calls
    assert reply.reason == "tool_calls"


def _chunks(*deltas: Any, reason: str | None = "stop") -> bytes:
    bodies = [{"choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    bodies += [{"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}] if reason else []
    return "".join(f"data: {json.dumps(body)}\n\n" for body in bodies).encode()


async def test_a_tool_call_without_id_gets_one_and_one_without_index_its_own() -> None:
    first = {"tool_calls": [{"function": {"name": "a", "arguments": {"x": 1}}}, {"function": {"name": "b"}}]}
    out, reply = await _read(_chunks(first, {"tool_calls": [{"function": {"arguments": "{}"}}]}))
    assert [(name, arguments) for _, name, arguments in out.calls] == [("a", '{"x": 1}'), ("b", "{}")]
    ids = [one for one, _, _ in out.calls]
    assert len(set(ids)) == 2
    assert all(one and one.startswith("call_") for one in ids)
    assert reply.reason == "tool_calls"


async def test_only_the_first_fragment_carries_id_and_name() -> None:
    out, _ = await _read(recorded("openai_tools"))
    fragments = [event for event in out if isinstance(event, ToolCallDelta) and event.index == 0]
    assert [(one.id, one.name) for one in fragments] == [("call_DdmO9pD3", "get_weather"), (None, None), (None, None)]


async def test_a_refusal_is_text_and_parts_are_joined() -> None:
    out, _ = await _read(_chunks({"refusal": "I won't. "}, {"content": [{"type": "text", "text": "Sorry."}]}))
    assert out.text == "I won't. Sorry."


async def test_reasoning_is_not_shown() -> None:
    out, _ = await _read(_chunks({"reasoning_content": "hmm", "reasoning": "hmm"}, {"content": "Four."}))
    assert out.text == "Four."


async def test_other_choices_are_passed_over() -> None:
    other = b'data: {"choices":[{"index":1,"delta":{"content":"other"}}]}\n\n'
    out, _ = await _read(other + _chunks({"content": "ours"}))
    assert out.text == "ours"


async def test_done_without_a_reason_ends_a_visible_answer_only() -> None:
    out, reply = await _read(_chunks({"content": "Hi"}, reason=None) + b"data: [DONE]\n\n")
    assert (out.text, reply.reason) == ("Hi", "stop")
    with pytest.raises(ProviderDown):
        await _read(b"data: [DONE]\n\n")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (recorded("openai_error"), ProviderDown),
        (recorded("openrouter_error"), StreamBroken),
        (recorded("openai_cut"), StreamBroken),
        (b"", ProviderDown),
        (b"<html>Bad gateway</html>", ProviderDown),
        (b"data: <html>\n\n", ProviderDown),
        (b'event: error\ndata: {"type":"overloaded_error","message":"x"}\n\n', ProviderBusy),
        (_chunks({"content": "x"}, reason="error"), StreamBroken),
        (_chunks({}, reason="error"), ProviderDown),
    ],
)
async def test_failures_inside_a_stream(data: bytes, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        await _read(data)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["choices", "delta", "tool_calls", "function", "usage", "index", "id", "content", "error", "name"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=60)
@given(st.lists(_JSON, max_size=4))
async def test_no_json_makes_anything_but_an_upstream_error(found: list[Any]) -> None:
    data = "".join(f"data: {json.dumps(one)}\n\n" for one in found).encode()
    with pytest.raises((ProviderDown, StreamBroken, ProviderBusy)):
        await _read(data)
