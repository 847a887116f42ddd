"""A request leaves nothing for the garbage collector: collecting what many leave stops the server for milliseconds."""

import gc
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from answerable.api import app
from answerable.api.routes.chat import PATH
from answerable.config import ModelSettings, Settings
from answerable.flows.platform import Platform
from answerable.wiring import open_platform
from tests.support.asgi import request
from tests.support.upstream import Caller, upstream

REPLY = {
    "model": "x",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello."}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 5, "completion_tokens": 2},
}


@pytest.fixture
def garbage() -> Iterator[list[Any]]:
    """What the collector finds from here on."""
    gc.collect()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        yield gc.garbage
    finally:
        gc.set_debug(0)
        gc.garbage.clear()


async def answer(caller: Caller) -> None:
    await caller.say(json.dumps(REPLY).encode())


async def test_a_plain_chat_request_leaves_no_cycles(tmp_path: Path, garbage: list[Any]) -> None:
    async with upstream(answer) as server:
        model = ModelSettings(provider="openai", base_url=f"{server.url}/v1", free=True)
        settings = Settings.model_validate({"data": tmp_path, "models": {"m": model}})

        async def opened() -> Platform:
            return await open_platform(settings)

        served = app.build(opened, max_request_bytes=1_000_000)
        async with served.router.lifespan_context(served):
            for number in range(12):
                if number == 2:  # what is made once is made
                    gc.collect()
                    garbage.clear()
                body = json.dumps({"model": "m", "messages": [{"role": "user", "content": f"Question {number // 2}?"}]})
                reply = await request(served, path=PATH, method="POST", body=[body.encode()])
                assert reply.status == 200, reply.body
            gc.collect()
            left = [type(one).__qualname__ for one in garbage if type(one).__module__.startswith("answerable")]
    assert left == []
