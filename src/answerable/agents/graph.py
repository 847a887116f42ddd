"""The research team as a graph: every node and every edge, only here. READ `build` FIRST.

A node is a function of a role; it gives what changes of the state. Nodes that wait for a person hold nothing but the
wait: what stands before it would run again. A budget that is spent ends no run: the way leads to `publish` from there.
"""

import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import Any, Final, Literal, cast

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command, Send, interrupt

from answerable.agents import ways
from answerable.agents.checkpoints import Checkpoints
from answerable.agents.conductor import Standing, Told
from answerable.agents.desk import Desk
from answerable.agents.roles import analyst, critic, editor, researcher, writer
from answerable.agents.state import State, Work, merged, part_of
from answerable.agents.ways import Step, Unit

RECURSION_LIMIT: Final = 60
"""Steps of a run at most: 12 nodes, a critique and a revision for each of at most 5 iterations, and 3 outlines. The
library's own limit is 10,007 (measured on 1.2.22): a bill, not a limit.
"""

Graph = CompiledStateGraph[State, Desk, State, State]


def build(saver: Any) -> Graph:
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


# --- ways: a worker is sent no more of the state than it reads, as each checkpoint holds all that is sent ---


def each_question(state: State) -> list[Send] | Literal["publish"]:
    """A search for each question."""
    keys = ways.questions(state)
    return [Send("search", Work(key=key, state=_of_question(state, int(key)))) for key in keys] or "publish"


def _of_question(state: State, at: int) -> State:
    """The other questions are left empty: they are all in the state, and would be in it once more for each."""
    return State(questions=[*[""] * at, state["questions"][at]])


async def each_section(state: State, runtime: Runtime[Desk]) -> list[Send] | Literal["publish"]:
    """A writer for each section; nothing to write is published as that."""
    read = part_of(state, "topic", "outline")
    return [
        Send("write", Work(key=key, state=read)) for key in await ways.sections(runtime.context, state)
    ] or "publish"


def each_to_mend(state: State) -> list[Send]:
    """An editor for each section with issues."""
    read = part_of(state, "topic", "critique", "sections")
    return [Send("revise", Work(key=key, state=read)) for key in state["mend"]]


async def decide(state: State, runtime: Runtime[Desk]) -> Command[Literal["revise", "publish"]]:
    """Publish or revise."""
    changes = await ways.judged(runtime.context, state)
    return Command(goto=each_to_mend(merged(state, changes)) or "publish", update=changes)


# --- where a person decides -------------------------------------------------------------------------------------------


async def approve_outline(state: State, runtime: Runtime[Desk]) -> Command[Literal["supply", "outline", "export"]]:
    """A person decides on the outline."""
    if not ways.is_asked("outline", runtime.context, state):
        return Command(goto="supply")
    decision: dict[str, Any] = interrupt({"kind": "outline", "outline": state["outline"]})
    way, changes = await ways.outline_decided(runtime.context, state, decision)
    return Command(goto=way, update=changes)


async def approve_report(state: State, runtime: Runtime[Desk]) -> Command[Literal["export", "revise"]]:
    """A person decides on the report."""
    if not ways.is_asked("report", runtime.context, state):
        return Command(goto="export")
    decision: dict[str, Any] = interrupt({"kind": "report", "report": state["report"]})
    way, changes = await ways.report_decided(runtime.context, state, decision)
    return Command(goto=each_to_mend(merged(state, changes)) if way == "revise" else way, update=changes)


# --- nodes ------------------------------------------------------------------------------------------------------------


def _step(work: Step) -> Callable[..., Awaitable[State]]:
    async def node(state: State, runtime: Runtime[Desk]) -> State:
        return await ways.step(work, runtime.context, state)

    node.__name__ = work.__name__
    return node


def _unit(work: Unit) -> Callable[..., Awaitable[State]]:
    async def node(work_: Work, runtime: Runtime[Desk]) -> State:
        return await ways.unit(work, runtime.context, work_["state"], work_["key"])

    node.__name__ = work.__name__
    return node


async def export(state: State, runtime: Runtime[Desk]) -> State:
    """The end."""
    return await ways.ended(runtime.context, state)


# --- carrying a run out -----------------------------------------------------------------------------------------------


class OnGraph:
    """A `Conductor`: the place of a run is its thread of checkpoints. `make` builds the graph over a store of them."""

    def __init__(
        self, checkpoints: Checkpoints, make: Callable[[Any], Any] = build, recursion_limit: int = RECURSION_LIMIT
    ) -> None:
        self._checkpoints = checkpoints
        self._make = make
        self._recursion_limit = recursion_limit
        self._graph: Graph | None = None

    async def standing(self, desk: Desk) -> Standing:
        """Where the run is."""
        snapshot = await (await self._built()).aget_state(self._thread(desk))
        state = cast("State", snapshot.values)
        if snapshot.interrupts:
            return Standing(state, snapshot.interrupts[0].value["kind"])
        return Standing(state, is_over=bool(state) and not snapshot.tasks)

    async def go_on(self, desk: Desk, decision: Mapping[str, Any] | None, told: Told) -> None:
        """Work until the run is over or waits."""
        graph, thread = await self._built(), self._thread(desk)
        snapshot = await graph.aget_state(thread)
        entry: Any = None
        if snapshot.interrupts:
            if decision is None:
                return
            entry = Command(resume=dict(decision))
        elif not snapshot.tasks:  # `next` lacks those that are done in a step whose end was not kept
            if snapshot.values:
                return
            entry = {"topic": desk.topic}
        parts = graph.astream(entry, thread, context=desk, stream_mode="updates", durability="sync")
        async with contextlib.aclosing(cast("AsyncGenerator[Any, None]", parts)):  # nobody works on once this has ended
            async for part in parts:
                for name in part:
                    if name != "__interrupt__":
                        await told(name)

    async def rest(self, run: str) -> None:
        """Keep the newest checkpoint only."""
        await self._checkpoints.prune(run)

    async def leave(self, run: str) -> None:
        """Keep none."""
        await self._checkpoints.forget(run)

    async def _built(self) -> Graph:
        if self._graph is None:
            self._graph = self._make(await self._checkpoints.saver())
        return self._graph

    def _thread(self, desk: Desk) -> Any:
        return {"configurable": {"thread_id": desk.run}, "recursion_limit": self._recursion_limit}
