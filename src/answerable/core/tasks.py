"""Typed tasks: what a model is asked for. A language model renders a task with the prompt file of the same stem
(`providers/tasks/`); the extractive engine carries it out by algorithm from what the task holds.

Every task streams: `Chat` and `Answer` emit `TextDelta`s (an answer marks its sources as `[1]`, the 1-based index into
`passages`), `RewriteQuery` and `Judge` emit their text, which `parse` of the task turns into the output type. The tasks
of the research team stand in `core/research_tasks.py`.
"""

import json
from collections.abc import Mapping
from dataclasses import field
from typing import Any, Literal

from answerable.core.documents import Passage
from answerable.core.messages import Message, Tool
from answerable.core.research_tasks import ResearchTask
from answerable.core.values import value_class


@value_class(frozen=True, slots=True)
class Sampling:
    """Parameters of a generation; None leaves the provider's default. `extra` passes through untouched."""

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@value_class(frozen=True, slots=True)
class Chat:
    """A conversation turn without our documents. `response_format` is OpenAI's object.

    `stream` says whether anybody reads along: where nobody does, a provider may fetch the reply whole, as one delta.
    """

    messages: tuple[Message, ...]
    tools: tuple[Tool, ...] = ()
    tool_choice: str | Mapping[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    response_format: Mapping[str, Any] | None = None
    sampling: Sampling = field(default_factory=Sampling)
    stream: bool = True


@value_class(frozen=True, slots=True)
class Answer:
    """Answer `question` from `passages` only, every sentence ending in its source numbers: `... text [1][3].`

    `question` stands alone (already rewritten); `history` is there for tone and reference, not as evidence.
    """

    question: str
    passages: tuple[Passage, ...]
    history: tuple[Message, ...] = ()
    instructions: str = ""
    max_sentences: int = 6
    sampling: Sampling = field(default_factory=Sampling)


@value_class(frozen=True, slots=True)
class RewriteQuery:
    """Turn a follow-up question into one that stands alone; output: the question as text."""

    question: str
    history: tuple[Message, ...]

    def parse(self, text: str) -> str:
        """The rewritten question; the original when the model returned nothing usable."""
        lines = [line.strip().strip('"') for line in text.strip().splitlines() if line.strip()]
        return lines[0] if lines and len(lines[0]) <= 1_000 else self.question


@value_class(frozen=True, slots=True)
class Verdict:
    """Is a claim supported by the evidence? `reason` is one short sentence."""

    verdict: Literal["supported", "contradicted", "unsupported"]
    reason: str = ""


@value_class(frozen=True, slots=True)
class Judge:
    """Does `evidence` support `claim`? Output: a `Verdict`, asked for as JSON {"verdict", "reason"}."""

    claim: str
    evidence: str

    def parse(self, text: str) -> Verdict:
        """Raises ValueError when the text is not the JSON object that was asked for."""
        data = json.loads(text[text.find("{") : text.rfind("}") + 1] or "null")
        if not isinstance(data, dict) or data.get("verdict") not in ("supported", "contradicted", "unsupported"):
            raise ValueError("the judge did not return a verdict")
        return Verdict(verdict=data["verdict"], reason=str(data.get("reason", "")))


AgentTask = ResearchTask | Answer
"""What an agent may ask of a model."""

Task = Chat | Answer | RewriteQuery | Judge | ResearchTask
