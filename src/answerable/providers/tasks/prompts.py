"""Prompt files filled in: rules for the system part, and texts of people between tags that they cannot close."""

import functools
import re
from collections.abc import Sequence
from importlib import resources
from string import Template

from answerable.core.documents import Passage
from answerable.core.messages import Message, Text
from answerable.core.tasks import Chat, Sampling

_TAG = re.compile(
    r"<(?=\s*/?\s*(?:passages?|conversation|evidence|claim|topic|questions?|said|headings?|section|parts?|drafts?"
    r"|issues?|measured|team-\w+)\b)",
    re.IGNORECASE,
)
_TEAM_TAG = re.compile(r"<(?=\s*/?\s*(?:team-|passages?\b))", re.IGNORECASE)
_BORDER = "=== user ===\n"


def asked(prompt: str, sampling: Sampling, **values: str) -> Chat:
    """The conversation of a prompt file, its places filled in."""
    system, user = (Template(part).substitute(values).strip() for part in _parts(prompt))
    return Chat((Message("system", (Text(system),)), Message("user", (Text(user),))), sampling=sampling)


@functools.cache
def _parts(prompt: str) -> tuple[str, str]:
    text = resources.files(__package__).joinpath(f"{prompt}.md").read_text("utf-8")
    system, _, user = text.partition(_BORDER)
    return system, user


def passages(some: Sequence[Passage]) -> str:
    """Passages between tags, numbered from 1. Those without text are not shown, and keep their numbers."""
    return "\n".join(_passage(number, passage) for number, passage in enumerate(some, start=1) if passage.text)


def _passage(number: int, passage: Passage) -> str:
    place = " > ".join(dict.fromkeys((passage.title, *passage.heading_path)))
    return f'<passage id="{number}" title="{attribute(place)}">\n{neutral(passage.text)}\n</passage>'


def attribute(text: str) -> str:
    """`text` on one line, so that it cannot leave the quotation marks of a tag."""
    return " ".join(neutral(text).replace('"', "'").replace(">", "›").split())


def neutral(text: str) -> str:
    """`text` without anything that could close or open one of our tags."""
    return _TAG.sub("‹", text)


def neutral_code(text: str) -> str:
    """The same for prompts whose tags begin with `team-`: code that has tags of its own stays as it is."""
    return _TEAM_TAG.sub("‹", text)
