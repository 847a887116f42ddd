"""Tokens where nobody reports them: four characters each, which is the usual ratio for English text."""

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
    return Usage(prompt_tokens(task), _tokens(completion_characters), estimated=True)


def prompt_tokens(task: Task) -> int:
    """Tokens of what is sent for `task`. The words of our own prompt files are left out: a few hundred tokens."""
    match task:
        case Chat(messages, tools):
            images = sum(
                _TOKENS_OF_IMAGE[part.detail] for one in messages for part in one.content if isinstance(part, Image)
            )
            return _tokens(_characters(messages) + sum(_tool(tool) for tool in tools)) + images
        case Answer(question, passages, history, instructions):
            texts = len(question) + len(instructions) + sum(len(passage.text) for passage in passages)
            return _tokens(texts + _characters(history))
        case RewriteQuery(question, history):
            return _tokens(len(question) + _characters(history))
        case Judge(claim, evidence):
            return _tokens(len(claim) + len(evidence))


def text_tokens(texts: Iterable[str]) -> int:
    """Tokens of texts by themselves."""
    return _tokens(sum(map(len, texts)))


def _characters(messages: tuple[Message, ...]) -> int:
    return sum(len(one.text) + sum(len(call.name) + len(call.arguments) for call in one.tool_calls) for one in messages)


def _tool(tool: Tool) -> int:
    return len(tool.name) + len(tool.description) + len(json.dumps(dict(tool.parameters)))


def _tokens(characters: int) -> int:
    return -(-characters // _CHARACTERS_PER_TOKEN)
