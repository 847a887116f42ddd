"""The desk of a research run, furnished for its owner: models by way of the ledger, sources by their access, the
citation check of the answers.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from answerable.agents.budget import Cost, Purse
from answerable.agents.desk import Desk
from answerable.agents.orders import is_for_machines
from answerable.agents.services import Reply, Searched, Services
from answerable.agents.sources.base.source import Wanted
from answerable.agents.state import read_settings
from answerable.agents.tools.base.services import Caller
from answerable.core import counting
from answerable.core.documents import Passage
from answerable.core.errors import NotFound
from answerable.core.identity import OWNER, Principal
from answerable.core.messages import Collected, Finished, Message, Routed, Text, TextDelta
from answerable.core.moments import from_us
from answerable.core.money import from_nano
from answerable.core.research_tasks import ResearchTask
from answerable.core.tasks import Chat
from answerable.core.usage import Usage
from answerable.flows.accounting import Account, Admission, dearest
from answerable.flows.collections import choose_collection
from answerable.flows.platform import Platform
from answerable.gateway.ledger_entry import Opening
from answerable.gateway.limits import Estimate
from answerable.storage import research
from answerable.storage.conversations import now_us
from answerable.storage.research import RunRow

ENDPOINT = "POST /v1/research"
MOST_OUTPUT_TOKENS = 2_500
"""What a task may write at most; sections are far shorter."""


async def desk_of(row: RunRow, p: Platform) -> Desk:
    """The desk. Raises NotFound where a replayed run is gone, or no collection can be asked."""
    settings = read_settings(row.settings)
    who = asker_of(row)
    purse = Purse(settings.budget, row.tokens, from_nano(row.cost_nano), row.active_ms / 1e3)
    collections = settings.collections
    if "collections" in settings.sources and not collections:
        collections = (await choose_collection(p, who),)
    wanted = Wanted(row.topic, 1, Caller(who), collections, settings.addresses)
    day = from_us(row.created_at).date().isoformat()
    recorded = await _recorded(settings.replay_of, row.owner, p) if settings.replay_of else {}
    return Desk(row.id, row.topic, settings, services_of(who, p), purse, wanted, day, recorded=recorded)


def services_of(who: Principal, p: Platform) -> Services:
    """The ways of one person into the program."""

    async def run_task(task: ResearchTask, model: str) -> Reply:
        return await _run_task(task, model or p.models.default, who, p)

    def most(task: ResearchTask, model: str) -> Cost:
        usage = Usage(counting.prompt_tokens(task), MOST_OUTPUT_TOKENS)
        return Cost(usage.total_tokens, dearest(p, model)(usage))

    async def search(names: Sequence[str], wanted: Wanted) -> Searched:
        gathered = await p.sources.find(names, wanted)
        passages = [(answer.source, one) for answer in gathered.answers for one in answer.found.passages]
        return Searched(passages, gathered.texts, gathered.failures)

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
        embedder=p.embedder,
        run_task=run_task,
        most=most,
        engine=p.models.engine,
        default_model=p.models.default,
        search=search,
        cut=p.research.cut,
        check=p.verifier.check,
        guarded=guarded,
        gives_orders=gives_orders,
        now_us=now_us,
    )


async def _run_task(task: ResearchTask, model: str, who: Principal, p: Platform) -> Reply:
    """A task on a model: one row of the ledger, within the limits of who asked. Raises as a chat does."""
    said = Collected()
    estimate = Estimate(counting.prompt_tokens(task), MOST_OUTPUT_TOKENS, dearest(p, model))
    async with Account(Admission(who, "", Opening(ENDPOINT, model), estimate), said, p) as account:
        p.router.check(model, who)
        if model != p.models.engine:
            await account.take_place()
        planned = Chat(tuple(Message("user", (Text(text),)) for text in task.texts()))
        plan = await p.router.plan(planned, model, who, account.entry.id)
        routes = [one for one in plan.routes if not one.degraded]
        routed = Routed(plan.routes[0].model, plan.reason, plan.complexity, plan.confidence)
        with p.tracer.span("chat", model=routed.model):
            await p.fallback.run(routes, task, account.sink, account.attempt, routed)
        request = account.entry.id
    if (
        model != p.models.engine
    ):  # the ledger first: what is paid and recorded by the run is then in both, whenever it dies
        await p.ledger.written(request)
    text = "".join(event.text for event in said.events if isinstance(event, TextDelta))
    done = next(event for event in reversed(said.events) if isinstance(event, Finished))
    return Reply(text, done.model or model, done.usage.total_tokens, done.cost_usd, request)


async def _recorded(run: str, owner: str, p: Platform) -> Mapping[str, Any]:
    """The calls of a run of the owner's, by key. Raises NotFound."""
    async with p.database.read() as connection:
        if await research.find_run(connection, run, owner) is None:
            raise NotFound(f"there is no research run '{run[:60]}'", param="replay_of")
        return {row.key: row for row in await research.list_calls(connection, run)}


def asker_to_json(who: Principal) -> dict[str, Any]:
    """Who asked, so that another process can go on for them."""
    return {
        "id": who.id,
        "groups": sorted(who.groups),
        "sees_all": who.sees_all,
        "role": who.role,
        "tier": who.tier,
        "workspace": who.workspace,
        "key_id": who.key_id,
        "session_id": who.session_id,
        "version": who.version,
    }


def asker_of(row: RunRow) -> Principal:
    """Who a run works for."""
    data = row.asker
    if data["id"] == OWNER.id and data["key_id"] is None and data["session_id"] is None:
        return OWNER
    return Principal(
        id=data["id"],
        groups=frozenset(data["groups"]),
        sees_all=data["sees_all"],
        role=data["role"],
        tier=data["tier"],
        workspace=data["workspace"],
        key_id=data["key_id"],
        version=data["version"],
    )
