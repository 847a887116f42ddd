"""A model without a language model: answers with sentences of the passages, word for word, each with its marker.

It rewrites follow-ups and judges claims by rule, does the tasks of the research team by algorithm
(`extraction/research/`), and says plainly what it cannot do.
"""

import asyncio
import json
from dataclasses import dataclass

from answerable.core import facts
from answerable.core.messages import Emit, Finished, TextDelta
from answerable.core.ports import Embedder, Model
from answerable.core.research_tasks import (
    Assess,
    Compose,
    Critique,
    Outline,
    PlanQuestions,
    ResearchTask,
    Revise,
    WriteSection,
)
from answerable.core.tasks import Answer, Chat, Judge, RewriteQuery, Task
from answerable.core.usage import Usage
from answerable.providers.extraction.follow_up import rewrite
from answerable.providers.extraction.phrasing import phrase
from answerable.providers.extraction.research.composing import assess, compose
from answerable.providers.extraction.research.critique import review
from answerable.providers.extraction.research.outline import plan_outline
from answerable.providers.extraction.research.questions import plan_questions
from answerable.providers.extraction.research.revise import revise
from answerable.providers.extraction.research.section import write_section
from answerable.providers.extraction.selection import Limits, select

_NO_PASSAGES = (
    "I am the extractive engine: I answer with sentences quoted from your documents and cannot chat freely. "
    "Ask about a collection, or configure a language model."
)


@dataclass(frozen=True, slots=True)
class Config:
    """`sentences` is the usual length of an answer; a sentence below `floor` of the best score is left out, below
    `elsewhere` when it would be the first one from its passage.
    """

    sentences: int = 3
    floor: float = 0.7
    elsewhere: float = 0.85
    redundancy: float = 0.9


class Extractive:
    """Deterministic; the embedder runs in a thread."""

    name = "extractive"

    def __init__(self, config: Config, embedder: Embedder) -> None:
        self._config = config
        self._embedder = embedder

    async def run(self, task: Task, emit: Emit) -> None:
        """Carry out `task`; an answer comes one sentence at a time."""
        pieces = await asyncio.to_thread(self._carry_out, task)
        for piece in pieces:
            await emit(TextDelta(piece))
        usage = Usage(self._embedder.count(_prompt(task)), self._embedder.count("".join(pieces)))
        await emit(Finished("stop", usage, self.name))

    async def close(self) -> None:
        """Nothing to release."""

    def _carry_out(self, task: Task) -> list[str]:
        match task:
            case Chat():
                return [_NO_PASSAGES]
            case Answer():
                return self._answer(task)
            case RewriteQuery():
                return [rewrite(task)]
            case Judge():
                return [_judge(task)]
            case _:
                return [self._research(task)]

    def _research(self, task: ResearchTask) -> str:
        match task:
            case PlanQuestions():
                return plan_questions(task, self._embedder)
            case Outline():
                return plan_outline(task, self._embedder)
            case WriteSection():
                return write_section(task, self._embedder)
            case Critique():
                return review(task, self._embedder)
            case Revise():
                return revise(task, self._embedder)
            case Compose():
                return compose(task, self._embedder)
            case Assess():
                return assess(task, self._embedder)

    def _answer(self, task: Answer) -> list[str]:
        config = self._config
        limits = Limits(min(task.max_sentences, config.sentences), config.floor, config.elsewhere, config.redundancy)
        return phrase(select(task.question, task.passages, self._embedder, limits))


def build(config: Config, embedder: Embedder) -> Model:
    """The extractive engine over the embedder that the collections use."""
    return Extractive(config, embedder)


def _prompt(task: Task) -> str:
    match task:
        case Chat():
            return "\n".join(message.text for message in task.messages)
        case Answer():
            return "\n".join((task.question, *(passage.text for passage in task.passages)))
        case RewriteQuery():
            return "\n".join((task.question, *(message.text for message in task.history)))
        case Judge():
            return f"{task.claim}\n{task.evidence}"
        case _:
            return "\n".join(task.texts())


def _judge(task: Judge) -> str:
    """A verdict by the same facts the verifier compares, on the whole evidence."""
    claim, evidence = facts.read(task.claim), facts.read(task.evidence)
    covered = facts.coverage(claim, evidence)
    reason = facts.mismatch(claim, evidence)
    against = covered >= 0.5 and reason in {"negation", "opposite"}
    verdict = "contradicted" if against else "supported" if covered >= 0.7 and not reason else "unsupported"
    return json.dumps({"verdict": verdict, "reason": reason or f"{covered:.0%} of its words are in the evidence"})
