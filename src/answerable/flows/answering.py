"""An answer from documents: search, decide, answer or abstain, every sentence checked before it is shown."""

from dataclasses import replace
from decimal import Decimal

from answerable.core.documents import Passage
from answerable.core.filters import to_json
from answerable.core.messages import Abstained, Event, Explained, Finished, Retrieved, Sink, TextDelta
from answerable.core.moments import to_us
from answerable.core.tasks import Answer, RewriteQuery
from answerable.core.usage import Usage
from answerable.flows.collections import choose_collection
from answerable.flows.platform import Platform
from answerable.flows.turns import Run, Turn
from answerable.knowledge import confidence, context
from answerable.knowledge.catalog import Scope
from answerable.knowledge.retriever import Query
from answerable.knowledge.trace import Trace
from answerable.knowledge.verified import VerifiedAnswer

ABSTENTION = "I don't have enough information to answer this."
"""What is said when the documents do not hold the answer (SPEC K7)."""

_CLOSEST = 3


async def answer(turn: Turn, run: Run, sink: Sink, trace: Trace, p: Platform) -> None:
    """One question, top to bottom. `run` carries out tasks on a model; the last event is Finished."""
    collection = turn.collection or await choose_collection(p, turn.reader)
    trace.record(
        collection=collection, filter=to_json(turn.where), as_of=turn.as_of.isoformat() if turn.as_of else None
    )
    question, rewriting = await _stand_alone(turn, run, trace)
    scope = Scope(turn.reader, turn.where, to_us(turn.as_of) if turn.as_of else None)
    found = await p.retriever.search(collection, Query(question, scope, k=3 * p.policy.passages), trace)
    read = context.fit(found.passages, p.embedder, p.policy.context_tokens, p.policy.passages)
    read = replace(read, passages=await p.retriever.paginate(read.passages))
    judged = confidence.judge(question, found, trace)
    sure = bool(read.passages) and judged >= p.policy.threshold
    trace.record(
        context=[
            {"number": n, "chunk_id": q.chunk_id, "tokens": t}
            for n, (q, t) in enumerate(zip(read.passages, read.tokens, strict=True), 1)
        ],
        dropped=[{"chunk_id": left.passage.chunk_id, "reason": left.reason} for left in read.left],
    )
    await sink(Retrieved(read.passages if sure else (), judged))
    checked = VerifiedAnswer(p.verifier, read.passages, sink, trace, p.policy.max_sentences)
    if sure:
        task = Answer(
            question,
            _checked(read.passages, turn, trace, p),
            turn.history,
            turn.instructions,
            p.policy.max_sentences,
            turn.chat.sampling,
        )
        with trace.step("answer"):
            await run(task, checked)
    if not checked.sentences:
        await sink(Abstained(ABSTENTION, (collection,), read.passages[:_CLOSEST]))
    usage = rewriting.usage + checked.usage
    tokens = {"prompt_tokens": usage.prompt_tokens, "completion_tokens": usage.completion_tokens}
    trace.record(abstained=not checked.sentences, usage=tokens)
    if turn.explain:
        await sink(Explained(trace.as_json()))
    costs = (rewriting.cost_usd, checked.cost_usd)
    known = [cost for cost in costs if cost is not None]
    await sink(Finished("stop", usage, checked.model, sum(known, Decimal(0)) if len(known) == len(costs) else None))


def _checked(passages: tuple[Passage, ...], turn: Turn, trace: Trace, p: Platform) -> tuple[Passage, ...]:
    """The passages as a language model may read them: orders in them are defused, secrets dotted out. The extractive
    engine takes no orders, and quotes.
    """
    if (turn.model or p.models.default) == p.models.engine:
        return passages
    judged = p.guards.judge_passages(passages)
    suspicious = [
        {"chunk_id": one.passage.chunk_id, "score": round(one.score, 3), "reasons": list(one.reasons)}
        for one, before in zip(judged, passages, strict=True)
        if one.passage is not before
    ]
    if suspicious:
        trace.record(guarded_passages=suspicious)
    return tuple(one.passage for one in judged)


async def _stand_alone(turn: Turn, run: Run, trace: Trace) -> tuple[str, "_Unseen"]:
    """The question in words that need no history, and what rewriting it took."""
    said = _Unseen()
    if not turn.history:
        return turn.question, said
    task = RewriteQuery(turn.question, turn.history)
    with trace.step("rewrite"):
        await run(task, said)
    question = task.parse(said.text)
    if question != turn.question:
        trace.record(rewritten=question)
    return question, said


class _Unseen:
    """A sink that no reader has: what a model says to us alone."""

    seen = False

    def __init__(self) -> None:
        self.text = ""
        self.usage = Usage()
        self.cost_usd: Decimal | None = Decimal(0)

    async def __call__(self, event: Event) -> None:
        """Keep text and usage."""
        if isinstance(event, TextDelta):
            self.text += event.text
        elif isinstance(event, Finished):
            self.usage, self.cost_usd = event.usage, event.cost_usd

    def rewind(self) -> None:
        """Forget what a failed model said."""
        self.text = ""
