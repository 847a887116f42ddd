"""The topic switch, as an administrator works it: which topics there are, adding or changing one, taking one away."""

import functools
import time

from answerable.core.errors import InvalidRequest, NotFound
from answerable.flows.platform import Platform
from answerable.storage import topics
from answerable.storage.topics import Action, TopicRow

PEOPLE = "This question is answered by a member of our staff, not by a machine. They will get back to you."
"""What is said when a topic goes to people and no other text is given."""

_MOST = 200
_LONGEST = 500


async def list_topics(p: Platform) -> list[TopicRow]:
    """All topics by name."""
    async with p.database.read() as connection:
        return await topics.list_topics(connection)


async def put_topic(
    p: Platform,
    name: str,
    *,
    keywords: tuple[str, ...] = (),
    examples: tuple[str, ...] = (),
    action: Action = "people",
    message: str = "",
    enabled: bool = True,
) -> TopicRow:
    """Add a topic, or change the one of that name; every worker knows within seconds. Raises InvalidRequest."""
    name = name.strip()
    if not 0 < len(name) <= 100:
        raise InvalidRequest("a topic needs a name of at most 100 characters", param="name")
    if action == "notice" and not message.strip():
        raise InvalidRequest("a notice needs a text: say in `message` what the reader is told", param="message")
    kept = {what: _texts(what, values) for what, values in (("keywords", keywords), ("examples", examples))}
    if not any(kept.values()):
        raise InvalidRequest("a topic needs keywords or examples: nothing else recognises it", param="keywords")
    if len(message) > 4_000:
        raise InvalidRequest("the text of a topic has at most 4000 characters", param="message")
    text = message.strip() or PEOPLE
    row = TopicRow(name, kept["keywords"], kept["examples"], action, text, enabled, time.time_ns() // 1_000)
    await p.database.write(functools.partial(topics.put_topic, row=row))
    return row


async def remove_topic(p: Platform, name: str) -> None:
    """Take a topic away: its questions are answered again. Raises NotFound."""
    if not await p.database.write(functools.partial(topics.delete_topic, name=name)):
        raise NotFound(f"there is no topic '{name}'", param="name")


def _texts(what: str, values: tuple[str, ...]) -> tuple[str, ...]:
    kept = tuple(dict.fromkeys(value.strip() for value in values if value.strip()))
    if len(kept) > _MOST or any(len(value) > _LONGEST for value in kept):
        raise InvalidRequest(f"a topic has at most {_MOST} {what} of {_LONGEST} characters each", param=what)
    return kept
