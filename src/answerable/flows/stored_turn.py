"""What a turn in a stored conversation follows on: its parent, and what was said before it along the branch."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from answerable.chats.branches import Tree
from answerable.chats.incoming import image_of
from answerable.chats.liveness import status_now
from answerable.core.errors import AnswerRunning, InvalidRequest, NotFound, StorageDown
from answerable.core.messages import Image, Message, Role, Text
from answerable.core.moments import now_us
from answerable.flows.platform import Platform
from answerable.gateway.cache.history import Conversation
from answerable.storage.conversations import ConversationRow, find_leaf
from answerable.storage.messages import MessageRow, find_conversation_of, find_messages, list_tree, made_at_us

_LARGEST_CHARACTERS = 200_000
"""What is longer is read from the database again: a store that others wait for is no place for it."""

_STORED_WITHIN_US = 10_000_000
"""Since an id was made: its worker stores the message within a second, and where another process writes for seconds, or
the machine stands still, it is told to its reader before it is there.
"""
_AGAIN_S = 0.1

Content = tuple[Text | Image, ...]


@dataclass(frozen=True, slots=True)
class Saying:
    """What somebody says: something new after `parent`, or (without content) that `parent` is to be answered again.
    Where no parent is named (`at_leaf`) it follows on the branch that is shown.
    """

    content: Content | None
    parent: str | None = None
    at_leaf: bool = True


async def get_message(conversation: str, id_: str, p: Platform) -> MessageRow:
    """A message as a reader sees it now; one so new that its worker may not have stored it yet is waited for, unless it
    is another conversation's. Raises NotFound, StorageDown.
    """
    while True:
        async with p.database.read() as connection:
            rows = await find_messages(connection, conversation, [id_])
            stored_in = conversation if rows else await find_conversation_of(connection, id_)
        newest = p.runs.journal.find(id_)
        if newest is not None and newest.conversation == conversation:
            return newest
        if rows:
            return current(rows, p)[0]
        is_elsewhere = newest is not None or stored_in not in (None, conversation)
        if is_elsewhere or abs(now_us() - made_at_us(id_)) > _STORED_WITHIN_US:
            raise NotFound(f"this conversation has no message '{id_[:60]}'", param="message")
        await asyncio.sleep(_AGAIN_S)


def current(rows: Iterable[MessageRow], p: Platform) -> list[MessageRow]:
    """Stored messages as a reader sees them: the newest state of what runs here, and what nobody gives any more as
    interrupted.
    """
    now = now_us()
    found = (p.runs.journal.find(row.id) or row for row in rows)
    return [replace(row, status=status_now(row, now)) for row in found]


async def with_newest_leaf(conversation: ConversationRow, p: Platform) -> ConversationRow:
    """The conversation with the leaf that it has now. The journal is asked first: what it does not know any more is in
    the database by then. Raises StorageDown.
    """
    leaf = p.runs.journal.find_leaf(conversation.id)
    if leaf is None:
        async with p.database.read() as connection:
            leaf = await find_leaf(connection, conversation.id)
    return replace(conversation, leaf=leaf)


async def parent_of(conversation: ConversationRow, saying: Saying, p: Platform) -> MessageRow | None:
    """The message that is followed on. Raises NotFound, AnswerRunning, InvalidRequest, StorageDown."""
    id_ = conversation.leaf if saying.at_leaf else saying.parent
    if id_ is None:
        if saying.content is None:
            raise InvalidRequest("say something: `content` is missing", param="content")
        return None
    try:
        parent = await get_message(conversation.id, id_, p)
    except NotFound as error:
        raise NotFound(error.message, param="parent") from None
    if parent.status == "streaming":
        raise AnswerRunning(parent.id)
    if saying.content is None and parent.role != "user":
        raise InvalidRequest("to answer again, name a user message as `parent`, or say something", param="parent")
    return parent


async def said_before(conversation: ConversationRow, parent: MessageRow | None, p: Platform) -> tuple[Message, ...]:
    """The branch that ends in `parent`, oldest first. A branch never changes, so that one that is kept is current."""
    if parent is None:
        return ()
    place = _place(conversation, parent.id)
    kept = await p.cache.history.get(place)
    if kept is not None:
        return kept
    async with p.database.read() as connection:
        nodes = await list_tree(connection, conversation.id)
        tree = Tree(nodes)
        if parent.id not in tree:
            raise StorageDown("what was said last is not stored yet: ask again", retry_after_s=1)
        rows = await find_messages(connection, conversation.id, tree.branch(parent.id))
    messages = messages_of(current(rows, p))
    await remember(conversation, parent.id, messages, p)
    return messages


async def remember(
    conversation: ConversationRow, leaf: str, said: Sequence[Message], p: Platform, grown_from: str | None = None
) -> None:
    """Keep a branch for the next turn on it, in place of the shorter one that it grew from."""
    if grown_from is not None:
        await p.cache.history.drop(_place(conversation, grown_from))
    if sum(map(_characters, said)) <= _LARGEST_CHARACTERS:
        await p.cache.history.put(_place(conversation, leaf), tuple(said))


def messages_of(rows: Iterable[MessageRow]) -> tuple[Message, ...]:
    """Rows as a model reads them; an answer that never said anything is left out."""
    found = (Message(_role(row.role), _content(row)) for row in rows)
    return tuple(one for one in found if one.content and (one.role != "assistant" or one.text))


def parts_of(content: Content) -> tuple[dict[str, Any], ...]:
    """What is no text of a content, as a row keeps it."""
    images = (part for part in content if isinstance(part, Image))
    return tuple({"type": "image_url", "image_url": {"url": one.url, "detail": one.detail}} for one in images)


def _content(row: MessageRow) -> Content:
    images = (image for part in row.parts if (image := image_of(part)) is not None)
    return (*((Text(row.text),) if row.text else ()), *images)


def _characters(message: Message) -> int:
    return sum(len(part.text) if isinstance(part, Text) else len(part.url) for part in message.content)


def _role(role: str) -> Role:
    return "user" if role == "user" else "system" if role in ("system", "developer") else "assistant"


def _place(conversation: ConversationRow, leaf: str) -> Conversation:
    return Conversation(conversation.workspace, conversation.owner, f"{conversation.id}/{leaf}")
