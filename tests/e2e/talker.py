"""A language-model server for the browser's journeys: the scripted upstream of the tests, in a thread of its own."""

import asyncio
import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support.upstream import Caller, upstream

OUT_OF_ORDER = "out of order"
"""A question with these words is answered with a server's error, whoever is asked."""
SLOWLY = "slowly"
"""A question with this word is answered in two halves: the second one comes when the test lets it."""
USAGE = {"prompt_tokens": 1_000, "completion_tokens": 200, "total_tokens": 1_200}


@dataclass
class Talker:
    """The address, and the models that were asked, in order."""

    url: str = ""
    asked: list[str] = field(default_factory=list)
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def go_on(self) -> None:
        """Say the second half of what was asked for slowly, from now on at once."""
        self.loop.call_soon_threadsafe(self.gate.set)

    def hold(self) -> None:
        """Wait in the middle again."""
        self.loop.call_soon_threadsafe(self.gate.clear)

    async def respond(self, caller: Caller) -> None:
        """One completion on OpenAI's wire; always a stream, as the program asks for one."""
        model, question = caller.body["model"], caller.body["messages"][-1]["content"]
        self.asked.append(model)
        if OUT_OF_ORDER in question:
            await caller.refuse("500 Internal Server Error", {"error": {"message": "out of order"}})
            return
        head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": model}
        words = f"Answer {len(self.asked)} of {model}: two hours are 120 minutes."
        chunks: list[dict[str, Any]] = [_delta({"content": f"{word} "}) for word in words.split(" ")]
        chunks += [_delta({}, "stop"), {"choices": [], "usage": USAGE}]
        lines = [f"data: {json.dumps(head | chunk)}\n\n".encode() for chunk in chunks]
        half = len(lines) // 2 if SLOWLY in question else len(lines)
        await caller.begin()
        await caller.send(b"".join(lines[:half]))
        if half < len(lines):
            await self.gate.wait()
        await caller.send(b"".join([*lines[half:], b"data: [DONE]\n\n"]))
        await caller.end()


def _delta(delta: dict[str, str], reason: str | None = None) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}


@pytest.fixture(scope="module")
def talker() -> Iterator[Talker]:
    """The language models of one file."""
    with talking() as found:
        yield found


@contextlib.contextmanager
def talking() -> Iterator[Talker]:
    """The server, until the block ends."""
    models, ready, over = Talker(), threading.Event(), asyncio.Event()
    loop = models.loop

    async def run() -> None:
        async with upstream(models.respond) as found:
            models.url = found.url
            ready.set()
            await over.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(run(),))
    thread.start()
    try:
        assert ready.wait(60), "the upstream did not start"
        yield models
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(60)
        assert not thread.is_alive()
        loop.close()
