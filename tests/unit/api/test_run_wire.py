from typing import Any

import orjson
import pytest

from answerable.api.openai_wire import Chunks
from answerable.api.run_wire import RunWire
from answerable.core.errors import StreamBroken
from answerable.core.messages import Event, Explained, Finished, Routed, TextDelta
from answerable.core.usage import Usage
from answerable.storage.messages import MessageRow, Status

ROW = MessageRow("msg_2", "conv_1", "msg_1", "assistant", "Hello.", 1, 1, "done", answer={"confidence": 0.9})


def test_the_first_frame_names_the_messages_and_has_no_choice() -> None:
    first = orjson.loads(RunWire("m").started(ROW))
    assert first["choices"] == []
    assert first["answerable"] == {
        "type": "started",
        "conversation": "conv_1",
        "question": "msg_1",
        "message": "msg_2",
    }


@pytest.mark.parametrize("text", ["Hello", 'a "quote" \\ and\nlines', "ü€😀", "", "text"])
def test_text_that_is_written_the_short_way_reads_like_any_chunk(text: str) -> None:
    short, long = Chunks("m", include_usage=False), Chunks("m", include_usage=False)
    long.head |= {name: short.head[name] for name in ("id", "created")}
    for _ in range(2):
        assert short.data(TextDelta(text)) == [orjson.dumps(chunk) for chunk in long.of(TextDelta(text))]


def test_frames_of_text_share_the_shell() -> None:
    wire = RunWire("m")
    wire.frames(TextDelta("first"))
    (frame,) = wire.frames(TextDelta("more"))
    head, tail = wire.shell
    assert frame == head + b'"more"' + tail


def test_a_stored_answer_is_one_chunk_with_all_that_is_said_of_it() -> None:
    whole: Any = orjson.loads(RunWire("m").whole(ROW))
    assert whole["choices"][0]["delta"]["content"] == "Hello."
    assert whole["answerable"]["type"] == "stored"
    assert (whole["answerable"]["status"], whole["answerable"]["answer"]) == ("done", {"confidence": 0.9})


@pytest.mark.parametrize(
    ("status", "code", "told"),
    [
        ("failed", "provider_down", "provider_down"),
        ("interrupted", "interrupted", "interrupted"),
        ("failed", "", "failed"),
    ],
)
def test_only_a_finished_answer_ends_cleanly(status: Status, code: str, told: str) -> None:
    wire = RunWire("m")
    assert wire.last(ROW, None) == b"[DONE]"
    row = MessageRow("msg_2", "conv_1", "msg_1", "assistant", "Hel", 1, 1, status, error=code)
    assert orjson.loads(wire.last(row, None))["error"]["code"] == told
    assert orjson.loads(wire.last(row, StreamBroken("cut")))["error"]["message"] == "cut"
    stopped = MessageRow("msg_2", "conv_1", "msg_1", "assistant", "Hel", 1, 1, "stopped")
    assert orjson.loads(wire.last(stopped, None))["answerable"]["type"] == "stopped"


def test_what_is_said_of_an_answer_has_no_trace_that_outweighs_it() -> None:
    wire = RunWire("m")
    events: list[Event] = [
        Routed("m", "asked for"),
        Explained({"steps": ["x"]}),
        Finished("stop", Usage(), request_id="req_1"),
    ]
    assert wire.answer(events)["trace"] == {"steps": ["x"]}
    events[1] = Explained({"steps": ["x" * 300_000]})
    assert wire.answer(events)["trace"] is None
    assert wire.answer(events)["request_id"] == "req_1"
