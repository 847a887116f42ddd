"""An agent's text with tools: the tool loop of a chat, around a typed task."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Final

from answerable.agents.toolbox import Bounds, Offer
from answerable.core.messages import Event, Message, Sink, Text, TextDelta, ToolRan
from answerable.core.research_tasks import Compose
from answerable.core.tasks import Chat
from answerable.flows.tools import Check, converse

BOUNDS: Final = Bounds(max_rounds=3, max_calls=8, max_parallel=4, total_s=60.0, total_characters=20_000)
"""Of one text: an agent's turn is a part of a run, with a budget of its own."""

Run = Callable[[Compose, Sink], Awaitable[None]]


async def with_tools(task: Compose, run: Run, sink: Sink, offer: Offer, check: Check) -> None:
    """A text in whose making a model may call the tools of the offer. Raises what `converse` raises."""

    async def turn(chat: Chat, inner: Sink) -> None:
        may_call = chat.tool_choice != "none"
        await run(replace(task, offered=chat.tools, turns=chat.messages[1:], may_call=may_call), inner)

    asked = Chat((Message("user", (Text(task.request),)),))
    await converse(asked, turn, sink, replace(offer, bounds=BOUNDS), check)


def text_and_calls(events: Sequence[Event]) -> tuple[str, tuple[str, ...]]:
    """The text that was said last, without what was said on the way to a tool; and the calls, a line each."""
    parts, calls = [""], list[str]()
    for event in events:
        if isinstance(event, ToolRan):
            parts.append("")
            calls.append(f"{event.name}({event.arguments[:200]}): {event.summary}")
        elif isinstance(event, TextDelta):
            parts[-1] += event.text
    said = [one for one in parts if one.strip()]
    return (said[-1].strip() if calls and said else "".join(parts)), tuple(calls)
