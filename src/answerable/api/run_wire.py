"""A stored answer on the wire: OpenAI's chunks with one at the front that names the messages, and one way to end."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from answerable.api import errors
from answerable.api.openai_wire import Chunks, text_of
from answerable.api.own_field import answer_json
from answerable.core.errors import AnswerableError
from answerable.core.messages import Event, TextDelta
from answerable.storage.messages import MessageRow, Status

_DONE = b"[DONE]"
_LARGEST_TRACE_BYTES = 200_000

_TOLD: Mapping[Status, str] = {
    "failed": "the answer failed before its end; ask again",
    "interrupted": "the worker that gave this answer ended before it was finished; ask again",
}


class RunWire:
    """The frames of one answer: JSON without what server-sent events add."""

    def __init__(self, model: str) -> None:
        self._chunks = Chunks(model, include_usage=False)

    @property
    def shell(self) -> tuple[bytes, bytes]:
        """How the chunks of text begin and end."""
        return self._chunks.shell

    def started(self, row: MessageRow) -> bytes:
        """The first frame, which has no choice: who knows only OpenAI's chunks passes over it."""
        return self._notice(row, "started")

    def frames(self, event: Event) -> list[bytes]:
        """The chunks of an event."""
        return self._chunks.data(event)

    def text(self, event: Event) -> str:
        """What an event adds to the text."""
        return text_of(event)

    def whole(self, row: MessageRow) -> bytes:
        """A stored answer in one chunk; `stored` says that it stands for every chunk before it."""
        (chunk,) = self._chunks.of(TextDelta(row.text))[-1:]
        said = {"type": "stored", **_names(row), "status": row.status, "answer": row.answer}
        return orjson.dumps({**chunk, "answerable": said})

    def last(self, row: MessageRow, error: AnswerableError | None) -> bytes:
        """`[DONE]` for a clean end, a notice for an answer that was stopped, else an error."""
        if row.status == "done":
            return _DONE
        if row.status == "stopped":
            return self._notice(row, "stopped")
        if error is not None:
            return orjson.dumps(errors.body_of(error))
        return orjson.dumps(errors.body(_TOLD.get(row.status, _TOLD["failed"]), 502, row.error or row.status))

    def answer(self, events: Iterable[Event]) -> Mapping[str, Any]:
        """What our own field says of the answer. A trace that would weigh more than the conversation is left out."""
        found = answer_json(events)
        if "trace" in found and len(orjson.dumps(found["trace"])) > _LARGEST_TRACE_BYTES:
            found["trace"] = None
        return found

    def _notice(self, row: MessageRow, kind: str) -> bytes:
        return orjson.dumps({**self._chunks.head, "choices": [], "answerable": {"type": kind, **_names(row)}})


def _names(row: MessageRow) -> dict[str, Any]:
    return {"conversation": row.conversation, "question": row.parent, "message": row.id}
