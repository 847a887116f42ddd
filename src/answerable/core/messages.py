"""Chat messages and the events of a running answer.

Flows and models push events into an `Emit`; streaming is the only path, and a plain reply is the events collected.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import field
from decimal import Decimal
from typing import Any, Literal, Protocol

from answerable.core.documents import Citation, Passage
from answerable.core.usage import LimitState, Usage
from answerable.core.values import value_class

Role = Literal["system", "developer", "user", "assistant", "tool"]
FinishReason = Literal["stop", "length", "tool_calls", "content_filter"]


@value_class(frozen=True, slots=True)
class Text:
    """A text part of a message."""

    text: str


@value_class(frozen=True, slots=True)
class Image:
    """An image part: an https or data URL, with OpenAI's detail hint."""

    url: str
    detail: Literal["auto", "low", "high"] = "auto"


@value_class(frozen=True, slots=True)
class ToolCall:
    """A call the model asks for; `arguments` is the JSON text as the model wrote it."""

    id: str
    name: str
    arguments: str


@value_class(frozen=True, slots=True)
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
        content = self.content
        if len(content) == 1 and isinstance(content[0], Text):  # nearly every message: asked for at every step
            return content[0].text
        return "\n".join(part.text for part in content if isinstance(part, Text))


@value_class(frozen=True, slots=True)
class Tool:
    """A function the caller offers to the model; `parameters` is its JSON schema."""

    name: str
    description: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    strict: bool | None = None


# --- events -------------------------------------------------------------------------------------------------------


@value_class(frozen=True, slots=True)
class TextDelta:
    """More visible text of a plain (uncited) reply, or of a model's raw answer inside the verifier."""

    text: str


@value_class(frozen=True, slots=True)
class ToolCallDelta:
    """A fragment of a tool call: `id` and `name` only in the first fragment of an index."""

    index: int
    arguments: str
    id: str | None = None
    name: str | None = None


@value_class(frozen=True, slots=True)
class Sentence:
    """A verified sentence of a cited answer. `text` carries its leading white space, so that texts concatenate."""

    text: str
    citations: tuple[Citation, ...]


@value_class(frozen=True, slots=True)
class Dropped:
    """A sentence that was not shown, and why; for the trace, never for the reader."""

    text: str
    reason: str


@value_class(frozen=True, slots=True)
class Abstained:
    """The honest refusal: what was searched and the closest passages, which are not references."""

    message: str
    searched: tuple[str, ...]
    closest: tuple[Passage, ...] = ()


@value_class(frozen=True, slots=True)
class Retrieved:
    """Retrieval is done: the passages handed to the model and the calibrated confidence (0..1) in an answer."""

    passages: tuple[Passage, ...]
    confidence: float


@value_class(frozen=True, slots=True)
class Explained:
    """The whole trace of an answer as JSON-ready values (see `knowledge/trace.py` for its fields)."""

    trace: Mapping[str, Any]


@value_class(frozen=True, slots=True)
class Admitted:
    """The request passed the limits; for response headers, never for the reader."""

    request_id: str
    limits: tuple[LimitState, ...] = ()


@value_class(frozen=True, slots=True)
class Queued:
    """The request waited in line for so long before it could run; for response headers, never for the reader."""

    waited_ms: float


@value_class(frozen=True, slots=True)
class Placed:
    """The request found its place among those that run; never for the reader."""


@value_class(frozen=True, slots=True)
class Routed:
    """Where the request goes, and why. Emitted again when it falls back; `degraded` for the last resort."""

    model: str
    reason: str
    complexity: float | None = None
    confidence: float | None = None
    fallbacks: int = 0
    degraded: bool = False


@value_class(frozen=True, slots=True)
class CacheHit:
    """What follows was answered before: how alike the question is (1.0 for the same), how old the answer is."""

    kind: Literal["exact", "semantic"]
    similarity: float
    age_s: float


@value_class(frozen=True, slots=True)
class ToolRan:
    """A tool of ours ran for the model: what it was asked, a short account of what it gave, whether it worked."""

    name: str
    arguments: str
    summary: str
    ok: bool
    ms: float


@value_class(frozen=True, slots=True)
class Finished:
    """The last event of a run that worked. `cost_usd` is None where no price is known or nobody counted."""

    reason: FinishReason
    usage: Usage
    model: str = ""
    cost_usd: Decimal | None = None
    request_id: str = ""


Event = (
    TextDelta
    | ToolCallDelta
    | Sentence
    | Dropped
    | Abstained
    | Retrieved
    | Explained
    | Admitted
    | Queued
    | Placed
    | Routed
    | CacheHit
    | ToolRan
    | Finished
)
Emit = Callable[[Event], Awaitable[None]]
Visible = TextDelta | ToolCallDelta | Sentence | Abstained
"""Events that a reader sees: after the first of them nothing can be taken back."""


class Sink(Protocol):
    """An `Emit` that can tell whether its reader has seen anything, and can forget what nobody has seen.

    Sinks wrap sinks: a guard that holds text back, a verifier that waits for whole sentences, a collector of a plain
    reply. What a failed route wrote into one is rewound before the next route is tried.
    """

    async def __call__(self, event: Event) -> None:
        """Take the next event."""
        ...

    @property
    def seen(self) -> bool:
        """Whether a visible event has reached the reader: from then on there is no way back."""
        ...

    def rewind(self) -> None:
        """Forget visible events that the reader has not seen. Only while `seen` is false."""
        ...


class Live:
    """The outermost sink of a stream: what it is given is seen at once."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self.seen = False

    async def __call__(self, event: Event) -> None:
        """Pass on."""
        if not self.seen:
            self.seen = isinstance(event, Visible)
        await self._emit(event)

    def rewind(self) -> None:
        """Nothing is held here."""


class Collected:
    """The outermost sink of a plain reply: nothing is seen until the whole is sent."""

    seen = False

    def __init__(self) -> None:
        self.events: list[Event] = []

    async def __call__(self, event: Event) -> None:
        """Keep."""
        self.events.append(event)

    def rewind(self) -> None:
        """Forget what a failed route said."""
        self.events = [event for event in self.events if not isinstance(event, Visible)]
