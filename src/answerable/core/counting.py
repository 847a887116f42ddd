"""Tokens where nobody reports them, for limits, routes and the ledger alike: four characters each, which is the usual
ratio for English text, and for images what OpenAI's guide gives.
"""

import json
from collections.abc import Iterable

from answerable.core.messages import Image, Message, Tool
from answerable.core.tasks import Answer, Chat, Judge, RewriteQuery, Task
from answerable.core.usage import Usage

_CHARACTERS_PER_TOKEN = 4
_TOKENS_OF_IMAGE = {"low": 85, "auto": 765, "high": 765}
"""What OpenAI's vision guide gives for detail `low`, and for detail `high` of 1,024 x 1,024 pixels (GPT-4o)."""


def usage(task: Task, completion_characters: int) -> Usage:
    """What a run of `task` consumed that gave so many characters; marked as estimated."""
    return Usage(prompt_tokens(task), tokens(completion_characters), estimated=True)


def estimated(prompt_characters: int, completion_characters: int) -> Usage:
    """The same where the very prompt is known."""
    return Usage(tokens(prompt_characters), tokens(completion_characters), estimated=True)


def prompt_tokens(task: Task) -> int:
    """Tokens of what is sent for `task`. The words of our own prompt files are left out: a few hundred tokens."""
    match task:
        case Chat(messages, tools):
            images = [_TOKENS_OF_IMAGE[p.detail] for one in messages for p in one.content if isinstance(p, Image)]
            return tokens(_characters(messages) + sum(map(_tool, tools))) + sum(images)
        case Answer(question, passages, history, instructions):
            texts = len(question) + len(instructions) + sum(len(passage.text) for passage in passages)
            return tokens(texts + _characters(history))
        case RewriteQuery(question, history):
            return tokens(len(question) + _characters(history))
        case Judge(claim, evidence):
            return tokens(len(claim) + len(evidence))
        case _:
            return text_tokens(task.texts())


def tokens(characters: int) -> int:
    """Tokens of so many characters."""
    return -(-characters // _CHARACTERS_PER_TOKEN)


def text_tokens(texts: Iterable[str]) -> int:
    """Tokens of texts by themselves."""
    return tokens(sum(map(len, texts)))


def _characters(messages: tuple[Message, ...]) -> int:
    calls = [len(call.name) + len(call.arguments) for one in messages for call in one.tool_calls]
    return sum([len(one.text) for one in messages]) + sum(calls)


def _tool(tool: Tool) -> int:
    return len(tool.name) + len(tool.description) + len(json.dumps(dict(tool.parameters)))
