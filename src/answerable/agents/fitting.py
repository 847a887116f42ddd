"""A task made to fit what one request of a person may use: its tools go first, then the length of the reply, then the
passages that say least about what is asked. Those that are left out keep their numbers: only their text goes.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from answerable.core import counting
from answerable.core.documents import Passage
from answerable.core.research_tasks import (
    MOST_WRITTEN,
    Assess,
    Compose,
    Critique,
    Outline,
    PlanQuestions,
    Revise,
    WriteSection,
)
from answerable.core.tasks import AgentTask, Answer

LEAST_REPLY: Final = 1_000
"""Tokens of a reply: twice what a section of 14 sentences takes. No reply is held shorter."""
_SHARE = 3
"""A third of what there is, or the least, is for the reply; a third of the rest for what other sections said."""
_SEEN = 240
"""Characters of a passage that are enough to tell its theme, where a plan is made over many."""
_MARKER = re.compile(r"\[(\d{1,3})\]")

Most = Callable[[AgentTask], int]
"""Tokens that a task may take at most, reply included."""
Relevant = Callable[[str, Sequence[Passage]], Sequence[float]]


@dataclass(frozen=True, slots=True)
class Fitted:
    """The task as it is sent; how many of its passages were left out."""

    task: AgentTask
    left_out: int = 0


def reply_tokens(task: AgentTask) -> int:
    """Tokens that the reply may have."""
    if isinstance(task, Answer):
        return task.sampling.max_tokens or MOST_WRITTEN
    return task.max_tokens


def with_reply(task: AgentTask, tokens: int) -> AgentTask:
    """The task with a reply of so many tokens at most."""
    if isinstance(task, Answer):
        return replace(task, sampling=replace(task.sampling, max_tokens=tokens))
    return replace(task, max_tokens=tokens)


def fit(task: AgentTask, room: int, most: Most, relevant: Relevant) -> Fitted:
    """The task within `room` tokens, as near as it can be brought: one that fits is not changed, and what holds no
    passages (a report that is judged) is not cut. Blocks the calling thread.
    """
    if most(task) <= room:
        return Fitted(task)
    if isinstance(task, Compose) and task.tools:
        task = replace(task, tools=())
    wanted = reply_tokens(task)
    task = with_reply(task, min(wanted, max(LEAST_REPLY, room // _SHARE)))
    left_out = 0
    if not isinstance(task, Critique | Assess):
        task = _shorter(task, room, most)
        task, left_out = _without_the_least(task, room, most, relevant)
    spare = room - most(task)
    return Fitted(with_reply(task, min(wanted, reply_tokens(task) + spare)) if spare > 0 else task, left_out)


def _shorter(task: AgentTask, room: int, most: Most) -> AgentTask:
    """What is no evidence, or is only looked over, takes less room."""
    if most(task) > room and isinstance(task, WriteSection | Revise) and task.said:
        for_it = (room - reply_tokens(task)) // _SHARE
        step = max(1, -(-counting.text_tokens(task.said) // max(for_it, 1)))
        task = replace(task, said=task.said[::step])
    if most(task) > room and isinstance(task, Outline | PlanQuestions):
        task = replace(task, passages=tuple(replace(one, text=one.text[:_SEEN]) for one in task.passages))
    return task


def _without_the_least(task: AgentTask, room: int, most: Most, relevant: Relevant) -> tuple[AgentTask, int]:
    assert not isinstance(task, Critique | Assess)
    if most(task) <= room or len(task.passages) < 2:
        return task, 0
    kept = list(task.passages)
    fits, cited = relevant(_question(task), kept), _cited(task)
    order = sorted(range(len(kept)), key=lambda at: (at + 1 in cited, fits[at], -at))
    left_out = 0
    for at in order[:-1]:
        kept[at] = replace(kept[at], text="")
        left_out += 1
        task = replace(task, passages=tuple(kept))
        if most(task) <= room:
            break
    return task, left_out


def _question(task: AgentTask) -> str:
    match task:
        case WriteSection(heading=heading, question=question):
            return question if heading in question else f"{heading}. {question}"
        case Answer(question=question):
            return question
        case Revise(topic=topic, draft=draft):
            return f"{draft.heading}. {topic}"
        case Compose(request=request) | Assess(request=request):
            return request
    return task.topic


def _cited(task: AgentTask) -> set[int]:
    """Passages that the version which is mended rests on: they go last."""
    if not isinstance(task, Revise):
        return set()
    return {int(number) for line in task.draft.sentences for number in _MARKER.findall(line)}
