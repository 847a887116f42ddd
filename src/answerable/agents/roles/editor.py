"""The Editor: mends what the Critic found, and publishes the best version."""

from typing import Any

from answerable.agents import drafts
from answerable.agents.assembly import assemble
from answerable.agents.desk import Desk
from answerable.agents.roles import words_of
from answerable.agents.roles.writer import parts_of, through_the_gate
from answerable.agents.state import State
from answerable.core.report_json import report_to_json
from answerable.core.research_tasks import Issue, Revise

NAME = "editor"


def to_mend(critique: dict[str, Any], sections: dict[str, str]) -> list[str]:
    """The sections that issues are bound to, in their order."""
    named = {one["section"] for one in critique["issues"]}
    return [id_ for id_ in sections if id_ in named]


async def revise(desk: Desk, state: State, key: str) -> State:
    """One section, its issues mended. A version in which nothing passes the gate is not taken."""
    desk = desk.as_(NAME)
    critique: dict[str, Any] = await desk.get(state["critique"])
    issues = tuple(
        Issue(one["section"], one["sentence"], one["problem"], one["suggestion"])
        for one in critique["issues"]
        if one["section"] == key
    )
    before = drafts.from_json(await desk.get(state["sections"][key]))
    evidence = await desk.evidence(before.evidence)
    others = [id_ for id_ in state["sections"] if id_ != key]
    said = [one.text for draft in await drafts.load(desk, state["sections"], others) for one in draft.sentences]
    task = Revise(
        state["topic"],
        before.for_task(),
        issues,
        tuple(one.passage for one in evidence),
        parts_of(before),
        tuple(said),
        role=words_of(NAME),
    )
    after = await through_the_gate(desk, before, await desk.ask(task, task.parse), evidence)
    kept = before if after.missing else after
    await desk.note(
        "revised",
        kept.heading,
        section=key,
        issues=len(issues),
        sentences=[len(before.sentences), len(kept.sentences)],
        cut=[{"text": text, "reason": reason} for text, reason in after.cut],
        taken=kept is after,
    )
    return {"sections": {key: await desk.put("draft", kept.to_json())}}


async def publish(desk: Desk, state: State) -> State:
    """The report from the best version, every citation checked against the stored text once more."""
    desk = desk.as_(NAME)
    best = max(state.get("tried", [])[state.get("since", 0) :], key=lambda one: one["score"], default=None)
    report, withdrawn = await assemble(desk, state, best)
    await desk.note(
        "published",
        report.title,
        score=best["score"] if best else None,
        references=len(report.references),
        conflicts=len(report.conflicts),
        gaps=len(report.gaps),
        withdrawn=withdrawn,
        notes=list(report.notes),
    )
    return {"report": await desk.put("report", report_to_json(report))}
