"""From a provider's stream to `emit`: what failed before the first visible token, and what after it."""

from typing import Any, Protocol

from answerable.core.errors import ProviderDown, UpstreamError
from answerable.core.messages import Emit, Event, FinishReason, TextDelta, ToolCallDelta
from answerable.providers.wire.errors import broken
from answerable.providers.wire.sse import ServerEvent
from answerable.providers.wire.transport import decode


class Events(Protocol):
    """A reply as it arrives (`EventStream`)."""

    async def next(self) -> ServerEvent | None:
        """The next event; None at the end. Raises an UpstreamError."""
        ...

    async def finish(self) -> None:
        """Read what little may follow the last event."""
        ...

    def close(self) -> None:
        """Give the connection back, or break it when the reply was not read to its end."""
        ...


class Reply(Protocol):
    """Reads one provider's events."""

    reason: FinishReason | None
    """Why the model stopped; None until the provider has said that the answer is complete."""
    done: bool
    """Nothing more is to be read."""

    def take(self, event: ServerEvent) -> list[Event]:
        """What `event` adds for the reader. Raises an UpstreamError for an error event or garbage."""
        ...


async def relay(name: str, stream: Events, reply: Reply, emit: Emit) -> int:
    """Emit what the stream holds; the number of visible characters.

    Raises StreamBroken for a failure after the first visible token and the failure itself before it. A failure after
    the provider has said that the answer is complete loses nothing and is passed over.
    """
    visible = -1
    try:
        while not reply.done:
            try:
                event = await stream.next()
                found = reply.take(event) if event else []
            except UpstreamError as error:
                if reply.reason:
                    break
                raise broken(error) if visible >= 0 else error from error
            for out in found:
                visible = max(visible, 0) + visible_characters(out)
                await emit(out)
            if event is None:
                break
        if reply.reason is None:
            cut = ProviderDown(f"{name}: the provider ended its reply without finishing it")
            raise broken(cut) if visible >= 0 else cut
        await stream.finish()
    finally:
        stream.close()
    return max(visible, 0)


def parse(name: str, event: ServerEvent) -> dict[str, Any]:
    """The JSON object of an event. Raises ProviderDown for anything else."""
    found = decode(event.data)
    if not isinstance(found, dict):
        raise ProviderDown(f"{name}: the provider's reply is not the JSON that was expected")
    return found


def count(value: object) -> int:
    """A token count of a provider; 0 for anything that is not a number."""
    return value if isinstance(value, int) and value > 0 else 0


def mapping(value: object) -> dict[str, Any]:
    """`value` when it is a JSON object; empty otherwise."""
    return value if isinstance(value, dict) else {}


def visible_characters(event: Event) -> int:
    """How much an event adds that a reader sees."""
    if type(event) is TextDelta:
        return len(event.text)
    return len(event.arguments) + len(event.name or "") if isinstance(event, ToolCallDelta) else 0
