"""A model without a language model: answers with sentences of the passages, word for word, each with its marker.

It rewrites follow-ups and judges claims by rule, and says plainly what it cannot do.
"""

import asyncio
import json
import math
import re
from collections import Counter
from dataclasses import dataclass

import numpy as np

from answerable.core import facts
from answerable.core.documents import Passage
from answerable.core.messages import Emit, Finished, Message, TextDelta
from answerable.core.ports import Embedder, Model
from answerable.core.sentences import split
from answerable.core.tasks import Answer, Chat, Judge, RewriteQuery, Task
from answerable.core.usage import Usage

_NO_PASSAGES = (
    "I am the extractive engine: I answer with sentences quoted from your documents and cannot chat freely. "
    "Ask about a collection, or configure a language model."
)
_FOLLOW_UP = re.compile(
    r"^\W*(?:and|but|or|so|then|also|what about|how about|why|really)\b"
    r"|\b(?:it|its|that|this|those|these|them|they|he|she|him|her|the other(?: one)?|the same|one)\b(?!\s+\w+ing\b)",
    re.IGNORECASE,
)
_STEP = re.compile(r"\s*(?:\d{1,2}[.)]|[-*•])\s")
_EDGES = re.compile(r"\s+")
_MOST_CANDIDATES = 48
_SALIENT_TERMS = 8


@dataclass(frozen=True, slots=True)
class Config:
    """`sentences` is the usual length of an answer; a sentence below `floor` of the best score is left out."""

    sentences: int = 3
    floor: float = 0.55
    redundancy: float = 0.9


@dataclass(frozen=True, slots=True)
class _Candidate:
    number: int
    at: int
    text: str
    lexical: float


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

    def _answer(self, task: Answer) -> list[str]:
        candidates = _candidates(task.question, task.passages)
        if not candidates:
            return []
        vectors = self._embedder.embed([task.question, *(one.text for one in candidates)])
        near = vectors[1:] @ vectors[0]
        lexical = np.array([one.lexical for one in candidates])
        ranks = np.array([1.0 / one.number for one in candidates])
        scores = 0.45 * lexical + 0.45 * near + 0.1 * ranks
        limit = min(task.max_sentences, self._config.sentences)
        chosen: list[int] = []
        for at in np.argsort(-scores, kind="stable"):
            if len(chosen) == limit or (chosen and scores[at] < self._config.floor * scores[chosen[0]]):
                break
            if all(float(vectors[at + 1] @ vectors[other + 1]) < self._config.redundancy for other in chosen):
                chosen.append(int(at))
        picked = _with_steps([candidates[at] for at in chosen], task)
        return [f"{' ' if i else ''}{_marked(one)}" for i, one in enumerate(picked)]


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


def _candidates(question: str, passages: tuple[Passage, ...]) -> list[_Candidate]:
    """The sentences that share most of the question's weight, best first; headings and scraps are left out."""
    wanted = facts.read(question).content | set(facts.read(question).numbers)
    found: list[tuple[int, int, str, frozenset[str]]] = []
    seen: Counter[str] = Counter()
    for number, passage in enumerate(passages, start=1):
        around = facts.read(" ".join((passage.title, *passage.heading_path))).stems & wanted
        for at, (start, end) in enumerate(split(passage.text)):
            text = _EDGES.sub(" ", passage.text[start:end])
            has = facts.read(text).stems & wanted
            seen.update(has)
            if len(facts.words(text)) >= 3 and not text.endswith(("?", ":")):
                found.append((number, at, text, has | around))
    weight = {term: math.log(1 + (len(found) + 1) / (seen[term] + 0.5)) for term in wanted}
    total = sum(weight.values()) or 1.0
    ranked = [_Candidate(n, at, text, sum(weight[term] for term in has) / total) for n, at, text, has in found]
    return sorted(ranked, key=lambda one: (-one.lexical, one.number, one.at))[:_MOST_CANDIDATES]


def _with_steps(chosen: list[_Candidate], task: Answer) -> list[_Candidate]:
    """Reading order within a passage, passages by their best sentence; a step brings the steps that follow it."""
    order = {number: rank for rank, number in enumerate(dict.fromkeys(one.number for one in chosen))}
    kept = {(one.number, one.at): one for one in chosen}
    for one in chosen:
        spans = split(task.passages[one.number - 1].text) if _STEP.match(one.text) else []
        for at in range(one.at + 1, len(spans)):
            text = _EDGES.sub(" ", task.passages[one.number - 1].text[slice(*spans[at])])
            if not _STEP.match(text) or len(kept) >= task.max_sentences:
                break
            kept.setdefault((one.number, at), _Candidate(one.number, at, text, 0.0))
    return sorted(kept.values(), key=lambda one: (order[one.number], one.at))


def _marked(one: _Candidate) -> str:
    body = one.text.rstrip()
    stop = body[-1] if body[-1] in ".!…。！।" else "."
    return f"{body.removesuffix(stop).rstrip()} [{one.number}]{stop}"


def rewrite(task: RewriteQuery) -> str:
    """The question with the salient words of the last user question when it leans on it; else unchanged."""
    earlier = [message for message in task.history if message.role == "user" and message.text.strip()]
    if not earlier or not _leans(task.question):
        return task.question
    have = facts.read(task.question).stems
    terms = [term for term in _salient(earlier[-1]) if facts.stem(term) not in have]
    if len(terms) < 2 and len(earlier) > 1:
        terms += [term for term in _salient(earlier[-2]) if facts.stem(term) not in have]
    joined = " ".join(dict.fromkeys(terms[:_SALIENT_TERMS]))
    return f"{task.question.strip()} ({joined})" if joined else task.question


def _leans(question: str) -> bool:
    content = facts.read(question).content
    return len(content) <= 1 or (len(content) <= 6 and _FOLLOW_UP.search(question) is not None)


def _salient(message: Message) -> list[str]:
    return [word for word in facts.words(message.text) if word.lower() not in facts.STOP_WORDS]


def _judge(task: Judge) -> str:
    """A verdict by the same facts the verifier compares, on the whole evidence."""
    claim, evidence = facts.read(task.claim), facts.read(task.evidence)
    covered = facts.coverage(claim, evidence)
    reason = facts.mismatch(claim, evidence)
    against = covered >= 0.5 and reason in {"negation", "opposite"}
    verdict = "contradicted" if against else "supported" if covered >= 0.7 and not reason else "unsupported"
    return json.dumps({"verdict": verdict, "reason": reason or f"{covered:.0%} of its words are in the evidence"})
