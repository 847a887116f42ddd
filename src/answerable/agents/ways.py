"""Where a run goes next, and what decisions change: one place, which the graph and the team both ask.

A budget that is spent ends no run: what is left to do then is to publish what stands. Each function gives what changes
of the state; nothing here knows who calls it.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Literal

from answerable.agents.desk import Desk
from answerable.agents.roles import analyst, critic, editor
from answerable.agents.state import Gate, State
from answerable.core.errors import BudgetSpent

MOST_OUTLINES: Final = 3

Step = Callable[[Desk, State], Awaitable[State]]
Unit = Callable[[Desk, State, str], Awaitable[State]]


async def step(work: Step, desk: Desk, state: State) -> State:
    """A step of a role. Once the budget is spent, only publishing is done."""
    if state.get("spent") and work is not editor.publish:
        return {}
    try:
        return await work(desk, state)
    except BudgetSpent as error:
        return await _spent(work, desk, error)


async def unit(work: Unit, desk: Desk, state: State, key: str) -> State:
    """The part of a step that one worker does."""
    try:
        return await work(desk, state, key)
    except BudgetSpent as error:
        return await _spent(work, desk, error)


async def _spent(work: Step | Unit, desk: Desk, error: BudgetSpent) -> State:
    role = work.__module__.rpartition(".")[2]
    await desk.as_(role).note("budget_spent", error.message, limit=error.limit)
    return {"spent": error.limit}


# --- how many workers -------------------------------------------------------------------------------------------------


def questions(state: State) -> list[str]:
    """The keys of the questions that are to be looked for; none once the budget is spent."""
    return [] if state.get("spent") else [str(at) for at in range(len(state["questions"]))]


async def sections(desk: Desk, state: State) -> list[str]:
    """The ids of the sections that are to be written; none once the budget is spent, or where nothing was found."""
    if state.get("spent"):
        return []
    outline = await desk.get(state["outline"])
    return [one["id"] for one in outline["sections"]]


# --- decisions --------------------------------------------------------------------------------------------------------


async def judged(desk: Desk, state: State) -> State:
    """Publish or revise, and why. Typed, by numbers: no words of a model are read for it."""
    critique: dict[str, Any] = await desk.get(state["critique"]) if state.get("critique") else {"issues": []}
    keys = editor.to_mend(critique, state.get("sections", {}))
    verdict, why = critic.verdict(state, desk.settings, len(keys))
    mend = keys if verdict == "revise" else []
    await desk.as_(critic.NAME).note("decided", f"{verdict}: {why}", verdict=verdict, sections=mend)
    return {"mend": mend, "iteration": state.get("iteration", 0) + 1} if mend else {"mend": []}


def is_asked(gate: Gate, desk: Desk, state: State) -> bool:
    """Whether a person decides: on a report always, on an outline only while there is a budget to write it with."""
    return gate in desk.settings.approve and (gate == "report" or not state.get("spent"))


async def outline_decided(
    desk: Desk, state: State, decision: Mapping[str, Any]
) -> tuple[Literal["supply", "outline", "export"], State]:
    """A person takes the outline, changes it, or rejects it: with a note it is made again, without one the run ends."""
    taken, note = _taken(state), str(decision.get("note") or "")
    if decision["decision"] == "approve":
        return "supply", taken
    if decision["decision"] == "edit":
        outline = analyst.edited(await desk.get(state["outline"]), decision["outline"])
        return "supply", {**taken, "outline": await desk.as_("person").put("outline", outline)}
    if note and state.get("outlines", 0) < MOST_OUTLINES:
        return "outline", {**taken, "note": note}
    return "export", {**taken, "rejected": True}


async def report_decided(
    desk: Desk, state: State, decision: Mapping[str, Any]
) -> tuple[Literal["export", "revise"], State]:
    """A person takes the report or rejects it: with a note it is revised, as often as a critic may ask for it."""
    taken, note = _taken(state), str(decision.get("note") or "")
    if decision["decision"] != "reject":
        return "export", taken
    named = decision.get("sections") or [key for key in state.get("sections", {}) if key.startswith("s")]
    keys = [key for key in named if key in state.get("sections", {})]
    if not note or not keys or state.get("spent") or state.get("since", 0) > desk.settings.max_revisions:
        return "export", {**taken, "rejected": True}
    issues = [{"section": key, "sentence": 0, "problem": note, "suggestion": ""} for key in keys]
    wished = await desk.put("critique", {"score": 1.0, "measured": {}, "issues": issues})
    return "revise", {**taken, "critique": wished, "mend": keys, "since": len(state.get("tried", []))}


def _taken(state: State) -> State:
    return {"decided": state.get("decided", 0) + 1}


async def ended(desk: Desk, state: State) -> State:
    """The end: what was published stands, or was rejected."""
    told = "rejected" if state.get("rejected") else "done"
    await desk.as_(editor.NAME).note("ended", told, report=state.get("report"), outline=state.get("outline"))
    return {}
