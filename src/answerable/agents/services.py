"""What a desk is furnished with: the ways of an agent into the rest of the program."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from answerable.agents.budget import Cost
from answerable.agents.sources.base.source import Text, Wanted
from answerable.core.documents import Chunk, Citation, Passage
from answerable.core.ports import Embedder
from answerable.core.tasks import AgentTask
from answerable.storage.database import Database


class Checked(Protocol):
    """The verdict on a sentence: `knowledge/cite.py` gives it."""

    @property
    def text(self) -> str:
        """Without markers."""
        ...

    @property
    def supported(self) -> bool:
        """Whether the passages say it."""
        ...

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Where; numbers count the passages from 1."""
        ...

    @property
    def reason(self) -> str:
        """Why not, in a word."""
        ...


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model said, and what it took. `cost_usd` is None where its price is not known. `tools` are the calls of
    tools that it made, a line each. `cut`: it was ended by its greatest length.
    """

    text: str
    model: str
    tokens: int
    cost_usd: Decimal | None
    request_id: str = ""
    tools: tuple[str, ...] = ()
    cut: bool = False


@dataclass(slots=True)
class Bill:
    """What one call took, filled in when it is over, however it ends. `usd` as in `Reply`."""

    tokens: int = 0
    usd: Decimal | None = None
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Searched:
    """What the sources gave together: `failed` are (source, why)."""

    passages: Sequence[tuple[str, Passage]] = ()
    texts: Sequence[Text] = ()
    failed: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Escalation:
    """What a team leaves to a person: of which run, why, what was asked, and what it would have said ("": nothing)."""

    run: str
    reason: str
    question: str
    draft: str


@dataclass(frozen=True, slots=True)
class Services:
    """Ways into the rest of the program, made by the flow for one person. None of them spends without a ledger row."""

    database: Database
    embedder: Embedder
    run_task: Callable[[AgentTask, str, Bill], Awaitable[Reply]]
    """A task on a model ("" is the default one); what it took is on the bill, also where it raises."""
    most: Callable[[AgentTask, str], Cost]
    """What that may take at most: the reply is held to what is counted for it."""
    room: Callable[[str], int | None]
    """Tokens that one request of a model may use at most, by the limits of who asked; None: no limit."""
    engine: str
    """The model that needs nobody: what others fail at is done by it."""
    default_model: str
    search: Callable[[Sequence[str], Wanted], Awaitable[Searched]]
    """What sources have, by their names."""
    cut: Callable[[Text], Sequence[Chunk]]
    """A text as chunks, by its blocks where it has some."""
    check: Callable[[str, Sequence[Passage]], Checked]
    """A sentence against passages; blocks the calling thread."""
    guarded: Callable[[Sequence[Passage]], Sequence[Passage]]
    """Passages as a language model may read them: orders in them defused."""
    gives_orders: Callable[[Sequence[Passage]], Sequence[bool]]
    """Which passages tell a model what to do: those of strangers are no evidence."""
    escalate: Callable[[Escalation], Awaitable[None]]
    """To the people who review, once a run."""
    now_us: Callable[[], int]
