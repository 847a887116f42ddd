"""What is looked up in the caches, and the fingerprints it is known by.

Every field of the task and of the lookup goes in by itself, so that a new field cannot be forgotten; the few that are
left out are named below. A fingerprint never leaves the caches: told to a caller it would be a way to probe them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Literal

import orjson

from answerable.core.identity import Principal
from answerable.core.messages import Text
from answerable.core.tasks import Chat
from answerable.core.values import value_class

if TYPE_CHECKING:
    from answerable.core.ports import Vectors
    from answerable.gateway.cache.flights import Flight

Scope = Literal["workspace", "user"]
"""Who shares answers: everybody of a workspace, or each user alone."""

_FORMAT = 1
"""Raise it when the meaning of a stored answer changes."""
_DELIVERY = frozenset(["stream"])
"""Fields of a chat that say how the answer is delivered, not what it is."""
_ASIDE = frozenset(["chat", "reader", "entries", "control", "temporary", "personalised", "ticket"])
"""Fields of a lookup that go in elsewhere, or that only say whether the caches may be used at all."""
_OPTIONS = orjson.OPT_SORT_KEYS
_GETTERS: dict[type, Callable[[Any], Sequence[Any]]] = {}
"""How to take the fields of a chat or a lookup, all at once."""


@value_class(frozen=True, slots=True)
class Control:
    """What a request asks of the caches: give no stored answer, keep none, keep it no longer than `ttl_s` seconds."""

    no_cache: bool = False
    no_store: bool = False
    ttl_s: float | None = None

    def __post_init__(self) -> None:
        if self.ttl_s is not None and not self.ttl_s > 0:
            raise ValueError("cache.ttl_s must be above 0")


@value_class(frozen=True, slots=True)
class Partition:
    """Whose answers these are: its digest is stored with every answer and compared whenever one is read."""

    workspace: str
    user: str
    policy: str


@dataclass(slots=True, eq=False)
class Ticket:
    """What `find` worked out for a request and `put` uses again."""

    owner: Partition
    print: bytes
    asked_at: float
    context: bytes | None = None
    flight: "Flight | None" = None
    vector: "Vectors | None" = None


@dataclass(slots=True)
class Lookup:
    """One request as the caches see it. Make one for each request and hand the same to `find`, `put` and `leave`.

    `model` is the name asked for. `knowledge` is the revision of the collection: it must change with every change of
    what can be found in it. `where` is the filter as JSON. `entries` are the access-list entries that decide what the
    reader sees of the collection; None takes all that the reader holds, so that nobody else's answer is given.
    `prompt_version` and `variant` tell prompts and experiments apart. `temporary` chats are never kept or answered from
    a cache; `personalised` ones (memory, a profile in the prompt) only by the very same request of the same user.
    """

    chat: Chat
    model: str
    reader: Principal
    collection: str | None = None
    knowledge: str | int = 0
    where: Any = None
    as_of: datetime | None = None
    entries: frozenset[str] | None = None
    prompt_version: str = ""
    variant: str = ""
    control: Control = field(default_factory=Control)
    temporary: bool = False
    personalised: bool = False
    ticket: Ticket | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def question_at(self) -> int | None:
        """The place of the last message, where it is the user's and nothing but text."""
        messages = self.chat.messages
        last = len(messages) - 1
        if last < 0 or messages[last].role != "user" or not messages[last].content:
            return None
        return last if all(isinstance(part, Text) for part in messages[last].content) else None


@lru_cache(maxsize=4_096)
def digest(owner: Partition) -> str:
    """A partition in 32 hex digits."""
    return blake2b(orjson.dumps([owner.workspace, owner.user, owner.policy]), digest_size=16).hexdigest()


def partition(lookup: Lookup, scope: Scope, policy: str) -> Partition:
    """The partition of a request: its workspace, the user where answers are not shared, the version of the policies."""
    alone = scope == "user" or lookup.personalised
    return Partition(lookup.reader.workspace, lookup.reader.id if alone else "", policy)


def fingerprint(lookup: Lookup, owner: Partition) -> bytes:
    """32 bytes (BLAKE2b) over everything that an answer depends on. Raises TypeError for what JSON cannot hold."""
    return _hash(lookup, owner, _values(lookup.chat, _DELIVERY))


def context(lookup: Lookup, owner: Partition) -> bytes:
    """The fingerprint of everything but the words of the last message, which must be the user's."""
    *before, last = lookup.chat.messages
    chat = replace(lookup.chat, messages=(*before, replace(last, content=())))
    return _hash(lookup, owner, _values(chat, _DELIVERY))


def _hash(lookup: Lookup, owner: Partition, task: Sequence[Any]) -> bytes:
    reads = () if lookup.collection is None else (lookup.reader.sees_all, _entries(lookup))
    parts = (_FORMAT, owner.workspace, owner.user, owner.policy, reads, _values(lookup, _ASIDE), task)
    return blake2b(orjson.dumps(parts, _plain, _OPTIONS), digest_size=32).digest()


def _entries(lookup: Lookup) -> list[str]:
    return sorted(lookup.reader.entries if lookup.entries is None else lookup.entries)


def _values(one: Any, without: frozenset[str]) -> Sequence[Any]:
    """Every field of a dataclass in order; the dataclasses inside are written field by field by orjson."""
    kind = type(one)
    getter = _GETTERS.get(kind)
    if getter is None:
        names = [found.name for found in fields(kind) if found.name not in without]
        getter = _GETTERS[kind] = attrgetter(*names)
    return getter(one)


def _plain(value: Any) -> Any:
    """What orjson cannot write by itself."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, frozenset | set):
        return sorted(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: getattr(value, one.name) for one in fields(value)}
    raise TypeError(f"{type(value).__name__} cannot be part of a cache key")
