"""A team as a graph: every node and every edge of each pattern, only here. READ `build` FIRST."""

from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any, Final, Literal, cast

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command, Send, interrupt

from answerable.agents.checkpoints import Checkpoints
from answerable.agents.conductor import Conductor
from answerable.agents.desk import Desk
from answerable.agents.graph import OnGraph
from answerable.agents.teams import judging, making, result
from answerable.agents.teams.seat import Seat
from answerable.agents.teams.state import TeamState, TeamWork
from answerable.agents.teams.team import Role, TaskName, Team
from answerable.core.errors import BudgetSpent, ModelNeeded

Graph = CompiledStateGraph[TeamState, Desk, TeamState, TeamState]
Work = Callable[[Seat], Awaitable[TeamState]]

RECURSION_LIMIT: Final = 160
"""Steps of a run at most: 12 roles, then 11 roles and a decision in each of 10 rounds, and the end."""

_WORK: Final[dict[TaskName, Work]] = {
    "plan": making.plan,
    "gather": making.gather,
    "write": making.write,
    "answer": making.answer,
    "compose": making.compose,
    "revise": making.revise,
    "critique": judging.critique,
    "assess": judging.assess,
}
_END = ["publish", "hand_over"]


def build(name: str, team: Team, saver: Any) -> Graph:
    """The graph of a team over a store of checkpoints. Any step of a sequence may hand the work to a person:

    sequence   step -> step -> ... -> publish                                   step -> hand_over -> publish
    loop       step -> ... -> judge -> decide -> again -> ... -> judge -> decide -> publish
    manager    manager -> workers (each assignment) -> combiner -> publish
    broadcast  step -> ... -> workers (all the same) -> combiner -> publish
    all        publish -> approve_result -> export
    """
    graph = StateGraph(TeamState, context_schema=Desk)
    graph.add_node("hand_over", _hand_over)
    graph.add_node("publish", _publisher(name, team))
    ways = (f"{team.again[0]} again", "export") if team.again else ("export",)
    graph.add_node("approve_result", _approver(team), destinations=ways)
    graph.add_node("export", _export)
    graph.add_edge("hand_over", "publish")
    graph.add_edge("publish", "approve_result")
    graph.add_edge("export", END)

    steps = [_add(graph, one, team) for one in team.steps]
    if steps:
        graph.add_edge(START, steps[0])
    match team.pattern:
        case "sequence":
            _chain(graph, [*steps, "publish"])
        case "loop":
            again = [_add(graph, one, team, again=True) for one in team.again]
            _chain(graph, steps)
            _chain(graph, again)
            graph.add_node("decide", _decider(team), destinations=(again[0], "publish"))
            graph.add_conditional_edges(steps[-1], _onward("decide"), ["decide", *_END])
            graph.add_conditional_edges(again[-1], _onward("decide"), ["decide", *_END])
        case "manager":
            manager = _add(graph, team.manager or "", team)
            graph.add_edge(START, manager)
            _fan_out(graph, manager, team)
        case "broadcast":
            _chain(graph, steps)
            _fan_out(graph, steps[-1] if steps else START, team)
    return graph.compile(checkpointer=saver)


def on_graph(name: str, team: Team, checkpoints: Checkpoints) -> Conductor:
    """Who takes a run of a team through its graph."""
    return OnGraph(checkpoints, lambda saver: build(name, team, saver), RECURSION_LIMIT)


# --- edges ------------------------------------------------------------------------------------------------------------


def _chain(graph: StateGraph[Any, Any, Any, Any], nodes: list[str]) -> None:
    """One after the other, unless a person is to take over or nothing more can be done."""
    for here, there in pairwise(nodes):
        graph.add_conditional_edges(here, _onward(there), list(dict.fromkeys([there, *_END])))


def _onward(there: str) -> Callable[[TeamState], str]:
    def way(state: TeamState) -> str:
        if state.get("handed"):
            return "hand_over"
        return "publish" if state.get("spent") or state.get("failed") else there

    return way


def _fan_out(graph: StateGraph[Any, Any, Any, Any], source: str, team: Team) -> None:
    """From one node to the workers, and from them to the one who combines."""
    for worker in team.workers:
        graph.add_node(worker, _unit(team.role(worker), team), input_schema=TeamWork)
    combiner = _add(graph, team.combiner or "", team)

    async def each(state: TeamState, runtime: Runtime[Desk]) -> list[Send] | Literal["publish"]:
        if state.get("spent") or state.get("failed"):
            return "publish"
        read = cast("TeamState", {key: state[key] for key in ("topic", "made", "found") if key in state})
        if team.manager is None:
            return [Send(worker, TeamWork(key="", state=read)) for worker in team.workers]
        plan = await runtime.context.get(state["made"][team.manager])
        return [
            Send(team.workers[at % len(team.workers)], TeamWork(key=str(at), state=read))
            for at in range(len(plan["questions"]))
        ]

    graph.add_conditional_edges(source, each, [*team.workers, "publish"])
    for worker in team.workers:
        graph.add_edge(worker, combiner)
    graph.add_edge(combiner, "publish")


# --- nodes ------------------------------------------------------------------------------------------------------------


def _add(graph: StateGraph[Any, Any, Any, Any], name: str, team: Team, *, again: bool = False) -> str:
    """A node of a role; its place in a further round is a node of its own."""
    node = f"{name} again" if again else name
    graph.add_node(node, _step(team.role(name), team))
    return node


def _step(role: Role, team: Team) -> Callable[..., Awaitable[TeamState]]:
    async def node(state: TeamState, runtime: Runtime[Desk]) -> TeamState:
        if state.get("spent"):
            return {}
        return await _do(Seat(runtime.context.as_(role.name), team, role, state))

    return node


def _unit(role: Role, team: Team) -> Callable[..., Awaitable[TeamState]]:
    async def node(work: TeamWork, runtime: Runtime[Desk]) -> TeamState:
        return await _do(Seat(runtime.context.as_(role.name), team, role, work["state"], work["key"]))

    return node


async def _do(seat: Seat) -> TeamState:
    """The work of a role. A budget that is spent, and a model that fails, end what is to come and not what stands."""
    role = seat.role
    said = seat.state["topic"].casefold()
    if role.hand_over and (word := next((one for one in role.hand_over.words if one.casefold() in said), None)):
        return {"handed": f"{role.name}: the request says '{word}'"}
    try:
        return await _WORK[role.task](seat)
    except BudgetSpent as error:
        await seat.desk.note("budget_spent", error.message, limit=error.limit)
        return {"spent": error.limit}
    except ModelNeeded as error:
        if not seat.state.get("piece") and role.name not in seat.team.workers and not seat.combines:
            raise
        await seat.desk.note("could_not", error.message)
        return {"failed": error.message}


async def _hand_over(state: TeamState, runtime: Runtime[Desk]) -> TeamState:
    return await result.hand_over(runtime.context.as_("person"), state)


def _publisher(name: str, team: Team) -> Callable[..., Awaitable[TeamState]]:
    async def node(state: TeamState, runtime: Runtime[Desk]) -> TeamState:
        return await result.publish(runtime.context.as_(result.NAME), team, name, state)

    return node


async def _export(state: TeamState, runtime: Runtime[Desk]) -> TeamState:
    told = "rejected" if state.get("rejected") else "done"
    await runtime.context.as_(result.NAME).note("ended", told, report=state.get("report"))
    return {}


# --- decisions --------------------------------------------------------------------------------------------------------


def _decider(team: Team) -> Callable[..., Awaitable[Command[Any]]]:
    """Publish or go round again, and why. Typed, by numbers: no words of a model are read for it."""
    first = f"{team.again[0]} again"

    async def decide(state: TeamState, runtime: Runtime[Desk]) -> Command[Any]:
        desk = runtime.context.as_(team.steps[-1])
        last = state["tried"][-1]
        rounds, most, aim = state.get("rounds", 0), team.max_rounds or 0, team.pass_score or 0.0
        verdict = await desk.get(last["verdict"])
        if last["score"] >= aim:
            go_on, why = False, f"{last['score']:.1f} reaches {aim:g}"
        elif rounds >= most:
            go_on, why = False, f"{most} round{'s were' if most > 1 else ' was'} gone through"
        elif not verdict["issues"]:
            go_on, why = False, "nothing is to be mended"
        elif any(one["piece"] == last["piece"] for one in state["tried"][state.get("since", 0) : -1]):
            go_on, why = False, "the last round changed nothing"
        else:
            go_on, why = True, f"{last['score']:.1f} is below {aim:g}"
        told = "revise" if go_on else "publish"
        await desk.note("decided", f"{told}: {why}", verdict=told, sections=[])
        if not go_on:
            return Command(goto="publish")
        return Command(goto=first, update={"rounds": rounds + 1})

    return decide


def _approver(team: Team) -> Callable[..., Awaitable[Command[Any]]]:
    """A person takes the result or rejects it: in a loop with a note it goes round again, as often as the team may."""
    again = f"{team.again[0]} again" if team.again else ""

    async def approve_result(state: TeamState, runtime: Runtime[Desk]) -> Command[Any]:
        if "report" not in runtime.context.settings.approve:
            return Command(goto="export")
        decision: dict[str, Any] = interrupt({"kind": "report", "report": state["report"]})
        taken = {"decided": state.get("decided", 0) + 1}
        if decision["decision"] != "reject":
            return Command(goto="export", update=taken)
        note, best = str(decision.get("note") or ""), result.best_of(state)
        ended = state.get("spent") or state.get("failed") or state.get("rounds", 0) >= (team.max_rounds or 0)
        if not note or not again or best is None or ended:
            return Command(goto="export", update={**taken, "rejected": True})
        desk = runtime.context.as_("person")
        issue = {"section": "", "sentence": 0, "problem": note, "suggestion": ""}
        wish = {"kind": "verdict", "by": "person", "score": 1.0, "measured": {}, "issues": [issue]}
        after: dict[str, Any] = {
            "verdict": await desk.put("piece", wish),
            "piece": best["piece"],
            "rounds": state.get("rounds", 0) + 1,
            "since": len(state.get("tried", [])),
        }
        return Command(goto=again, update=taken | after)

    return approve_result
