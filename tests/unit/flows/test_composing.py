"""What a model said last is the text; what it said on the way to a tool is not."""

from answerable.core.messages import Event, TextDelta, ToolRan
from answerable.flows.composing import text_and_calls


def ran(name: str = "calculator") -> ToolRan:
    return ToolRan(name, '{"expression": "1+1"}', "1+1 = 2", True, 3.0)


def test_without_tools_all_of_it_is_the_text() -> None:
    assert text_and_calls([TextDelta("One "), TextDelta("two.")]) == ("One two.", ())


def test_what_was_said_before_a_call_is_left_out() -> None:
    events: list[Event] = [TextDelta("Let me see."), ran(), TextDelta("\n\n"), TextDelta("It is 2.")]
    text, calls = text_and_calls(events)
    assert text == "It is 2."
    assert calls == ('calculator({"expression": "1+1"}): 1+1 = 2',)


def test_a_call_that_was_not_run_any_more_leaves_the_text() -> None:
    assert text_and_calls([ran(), TextDelta("It is 2."), ran("unknown")])[0] == "It is 2."
