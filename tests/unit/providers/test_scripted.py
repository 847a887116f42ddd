"""The twin keeps to its script and to the contract of a model."""

import pytest

from answerable.core.errors import ProviderBusy, StreamBroken
from answerable.core.messages import Message, Text, TextDelta, ToolCall
from answerable.core.research_tasks import Critique, Draft, Outline, PlanQuestions, Revise, WriteSection
from answerable.core.tasks import Chat, Judge, RewriteQuery, Task
from answerable.core.usage import Usage
from answerable.providers.scripted import Config, Reply, Scripted, build
from tests.support.sources import library
from tests.support.upstream import Collected

CHAT = Chat((Message("user", (Text("Hi"),)),))
JUDGE = Judge("a", "b")


async def _run(model: Scripted, task: Task = CHAT) -> Collected:
    out = Collected()
    await model.run(task, out.emit)
    return out


async def test_a_text_is_said_in_small_deltas() -> None:
    model = Scripted(Config(replies="Hello there"))
    out = await _run(model)
    assert out.text == "Hello there"
    assert max(len(event.text) for event in out if isinstance(event, TextDelta)) == 3
    assert out.finished.usage.estimated
    assert model.tasks == [CHAT]


async def test_a_list_is_gone_through_and_its_last_repeats() -> None:
    model = Scripted(Config(replies=["one", Reply("two", usage=Usage(1, 2))]))
    said = [await _run(model) for _ in range(3)]
    assert [out.text for out in said] == ["one", "two", "two"]
    assert said[1].finished.usage == Usage(1, 2)


async def test_the_tasks_of_the_research_team_have_their_scripts_too() -> None:
    passages = library()
    draft = Draft("s1", "Lamps", ("Lamps burn oil [1].",))
    tasks = (
        PlanQuestions("lamps", 2, passages),
        Outline("lamps", ("What?",), passages),
        WriteSection("lamps", "Lamps", "What?", passages),
        Critique("lamps", ("What?",), (draft,)),
        Revise("lamps", draft, (), passages),
    )
    model = Scripted(Config(replies={type(task).__name__: f"reply to {type(task).__name__}" for task in tasks}))
    for task in tasks:
        out = await _run(model, task)
        assert out.text == f"reply to {type(task).__name__}"
        assert out.finished.usage.prompt_tokens > 20


async def test_each_task_type_has_its_own_script() -> None:
    model = Scripted(Config(replies={"Chat": ["a", "b"], "Judge": lambda task: type(task).__name__}))
    assert [(await _run(model, task)).text for task in (CHAT, JUDGE, CHAT)] == ["a", "Judge", "b"]
    assert (await _run(model, RewriteQuery("q", ()))).text == ""


async def test_tool_calls_come_in_fragments() -> None:
    out = await _run(Scripted(Config(replies=Reply(tool_calls=(ToolCall("c", "look", '{"at": 1}'),)))))
    assert out.calls == [("c", "look", '{"at": 1}')]
    assert out.finished.reason == "tool_calls"


async def test_it_fails_where_it_is_told_to() -> None:
    with pytest.raises(ProviderBusy):
        await _run(Scripted(Config(replies=Reply(error=ProviderBusy("busy")))))
    with pytest.raises(StreamBroken, match="busy"):
        await _run(Scripted(Config(replies=Reply("Half", error=ProviderBusy("busy")))))


async def test_the_delay_is_handed_in() -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    model = Scripted(Config(replies="abcdef", delay_s=0.5, sleep=sleep))
    assert (await _run(model)).text == "abcdef"
    assert slept == [0.5, 0.5]


async def test_close_is_remembered() -> None:
    model = build(Config("named"))
    await model.close()
    assert isinstance(model, Scripted)
    assert (model.name, model.closed) == ("named", True)
