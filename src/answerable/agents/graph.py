"""The research team as a graph: every node and every edge, only here. READ `build` FIRST.

A node is a function of a role; it gives what changes of the state. Nodes that wait for a person hold nothing but the
wait: what stands before it would run again. A budget that is spent ends no run: the way leads to `publish` from there.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final, Literal

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command, Send, interrupt

from answerable.agents.desk import Desk
from answerable.agents.roles import analyst, critic, editor, researcher, writer
from answerable.agents.state import State, Work
from answerable.core.errors import BudgetSpent

RECURSION_LIMIT: Final = 60
"""Steps of a run at most: 12 nodes, a critique and a revision for each of at most 5 iterations, and 3 outlines. The
library's own limit is 10,007 (measured on 1.2.22): a bill, not a limit.
"""
MOST_OUTLINES: Final = 3

Step = Callable[[Desk, State], Awaitable[State]]
Unit = Callable[[Desk, State, str], Awaitable[State]]
Graph = CompiledStateGraph[State, Desk, State, State]


def build(saver: BaseCheckpointSaver[Any]) -> Graph:
    """The graph over a store of checkpoints:

    plan -> search (each question) -> compile -> outline -> approve_outline -> supply -> write (each section) -> frame
         -> critique -> decide -> revise (each section with issues) -> critique ...
                               -> publish -> approve_report -> export
    """
    graph = StateGraph(State, context_schema=Desk)
    graph.add_node("plan", _step(researcher.plan))
    graph.add_node("search", _unit(researcher.search), input_schema=Work)
    graph.add_node("compile", _step(researcher.compile_notes))
    graph.add_node("outline", _step(analyst.outline))
    graph.add_node("approve_outline", approve_outline)
    graph.add_node("supply", _step(researcher.supply))
    graph.add_node("write", _unit(writer.write), input_schema=Work)
    graph.add_node("frame", _step(writer.frame))
    graph.add_node("critique", _step(critic.critique))
    graph.add_node("decide", decide)
    graph.add_node("revise", _unit(editor.revise), input_schema=Work)
    graph.add_node("publish", _step(editor.publish))
    graph.add_node("approve_report", approve_report)
    graph.add_node("export", export)

    graph.add_edge(START, "plan")
    graph.add_conditional_edges("plan", each_question, ["search", "publish"])
    graph.add_edge("search", "compile")
    graph.add_edge("compile", "outline")
    graph.add_edge("outline", "approve_outline")
    graph.add_conditional_edges("supply", each_section, ["write", "publish"])
    graph.add_edge("write", "frame")
    graph.add_edge("frame", "critique")
    graph.add_edge("critique", "decide")
    graph.add_edge("revise", "critique")
    graph.add_edge("publish", "approve_report")
    graph.add_edge("export", END)
    return graph.compile(checkpointer=saver)


# --- ways -------------------------------------------------------------------------------------------------------------


def each_question(state: State) -> list[Send] | Literal["publish"]:
    """A search for each question."""
    if state.get("spent"):
        return "publish"
    return [Send("search", Work(key=str(at), state=state)) for at in range(len(state["questions"]))]


async def each_section(state: State, runtime: Runtime[Desk]) -> list[Send] | Literal["publish"]:
    """A writer for each section; nothing to write is published as that."""
    if state.get("spent"):
        return "publish"
    outline = await runtime.context.get(state["outline"])
    return [Send("write", Work(key=one["id"], state=state)) for one in outline["sections"]] or "publish"


async def decide(state: State, runtime: Runtime[Desk]) -> Command[Literal["revise", "publish"]]:
    """Publish or revise, and why. Typed, by numbers: no words of a model are read for it."""
    desk = runtime.context.as_(critic.NAME)
    critique: dict[str, Any] = await desk.get(state["critique"]) if state.get("critique") else {"issues": []}
    keys = editor.to_mend(critique, state.get("sections", {}))
    verdict, why = critic.verdict(state, desk.settings, len(keys))
    await desk.note("decided", f"{verdict}: {why}", verdict=verdict, sections=keys if verdict == "revise" else [])
    if verdict == "publish":
        return Command(goto="publish")
    return Command(goto=[Send("revise", Work(key=key, state=state)) for key in keys], update=_further(state))


# --- where a person decides -------------------------------------------------------------------------------------------


async def approve_outline(state: State, runtime: Runtime[Desk]) -> Command[Literal["supply", "outline", "export"]]:
    """A person takes the outline, changes it, or rejects it: with a note it is made again, without one the run ends."""
    if "outline" not in runtime.context.settings.approve or state.get("spent"):
        return Command(goto="supply")
    decision: dict[str, Any] = interrupt({"kind": "outline", "outline": state["outline"]})
    desk = runtime.context.as_("person")
    note = str(decision.get("note") or "")
    match decision["decision"]:
        case "approve":
            return Command(goto="supply")
        case "edit":
            outline = analyst.edited(await desk.get(state["outline"]), decision["outline"])
            return Command(goto="supply", update={"outline": await desk.put("outline", outline)})
    if note and state.get("outlines", 0) < MOST_OUTLINES:
        return Command(goto="outline", update={"note": note})
    return Command(goto="export", update={"rejected": True})


async def approve_report(state: State, runtime: Runtime[Desk]) -> Command[Literal["export", "revise"]]:
    """A person takes the report or rejects it: with a note it is revised, as often as a critic may ask for it."""
    if "report" not in runtime.context.settings.approve:
        return Command(goto="export")
    decision: dict[str, Any] = interrupt({"kind": "report", "report": state["report"]})
    if decision["decision"] != "reject":
        return Command(goto="export")
    desk, note = runtime.context.as_("person"), str(decision.get("note") or "")
    named = decision.get("sections") or [key for key in state.get("sections", {}) if key.startswith("s")]
    keys = [key for key in named if key in state.get("sections", {})]
    if not note or not keys or state.get("spent") or state.get("since", 0) > desk.settings.max_revisions:
        return Command(goto="export", update={"rejected": True})
    issues = [{"section": key, "sentence": 0, "problem": note, "suggestion": ""} for key in keys]
    wished = await desk.put("critique", {"score": 1.0, "measured": {}, "issues": issues})
    after = State(**{**state, "critique": wished})
    return Command(
        goto=[Send("revise", Work(key=key, state=after)) for key in keys],
        update={"critique": wished, "since": len(state.get("tried", []))},
    )


async def export(state: State, runtime: Runtime[Desk]) -> State:
    """The end: what was published stands, or was rejected."""
    desk = runtime.context.as_(editor.NAME)
    await desk.note("ended", "rejected" if state.get("rejected") else "done", report=state.get("report"))
    return {}


# --- nodes ------------------------------------------------------------------------------------------------------------


def _further(state: State) -> State:
    return {"iteration": state.get("iteration", 0) + 1}


def _step(work: Step) -> Callable[..., Awaitable[State]]:
    """A node of a step of a role. Once the budget is spent, only publishing is left."""
    is_last = work is editor.publish

    async def node(state: State, runtime: Runtime[Desk]) -> State:
        if state.get("spent") and not is_last:
            return {}
        try:
            return await work(runtime.context, state)
        except BudgetSpent as error:
            return await _spent(runtime.context, error)

    node.__name__ = work.__name__
    return node


def _unit(work: Unit) -> Callable[..., Awaitable[State]]:
    """A node of a worker of a fan-out."""

    async def node(work_: Work, runtime: Runtime[Desk]) -> State:
        try:
            return await work(runtime.context, work_["state"], work_["key"])
        except BudgetSpent as error:
            return await _spent(runtime.context, error)

    node.__name__ = work.__name__
    return node


async def _spent(desk: Desk, error: BudgetSpent) -> State:
    await desk.note("budget_spent", error.message, limit=error.limit)
    return {"spent": error.limit}
