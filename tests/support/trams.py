"""Research on a small corpus of trams: a platform that holds it, runs of it, and what two runs must have in common."""

import contextlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from answerable.agents.state import Settings as Wish
from answerable.config import EXTRACTIVE, ChunkerSettings, Settings
from answerable.core.identity import OWNER
from answerable.core.messages import Collected, Emit, Finished, TextDelta
from answerable.core.ports import Model
from answerable.core.research_tasks import Critique, Revise
from answerable.core.tasks import Task
from answerable.core.usage import Usage
from answerable.flows import research
from answerable.flows.ingest import Ingest, embed, ingest
from answerable.flows.platform import Platform
from answerable.flows.research import Decision
from answerable.gateway.models import Models
from answerable.providers import extractive
from answerable.storage import research as rows
from answerable.storage.research import CallRow, EventRow, RunRow
from answerable.wiring import build_embedder, open_platform

TRAMS = Path(__file__).parents[1] / "data" / "trams"
SMALL = ChunkerSettings(options={"chunk_tokens": 72})
"""Two dozen passages of twelve texts: enough for several sections."""
TOPIC = "The trams of Velmark: fleet, fares, energy, safety and passengers"
_PASSING = {"ms", "request", "by"}
"""Of an event, what differs from run to run."""
_APART = {"fallback", "failed", "cancelled", "budget_spent"}
"""Kinds of events that are looked at by themselves."""


class Strict:
    """The extractive engine with a critic who likes short reports, and an editor who leaves out the last sentence of a
    section. `marks` are for the first version and for those that are a sentence shorter each; the critic has nothing to
    mend in the first `calm` of them. After the marks the score is the higher, the shorter the report is.
    """

    name = "strict"

    def __init__(self, engine: Model, marks: Sequence[float] = (), calm: int = 0) -> None:
        self._engine = engine
        self._marks = tuple(marks)
        self._calm = calm
        self._first: int | None = None

    async def run(self, task: Task, emit: Emit) -> None:
        if isinstance(task, Critique):
            await self._say(self._judge(task), emit)
        elif isinstance(task, Revise):
            await self._say("\n".join(task.draft.sentences[:-1]), emit)
        else:
            said = Collected()
            await self._engine.run(task, said)
            await self._say("".join(one.text for one in said.events if isinstance(one, TextDelta)), emit)

    def _judge(self, task: Critique) -> str:
        longest = max((one for one in task.drafts if one.id.startswith("s")), key=lambda one: len(one.sentences))
        length = sum(len(one.sentences) for one in task.drafts)
        self._first = length if self._first is None else self._first
        at = self._first - length
        score = self._marks[at] if at < len(self._marks) else min(7.5, 4 + 0.5 * at)
        issue = {"section": longest.id, "sentence": 1, "problem": "it is too long", "suggestion": "leave it out"}
        return json.dumps({"score": score, "issues": [] if at < self._calm else [issue]})

    async def _say(self, text: str, emit: Emit) -> None:
        await emit(TextDelta(text))
        await emit(Finished("stop", Usage(100, len(text) // 4), self.name))

    async def close(self) -> None:
        """Nothing to release."""


@contextlib.asynccontextmanager
async def trams(folder: Path, marks: Sequence[float] = (), calm: int = 0) -> AsyncIterator[Platform]:
    """A platform whose collection `trams` holds the corpus, with the extractive engine and a `Strict` model."""
    settings = Settings(data=folder, default_collection="trams", chunker=SMALL)
    engine = extractive.build(extractive.Config(), build_embedder(settings))
    strict = Strict(engine, marks, calm)
    models = Models({EXTRACTIVE: lambda: engine, "strict": lambda: strict}, {}, EXTRACTIVE, EXTRACTIVE)
    p = await open_platform(settings, models=models)
    try:
        await ingest(Ingest("trams", sources=(str(TRAMS),)), p)
        await embed("trams", p)
        yield p
    finally:
        await p.close()


@dataclass
class Ran:
    """A run that is over, and all that it left."""

    row: RunRow
    report: Mapping[str, Any]
    calls: Sequence[CallRow]
    events: Sequence[EventRow]
    waits: list[str] = field(default_factory=list)

    @property
    def told(self) -> list[tuple[Any, ...]]:
        """Events as two runs of one topic have them alike; those of workers side by side come in any order."""
        found = [
            (one.agent, one.kind, one.text, {key: one.data[key] for key in one.data if key not in _PASSING})
            for one in self.events
            if one.kind not in _APART
        ]
        return sorted(found, key=repr)

    def of_kind(self, *kinds: str) -> list[EventRow]:
        return [one for one in self.events if one.kind in kinds]

    @property
    def asked(self) -> dict[str, tuple[Any, ...]]:
        """What was asked of models and sources, and what it took. Tries that gave nothing new have names of their own,
        which are counted.
        """
        spent = (one for one in self.calls if one.kind == "spent")
        names = {one.key: f"spent {number}" for number, one in enumerate(sorted(spent, key=lambda one: one.output))}
        return {
            names.get(one.key, one.key): (one.kind, one.model, one.tokens, one.cost_nano, one.output)
            for one in self.calls
        }


async def carry_out(p: Platform, wish: Wish, *decisions: Decision, topic: str = TOPIC) -> Ran:
    """A run to its end, with decisions of a person as it waits for them."""
    run = (await research.begin(topic, wish, OWNER, p)).id
    left, waits = list(decisions), list[str]()
    await p.research.wait(run)
    while (row := await research.get_run(run, OWNER, p)).status == "waiting":
        waits.append(row.waiting_for)
        await research.decide(run, left.pop(0), OWNER, p)
        await p.research.wait(run)
    assert not left, f"nobody asked for {left}"
    return await look(p, row, waits)


async def look(p: Platform, row: RunRow, waits: list[str] | None = None) -> Ran:
    """What a run left."""
    async with p.database.read() as connection:
        calls = await rows.list_calls(connection, row.id)
        events = await rows.list_events(connection, row.id, limit=10_000)
        report = (
            json.loads((await rows.find_artifacts(connection, row.id, [row.report]))[row.report]) if row.report else {}
        )
    return Ran(row, report, calls, events, waits or [])
