"""What was said in a conversation, for an hour after the last look at it: spares a read of the database."""

from dataclasses import dataclass
from hashlib import blake2b

import orjson

from answerable.core.messages import Image, Message, Text, ToolCall
from answerable.core.ports import SharedStore

_PREFIX = "history:"


@dataclass(frozen=True, slots=True)
class Conversation:
    """Whose conversation: the address that entries are kept under, and that is compared when one is read."""

    workspace: str
    user: str
    id: str

    @property
    def address(self) -> list[str]:
        """Its parts in order."""
        return [self.workspace, self.user, self.id]


class History:
    """The messages of conversations. Reading one keeps it for another `ttl_s` seconds.

    The database is the truth: whoever changes a conversation puts it anew or drops it.
    """

    def __init__(self, store: SharedStore, ttl_s: float) -> None:
        self._store = store
        self._ttl_s = ttl_s

    async def get(self, one: Conversation) -> tuple[Message, ...] | None:
        """Its messages, oldest first; None when they are not kept."""
        name = _name(one)
        raw = await self._store.get(name)
        messages = _read(raw, one) if raw is not None else None
        if messages is not None:  # only where nobody has written since
            await self._store.swap(name, raw, raw or b"", self._ttl_s)
        return messages

    async def put(self, one: Conversation, messages: tuple[Message, ...]) -> None:
        """Keep them."""
        await self._store.put(_name(one), orjson.dumps([one.address, messages]), self._ttl_s)

    async def drop(self, one: Conversation) -> None:
        """Forget them."""
        await self._store.drop(_name(one))


def _name(one: Conversation) -> str:
    return _PREFIX + blake2b(orjson.dumps(one.address), digest_size=32).hexdigest()


def _read(raw: bytes, one: Conversation) -> tuple[Message, ...] | None:
    try:
        address, messages = orjson.loads(raw)
        if address != one.address:
            return None
        return tuple(
            Message(
                **message
                | {
                    "content": tuple(Text(**c) if "text" in c else Image(**c) for c in message["content"]),
                    "tool_calls": tuple(ToolCall(**call) for call in message["tool_calls"]),
                }
            )
            for message in messages
        )
    except (ValueError, TypeError, KeyError):
        return None
