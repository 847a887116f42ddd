"""The desk of a research run, furnished for its owner: models by way of the ledger, sources by their access, the
citation check of the answers.
"""

from collections.abc import Sequence
from typing import Any

from answerable.agents.budget import Cost, Purse
from answerable.agents.desk import Desk
from answerable.agents.fitting import reply_tokens, with_reply
from answerable.agents.orders import is_for_machines
from answerable.agents.services import Bill, Escalation, Reply, Searched, Services
from answerable.agents.sources.base.source import Wanted
from answerable.agents.state import read_settings
from answerable.agents.tools.base.services import Caller
from answerable.core import counting
from answerable.core.documents import Passage
from answerable.core.errors import AnswerableError, NotFound
from answerable.core.identity import Principal
from answerable.core.messages import Collected, Finished, Message, Routed, Sink, Text
from answerable.core.moments import from_us, now_us
from answerable.core.money import from_nano
from answerable.core.research_tasks import Assess, Compose, Critique
from answerable.core.tasks import AgentTask, Answer, Chat
from answerable.core.usage import Usage
from answerable.flows import review
from answerable.flows.accounting import Account, Admission, dearest
from answerable.flows.collections import choose_collection
from answerable.flows.composing import BOUNDS, text_and_calls, with_tools
from answerable.flows.platform import Platform
from answerable.flows.replying import tool_guard
from answerable.gateway.ledger_entry import Opening
from answerable.gateway.limits import Estimate
from answerable.storage import research
from answerable.storage.research import CallRow, RunRow

ENDPOINT = "POST /v1/research"
_OWN_WORDS, _TAGS = 500, 30
"""Tokens of a prompt beside what the task holds: the rules (the longest take 430), and what stands around a passage."""


async def desk_of(row: RunRow, p: Platform) -> Desk:
    """The desk. Raises NotFound where a replayed run is gone, or no collection can be asked; Unauthenticated where the
    account, or the key, that began the run has ended.
    """
    settings = read_settings(row.settings)
    who = await p.accounts.auth.working_for(row.asker["id"], row.asker["key_id"])
    purse = Purse(settings.budget, row.tokens, from_nano(row.cost_nano), row.active_ms / 1e3)
    collections = settings.collections
    team = p.research.teams.get(settings.team)
    if "collections" in settings.sources and not collections and (team is None or team.reads):
        collections = (await choose_collection(p, who),)
    wanted = Wanted(row.topic, 1, Caller(who), collections, settings.addresses)
    began, recorded = row.created_at, dict[str, CallRow]()
    if settings.replay_of:
        began, recorded = await _recorded(settings.replay_of, row.owner, p)
    day = from_us(began).date().isoformat()
    services = services_of(who, p, next(iter(collections), None))
    return Desk(row.id, row.topic, settings, services, purse, wanted, day, recorded=recorded)


def services_of(who: Principal, p: Platform, collection: str | None = None) -> Services:
    """The ways of one person into the program; tools look in `collection`."""

    async def run_task(task: AgentTask, model: str, bill: Bill) -> Reply:
        return await _run_task(task, model or p.models.default, Caller(who, collection), bill, p)

    def most(task: AgentTask, model: str) -> Cost:
        usage = _most(task, model, p)
        return Cost(usage.total_tokens, dearest(p, model)(usage))

    def room(model: str) -> int | None:
        return None if model == p.models.engine else p.limits.most_tokens(who)

    async def search(names: Sequence[str], wanted: Wanted) -> Searched:
        gathered = await p.sources.find(names, wanted)
        passages = [(answer.source, one) for answer in gathered.answers for one in answer.found.passages]
        return Searched(passages, gathered.texts, gathered.failures)

    async def escalate(asked: Escalation) -> None:
        await review.escalate(asked, who, p.database)

    def guarded(passages: Sequence[Passage]) -> Sequence[Passage]:
        return [one.passage for one in p.guards.judge_passages(passages)]

    def gives_orders(passages: Sequence[Passage]) -> Sequence[bool]:
        judged = p.guards.judge_passages(passages)
        return [
            is_for_machines(before.text) or (bool(one.reasons) and one.passage.text != before.text)
            for one, before in zip(judged, passages, strict=True)
        ]

    return Services(
        database=p.database,
        embedder=p.remembering,
        run_task=run_task,
        most=most,
        room=room,
        engine=p.models.engine,
        default_model=p.models.default,
        search=search,
        cut=p.research.cut,
        check=p.verifier.check,
        guarded=guarded,
        gives_orders=gives_orders,
        escalate=escalate,
        now_us=now_us,
    )


async def _run_task(task: AgentTask, model: str, caller: Caller, bill: Bill, p: Platform) -> Reply:
    """A task on a model: one row of the ledger, within the limits of who asked, which the engine's own work does not
    count against. Raises as a chat does; what it took is then on the bill.
    """
    task, said, who = with_reply(task, reply_tokens(task)), Collected(), caller.principal
    most = _most(task, model, p)
    estimate = Estimate(most.prompt_tokens, most.completion_tokens, dearest(p, model))
    admission = Admission(who, "", Opening(ENDPOINT, model), estimate, counts=model != p.models.engine)
    account = Account(admission, said, p)
    try:
        async with account:
            await _run(task, model, caller, account, p)
    except AnswerableError:
        await _written(account, model, p)
        raise
    finally:
        entry = account.entry
        bill.tokens, bill.usd, bill.request_id = entry.usage.total_tokens, entry.known_cost_usd, entry.id
    await _written(account, model, p)
    done = next(event for event in reversed(said.events) if isinstance(event, Finished))
    text, used = text_and_calls(said.events)
    cut = done.reason == "length"
    return Reply(text, done.model or model, bill.tokens, bill.usd, bill.request_id, used, cut)


async def _run(task: AgentTask, model: str, caller: Caller, account: Account, p: Platform) -> None:
    """Inside the account: the route, and the model on it, with tools where the task has some."""
    who = caller.principal
    p.router.check(model, who)
    if model != p.models.engine:
        await account.take_place()
    may_call = isinstance(task, Compose) and p.router.calls_tools(model)
    offer = p.toolbox.offer(task.tools if isinstance(task, Compose) and may_call else (), caller)
    tools = tuple(tool.offered for tool in offer.tools.values())
    plan = await p.router.plan(Chat(_messages(task), tools), model, who, account.entry.id)
    routes = [one for one in plan.routes if not one.degraded]
    routed = Routed(plan.routes[0].model, plan.reason, plan.complexity, plan.confidence)

    async def run(task: AgentTask, sink: Sink) -> None:
        with p.tracer.span("chat", model=routed.model):
            await p.fallback.run(routes, task, sink, account.attempt, routed)

    if isinstance(task, Compose) and offer.tools:
        await with_tools(task, run, account.sink, offer, tool_guard(p))
    else:
        await run(task, account.sink)


async def _written(account: Account, model: str, p: Platform) -> None:
    """The ledger before the run: what a call paid is in both, whenever the run dies."""
    if model != p.models.engine and account.entry.usage.total_tokens:
        await p.ledger.written(account.entry.id)


def _most(task: AgentTask, model: str, p: Platform) -> Usage:
    """What a task may take at most; the engine reads no prompt."""
    prompt, reply = counting.prompt_tokens(task), reply_tokens(task)
    if model != p.models.engine:
        passages = () if isinstance(task, Critique | Assess) else task.passages
        prompt += _OWN_WORDS + _TAGS * sum(bool(one.text) for one in passages)
    if not isinstance(task, Compose) or not task.tools:
        return Usage(prompt, reply)
    turns, read = BOUNDS.max_rounds + 1, counting.tokens(BOUNDS.total_characters)
    return Usage(turns * (prompt + read), turns * reply)


def _messages(task: AgentTask) -> tuple[Message, ...]:
    """What a task says, for the router."""
    texts = (task.question, *(one.text for one in task.passages)) if isinstance(task, Answer) else task.texts()
    return tuple(Message("user", (Text(text),)) for text in texts)


async def _recorded(run: str, owner: str, p: Platform) -> tuple[int, dict[str, CallRow]]:
    """When a run of the owner's was begun, and its calls by key. Raises NotFound."""
    async with p.database.read() as connection:
        row = await research.find_run(connection, run, owner)
        if row is None:
            raise NotFound(f"there is no research run '{run[:60]}'", param="replay_of")
        return row.created_at, {call.key: call for call in await research.list_calls(connection, run)}


def asker_to_json(who: Principal) -> dict[str, Any]:
    """Who asked, so that another process can go on for them, as long as they may."""
    return {"id": who.id, "key_id": who.key_id}
