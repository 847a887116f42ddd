"""Typed tasks as conversations for a language model: each from the prompt file that carries the task's name.

Text from documents and users is put between tags that it cannot close, and the prompts call it data.
"""

from answerable.core.messages import Message, Text
from answerable.core.tasks import Answer, Chat, Judge, RewriteQuery, Sampling, Task
from answerable.providers.tasks import research
from answerable.providers.tasks.prompts import asked, neutral, passages

ABSTENTION = "I don't have enough information to answer this."
"""What the model says when the passages do not hold the answer; the same words as the program's own."""

_EARLIER_TURNS = 8


def render(task: Task) -> Chat:
    """The conversation that asks a language model for `task`; a `Chat` is one already."""
    match task:
        case Chat():
            return task
        case Answer():
            return _answer(task)
        case RewriteQuery():
            history = "\n".join(f"{turn.role}: {neutral(turn.text)}" for turn in task.history[-_EARLIER_TURNS:])
            return asked("rewrite_query", Sampling(), history=history, question=neutral(task.question))
        case Judge():
            return asked("judge", Sampling(), evidence=neutral(task.evidence), claim=neutral(task.claim))
        case _:
            return research.render(task)


def prompt_text(chat: Chat) -> str:
    """All text of a conversation, for counting."""
    return "\n".join(message.text for message in chat.messages)


def _answer(task: Answer) -> Chat:
    wanted = task.instructions.strip()
    instructions = (
        f"\nThe operator also asks for this, as far as it fits the rules above:\n{wanted}\n" if wanted else ""
    )
    chat = asked(
        "answer",
        task.sampling,
        abstention=ABSTENTION,
        max_sentences=str(task.max_sentences),
        instructions=instructions,
        passages=passages(task.passages),
        question=neutral(task.question),
    )
    earlier = [Message(turn.role, (Text(turn.text),)) for turn in task.history[-_EARLIER_TURNS:] if turn.text.strip()]
    system, user = chat.messages
    return Chat((system, *earlier, user), sampling=task.sampling)
