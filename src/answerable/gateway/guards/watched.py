"""The sink that guards what leaves: text and tool arguments pass a window each, sentences are held while they could be
the beginning of a secret. Other events pass through in their order.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import re2

from answerable.core.errors import Blocked, GuardUnavailable
from answerable.core.messages import (
    Dropped,
    Event,
    Finished,
    Routed,
    Sentence,
    Sink,
    TextDelta,
    ToolCallDelta,
    ToolRan,
)
from answerable.core.values import value_class
from answerable.gateway.guards.leakage import Overlap, Prompt
from answerable.gateway.guards.masks import MaskTable
from answerable.gateway.guards.pii import Found, Kind
from answerable.gateway.guards.sentence_window import SentenceWindow
from answerable.gateway.guards.window import Scan, Stage, Window, chain

_FAILURES = (ArithmeticError, LookupError, MemoryError, TypeError, ValueError, re2.error)


Noticed = Callable[[Literal["blocked", "masked"], str, str], None]
"""Told what a guard did: what, the guard's name, and the kind of thing it found."""


def unnoticed(_what: str, _guard: str, _kind: str) -> None:
    """Nobody listens."""


@dataclass(frozen=True, slots=True)
class Watching:
    """What every stream is watched for, made once."""

    scan: Scan
    refused: frozenset[Kind]
    noticed: Noticed = unnoticed


@value_class(frozen=True, slots=True)
class _Placeholder:
    """What stands in place of a match. Not a method of `Watched`: its windows hold it, and would hold each other."""

    watching: Watching
    table: MaskTable

    def __call__(self, found: Found) -> str:
        """The placeholder. Raises Blocked for a kind that may not leave."""
        if found.kind in self.watching.refused:
            told = f"the answer was stopped: it held {found.kind.replace('_', ' ')} data that may not leave"
            raise Blocked(told, guard="personal_data", kind=found.kind)
        self.watching.noticed("masked", "personal_data", found.kind)
        return self.table.name(found.kind, found.value, keep=False)


class Watched:
    """Wraps the sink of one answer; a `whole` one is read by nobody before its end."""

    def __init__(
        self, watching: Watching, table: MaskTable, prompts: tuple[Prompt, ...], sink: Sink, *, whole: bool = False
    ) -> None:
        self._watching = watching
        self._table = table
        self._prompts = prompts
        self._sink = sink
        self._unread = whole
        self._placeholder = _Placeholder(watching, table)
        self._begin()

    def _begin(self) -> None:
        self._text: list[Stage] = self._stages()
        self._calls: dict[int, list[Stage]] = {}
        self._sentences = SentenceWindow(self._watching.scan, self._table, self._placeholder)
        self._said = Overlap(self._prompts) if self._prompts else None

    def _stages(self, *, as_json: bool = False) -> list[Stage]:
        window = Window(self._watching.scan, self._table, self._placeholder, as_json=as_json, whole=self._unread)
        return [Overlap(self._prompts), window] if self._prompts and not as_json else [window]

    @property
    def seen(self) -> bool:
        """Whether the reader has seen anything."""
        return self._sink.seen

    def rewind(self) -> None:
        """Forget what a failed route said, what is held back included."""
        self._sink.rewind()
        self._begin()

    async def __call__(self, event: Event) -> None:
        """Take the next event. Raises Blocked for what may not leave, GuardUnavailable when it cannot be checked."""
        try:
            passed = self._pass(event)
        except Blocked as error:
            self._watching.noticed("blocked", error.guard, error.kind)
            raise
        except _FAILURES as error:
            raise GuardUnavailable("the answer could not be checked, so it was stopped") from error
        for one in passed:
            await self._sink(one)

    def _pass(self, event: Event) -> list[Event]:
        if isinstance(event, TextDelta):
            out = chain(self._text, event.text)
            return [event if out == event.text else TextDelta(out)] if out else []
        match event:
            case ToolCallDelta():
                return [*self._rest_of_text(), *self._call(event)]
            case Sentence():
                return self._sentence(event)
            case ToolRan():
                return [replace(event, arguments=self._whole(event.arguments), summary=self._whole(event.summary))]
            case Finished():
                return [*self._rest_of_text(), *self._rest_of_calls(), *self._sentences.flush(), event]
            case Dropped() | Routed():
                return [event]
            case _:
                return [*self._sentences.flush(), event]

    def _call(self, event: ToolCallDelta) -> list[Event]:
        stages = self._calls.get(event.index)
        if stages is None:
            stages = self._calls[event.index] = self._stages(as_json=True)
        arguments = chain(stages, event.arguments)
        return [replace(event, arguments=arguments)] if arguments or event.id or event.name else []

    def _rest_of_text(self) -> list[Event]:
        rest = chain(self._text, "", last=True)
        return [TextDelta(rest)] if rest else []

    def _rest_of_calls(self) -> list[Event]:
        rests = {index: chain(stages, "", last=True) for index, stages in self._calls.items()}
        return [ToolCallDelta(index, rest) for index, rest in rests.items() if rest]

    def _sentence(self, event: Sentence) -> list[Event]:
        if self._said is not None:
            self._said.push(event.text)
        return list(self._sentences.push(event))

    def _whole(self, text: str) -> str:
        return chain(self._stages(as_json=True), text, last=True)
