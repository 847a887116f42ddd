from collections.abc import Sequence
from dataclasses import replace

import pytest

from answerable.agents.fitting import LEAST_REPLY, fit, reply_tokens, with_reply
from answerable.core import counting
from answerable.core.documents import ChunkId, CollectionName, DocumentId, Passage, VersionId
from answerable.core.research_tasks import (
    MOST_WRITTEN,
    Assess,
    Compose,
    Critique,
    Draft,
    Outline,
    PlanQuestions,
    Revise,
    WriteSection,
)
from answerable.core.tasks import AgentTask, Answer


def passage(text: str) -> Passage:
    return Passage(
        chunk_id=ChunkId(1),
        document_id=DocumentId("d"),
        version_id=VersionId(1),
        collection=CollectionName("c"),
        source="s",
        title="t",
        text=text,
        start=0,
        end=len(text),
    )


PASSAGES = tuple(passage(f"{number} ".ljust(800, "x")) for number in (5, 1, 4, 2, 3))
"""200 tokens each; the number is how well it fits."""
SECTION = WriteSection("topic", "Heading", "What?", PASSAGES)


def most(task: AgentTask) -> int:
    tools = 10 if isinstance(task, Compose) and task.tools else 1
    return tools * (counting.prompt_tokens(task) + reply_tokens(task))


def relevant(question: str, some: Sequence[Passage]) -> list[float]:
    assert question
    return [float(one.text.split()[0]) for one in some]


def shown(task: AgentTask) -> list[int]:
    assert not isinstance(task, Critique | Assess)
    return [int(one.text.split()[0]) for one in task.passages if one.text]


def test_what_fits_is_not_touched() -> None:
    assert fit(SECTION, 10_000, most, relevant).task is SECTION


def test_the_reply_is_shortened_before_any_passage_is_lost() -> None:
    found = fit(SECTION, 2_500, most, relevant)
    assert found.left_out == 0
    assert shown(found.task) == [5, 1, 4, 2, 3]
    assert LEAST_REPLY < reply_tokens(found.task) < MOST_WRITTEN
    assert most(found.task) == 2_500


@pytest.mark.parametrize(("room", "kept"), [(1_850, [5, 4, 2, 3]), (1_500, [5, 4]), (700, [5])])
def test_the_least_relevant_go_first_and_the_others_keep_their_numbers(room: int, kept: list[int]) -> None:
    found = fit(SECTION, room, most, relevant)
    assert shown(found.task) == kept
    assert found.left_out == len(PASSAGES) - len(kept)
    assert isinstance(found.task, WriteSection)
    assert [one.text for one in found.task.passages if one.text] == [
        one.text for one in PASSAGES if int(one.text.split()[0]) in kept
    ]
    assert len(found.task.passages) == len(PASSAGES)


def test_what_the_mended_version_cites_goes_last() -> None:
    draft = Draft("s1", "Heading", ("It is so [2].", "And so [4]."))
    found = fit(Revise("topic", draft, (), PASSAGES), 1_500, most, relevant)
    assert shown(found.task) == [1, 2]


def test_where_a_plan_is_made_each_passage_says_less_before_one_is_left_out() -> None:
    for task in (Outline("topic", ("q",), PASSAGES), PlanQuestions("topic", 3, PASSAGES)):
        found = fit(task, 1_500, most, relevant)
        assert found.left_out == 0
        assert not isinstance(found.task, Critique | Assess)
        assert {len(one.text) for one in found.task.passages} == {240}


def test_what_other_sections_said_makes_room_for_passages() -> None:
    task = replace(SECTION, said=tuple(f"{at} ".ljust(400, "y") for at in range(30)))
    found = fit(task, 2_600, most, relevant)
    assert isinstance(found.task, WriteSection)
    assert 0 < len(found.task.said) < 10
    assert found.left_out == 0


def test_tools_go_first() -> None:
    task = Compose("request", passages=PASSAGES, tools=("calculator",))
    found = fit(task, 6_000, most, relevant)
    assert isinstance(found.task, Compose)
    assert (found.task.tools, found.left_out, found.task.max_tokens) == ((), 0, 4_000)


def test_a_report_that_is_judged_is_never_cut() -> None:
    lines = tuple("z" * 400 for _ in range(30))
    for task in (Critique("topic", (), (Draft("s1", "h", lines),)), Assess("request", lines)):
        found = fit(task, 3_500, most, relevant)
        assert isinstance(found.task, Critique | Assess)
        assert found.task.texts() == task.texts()
        assert most(found.task) > 3_500


def test_the_length_of_a_reply_is_no_part_of_what_is_asked() -> None:
    answer = Answer("question", PASSAGES)
    assert reply_tokens(answer) == MOST_WRITTEN
    assert reply_tokens(with_reply(answer, 70)) == 70
    assert repr(with_reply(SECTION, 70)) == repr(SECTION)
    assert with_reply(SECTION, 70) != SECTION
