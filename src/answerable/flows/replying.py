"""A reply of a language model by itself: over the planned routes, with tools of ours where they are asked for.

Where no model can be reached, the documents answer, and the reader is told.
"""

from dataclasses import replace
from decimal import Decimal

from answerable.agents.tools.base.services import Caller
from answerable.core.errors import NotFound, ProviderRefused, StreamBroken, UpstreamError
from answerable.core.messages import Abstained, Collected, Finished, Message, Routed, Sink, Text, TextDelta
from answerable.core.tasks import Answer, Chat, Task
from answerable.core.usage import Usage
from answerable.flows.accounting import Account
from answerable.flows.answering import answer
from answerable.flows.platform import Platform
from answerable.flows.tools import Check, converse
from answerable.flows.turns import Run, Turn
from answerable.knowledge.trace import Trace


async def reply(turn: Turn, run: Run, sink: Sink, p: Platform) -> None:
    """One reply. Raises what the last route raised, when the documents do not hold an answer either."""
    offer = p.toolbox.offer(turn.tools, Caller(turn.reader, turn.collection))
    try:
        await converse(turn.chat, run, sink, offer, tool_guard(p))
    except UpstreamError as error:
        if sink.seen or not _may_degrade(turn, error, p):
            raise
        sink.rewind()
        if not await _from_documents(turn, sink, error, p):
            raise


def runner(turn: Turn, account: Account, p: Platform) -> Run:
    """Carries out tasks on the routes that the router plans. A question about the turn itself (rewriting it) goes the
    way of the turn.
    """
    wanted = turn.model or p.models.default

    async def run(task: Task, sink: Sink) -> None:
        planned = task if isinstance(task, Chat | Answer) else turn.chat
        plan = await p.router.plan(planned, wanted, turn.reader, account.entry.id)
        routes = tuple(one for one in plan.routes if not (one.degraded and isinstance(task, Chat)))
        routed = Routed(plan.routes[0].model, plan.reason, plan.complexity, plan.confidence)
        with p.tracer.span("chat", model=routed.model):
            await p.fallback.run(routes, task, sink, account.attempt, routed)

    return run


async def tell(message: str, sink: Sink) -> None:
    """A fixed notice instead of an answer."""
    await sink(TextDelta(message))
    await sink(Finished("stop", Usage(), cost_usd=Decimal(0)))


def _may_degrade(turn: Turn, error: UpstreamError, p: Platform) -> bool:
    """Whether quoting documents is better than the error: not where the request itself was at fault, and not for a
    program that waits for tool calls or JSON.
    """
    if isinstance(error, StreamBroken) or (isinstance(error, ProviderRefused) and error.reason != "setup"):
        return False
    return p.router.has_last_resort and not (turn.chat.tools or turn.chat.response_format)


async def _from_documents(turn: Turn, sink: Sink, error: UpstreamError, p: Platform) -> bool:
    """The extractive engine's answer from the documents that are asked by default; whether it had one."""
    engine, found = p.models.get(p.models.engine), Collected()

    async def run(task: Task, inner: Sink) -> None:
        await engine.run(task, inner)

    try:
        await answer(replace(turn, model=p.models.engine, explain=False), run, found, Trace(turn.question), p)
    except NotFound:  # there are no documents
        return False
    if any(isinstance(event, Abstained) for event in found.events):
        return False
    await sink(Routed(p.models.engine, f"no model could be reached ({error.code})", fallbacks=1, degraded=True))
    for event in found.events:
        await sink(event)
    return True


def tool_guard(p: Platform) -> Check:
    """Checks what a tool gave like any other message of a tool."""

    async def check(name: str, text: str) -> str:
        message = Message("tool", (Text(text),), tool_call_id=name)
        return p.guards.check(Chat((message,))).chat.messages[0].text

    return check
