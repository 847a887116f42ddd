"""Every provider file: a Config and a build, the order of events, errors instead of content, cancellation."""

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from answerable.core import loading
from answerable.core.documents import ChunkId, CollectionName, DocumentId, Passage, VersionId
from answerable.core.errors import UpstreamError
from answerable.core.messages import Event, Finished, Message, Text, TextDelta, ToolCallDelta
from answerable.core.ports import Model
from answerable.core.tasks import Answer, Chat, Judge, RewriteQuery, Task
from tests.support.embedding import HashEmbedder
from tests.support.patience import LONG_S
from tests.support.upstream import Caller, Collected, upstream

PACKAGE = "answerable.providers"
NAMES = loading.names(PACKAGE)
REMOTE = ["openai", "anthropic"]
TEXT = "Hold the reset button for ten seconds."
PASSAGE = Passage(ChunkId(1), DocumentId("d"), VersionId(1), CollectionName("c"), "a.md", "Manual", TEXT, 0, len(TEXT))
EARLIER = (Message("user", (Text("My TV is frozen."),)), Message("assistant", (Text("Which one?"),)))
TASKS: list[Task] = [
    Chat((Message("user", (Text("Hi"),)),)),
    Answer("How long do I hold the reset button?", (PASSAGE,), EARLIER, "Be kind."),
    RewriteQuery("And the remote?", EARLIER),
    Judge(TEXT, TEXT),
]
SAID = '{"verdict": "supported", "reason": "it says so"}'


async def _respond(caller: Caller) -> None:
    if "messages" in caller.path:
        await caller.say(
            b'data: {"type":"message_start","message":{"usage":{"input_tokens":3,"output_tokens":1}}}\n\n'
            + _data({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": SAID}})
            + b'data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":5}}\n\n'
            b'data: {"type":"message_stop"}\n\n'
        )
    else:
        choice = {"index": 0, "delta": {"content": SAID}, "finish_reason": "stop"}
        await caller.say(_data({"choices": [choice]}) + b"data: [DONE]\n\n")


def _data(value: object) -> bytes:
    return f"data: {json.dumps(value)}\n\n".encode()


async def _hang(caller: Caller) -> None:
    await caller.hung_up()


async def _refuse(caller: Caller) -> None:
    await caller.refuse("500 Internal Server Error", {"error": {"message": "boom"}})


@asynccontextmanager
async def _model(name: str, respond: Any = _respond) -> AsyncIterator[Model]:
    module = loading.load(PACKAGE, name)
    async with upstream(respond) as server:
        options: dict[str, Any] = {"name": "m", "model": "x", "base_url": server.url}
        fields = {field.name for field in dataclasses.fields(module.Config)}
        config = module.Config(**{key: value for key, value in options.items() if key in fields})
        more = (HashEmbedder(),) if name == "extractive" else ()
        model: Model = module.build(config, *more)
        try:
            yield model
        finally:
            await model.close()


@pytest.mark.parametrize("name", NAMES)
async def test_a_provider_is_a_frozen_config_and_a_build(name: str) -> None:
    module = loading.load(PACKAGE, name)
    assert dataclasses.is_dataclass(module.Config)
    parameters: Any = vars(module.Config)["__dataclass_params__"]
    assert parameters.frozen
    async with _model(name) as model:
        assert isinstance(model, Model)
        assert model.name


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("task", TASKS, ids=lambda task: type(task).__name__)
async def test_deltas_come_first_and_exactly_one_finish_last(name: str, task: Task) -> None:
    out = Collected()
    async with _model(name) as model:
        await model.run(task, out.emit)
    assert out.text
    assert all(isinstance(event, TextDelta | ToolCallDelta) for event in out[:-1])
    assert isinstance(out[-1], Finished)
    assert out[-1].usage.prompt_tokens > 0
    assert out[-1].usage.completion_tokens > 0
    assert out[-1].model


@pytest.mark.parametrize("name", [name for name in NAMES if name != "scripted"])
async def test_a_judges_words_are_a_verdict(name: str) -> None:
    out = Collected()
    async with _model(name) as model:
        await model.run(TASKS[3], out.emit)
    assert isinstance(TASKS[3], Judge)
    assert TASKS[3].parse(out.text).verdict == "supported"


@pytest.mark.parametrize("name", NAMES)
async def test_runs_at_the_same_time_keep_to_themselves(name: str) -> None:
    outs = [Collected() for _ in range(5)]
    async with _model(name) as model:
        await asyncio.gather(*(model.run(TASKS[1], out.emit) for out in outs))
    assert len({out.text for out in outs}) == 1


@pytest.mark.parametrize("name", NAMES)
async def test_a_sink_that_fails_is_not_an_upstream_error(name: str) -> None:
    async def emit(event: Event) -> None:
        raise KeyError(type(event).__name__)

    async with _model(name) as model:
        with pytest.raises(KeyError):
            await model.run(TASKS[1], emit)


@pytest.mark.parametrize("name", NAMES)
async def test_closing_twice_does_no_harm(name: str) -> None:
    out = Collected()
    async with _model(name) as model:
        await model.run(TASKS[1], out.emit)
        await model.close()
        await model.close()
    assert out.finished


@pytest.mark.parametrize("name", REMOTE)
async def test_a_failure_is_an_error_and_never_content(name: str) -> None:
    out = Collected()
    async with _model(name, _refuse) as model:
        with pytest.raises(UpstreamError):
            await model.run(TASKS[0], out.emit)
    assert out == []


@pytest.mark.parametrize("name", REMOTE)
async def test_cancelling_stops_the_request_at_once(name: str) -> None:
    begun, gone = asyncio.Event(), asyncio.Event()

    async def respond(caller: Caller) -> None:
        begun.set()
        await _hang(caller)
        gone.set()

    async with _model(name, respond) as model:
        task = asyncio.ensure_future(model.run(TASKS[0], Collected().emit))
        await asyncio.wait_for(begun.wait(), LONG_S)
        task.cancel()
        await asyncio.wait_for(gone.wait(), 10)
        with pytest.raises(asyncio.CancelledError):
            await task
