"""The official OpenAI SDK against the real server: what works unchanged, and where our additions are seen."""

import asyncio
import base64
import json
import math
import struct
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI, OpenAI
from openai.types.chat import ChatCompletionChunk

from answerable.flows.answering import ABSTENTION
from tests.integration.conftest import Service
from tests.support.server import MANUAL, QUESTION

TV = {"collection": "tv"}


def said(text: str) -> list[Any]:
    return [{"role": "user", "content": text}]


def ours(thing: Any) -> Any:
    return (thing.model_extra or {}).get("answerable")


def stream(sdk: OpenAI, model: str, question: str = QUESTION, **more: Any) -> list[ChatCompletionChunk]:
    return list(sdk.chat.completions.create(model=model, messages=said(question), stream=True, **more))


@pytest.mark.parametrize("model", ["extractive", "fluent"])
def test_a_plain_reply_carries_its_citations(sdk: OpenAI, model: str) -> None:
    reply = sdk.chat.completions.create(model=model, messages=said(QUESTION), extra_body=TV)
    choice = reply.choices[0]
    assert choice.finish_reason == "stop"
    assert "ten seconds" in (choice.message.content or "")
    assert (choice.message.content or "").rstrip().endswith("]")
    answer = ours(reply)
    assert answer["abstained"] is False
    assert 0 < answer["confidence"] <= 1
    for sentence in answer["sentences"]:
        for citation in sentence["citations"]:
            assert MANUAL.strip()[citation["start"] : citation["end"]] == citation["quote"]
            assert citation["source"] == "manual.md"


def test_a_stream_is_the_same_answer_in_openai_order(sdk: OpenAI) -> None:
    fresh = {**TV, "cache": {"no_cache": True}}
    plain = sdk.chat.completions.create(model="fluent", messages=said(QUESTION), extra_body=fresh)
    chunks = stream(sdk, "fluent", extra_body=fresh, stream_options={"include_usage": True})
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[0].choices[0].delta.content == ""
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == plain.choices[0].message.content
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"
    assert all(c.usage is None for c in chunks[:-1])
    assert chunks[-1].choices == []
    assert chunks[-1].usage == plain.usage
    assert len({(c.id, c.created, c.model) for c in chunks}) == 1
    assert [extra["type"] for c in chunks if (extra := ours(c))] == ["retrieved", "routed", "sentence", "settled"]


def test_without_usage_asked_for_no_chunk_has_it(sdk: OpenAI) -> None:
    assert all("usage" not in c.model_dump(exclude_unset=True) for c in stream(sdk, "fluent", extra_body=TV))


def test_what_the_model_makes_up_never_reaches_the_client(sdk: OpenAI) -> None:
    text = "".join(c.choices[0].delta.content or "" for c in stream(sdk, "inventive", extra_body=TV))
    assert "ten seconds" in text
    assert "900" not in text


def test_an_unanswerable_question_is_an_honest_refusal_without_references(sdk: OpenAI) -> None:
    reply = sdk.chat.completions.create(
        model="fluent", messages=said("Who won the chess championship of 1927?"), extra_body=TV
    )
    assert reply.choices[0].message.content == ABSTENTION
    answer = ours(reply)
    assert answer["abstained"] is True
    assert answer["sentences"] == []
    assert answer["searched"] == ["tv"]


def test_as_of_a_moment_before_the_document_there_is_nothing(sdk: OpenAI) -> None:
    body = TV | {"as_of": "2020-01-01"}
    reply = sdk.chat.completions.create(model="extractive", messages=said(QUESTION), extra_body=body)
    assert ours(reply)["abstained"] is True


def test_explain_gives_the_trace_plain_and_streamed(sdk: OpenAI) -> None:
    body: dict[str, Any] = TV | {"explain": True}
    plain = sdk.chat.completions.create(model="extractive", messages=said(QUESTION), extra_body=body)
    trace = ours(plain)["trace"]
    assert trace["fused"][0]["keyword_rank"] == 1
    chunks = stream(sdk, "extractive", extra_body=body)
    (explained,) = [extra for c in chunks if (extra := ours(c)) and extra["type"] == "explained"]
    assert explained["trace"].keys() == trace.keys()


def test_a_model_without_a_collection_replies_by_itself_with_tools(sdk: OpenAI) -> None:
    tools: list[Any] = [{"type": "function", "function": {"name": "look_up", "parameters": {"type": "object"}}}]
    reply = sdk.chat.completions.create(model="calling", messages=said("Look it up"), tools=tools)
    (call,) = reply.choices[0].message.tool_calls or []
    assert call.type == "function"
    assert json.loads(call.function.arguments) == {"key": "tv"}
    assert reply.choices[0].finish_reason == "tool_calls"
    assert reply.choices[0].message.content is None
    fragments = [t for c in stream(sdk, "calling", tools=tools) for t in c.choices[0].delta.tool_calls or ()]
    assert [f.id for f in fragments if f.id] == ["call_1"]
    assert "".join(f.function.arguments or "" for f in fragments if f.function) == '{"key": "tv"}'


def test_models_are_listed_and_looked_up(sdk: OpenAI) -> None:
    names = [model.id for model in sdk.models.list()]
    assert names[0] == "extractive"
    assert names[-1] == "all-MiniLM-L6-v2"
    assert "auto" in names
    for name in ("fluent", "auto", names[-1]):
        assert sdk.models.retrieve(name).id == name
    with pytest.raises(openai.NotFoundError) as caught:
        sdk.models.retrieve("gpt-9")
    assert caught.value.code == "model_not_found"


def test_embeddings_are_the_same_as_numbers_and_as_base64(sdk: OpenAI) -> None:
    texts = ["a red light", "two years of warranty"]
    model = "all-MiniLM-L6-v2"
    floats = sdk.embeddings.create(model=model, input=texts, encoding_format="float")
    packed = sdk.embeddings.create(model=model, input=texts, encoding_format="base64")
    default = sdk.embeddings.create(model=model, input=texts[0])
    assert [one.index for one in floats.data] == [0, 1]
    assert floats.usage.prompt_tokens == floats.usage.total_tokens > 0
    for one, other in zip(floats.data, packed.data, strict=True):
        raw: Any = other.embedding
        numbers = struct.unpack(f"<{len(one.embedding)}f", base64.b64decode(raw))
        assert numbers == pytest.approx(one.embedding)
        assert math.hypot(*numbers) == pytest.approx(1, abs=1e-3)
    assert default.data[0].embedding == pytest.approx(floats.data[0].embedding)


@pytest.mark.parametrize("stream", [False, True])
def test_a_failure_before_the_first_word_is_a_status_even_after_the_search(sdk: OpenAI, stream: bool) -> None:
    with pytest.raises(openai.InternalServerError) as caught:
        sdk.chat.completions.create(model="refused", messages=said(QUESTION), stream=stream, extra_body=TV)
    assert caught.value.status_code == 502
    assert caught.value.code == "provider_refused"
    assert caught.value.response.headers["x-should-retry"] == "false"


def test_a_busy_provider_says_when_to_come_back(sdk: OpenAI) -> None:
    with pytest.raises(openai.InternalServerError) as caught:
        sdk.chat.completions.create(model="busy", messages=said("Who is the president of France?"))
    assert caught.value.status_code == 503
    assert caught.value.response.headers["retry-after"] == "8"


def test_documents_answer_when_no_model_can_be_reached_and_the_reader_is_told(sdk: OpenAI) -> None:
    raw = sdk.chat.completions.with_raw_response.create(model="busy", messages=said(QUESTION))
    assert raw.headers["x-answerable-degraded"] == "true"
    reply = raw.parse()
    assert "ten seconds" in (reply.choices[0].message.content or "")
    route = ours(reply)["route"]
    assert (route["model"], route["degraded"], route["fallbacks"]) == ("extractive", True, 1)


def test_a_stream_that_breaks_raises_in_the_sdk_and_never_looks_complete(sdk: OpenAI) -> None:
    seen: list[ChatCompletionChunk] = []
    with pytest.raises(openai.APIError) as caught:
        seen.extend(sdk.chat.completions.create(model="breaking", messages=said(QUESTION), stream=True, extra_body=TV))
    assert caught.value.code == "stream_broken"
    assert not any(c.choices[0].finish_reason for c in seen)


@pytest.mark.parametrize("streamed", [False, True])
async def test_hanging_up_stops_the_model(service: Service, streamed: bool) -> None:
    service.stalled.asked.clear()
    service.stalled.stopped.clear()
    async with AsyncOpenAI(base_url=f"{service.url}/v1", api_key="none", max_retries=0) as client:
        asking = client.chat.completions.create(model="stalled", messages=said("Hi"), stream=streamed)
        task = asyncio.ensure_future(asking)
        assert await asyncio.to_thread(service.stalled.asked.wait, 60)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(service.stalled.stopped.wait, 60)
