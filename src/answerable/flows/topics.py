"""The topic switch, as an administrator works it: which topics there are, adding or changing one, taking one away.

Topics hold for the whole installation. Every change leaves an event in the audit log.
"""

from dataclasses import dataclass

from answerable.accounts import audit
from answerable.accounts.assembly import Accounts
from answerable.accounts.audit import Event
from answerable.core.errors import InvalidRequest, NotFound
from answerable.core.identity import Principal
from answerable.flows.sign_in import Caller
from answerable.storage import topics
from answerable.storage.database import Connection
from answerable.storage.topics import Action, TopicRow

PEOPLE = "This question is answered by a member of our staff, not by a machine. They will get back to you."
"""What is said when a topic goes to people and no other text is given."""

_MOST = 200
_LONGEST = 500
_LONGEST_MESSAGE = 4_000


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as an administrator wants it: what it is recognised by, and what the reader is told."""

    name: str
    keywords: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    action: Action = "people"
    message: str = ""
    enabled: bool = True


async def list_topics(a: Accounts) -> list[TopicRow]:
    """All topics by name."""
    async with a.database.read() as connection:
        return await topics.list_topics(connection)


async def put_topic(who: Principal, topic: Topic, caller: Caller, a: Accounts) -> TopicRow:
    """Add a topic, or change the one of that name; every worker knows within seconds. Raises InvalidRequest."""
    row = _checked(topic, a.now_us())
    detail = {"action": row.action, "enabled": row.enabled}
    event = Event(who.id, "topics.put", row.name, who.workspace, caller.address, detail)

    async def work(connection: Connection) -> None:
        await topics.put_topic(connection, row)
        await audit.record(connection, event, row.updated_at)

    await a.database.write(work)
    return row


async def remove_topic(who: Principal, name: str, caller: Caller, a: Accounts) -> None:
    """Take a topic away: its questions are answered again. Raises NotFound."""
    event = Event(who.id, "topics.removed", name, who.workspace, caller.address)

    async def work(connection: Connection) -> None:
        if not await topics.delete_topic(connection, name):
            raise NotFound(f"there is no topic '{name[:100]}'", param="topic")
        await audit.record(connection, event, a.now_us())

    await a.database.write(work)


def _checked(topic: Topic, now_us: int) -> TopicRow:
    name, message = topic.name.strip(), topic.message.strip()
    if not 0 < len(name) <= 100:
        raise InvalidRequest("a topic needs a name of at most 100 characters", param="name")
    if topic.action == "notice" and not message:
        raise InvalidRequest("a notice needs a text: say in `message` what the reader is told", param="message")
    keywords, examples = _texts("keywords", topic.keywords), _texts("examples", topic.examples)
    if not (keywords or examples):
        raise InvalidRequest("a topic needs keywords or examples: nothing else recognises it", param="keywords")
    if len(message) > _LONGEST_MESSAGE:
        raise InvalidRequest(f"the text of a topic has at most {_LONGEST_MESSAGE} characters", param="message")
    return TopicRow(name, keywords, examples, topic.action, message or PEOPLE, topic.enabled, now_us)


def _texts(what: str, values: tuple[str, ...]) -> tuple[str, ...]:
    kept = tuple(dict.fromkeys(value.strip() for value in values if value.strip()))
    if len(kept) > _MOST or any(len(value) > _LONGEST for value in kept):
        raise InvalidRequest(f"a topic has at most {_MOST} {what} of {_LONGEST} characters each", param=what)
    return kept
