"""Tools that count, a scripted model that calls them, and what is told in the end."""

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Any

from answerable.agents.toolbox import Bounds, Offer
from answerable.agents.tools.base.services import Caller
from answerable.agents.tools.base.tool import Tool, ToolConfig, Traits
from answerable.core import messages
from answerable.core.errors import ToolFailed
from answerable.core.messages import (
    Collected,
    Event,
    Finished,
    Message,
    Text,
    TextDelta,
    ToolCall,
    ToolRan,
)
from answerable.core.tasks import Chat
from answerable.core.usage import Usage
from answerable.flows.tools import Check, converse, unchecked
from answerable.providers.scripted import Config, Reply, Scripted

QUESTION = Chat((Message("user", (Text("What is 2 + 2?"),)),))
THEIRS = messages.Tool("book_flight", "Books", {"type": "object", "properties": {}})


class Kit:
    """Tools that count what they were asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.running = self.most_running = 0
        self.cancelled = 0
        self.hanging = asyncio.Event()

    def tools(self) -> dict[str, Tool]:
        async def add(first: int, second: int) -> str:
            """Add two numbers."""
            self.asked.append(f"{first}+{second}")
            return str(first + second)

        async def hang() -> str:
            """Never end."""
            self.running += 1
            self.hanging.set()
            self.most_running = max(self.running, self.most_running)
            try:
                await asyncio.Event().wait()
            finally:
                self.running -= 1
                self.cancelled += 1
            return ""

        async def flaky() -> str:
            """Fail."""
            self.asked.append("flaky")
            raise ToolFailed("the service sleeps; use add")

        async def dice() -> str:
            """Draw."""
            self.asked.append("dice")
            return "4"

        async def long(size: int) -> str:
            """Say much."""
            return "x" * size

        async def broken() -> str:
            """Be wrong."""
            raise KeyError("a secret detail")

        config = ToolConfig(max_characters=5_000)
        found = [
            Tool("add", add, config),
            Tool("hang", hang, config),
            Tool("flaky", flaky, config),
            Tool("dice", dice, config, Traits(repeatable=True)),
            Tool("long", long, config),
            Tool("broken", broken, config),
        ]
        return {tool.name: tool for tool in found}


def offer(kit: Kit, **bounds: Any) -> Offer:
    return Offer(kit.tools(), Caller(), Bounds(**bounds))


def calls(*wanted: tuple[str, dict[str, Any] | str], text: str = "", usage: Usage | None = None) -> Reply:
    made = tuple(
        ToolCall(f"id{number}", name, given if isinstance(given, str) else json.dumps(given))
        for number, (name, given) in enumerate(wanted)
    )
    return Reply(text, made, usage=usage or Usage(10, 2))


ADD: tuple[str, dict[str, Any] | str] = ("add", {"first": 2, "second": 2})
DONE = Reply("It is 4.", usage=Usage(20, 5))


class Told:
    """A conversation that is over."""

    def __init__(self, events: list[Event], model: Scripted) -> None:
        self.events = events
        self.model = model

    @property
    def text(self) -> str:
        return "".join(one.text for one in self.events if isinstance(one, TextDelta))

    @property
    def ran(self) -> list[ToolRan]:
        return [one for one in self.events if isinstance(one, ToolRan)]

    @property
    def finished(self) -> Finished:
        (found,) = [one for one in self.events if isinstance(one, Finished)]
        assert self.events[-1] is found
        return found

    def asked(self, number: int) -> Chat:
        task = self.model.tasks[number]
        assert isinstance(task, Chat)
        return task

    def results(self, number: int) -> list[str]:
        return [message.text for message in self.asked(number).messages if message.role == "tool"]


async def talk(
    replies: Sequence[str | Reply] | Callable[[Any], str | Reply],
    offered: Offer,
    *,
    chat: Chat = QUESTION,
    check: Check = unchecked,
) -> Told:
    model, sink = Scripted(Config(replies=replies)), Collected()
    await converse(chat, model.run, sink, offered, check)
    return Told(sink.events, model)
