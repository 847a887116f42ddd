"""Typed tasks as conversations for a language model: each from the prompt file that carries the task's name.

Text from documents and users is put between tags that it cannot close, and the prompts call it data.
"""

import functools
import re
from importlib import resources
from string import Template

from answerable.core.documents import Passage
from answerable.core.messages import Message, Text
from answerable.core.tasks import Answer, Chat, Judge, RewriteQuery, Sampling, Task

ABSTENTION = "I don't have enough information to answer this."
"""What the model says when the passages do not hold the answer; the same words as the program's own."""

_TAG = re.compile(r"<(?=\s*/?\s*(?:passages?|conversation|evidence|claim)\b)", re.IGNORECASE)
_BORDER = "=== user ===\n"
_EARLIER_TURNS = 8


def render(task: Task) -> Chat:
    """The conversation that asks a language model for `task`; a `Chat` is one already."""
    match task:
        case Chat():
            return task
        case Answer():
            return _answer(task)
        case RewriteQuery():
            history = "\n".join(f"{turn.role}: {_neutral(turn.text)}" for turn in task.history[-_EARLIER_TURNS:])
            return _asked("rewrite_query", Sampling(), history=history, question=_neutral(task.question))
        case Judge():
            return _asked("judge", Sampling(), evidence=_neutral(task.evidence), claim=_neutral(task.claim))


def prompt_text(chat: Chat) -> str:
    """All text of a conversation, for counting."""
    return "\n".join(message.text for message in chat.messages)


def _answer(task: Answer) -> Chat:
    wanted = task.instructions.strip()
    instructions = (
        f"\nThe operator also asks for this, as far as it fits the rules above:\n{wanted}\n" if wanted else ""
    )
    asked = _asked(
        "answer",
        task.sampling,
        abstention=ABSTENTION,
        max_sentences=str(task.max_sentences),
        instructions=instructions,
        passages="\n".join(_passage(number, passage) for number, passage in enumerate(task.passages, start=1)),
        question=_neutral(task.question),
    )
    earlier = [Message(turn.role, (Text(turn.text),)) for turn in task.history[-_EARLIER_TURNS:] if turn.text.strip()]
    system, user = asked.messages
    return Chat((system, *earlier, user), sampling=task.sampling)


def _asked(prompt: str, sampling: Sampling, **values: str) -> Chat:
    system, user = (Template(part).substitute(values).strip() for part in _parts(prompt))
    return Chat((Message("system", (Text(system),)), Message("user", (Text(user),))), sampling=sampling)


@functools.cache
def _parts(prompt: str) -> tuple[str, str]:
    text = resources.files(__package__).joinpath(f"{prompt}.md").read_text("utf-8")
    system, _, user = text.partition(_BORDER)
    return system, user


def _passage(number: int, passage: Passage) -> str:
    place = " > ".join(dict.fromkeys((passage.title, *passage.heading_path)))
    return f'<passage id="{number}" title="{_attribute(place)}">\n{_neutral(passage.text)}\n</passage>'


def _attribute(text: str) -> str:
    return " ".join(_neutral(text).replace('"', "'").replace(">", "›").split())


def _neutral(text: str) -> str:
    """`text` without anything that could close or open one of our tags."""
    return _TAG.sub("‹", text)
