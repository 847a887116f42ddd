"""What is asked in one turn, and the words the flows of a turn share."""

from collections.abc import Awaitable, Callable
from dataclasses import field, replace
from datetime import datetime
from typing import Literal

from answerable.core.filters import Filter
from answerable.core.identity import OWNER, Principal
from answerable.core.messages import Message, Sink
from answerable.core.tasks import Chat, Task
from answerable.core.values import value_class
from answerable.gateway.cache.key import Control

Run = Callable[[Task, Sink], Awaitable[None]]
"""Carries out a task on a model: routed, with fallbacks, metered."""


@value_class(frozen=True, slots=True)
class Turn:
    """What is asked, by whom, of which documents. Without a collection, a language model replies by itself.

    `address` is the client's, "" for this machine. `tools` names tools of ours that the model may call. `cache` is what
    the request asks of the caches; a `temporary` turn leaves nothing in them.
    """

    chat: Chat
    model: str | None = None
    collection: str | None = None
    as_of: datetime | None = None
    where: Filter | None = None
    explain: bool = False
    reader: Principal = field(default=OWNER)
    address: str = ""
    tools: tuple[str, ...] | Literal["auto"] = ()
    cache: Control = field(default_factory=Control)
    temporary: bool = False

    def asking(self, chat: Chat) -> "Turn":
        """The same turn with another conversation."""
        return self if chat is self.chat else replace(self, chat=chat)

    @property
    def question(self) -> str:
        """The last thing the user said."""
        return next((m.text.strip() for m in reversed(self.chat.messages) if m.role == "user"), "")

    @property
    def history(self) -> tuple[Message, ...]:
        """What was said before the question."""
        last = max((n for n, m in enumerate(self.chat.messages) if m.role == "user"), default=0)
        return tuple(m for m in self.chat.messages[:last] if m.role in ("user", "assistant"))

    @property
    def instructions(self) -> str:
        """What the caller's system messages ask for."""
        return "\n".join(m.text for m in self.chat.messages if m.role in ("system", "developer"))
