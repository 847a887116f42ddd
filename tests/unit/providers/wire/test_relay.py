"""What a failure means depends on what was already visible."""

import pytest

from answerable.core.errors import ProviderBusy, ProviderDown, StreamBroken
from answerable.core.messages import Event, FinishReason, TextDelta, ToolCallDelta
from answerable.providers.wire.relay import count, parse, relay
from answerable.providers.wire.sse import ServerEvent
from tests.support.upstream import Collected, Replay


class _Words:
    """Every event is a word; `.` says that the answer is complete, `!` that nothing follows."""

    def __init__(self) -> None:
        self.reason: FinishReason | None = None
        self.done = False

    def take(self, event: ServerEvent) -> list[Event]:
        if event.data in ".!":
            self.reason = "stop"
            self.done = event.data == "!"
            return []
        if event.data == "?":
            raise ProviderDown("garbage")
        return [TextDelta(event.data)]


async def _relay(*words: str, error: ProviderBusy | None = None) -> tuple[Collected, int, Replay]:
    stream, out = Replay("".join(f"data: {word}\n\n" for word in words).encode(), error), Collected()
    return out, await relay("m", stream, _Words(), out.emit), stream


async def test_text_is_emitted_and_counted() -> None:
    out, characters, stream = await _relay("one", "two", "!")
    assert (out.text, characters, stream.closed) == ("onetwo", 6, True)


async def test_a_failure_before_the_first_token_is_itself() -> None:
    with pytest.raises(ProviderBusy, match="slow down"):
        await _relay(error=ProviderBusy("slow down", retry_after_s=3))


async def test_a_failure_after_the_first_token_is_a_broken_stream() -> None:
    with pytest.raises(StreamBroken, match="broke off: slow down") as caught:
        await _relay("one", error=ProviderBusy("slow down", retry_after_s=3))
    assert caught.value.retry_after_s == 3
    assert isinstance(caught.value.__cause__, ProviderBusy)


async def test_a_failure_after_the_end_of_the_answer_loses_nothing() -> None:
    out, _, _ = await _relay("one", ".", error=ProviderBusy("slow down"))
    assert out.text == "one"


@pytest.mark.parametrize(("words", "kind"), [([], ProviderDown), (["one"], StreamBroken)])
async def test_an_end_without_a_finish_is_a_failure(words: list[str], kind: type[Exception]) -> None:
    with pytest.raises(kind, match="without finishing"):
        await _relay(*words)


@pytest.mark.parametrize(("words", "kind"), [(["?"], ProviderDown), (["one", "?"], StreamBroken)])
async def test_garbage_is_a_failure(words: list[str], kind: type[Exception]) -> None:
    with pytest.raises(kind, match="garbage"):
        await _relay(*words)


async def test_the_stream_is_closed_when_the_sink_fails() -> None:
    stream = Replay(b"data: one\n\n")

    async def emit(event: Event) -> None:
        raise KeyError(event)

    with pytest.raises(KeyError):
        await relay("m", stream, _Words(), emit)
    assert stream.closed


async def test_tool_calls_count_as_visible() -> None:
    class Calls(_Words):
        def take(self, event: ServerEvent) -> list[Event]:
            return [ToolCallDelta(0, event.data, "id", "name")]

    with pytest.raises(StreamBroken):
        await relay("m", Replay(b"data: {}\n\n"), Calls(), Collected().emit)


@pytest.mark.parametrize("data", ["<html>", "[1]", '"x"', '{"a":', "null"])
def test_only_json_objects_are_events(data: str) -> None:
    with pytest.raises(ProviderDown, match="not the JSON"):
        parse("m", ServerEvent(data))


def test_counts_that_are_no_numbers_are_zero() -> None:
    assert [count(value) for value in (3, -1, None, "4", 2.5)] == [3, 0, 0, 0, 0]
