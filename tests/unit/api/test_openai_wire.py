from typing import Any

import pytest
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from answerable.api.openai_wire import ChatBody, Chunks, completion
from answerable.api.own_field import answer_json, marked
from answerable.core.documents import Citation, CollectionName, DocumentId, VersionId
from answerable.core.errors import InvalidRequest
from answerable.core.messages import (
    Abstained,
    Event,
    Explained,
    Finished,
    Image,
    Retrieved,
    Sentence,
    Text,
    TextDelta,
    ToolCallDelta,
)
from answerable.core.usage import Usage

CITATION = Citation(
    1, DocumentId("doc_1"), VersionId(7), CollectionName("c"), "a.md", "A", 3, 9, "quote", 0.98, 2, ("H",)
)
CITED: list[Event] = [
    Retrieved((), 0.9),
    Sentence("One.", (CITATION,)),
    Sentence(" Two.", (CITATION, CITATION)),
    Explained({"question": "q"}),
    Finished("stop", Usage(10, 4), "extractive"),
]
TOOLS: list[Event] = [
    ToolCallDelta(0, "", "call_1", "weather"),
    ToolCallDelta(0, '{"city":'),
    ToolCallDelta(0, ' "Oslo"}'),
    ToolCallDelta(1, "{}", "call_2", "time"),
    Finished("tool_calls", Usage(5, 6)),
]


def stream(events: list[Event], *, include_usage: bool = False) -> list[dict[str, Any]]:
    chunks = Chunks("m", include_usage=include_usage)
    return [chunk for event in events for chunk in chunks.of(event)]


@pytest.mark.parametrize("events", [CITED, TOOLS, [TextDelta("hi"), Finished("length", Usage())]])
def test_every_chunk_and_the_plain_reply_are_what_the_official_sdk_expects(events: list[Event]) -> None:
    for chunk in stream(events, include_usage=True):
        ChatCompletionChunk.model_validate(chunk)
    ChatCompletion.model_validate(completion("m", events))


def test_the_stream_collected_is_the_plain_reply() -> None:
    text = "".join(c["choices"][0]["delta"].get("content", "") for c in stream(CITED) if c["choices"])
    assert text == completion("m", CITED)["choices"][0]["message"]["content"] == "One. [1] Two. [1]"


def test_a_stream_is_led_by_the_role_and_ends_with_the_reason_and_the_usage() -> None:
    chunks = stream([TextDelta("hi"), Finished("stop", Usage(3, 1))], include_usage=True)
    assert chunks[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"]["total_tokens"] == 4
    assert all(chunk["usage"] is None for chunk in chunks[:-1])
    assert len({(c["id"], c["created"], c["model"]) for c in chunks}) == 1


def test_without_include_usage_no_chunk_has_the_field() -> None:
    assert not any("usage" in chunk for chunk in stream(CITED))


def test_citations_ride_in_our_own_field() -> None:
    answer = completion("m", CITED)["answerable"]
    assert answer["abstained"] is False
    assert answer["confidence"] == 0.9
    assert answer["trace"] == {"question": "q"}
    assert [s["text"] for s in answer["sentences"]] == ["One.", " Two."]
    assert answer["sentences"][0]["citations"][0]["quote"] == "quote"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One.", "One. [1]"),
        ("```\nrun\n```", "```\nrun\n```\n[1]"),
        ("| a | b |", "| a | b [1] |"),
    ],
)
def test_numbers_do_not_break_code_and_tables(text: str, expected: str) -> None:
    assert marked(Sentence(text, (CITATION,))) == expected
    assert marked(Sentence(text, ())) == text


def test_an_abstention_says_what_was_searched_and_has_no_sentences() -> None:
    events: list[Event] = [Retrieved((), 0.1), Abstained("I don't know.", ("c",)), Finished("stop", Usage())]
    reply = completion("m", events)
    assert reply["choices"][0]["message"]["content"] == "I don't know."
    assert reply["answerable"] | {"abstained": True, "searched": ["c"], "sentences": []} == reply["answerable"]


def test_a_plain_reply_says_of_itself_only_what_it_cost() -> None:
    reply = completion("m", [TextDelta("hi"), Finished("stop", Usage())])
    assert reply["answerable"] == {"usage": reply["usage"], "cost_usd": None, "request_id": ""}
    assert answer_json([TextDelta("hi")]) == {}


def test_tool_call_fragments_are_joined_in_the_plain_reply() -> None:
    message = completion("m", TOOLS)["choices"][0]["message"]
    assert message["content"] is None
    assert message["tool_calls"][0] == {
        "id": "call_1",
        "type": "function",
        "function": {"name": "weather", "arguments": '{"city": "Oslo"}'},
    }
    assert message["tool_calls"][1]["function"]["name"] == "time"


def test_messages_with_images_tools_and_unknown_fields_are_understood() -> None:
    body = ChatBody.model_validate(
        {
            "model": "m",
            "messages": [
                {"role": "system", "content": "be brief"},
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "what is this?"},
                        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA", "detail": "low"}},
                    ],
                },
                {"role": "assistant", "content": None, "tool_calls": [{"id": "c1", "function": {"name": "f"}}]},
                {"role": "tool", "tool_call_id": "c1", "content": "42"},
            ],
            "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}],
            "stop": "END",
            "max_completion_tokens": 50,
            "reasoning_effort": "low",
        }
    )
    messages = body.to_messages()
    assert messages[1].content == (Text("what is this?"), Image("data:image/png;base64,AA", "low"))
    assert messages[2].tool_calls[0].name == "f"
    assert messages[3].tool_call_id == "c1"
    assert body.to_tools()[0].parameters == {"type": "object"}
    sampling = body.to_sampling()
    assert sampling.stop == ("END",)
    assert sampling.extra == {"reasoning_effort": "low", "max_completion_tokens": 50}


def test_a_part_that_cannot_be_passed_on_is_named() -> None:
    body = ChatBody.model_validate({"messages": [{"role": "user", "content": [{"type": "input_audio"}]}]})
    with pytest.raises(InvalidRequest) as caught:
        body.to_messages()
    assert caught.value.param == "messages[0].content[0]"


def test_more_than_one_choice_is_refused() -> None:
    body = ChatBody.model_validate({"messages": [{"role": "user", "content": "x"}], "n": 2})
    with pytest.raises(InvalidRequest, match="n = 1"):
        body.to_sampling()
