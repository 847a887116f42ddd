"""The tool loop over the providers' own wires: what a server is sent back after it asked for tools."""

from typing import Any

import pytest

from answerable.agents.toolbox import Offer
from answerable.agents.tools.base.services import Caller
from answerable.agents.tools.base.tool import Tool, ToolConfig
from answerable.core.messages import Collected, Finished, Message, Text, TextDelta, ToolRan
from answerable.core.ports import Model
from answerable.core.tasks import Chat
from answerable.flows.tools import converse
from answerable.providers import anthropic, openai
from tests.support.upstream import saying, upstream

CHAT = Chat((Message("user", (Text("How is the weather in Paris?"),)),))


def offer() -> Offer:
    async def get_weather(city: str) -> str:
        """Tell the weather."""
        return f"It rains in {city}."

    async def get_time() -> str:
        """Tell the time."""
        return "It is noon."

    config = ToolConfig()
    tools = [Tool("get_weather", get_weather, config), Tool("get_time", get_time, config)]
    return Offer({tool.name: tool for tool in tools}, Caller())


def model(kind: str, url: str) -> Model:
    if kind == "openai":
        return openai.build(openai.Config("m", "x", f"{url}/v1", "k"))
    return anthropic.build(anthropic.Config("m", "x", url, "k"))


def openai_turns(body: dict[str, Any]) -> list[tuple[str, str, str]]:
    """(role, id, text) of calls and results."""
    found = []
    for message in body["messages"]:
        found += [("call", call["id"], call["function"]["arguments"]) for call in message.get("tool_calls", ())]
        if message["role"] == "tool":
            found.append(("result", message["tool_call_id"], message["content"]))
    return found


def anthropic_turns(body: dict[str, Any]) -> list[tuple[str, str, str]]:
    found = []
    for message in body["messages"]:
        for block in message["content"] if isinstance(message["content"], list) else ():
            if block["type"] == "tool_use":
                found.append(("call", block["id"], str(block["input"])))
            elif block["type"] == "tool_result":
                found.append(("result", block["tool_use_id"], str(block["content"])))
    return found


@pytest.mark.parametrize("kind", ["openai", "anthropic"])
async def test_a_server_gets_its_calls_back_with_their_results(kind: str) -> None:
    async with upstream(saying(f"{kind}_tools"), saying(f"{kind}_text")) as server:
        asked, sink = model(kind, server.url), Collected()
        try:
            await converse(CHAT, asked.run, sink, offer())
        finally:
            await asked.close()
        first, second = (request.body for request in server.requests)
    assert len(first["tools"]) == len(second["tools"]) == 2
    turns = (openai_turns if kind == "openai" else anthropic_turns)(second)
    made = [identity for role, identity, _ in turns if role == "call"]
    assert [identity for role, identity, _ in turns if role == "result"] == made
    assert len(made) == 2
    assert "It rains in Paris." in next(text for role, _, text in turns if role == "result")
    assert [(one.name, one.ok) for one in sink.events if isinstance(one, ToolRan)].count(("get_weather", True)) == 1
    assert any(isinstance(one, TextDelta) for one in sink.events)
    assert isinstance(sink.events[-1], Finished)
    assert sink.events[-1].reason == "stop"
    assert sink.events[-1].usage.completion_tokens > 0
