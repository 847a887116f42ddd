"""The vendors' own SDKs as judges: their types accept our requests, and they read the same from the same bytes."""

import json
from typing import Any

import anthropic as anthropic_sdk
import openai as openai_sdk
import pytest
from anthropic.types.message_create_params import MessageCreateParamsStreaming
from openai.types.chat.completion_create_params import CompletionCreateParamsStreaming
from pydantic import TypeAdapter

from answerable.core.messages import Message, Text
from answerable.core.ports import Model
from answerable.core.tasks import Chat
from answerable.providers import anthropic, openai
from tests.support.upstream import Collected, saying, upstream
from tests.unit.providers import test_anthropic, test_openai

CHAT = Chat((Message("user", (Text("Hi"),)),))
OPENAI: TypeAdapter[Any] = TypeAdapter(CompletionCreateParamsStreaming)
ANTHROPIC: TypeAdapter[Any] = TypeAdapter(MessageCreateParamsStreaming)


def _model(kind: str, url: str) -> Model:
    if kind == "openai":
        return openai.build(openai.Config("m", "x", f"{url}/v1", "k"))
    return anthropic.build(anthropic.Config("m", "x", url, "k"))


async def _run(model: Model) -> Collected:
    out = Collected()
    await model.run(CHAT, out.emit)
    await model.close()
    return out


def _read(kind: TypeAdapter[Any], body: dict[str, Any]) -> dict[str, Any]:
    """The body as the SDK's types read it; iterables are checked only as they are gone through."""
    found: dict[str, Any] = kind.validate_python(body)
    for key in ("messages", "tools"):
        for item in found.get(key, ()):
            assert all(dict(part) for part in item.get("content") or () if not isinstance(part, str))
    return found


@pytest.mark.parametrize("chat", [test_openai.FULL, CHAT])
def test_openais_types_accept_our_requests(chat: Chat) -> None:
    body = openai.request_body(test_openai.CONFIG, chat)
    assert _read(OPENAI, body).keys() == body.keys()
    with pytest.raises(ValueError, match="role"):
        _read(OPENAI, body | {"messages": [{"role": "nobody", "content": 1}]})


@pytest.mark.parametrize("chat", [test_anthropic.FULL, CHAT])
def test_anthropics_types_accept_our_requests(chat: Chat) -> None:
    body = anthropic.request_body(test_anthropic.CONFIG, chat)
    # newer models take no sampling, and the SDK's types know it no longer; older ones do
    assert _read(ANTHROPIC, body).keys() == body.keys() - {"temperature", "top_k", "top_p"}
    with pytest.raises(ValueError, match="content"):
        _read(ANTHROPIC, body | {"messages": [{"role": "user"}]})


@pytest.mark.parametrize(
    "name",
    [
        "openai_text",
        "openai_tools",
        "azure_text",
        "vllm_text",
        "ollama_text",
        "groq_text",
        "openrouter_text",
        "llamacpp_text",
    ],
)
async def test_openais_sdk_reads_the_same(name: str) -> None:
    async with upstream(saying(name)) as server:
        ours = await _run(_model("openai", server.url))
        text, reason, calls, tokens = await _read_by_sdk(f"{server.url}/v1")
    assert (ours.text, ours.finished.reason, ours.calls) == (text, reason, calls)
    if tokens:
        usage = ours.finished.usage
        assert (usage.prompt_tokens, usage.completion_tokens) == (tokens.prompt_tokens, tokens.completion_tokens)


async def _read_by_sdk(base_url: str) -> tuple[str, str, list[tuple[str, ...]], Any]:
    text, reason, tokens = "", "", None
    calls: dict[int, list[str]] = {}
    async with openai_sdk.AsyncOpenAI(api_key="x", base_url=base_url) as client:
        stream = await client.chat.completions.create(model="x", messages=[], stream=True)
        async for chunk in stream:
            tokens = chunk.usage or tokens
            for choice in chunk.choices:
                text += choice.delta.content or ""
                reason = choice.finish_reason or reason
                for call in choice.delta.tool_calls or []:
                    assert call.function
                    parts = calls.setdefault(call.index, [call.id or "", call.function.name or "", ""])
                    parts[2] += call.function.arguments or ""
    return text, reason, [tuple(one) for one in calls.values()], tokens


@pytest.mark.parametrize("name", ["anthropic_text", "anthropic_tools", "anthropic_thinking"])
async def test_anthropics_sdk_reads_the_same(name: str) -> None:
    async with upstream(saying(name)) as server:
        ours = await _run(_model("anthropic", server.url))
        async with anthropic_sdk.AsyncAnthropic(api_key="x", base_url=server.url) as client:
            asked: Any = [{"role": "user", "content": "x"}]
            async with client.messages.stream(model="x", max_tokens=9, messages=asked) as stream:
                message = await stream.get_final_message()
    assert ours.text == "".join(block.text for block in message.content if block.type == "text")
    calls = [(one.id, one.name, one.input) for one in message.content if one.type == "tool_use"]
    assert [(one, name, json.loads(arguments)) for one, name, arguments in ours.calls] == calls
    assert ours.finished.usage.completion_tokens == message.usage.output_tokens
    assert ours.finished.model == message.model
