"""One chat turn: a plain reply of a model, or an answer from documents whose every sentence was checked."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from answerable.core.filters import Filter, to_json
from answerable.core.identity import OWNER, Principal
from answerable.core.messages import Abstained, Emit, Event, Explained, Finished, Message, Retrieved, TextDelta
from answerable.core.moments import to_us
from answerable.core.ports import Model
from answerable.core.tasks import Answer, Chat, RewriteQuery
from answerable.core.usage import Usage
from answerable.flows.collections import choose_collection
from answerable.flows.platform import Platform
from answerable.knowledge import confidence, context
from answerable.knowledge.catalog import Scope
from answerable.knowledge.retriever import Query
from answerable.knowledge.trace import Trace
from answerable.knowledge.verified import VerifiedAnswer

ABSTENTION = "I don't have enough information to answer this."
"""What is said when the documents do not hold the answer (SPEC K7)."""

_CLOSEST = 3


@dataclass(frozen=True, slots=True)
class Turn:
    """What is asked, by whom, of which documents. Without a collection, a language model replies by itself."""

    chat: Chat
    model: str | None = None
    collection: str | None = None
    as_of: datetime | None = None
    where: Filter | None = None
    explain: bool = False
    reader: Principal = field(default=OWNER)

    @property
    def question(self) -> str:
        """The last thing the user said."""
        return next((m.text.strip() for m in reversed(self.chat.messages) if m.role == "user"), "")

    @property
    def history(self) -> tuple[Message, ...]:
        """What was said before the question."""
        last = max((n for n, m in enumerate(self.chat.messages) if m.role == "user"), default=0)
        return tuple(m for m in self.chat.messages[:last] if m.role in ("user", "assistant"))

    @property
    def instructions(self) -> str:
        """What the caller's system messages ask for."""
        return "\n".join(m.text for m in self.chat.messages if m.role in ("system", "developer"))


async def chat(turn: Turn, emit: Emit, p: Platform) -> None:
    """One turn, top to bottom. An error before the first event becomes an HTTP status, later an error event."""
    model = p.models.get(turn.model)
    if turn.collection is None and model.name != p.models.engine:
        return await model.run(turn.chat, emit)
    collection = turn.collection or await choose_collection(p)
    trace = Trace(turn.question)
    trace.record(model=model.name, collection=collection, filter=to_json(turn.where), as_of=_iso(turn.as_of))
    question, spent = await _stand_alone(turn, model, trace)
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
    await emit(Retrieved(read.passages if sure else (), judged))
    answer = VerifiedAnswer(p.verifier, read.passages, emit, trace, p.policy.max_sentences)
    if sure:
        task = Answer(
            question, read.passages, turn.history, turn.instructions, p.policy.max_sentences, turn.chat.sampling
        )
        with trace.step("answer"):
            await model.run(task, answer.receive)
    if not answer.sentences:
        await emit(Abstained(ABSTENTION, (collection,), read.passages[:_CLOSEST]))
    trace.record(abstained=not answer.sentences, usage=_usage(spent + answer.usage))
    if turn.explain:
        await emit(Explained(trace.as_json()))
    await emit(Finished("stop", spent + answer.usage, model.name))
    return None


async def _stand_alone(turn: Turn, model: Model, trace: Trace) -> tuple[str, Usage]:
    """The question in words that need no history, and what rewriting it cost."""
    if not turn.history:
        return turn.question, Usage()
    task, events = RewriteQuery(turn.question, turn.history), list[Event]()

    async def collect(event: Event) -> None:
        events.append(event)

    with trace.step("rewrite"):
        await model.run(task, collect)
    question = task.parse("".join(event.text for event in events if isinstance(event, TextDelta)))
    if question != turn.question:
        trace.record(rewritten=question)
    return question, sum((event.usage for event in events if isinstance(event, Finished)), Usage())


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _usage(usage: Usage) -> dict[str, int]:
    return {"prompt_tokens": usage.prompt_tokens, "completion_tokens": usage.completion_tokens}
