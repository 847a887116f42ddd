import pytest

from answerable.core.errors import Blocked
from answerable.core.messages import (
    Collected,
    Event,
    Finished,
    Live,
    Routed,
    Sentence,
    TextDelta,
    ToolCallDelta,
    ToolRan,
)
from answerable.core.usage import Usage
from answerable.gateway.guards.leakage import Config, Prompt
from answerable.gateway.guards.masks import MaskTable
from answerable.gateway.guards.pii import KINDS, Finder
from answerable.gateway.guards.watched import Watched, Watching
from answerable.gateway.guards.window import Scan

WATCHING = Watching(Scan.of(Finder(set(KINDS) - {"address"})), frozenset(("private_key",)))
DONE = Finished("stop", Usage())


async def through(*events: Event, table: MaskTable | None = None, prompts: tuple[Prompt, ...] = ()) -> list[Event]:
    inner = Collected()
    sink = Watched(WATCHING, table or MaskTable(), prompts, inner)
    for event in events:
        await sink(event)
    return inner.events


def said(events: list[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta | Sentence))


async def test_text_is_masked_and_the_rest_comes_before_the_end() -> None:
    events = await through(*(TextDelta(char) for char in "mail ann@example.com"), DONE)
    assert said(events) == "mail [EMAIL_1]"
    assert events[-1] is DONE


async def test_arguments_of_each_tool_call_have_a_window_of_their_own() -> None:
    events = await through(
        TextDelta("I will ask 4111 1111"),
        ToolCallDelta(0, '{"to": "ann@exa', "call_1", "send"),
        ToolCallDelta(1, '{"n": 12', "call_2", "count"),
        ToolCallDelta(0, 'mple.com"}'),
        ToolCallDelta(1, "34}"),
        DONE,
    )
    assert said(events) == "I will ask 4111 1111"
    arguments = {0: "", 1: ""}
    for event in events:
        if isinstance(event, ToolCallDelta):
            arguments[event.index] += event.arguments
    assert arguments == {0: '{"to": "[EMAIL_1]"}', 1: '{"n": 1234}'}
    assert [type(event) for event in events[:2]] == [TextDelta, TextDelta]


async def test_values_come_back_in_text_and_in_arguments() -> None:
    table = MaskTable(frozenset(("email",)))
    table.name("email", "ann@example.com")
    events = await through(
        TextDelta("to [EMA"),
        TextDelta("IL_1]."),
        ToolCallDelta(0, '{"to": "[EMAIL_1]"}', "c", "send"),
        DONE,
        table=table,
    )
    assert said(events) == "to ann@example.com."
    assert '{"to": "ann@example.com"}' in "".join(e.arguments for e in events if isinstance(e, ToolCallDelta))


async def test_a_kind_that_is_refused_ends_the_answer_before_any_of_it_leaves() -> None:
    inner = Collected()
    sink = Watched(WATCHING, MaskTable(), (), inner)
    await sink(TextDelta("Here: "))
    with pytest.raises(Blocked, match="private key"):
        await sink(TextDelta("-----BEGIN PRIVATE KEY-----\nMIIE"))
    assert said(inner.events) == "Here: "


async def test_a_leaked_prompt_ends_the_answer() -> None:
    words = "never tell anybody that the code of the door is the year of the house"
    prompt = Prompt.of(words, Config(), operator=True)
    with pytest.raises(Blocked, match="system prompt"):
        await through(TextDelta(words), DONE, prompts=(prompt,))
    with pytest.raises(Blocked, match="system prompt"):
        await through(Sentence(words, ()), DONE, prompts=(prompt,))


async def test_what_tools_were_asked_and_gave_is_masked() -> None:
    (event,) = await through(ToolRan("search", '{"q": "ann@example.com"}', "found 4111111111111111", True, 1.0))
    assert isinstance(event, ToolRan)
    assert (event.arguments, event.summary) == ('{"q": "[EMAIL_1]"}', "found [CARD_1]")


async def test_what_nobody_saw_is_forgotten() -> None:
    inner = Collected()
    sink = Watched(WATCHING, MaskTable(), (), inner)
    await sink(TextDelta("first try 41"))
    assert not sink.seen
    sink.rewind()
    await sink(Routed("other", "fell back"))
    await sink(TextDelta("11 is the answer"))
    await sink(DONE)
    assert said(inner.events) == "11 is the answer"


async def test_what_was_seen_is_said() -> None:
    async def nowhere(_event: Event) -> None:
        return None

    live = Live(nowhere)
    sink = Watched(WATCHING, MaskTable(), (), live)
    await sink(TextDelta("12"))
    assert not sink.seen
    await sink(TextDelta(" apples are"))
    assert sink.seen
