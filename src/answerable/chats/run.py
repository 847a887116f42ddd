"""One answer while it is given: the sink of its turn, the writer of its run log, the newest state of its message.

What nobody can see yet is held back, as on a plain stream: until the first visible event a failure leaves no frames
behind it but its own.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, Protocol

from answerable.chats.journal import Journal, Said
from answerable.core.errors import AnswerableError, AnswerRunning
from answerable.core.messages import (
    Admitted,
    Event,
    Finished,
    Message,
    Placed,
    Routed,
    Text,
    TextDelta,
    ToolCallDelta,
    Visible,
)
from answerable.core.moments import now_us
from answerable.core.ports import RunLog
from answerable.storage.messages import MessageRow, Status
from answerable.storage.review import ReviewRow
from answerable.storage.stored_turns import ANY_LEAF, Move, Progress

_OVERHEAD_BYTES = 2_000
"""About what a run takes beside its text."""
_STORED_S = 1.0
"""How long a turn waits for the database before its model is asked; the journal keeps it beyond that."""

Ending = Literal["stopped", "interrupted"]

Review = Callable[[MessageRow], ReviewRow | None]
"""The item for reviewers that a finished answer makes."""


class Wire(Protocol):
    """How a face writes an answer down. The bytes of a frame are made once, and are the same for every reader."""

    @property
    def shell(self) -> tuple[bytes, bytes]:
        """How most frames begin and end."""
        ...

    def started(self, row: MessageRow) -> bytes:
        """The first frame: which conversation, question and answer."""
        ...

    def frames(self, event: Event) -> list[bytes]:
        """The frames of an event."""
        ...

    def text(self, event: Event) -> str:
        """What an event adds to the text that readers see."""
        ...

    def whole(self, row: MessageRow) -> bytes:
        """A stored answer as one frame, which stands for all before it."""
        ...

    def last(self, row: MessageRow, error: AnswerableError | None) -> bytes:
        """The last frame of a finished answer: a clean end only where it is `done`."""
        ...

    def answer(self, events: Iterable[Event]) -> Mapping[str, Any]:
        """What is said of an answer beside its text."""
        ...


class Run:
    """Takes the events of one turn. Nothing is kept of it, and nobody can find it, before the limits admit it and it
    has its place: then it is `kept`, with what was `said` and where the conversation goes. `admitted` is set once the
    limits let it in, `decided` once it is kept and written, `begun` once a reader has something to see, `over` at its
    end, which sets all of them; `error` is what it failed of, `ending` what ends it from outside.
    """

    def __init__(
        self, row: MessageRow, wire: Wire, log: RunLog, journal: Journal, said: Sequence[Said], move: Move
    ) -> None:
        self.seen = self.kept = False
        self.admitted, self.decided, self.begun, self.over = (asyncio.Event() for _ in range(4))
        self.error: AnswerableError | None = None
        self.ending: Ending | None = None
        self.work: asyncio.Future[None] | None = None
        self.events: list[Event] = []
        self._row = row
        self._wire = wire
        self._log = log
        self._journal = journal
        self._text: list[str] = []
        self._characters = 0
        self._held: list[bytes] = []
        self._model = row.model
        self._request_id = ""
        self._cursor = 0
        self._first, self._move = said, move
        self._keeping: asyncio.Task[None] | None = None

    @property
    def id(self) -> str:
        """The message."""
        return self._row.id

    @property
    def size_bytes(self) -> int:
        """About what it takes in memory."""
        return _OVERHEAD_BYTES + self._characters

    async def __call__(self, event: Event) -> None:
        """Take the next event of the turn."""
        frames = self._wire.frames(event)
        if type(event) is TextDelta:
            self._say(event.text)
        elif type(event) not in (ToolCallDelta, Placed):
            self._note(event)
        if not self.seen:
            if type(event) is Admitted:
                self.admitted.set()
            else:
                await self.keep()
            self._held += frames
            if not isinstance(event, Visible):
                return
            frames, self._held, self.seen = self._held, [], True
        for frame in frames:
            self._cursor = self._log.append(self._row.id, frame)
        self.begun.set()
        self._journal.put(self)

    def rewind(self) -> None:
        """Nothing visible is held here."""

    def progress(self) -> Progress:
        """What may have changed since its row was first written."""
        return Progress(self._whole_text(), self._model, self._request_id, self._cursor, now_us(), self._row.id)

    def row(self) -> MessageRow:
        """The message as it is now."""
        return replace(
            self._row,
            text=self._whole_text(),
            model=self._model,
            request_id=self._request_id,
            cursor=self._cursor,
            updated_at=now_us(),
        )

    def stop(self, ending: Ending) -> None:
        """End it from outside; the model is told at once."""
        if self.ending is None and not self.over.is_set():
            self.ending = ending
            if self.work is not None:
                self.work.cancel()

    def settle(self, status: Status, error: AnswerableError | None, review: Review) -> MessageRow:
        """The message will not change any more: the journal gets its last state, with what `review` makes of it."""
        self.error = error
        if error is not None:
            self._request_id = self._request_id or error.request_id
        self._cursor += 1  # the last frame, which `end` writes once this state is kept
        said = self._wire.answer(self.events)
        self._row = replace(self.row(), status=status, error=_code(status, error), answer=said or None)
        if self.kept:
            self._journal.insist(self._move.conversation)
            self._journal.leave(self.id)
            self._journal.put(Said(self._row, review(self._row)))
        return self._row

    def end(self) -> None:
        """The last frame, after which no reader waits."""
        if self.kept:
            self._log.append(self.id, self._wire.last(self._row, self.error))
        self.close()

    def close(self) -> None:
        """Let go whoever waits, also where a mistake of ours kept it from its end."""
        self._journal.leave(self.id)
        self._log.end(self.id)
        self.over.set()
        for one in (self.admitted, self.decided, self.begun):
            one.set()

    def passed(self, leaf: str) -> None:
        """Another worker took in a turn on the same message a moment before: this one ends, and nothing is kept of it.
        Once it is under way, as the database was busy, both stay, as two versions.
        """
        if self.decided.is_set():
            newest = (self,) if self._row.status == "streaming" else ()  # else its end waits to be written already
            self._journal.put(*self._first, *newest, move=self._move._replace(after=ANY_LEAF))
            return
        self.kept = False
        self.error = AnswerRunning(leaf)
        self._journal.leave(self.id)
        self.stop("interrupted")

    @property
    def said(self) -> Message:
        """What it said, for the next turn."""
        return Message("assistant", (Text(self.row().text),))

    async def keep(self) -> None:
        """From here on it can be found, followed and stopped; it is stored before a model is asked. Once is enough."""
        if self.over.is_set():
            return
        if self._keeping is None:
            self._log.begin(self.id, self._wire.shell)
            self._cursor = self._log.append(self.id, self._wire.started(self._row))
            self.kept = True
            self._journal.follow(self, lambda: self.stop("stopped"))
            self._journal.put(*self._first, self, move=self._move)
            self._keeping = asyncio.ensure_future(self._decide())
        await asyncio.shield(self._keeping)  # whoever began it may leave: it is decided all the same

    async def _decide(self) -> None:
        if not await self._journal.flush(self.id, _STORED_S):
            self._journal.insist(self._move.conversation)
        self.decided.set()

    def _whole_text(self) -> str:
        if len(self._text) > 1:
            self._text = ["".join(self._text)]
        return self._text[0] if self._text else ""

    def _say(self, text: str) -> None:
        self._text.append(text)
        self._characters += len(text)

    def _note(self, event: Event) -> None:
        self.events.append(event)
        if text := self._wire.text(event):
            self._say(text)
        match event:
            case Admitted(request_id):
                self._request_id = request_id
            case Routed(model):
                self._model = model
            case Finished(model=model) if model:
                self._model = model
            case _:
                pass


def _code(status: Status, error: AnswerableError | None) -> str:
    if error is not None:
        return error.code
    return "interrupted" if status == "interrupted" else ""
