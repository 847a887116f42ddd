"""Chat messages and the events of a running answer.

Flows and models push events into an `Emit`; streaming is the only path, and a plain reply is the events collected.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from answerable.core.documents import Citation, Passage
from answerable.core.usage import Usage

Role = Literal["system", "developer", "user", "assistant", "tool"]
FinishReason = Literal["stop", "length", "tool_calls", "content_filter"]


@dataclass(frozen=True, slots=True)
class Text:
    """A text part of a message."""

    text: str


@dataclass(frozen=True, slots=True)
class Image:
    """An image part: an https or data URL, with OpenAI's detail hint."""

    url: str
    detail: Literal["auto", "low", "high"] = "auto"


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call the model asks for; `arguments` is the JSON text as the model wrote it."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Message:
    """One turn. `tool_calls` only on assistant turns, `tool_call_id` only on tool turns."""

    role: Role
    content: tuple[Text | Image, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None
    name: str | None = None

    @property
    def text(self) -> str:
        """All text parts joined by a line end; images leave nothing."""
        return "\n".join(part.text for part in self.content if isinstance(part, Text))


@dataclass(frozen=True, slots=True)
class Tool:
    """A function the caller offers to the model; `parameters` is its JSON schema."""

    name: str
    description: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    strict: bool | None = None


# --- events -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More visible text of a plain (uncited) reply, or of a model's raw answer inside the verifier."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """A fragment of a tool call: `id` and `name` only in the first fragment of an index."""

    index: int
    arguments: str
    id: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Sentence:
    """A verified sentence of a cited answer. `text` carries its leading white space, so that texts concatenate."""

    text: str
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Dropped:
    """A sentence that was not shown, and why; for the trace, never for the reader."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Abstained:
    """The honest refusal: what was searched and the closest passages, which are not references."""

    message: str
    searched: tuple[str, ...]
    closest: tuple[Passage, ...] = ()


@dataclass(frozen=True, slots=True)
class Retrieved:
    """Retrieval is done: the passages handed to the model and the calibrated confidence (0..1) in an answer."""

    passages: tuple[Passage, ...]
    confidence: float


@dataclass(frozen=True, slots=True)
class Explained:
    """The whole trace of an answer as JSON-ready values (see `knowledge/trace.py` for its fields)."""

    trace: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Finished:
    """The last event of a run that worked."""

    reason: FinishReason
    usage: Usage
    model: str = ""


Event = TextDelta | ToolCallDelta | Sentence | Dropped | Abstained | Retrieved | Explained | Finished
Emit = Callable[[Event], Awaitable[None]]
