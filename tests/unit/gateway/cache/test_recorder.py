"""What an answer consisted of."""

from answerable.core.messages import Collected, Retrieved, TextDelta
from answerable.gateway.cache.recorder import Recorder


async def test_it_passes_on_and_remembers() -> None:
    sink = Collected()
    recorder = Recorder(sink)
    await recorder(TextDelta("Hi"))
    assert recorder.events == sink.events == [TextDelta("Hi")]
    assert not recorder.seen


async def test_what_a_failed_route_said_is_forgotten() -> None:
    sink = Collected()
    recorder = Recorder(sink)
    await recorder(Retrieved((), 0.5))
    await recorder(TextDelta("Hal"))
    recorder.rewind()
    assert recorder.events == sink.events == [Retrieved((), 0.5)]
