"""The research team as a round-robin group chat on AutoGen: the roles, tasks and decisions of `graph.py`, turn by turn.

An agent here is a `BaseChatAgent` whose turn calls the functions of the roles. An `AssistantAgent` would make its own
prompt of the whole talk, ask its model past the record of calls, the budget and the gate, and end the chat with a
RuntimeError when a reply is no JSON. A turn ends the chat, and its state is saved: no turn is paid or talked twice.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from autogen_agentchat.agents import BaseChatAgent
from autogen_agentchat.base import Response
from autogen_agentchat.messages import BaseChatMessage, StructuredMessage, TextMessage
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_core import CancellationToken
from pydantic import BaseModel

from answerable.agents import ways
from answerable.agents.conductor import NotOurs, Standing, Told
from answerable.agents.desk import Desk
from answerable.agents.roles import analyst, critic, editor, researcher, writer
from answerable.agents.state import Gate, State, merged
from answerable.agents.ways import Step, Unit
from answerable.core.errors import StepLimit
from answerable.storage import research
from answerable.storage.database import Connection, Database

MOST_ROUNDS: Final = 12
"""Rounds of the table (SPEC R4). The longest run takes 11: one, an outline made twice more, two revisions of the
critic's, and three of a person's at two rounds each: the editor's turn has passed when a person speaks.
"""
_BEGIN, _OVER = "plan", ""


@dataclass
class Table:
    """What the agents sit around: the run's state of ids, and where it stands. Kept after each piece of work.

    `step` comes next; `units` is what its workers did already, by key. `turns` were taken, `chat` is what AutoGen saved
    before this one.
    """

    desk: Desk
    worker: str
    told: Told
    decision: Mapping[str, Any] | None = None
    state: State = field(default_factory=State)
    step: str = _BEGIN
    units: dict[str, State] = field(default_factory=dict)
    turns: int = 0
    chat: str = ""
    work: asyncio.Task[list[str]] | None = None
    error: BaseException | None = None
    is_left: bool = False

    @property
    def waits_for(self) -> Gate | Literal[""]:
        """What a person has to decide before anybody goes on."""
        gate: Gate | None = {"approve_outline": "outline", "approve_report": "report"}.get(self.step)  # type: ignore[assignment]
        asked = gate is not None and self.decision is None and ways.is_asked(gate, self.desk, self.state)
        return gate if gate is not None and asked else ""

    def decided(self) -> Mapping[str, Any]:
        """The person's decision, which is taken once."""
        decision, self.decision = self.decision, None
        if decision is None:
            raise RuntimeError("a step was begun that waits for a person")
        return decision

    async def sit(self, steps: Sequence[str]) -> list[str]:
        """An agent's turn: those of its steps that come next, one after the other; which they were. An error is kept
        for who runs the chat: AutoGen would make a RuntimeError of it, and of a cancelled agent a chat that hangs.
        """
        if self.is_left:
            return []
        self.work = asyncio.create_task(self._turn(steps))
        await asyncio.wait((self.work,))
        if self.work.cancelled():
            return []
        self.error = self.work.exception()
        return [] if self.error is not None else self.work.result()

    async def _turn(self, steps: Sequence[str]) -> list[str]:
        done: list[str] = []
        while self.step in steps and not self.waits_for:
            name = self.step
            way, changes = await _STEPS[name](self)
            self.state, self.units, self.step = merged(self.state, changes), {}, way
            await self._keep()
            await self.told(name)
            done.append(name)
        return done

    async def each(self, work: Unit, keys: Sequence[str]) -> State:
        """What workers side by side changed together, in the order of their keys. What one did is kept at once; when
        one fails, the others finish.
        """

        async def one(key: str) -> None:
            self.units[key] = await ways.unit(work, self.desk, self.state, key)
            await self._keep()

        results = await asyncio.gather(*(one(key) for key in keys if key not in self.units), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result
        changes = State()
        for key in keys:
            changes = merged(changes, self.units[key])
        return changes

    async def _keep(self) -> None:
        body = self._body()
        await self._kept(lambda connection: research.move_place(connection, self.desk.run, body))

    async def _kept(self, write: Callable[[Connection], Awaitable[None]]) -> None:
        """Raises NotOurs, where nothing is kept."""

        async def work(connection: Connection) -> bool:
            mine = await research.has_run(connection, self.desk.run, self.worker)
            if mine:
                await write(connection)
            return mine

        if not await self.desk.services.database.write(work):
            raise NotOurs("another process works on this run by now, or it is over")

    async def end_turn(self, chat: Mapping[str, Any]) -> None:
        """Keep what AutoGen saved with the rest."""
        self.turns += 1
        self.chat = json.dumps(chat)
        body, run = self._body(), self.desk.run
        await self._kept(lambda connection: research.put_place(connection, run, body, self.chat))

    def _body(self) -> str:
        kept = {"state": self.state, "step": self.step, "units": self.units, "turns": self.turns}
        return json.dumps(kept, ensure_ascii=False)


async def _table(desk: Desk, worker: str, told: Told) -> Table:
    """The table as it was left, or a new one."""
    async with desk.services.database.read() as connection:
        found = await research.find_place(connection, desk.run)
    if found is None:
        return Table(desk, worker, told, state=State(topic=desk.topic))
    body: dict[str, Any] = json.loads(found[0])
    return Table(desk, worker, told, None, body["state"], body["step"], body["units"], body["turns"], found[1])


# --- steps: what is done, and which comes next ------------------------------------------------------------------------

_Done = tuple[str, State]


def _then(work: Step, way: str) -> Callable[[Table], Awaitable[_Done]]:
    async def step(table: Table) -> _Done:
        return way, await ways.step(work, table.desk, table.state)

    return step


async def _plan(table: Table) -> _Done:
    changes = await ways.step(researcher.plan, table.desk, table.state)
    return "search" if ways.questions(merged(table.state, changes)) else "publish", changes


async def _search(table: Table) -> _Done:
    return "compile", await table.each(researcher.search, ways.questions(table.state))


async def _approve_outline(table: Table) -> _Done:
    if not ways.is_asked("outline", table.desk, table.state):
        return "supply", {}
    return await ways.outline_decided(table.desk, table.state, table.decided())


async def _supply(table: Table) -> _Done:
    changes = await ways.step(researcher.supply, table.desk, table.state)
    return "write" if await ways.sections(table.desk, merged(table.state, changes)) else "publish", changes


async def _write(table: Table) -> _Done:
    return "frame", await table.each(writer.write, await ways.sections(table.desk, table.state))


async def _decide(table: Table) -> _Done:
    changes = await ways.judged(table.desk, table.state)
    return "revise" if changes["mend"] else "publish", changes


async def _revise(table: Table) -> _Done:
    return "critique", await table.each(editor.revise, table.state["mend"])


async def _approve_report(table: Table) -> _Done:
    if not ways.is_asked("report", table.desk, table.state):
        return "export", {}
    return await ways.report_decided(table.desk, table.state, table.decided())


async def _export(table: Table) -> _Done:
    return _OVER, await ways.ended(table.desk, table.state)


_STEPS: Final[Mapping[str, Callable[[Table], Awaitable[_Done]]]] = {
    "plan": _plan,
    "search": _search,
    "compile": _then(researcher.compile_notes, "outline"),
    "outline": _then(analyst.outline, "approve_outline"),
    "approve_outline": _approve_outline,
    "supply": _supply,
    "write": _write,
    "frame": _then(writer.frame, "critique"),
    "critique": _then(critic.critique, "decide"),
    "decide": _decide,
    "revise": _revise,
    "publish": _then(editor.publish, "approve_report"),
    "approve_report": _approve_report,
    "export": _export,
}

# --- the chat ---------------------------------------------------------------------------------------------------------

_SEATS: Final = (
    (researcher.NAME, "Finds questions and sources.", ("plan", "search", "compile")),
    (analyst.NAME, "Plans the report.", ("outline",)),
    ("person_on_outline", "A person who decides on the outline.", ("approve_outline",)),
    (writer.NAME, "Writes the sections.", ("supply", "write", "frame")),
    (critic.NAME, "Judges the report, and whether it is published.", ("critique", "decide")),
    (editor.NAME, "Revises, and publishes.", ("revise", "publish")),
    ("person_on_report", "A person who decides on the report.", ("approve_report", "export")),
)
"""The order round the table: who, and the steps that are theirs. Whoever has none to do passes."""


class Said(BaseModel):
    """What an agent tells the others: the steps that it did, and the one that comes next. Ids are in the state."""

    did: list[str]
    next: str


class Agent(BaseChatAgent):
    """A seat at the table. That of a person never asks: the chat ends before it, and goes on with the decision."""

    def __init__(self, name: str, description: str, steps: Sequence[str], table: Table) -> None:
        super().__init__(name, description)
        self._steps = steps
        self._table = table

    @property
    def produced_message_types(self) -> Sequence[type[BaseChatMessage]]:
        """What it says."""
        return (StructuredMessage[Said],)

    async def on_messages(self, messages: Sequence[BaseChatMessage], cancellation_token: CancellationToken) -> Response:  # noqa: ARG002
        """Its turn."""
        did = await self._table.sit(self._steps)
        said = Said(did=did, next=self._table.step)
        return Response(chat_message=StructuredMessage[Said](content=said, source=self.name))

    async def on_reset(self, cancellation_token: CancellationToken) -> None:
        """Nothing is its own."""


def seated(table: Table) -> RoundRobinGroupChat:
    """The group chat round a table; each run of it is one turn."""
    agents = [Agent(name, description, steps, table) for name, description, steps in _SEATS]
    return RoundRobinGroupChat(list(agents), max_turns=1, custom_message_types=[StructuredMessage[Said]])


class OnTeam:
    """A `Conductor`: the place of a run is a row of `research_places`, with what AutoGen saved in it."""

    def __init__(self, database: Database, worker: str) -> None:
        self._database = database
        self._worker = worker

    async def standing(self, desk: Desk) -> Standing:
        """Where the run is."""
        table = await _table(desk, self._worker, _nobody)
        return Standing(table.state, table.waits_for, table.step == _OVER)

    async def go_on(self, desk: Desk, decision: Mapping[str, Any] | None, told: Told) -> None:
        """Work until the run is over or waits. Raises StepLimit after the last round."""
        table = await _table(desk, self._worker, told)
        table.decision = decision if table.waits_for else None
        chat = seated(table)
        if table.chat:
            await chat.load_state(json.loads(table.chat))
        else:
            table.turns = -1
            await table.end_turn(await chat.save_state())
        while table.step != _OVER and not table.waits_for:
            if table.turns >= MOST_ROUNDS * len(_SEATS):
                raise StepLimit(f"the team did not end within {MOST_ROUNDS} rounds")
            await _one_turn(chat, table)
            await table.end_turn(await chat.save_state())

    async def rest(self, run: str) -> None:
        """There is only the newest place."""

    async def leave(self, run: str) -> None:
        """Keep none."""
        await self._database.write(lambda connection: research.drop_place(connection, run))


async def _one_turn(chat: RoundRobinGroupChat, table: Table) -> None:
    """The next agent's. Who cancels it cancels the agent's work, not the chat: that ends by itself."""
    topic = None if table.turns else TextMessage(content=table.desk.topic, source="user")
    turn = asyncio.ensure_future(chat.run(task=topic))
    try:
        await asyncio.shield(turn)
    except asyncio.CancelledError:
        table.is_left = True
        if table.work is not None:
            table.work.cancel()
        await turn
        raise
    if table.error is not None:
        raise table.error


async def _nobody(step: str) -> None:
    """Nobody is told."""
