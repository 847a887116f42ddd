"""Judges: does evidence support a claim? One by rule, the same every time and without a model; one that asks a model.

A judge never fails: an opinion that could not be had counts as unsupported, and as an error that the report shows.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from answerable.core import facts
from answerable.core.errors import UpstreamError
from answerable.core.messages import Event, TextDelta
from answerable.core.ports import Embedder, Model
from answerable.core.sentences import split
from answerable.core.tasks import Judge as JudgeTask

_MOST_EVIDENCE_CHARS = 24_000
_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Evidence:
    """A text that may support a claim; the title may supply names."""

    title: str
    text: str


Supports = Callable[[str, Sequence[Evidence]], bool]
"""Whether any of the evidence supports a claim: a rule."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """Whether a claim is supported; `failed` when the judge could not say."""

    supported: bool
    failed: bool = False


class Judge(Protocol):
    """Gives opinions on claims. Concurrent calls are allowed; never raises for what a model did."""

    name: str

    async def supports(self, claim: str, evidence: Sequence[Evidence]) -> Opinion:
        """Whether any of the evidence (or, for a model, all of it together) supports the claim."""
        ...


class RuleJudge:
    """Decides by a rule; the program's own is the check that its citations pass (`knowledge/cite.py`)."""

    name = "rules"

    def __init__(self, supports: Supports) -> None:
        self._supports = supports

    async def supports(self, claim: str, evidence: Sequence[Evidence]) -> Opinion:
        """The rule's opinion, found in a thread."""
        return Opinion(await asyncio.to_thread(self._supports, claim, evidence))


class ModelJudge:
    """Asks a model through the typed task `Judge`; its verdict must be the JSON that was asked for."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._free = asyncio.Semaphore(_AT_ONCE)
        self.name = model.name

    async def supports(self, claim: str, evidence: Sequence[Evidence]) -> Opinion:
        """The model's verdict on all of the evidence together; without evidence nothing is asked."""
        text = "\n\n".join(f"{one.title}\n{one.text}" for one in evidence)[:_MOST_EVIDENCE_CHARS]
        if not text.strip():
            return Opinion(supported=False)
        task, pieces = JudgeTask(claim, text), list[str]()

        async def collect(event: Event) -> None:
            if isinstance(event, TextDelta):
                pieces.append(event.text)

        try:
            async with self._free:
                await self._model.run(task, collect)
            return Opinion(task.parse("".join(pieces)).verdict == "supported")
        except (UpstreamError, ValueError):
            return Opinion(supported=False, failed=True)


@dataclass(frozen=True, slots=True)
class Share:
    """Supported claims of all claims that were submitted; `failed` ones count as unsupported."""

    supported: int
    claims: int
    failed: int = 0

    @property
    def value(self) -> float | None:
        """None when there was nothing to judge: such an answer has no score, not a perfect one."""
        return self.supported / self.claims if self.claims else None


async def judge_claims(claims: Sequence[str], evidence: Sequence[Evidence], judge: Judge) -> Share:
    """How many of the claims the evidence supports; the denominator is fixed before the judge speaks."""
    opinions = await asyncio.gather(*(judge.supports(claim, evidence) for claim in claims))
    failed = sum(opinion.failed for opinion in opinions)
    return Share(sum(opinion.supported for opinion in opinions), len(opinions), failed)


def claims_of(text: str) -> list[str]:
    """The sentences of a text that say something."""
    return [text[start:end] for start, end in split(text) if facts.words(text[start:end])]


def answer_relevance(question: str, sentences: Sequence[str], embedder: Embedder) -> float | None:
    """Mean cosine of the question to each sentence of the answer, -1..1; None without sentences.

    RAGAS has a model write questions to the answer and compares those; this is the same idea without a model.
    """
    if not sentences:
        return None
    vectors = embedder.embed([question, *sentences])
    return float(np.mean(vectors[1:] @ vectors[0]))
