"""LangChain's ChatOpenAI as a client: it streams, calls tools, parses structured output, and sees our errors."""

from collections.abc import Callable
from typing import Any

import openai
import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from pydantic import BaseModel, SecretStr

from tests.support.gateway import GREETING, PIXEL, USAGE, WEATHER, Gateway

Llm = Callable[..., ChatOpenAI]


class Weather(BaseModel):
    """The weather of a city."""

    city: str
    rainy: bool


@tool
def get_weather(city: str) -> str:
    """Tell the weather."""
    return f"It rains in {city}."


@pytest.fixture
def llm(gateway: Gateway) -> Llm:
    def make(key: str = "ann", **more: Any) -> ChatOpenAI:
        secret = SecretStr(gateway.keys.get(key, key))
        return ChatOpenAI(model="remote", base_url=gateway.base_url, api_key=secret, max_retries=0, **more)

    return make


def test_a_stream_is_the_whole_reply_with_its_usage(llm: Llm) -> None:
    chunks = list(llm(stream_usage=True).stream("Hello from LangChain"))
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole += chunk
    assert isinstance(whole, AIMessageChunk)
    assert whole.content == GREETING
    assert whole.response_metadata["finish_reason"] == "stop"
    assert whole.usage_metadata is not None
    assert whole.usage_metadata["total_tokens"] == USAGE["total_tokens"]


def test_a_reply_and_a_batch(llm: Llm) -> None:
    assert llm().invoke("Hello").content == GREETING
    assert [one.content for one in llm().batch(["One", "Two", "Three"])] == [GREETING] * 3


@pytest.mark.parametrize("stream", [False, True])
def test_tools_are_called_and_their_results_go_back(llm: Llm, stream: bool) -> None:
    bound = llm(streaming=stream).bind_tools([get_weather])
    asked = HumanMessage(f"How is the weather? {stream}")
    called = bound.invoke([asked])
    assert isinstance(called, AIMessage)
    (call,) = called.tool_calls
    assert (call["name"], call["args"], call["id"]) == ("get_weather", WEATHER, "call_7")
    result = ToolMessage(get_weather.invoke(call["args"]), tool_call_id=call["id"])
    assert "It rains in Paris." in str(bound.invoke([asked, called, result]).content)


@pytest.mark.parametrize("method", ["json_schema", "function_calling"])
def test_structured_output_is_parsed(llm: Llm, gateway: Gateway, method: Any) -> None:
    chain = llm().with_structured_output(Weather, method=method, include_raw=True)
    found: Any = chain.invoke("The weather, by LangChain")
    if method == "json_schema":
        assert found["parsed"] == Weather(city="Paris", rainy=True)
        assert gateway.asked[-1]["response_format"]["type"] == "json_schema"
    else:
        assert found["raw"].tool_calls[0]["args"] == WEATHER
        assert gateway.asked[-1]["tool_choice"]["function"]["name"] == "Weather"


def test_an_image_is_passed_on(llm: Llm, gateway: Gateway) -> None:
    parts: list[Any] = [{"type": "text", "text": "What?"}, {"type": "image_url", "image_url": {"url": PIXEL}}]
    assert llm().invoke([HumanMessage(parts)]).content == "I see 1 image."
    assert gateway.asked[-1]["messages"][0]["content"][1]["image_url"]["url"] == PIXEL


def test_a_wrong_key_is_openais_error(llm: Llm) -> None:
    with pytest.raises(openai.AuthenticationError):
        llm("ak_wrong").invoke("Hello")
