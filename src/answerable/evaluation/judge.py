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

SUPPORTED = 0.7
"""The least support that counts: share of the claim's content words, as the citation check asks for."""

_WIDEST = 3
_MOST_EVIDENCE_CHARS = 24_000
_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Evidence:
    """A text that may support a claim; the title may supply names."""

    title: str
    text: str


Supports = Callable[[str, Evidence], float]
"""Support of a claim by one evidence, 0..1."""


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


def word_support(claim: str, evidence: Evidence) -> float:
    """Share of the claim's content words that one to three neighbouring sentences hold; 0 where facts differ.

    A claim that stands in the evidence word for word has support 1.
    """
    if _bare(claim) in _bare(evidence.text):
        return 1.0
    ours, context = facts.read(claim), facts.read(evidence.title)
    if facts.coverage(ours, facts.read(evidence.text)) < SUPPORTED:
        return 0.0
    spans, best = split(evidence.text), 0.0
    for width in range(1, min(_WIDEST, len(spans)) + 1):
        for (start, _), (_, end) in zip(spans, spans[width - 1 :], strict=False):
            theirs = facts.read(evidence.text[start:end])
            covered = facts.coverage(ours, theirs)
            if covered > best and not facts.mismatch(ours, theirs, context):
                best = covered
    return best


class RuleJudge:
    """Decides by `supports`, which is deterministic."""

    name = "rules"

    def __init__(self, supports: Supports = word_support, least: float = SUPPORTED) -> None:
        self._supports = supports
        self._least = least

    async def supports(self, claim: str, evidence: Sequence[Evidence]) -> Opinion:
        """True when one evidence alone supports the claim."""
        found = await asyncio.to_thread(lambda: any(self._supports(claim, one) >= self._least for one in evidence))
        return Opinion(found)


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


def _bare(text: str) -> str:
    return " ".join(text.split()).rstrip(".!?… ").lower()
