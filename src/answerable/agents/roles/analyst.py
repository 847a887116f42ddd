"""The Analyst: finds the themes of the evidence and plans the report; takes a person's changes to the plan."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from answerable.agents.desk import Desk
from answerable.agents.evidence import Evidence
from answerable.agents.roles import words_of
from answerable.agents.state import State
from answerable.core import facts
from answerable.core.errors import InvalidRequest
from answerable.core.research_tasks import Outline, Part, Plan

NAME = "analyst"
_OF_A_SECTION = 20
_LEAST_EVIDENCE = 2
_BY_ITSELF = 0.5
"""From this fit on one passage is enough for a report, if a short one."""
_MOST_SECTIONS = 10
_STRANGE = 0.5
"""Of the words of a heading at most so many may be the author's own."""


async def outline(desk: Desk, state: State) -> State:
    """A plan over the evidence; without enough of it, a plan without sections."""
    desk = desk.as_(NAME)
    evidence = await desk.evidence(state["evidence"])
    times = state.get("outlines", 0)
    if not await _is_enough(desk, state["topic"], evidence):
        await desk.note("outlined", "too little evidence for a report", sections=[])
        made = {"title": state["topic"], "sections": []}
        return {"outline": await desk.put("outline", made), "outlines": times + 1}
    wish = f"\n\nThe reader asks of the outline: {state['note']}" if state.get("note") else ""
    task = Outline(
        state["topic"],
        tuple(state["questions"]),
        tuple(one.passage for one in evidence),
        min(3, desk.settings.sections),
        desk.settings.sections,
        words_of(NAME) + wish,
    )
    plan: Plan = sound(await desk.ask(task, task.parse), task)
    sections = []
    for at, part in enumerate(plan.sections[: desk.settings.sections], start=1):
        sections.append(await _section(desk, f"s{at}", part, evidence))
    headings = [one["heading"] for one in sections]
    await desk.note("outlined", plan.title, sections=headings, again=times)
    return {"outline": await desk.put("outline", {"title": plan.title, "sections": sections}), "outlines": times + 1}


async def _is_enough(desk: Desk, topic: str, evidence: Sequence[Evidence]) -> bool:
    """Several passages, or one that fits the topic well."""
    if len(evidence) != 1:
        return len(evidence) >= _LEAST_EVIDENCE
    fits = await asyncio.to_thread(desk.relevance.of, topic, [evidence[0].passage])
    return fits[0] >= _BY_ITSELF


def sound(plan: Plan, task: Outline) -> Plan:
    """The plan without headings that state what nobody asked and no passage has: no gate stands before a heading."""
    texts = (f"{one.title} {' '.join(one.heading_path)} {one.text}" for one in task.passages)
    known = facts.read(" ".join((task.topic, *task.questions))).stems.union(*(facts.read(text).stems for text in texts))

    def is_sound(heading: str) -> bool:
        claim = facts.read(heading)
        states = claim.names.union(claim.numbers) - known
        return not states and not claim.denied and len(claim.content - known) <= _STRANGE * len(claim.content)

    def mended(part: Part, instead: str) -> Part:
        titles = [f"More about {task.passages[number - 1].title}" for number in part.sources[:1]]
        heading = next((one for one in (part.heading, part.question, *titles) if is_sound(one)), instead)
        parts = tuple(one for one in part.parts if is_sound(one.heading))
        return Part(heading, part.question, part.sources, parts)

    sections = tuple(mended(part, f"Part {at}") for at, part in enumerate(plan.sections, start=1))
    return Plan(plan.title if is_sound(plan.title) else task.topic, sections)


async def _section(desk: Desk, id_: str, part: Part, evidence: Sequence[Evidence]) -> dict[str, Any]:
    """A planned section with its evidence. One that names none gets what fits it best."""
    numbers = list(dict.fromkeys([*part.sources, *(number for one in part.parts for number in one.sources)]))
    if not numbers:
        fits = await asyncio.to_thread(
            desk.relevance.of, f"{part.heading}. {part.question}", [one.passage for one in evidence]
        )
        numbers = [at + 1 for at in sorted(range(len(evidence)), key=lambda at: (-fits[at], at))[:8]]
    numbers = numbers[:_OF_A_SECTION]
    return {
        "id": id_,
        "heading": part.heading,
        "question": part.question,
        "evidence": [evidence[number - 1].id for number in numbers],
        "parts": [
            {"heading": one.heading, "evidence": [evidence[n - 1].id for n in one.sources if n in numbers]}
            for one in part.parts
        ],
    }


def edited(outline: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """An outline as a person wants it: `title`, and `sections` in their order, each with a `heading`, and either the
    `id` of one that is there or a `question` to be looked for. Raises InvalidRequest that names what is wrong.
    """
    wanted = changes.get("sections", outline["sections"])
    if not isinstance(wanted, list) or not 1 <= len(wanted) <= _MOST_SECTIONS:
        raise InvalidRequest(f"an outline has 1 to {_MOST_SECTIONS} sections", param="outline.sections")
    known = {one["id"]: one for one in outline["sections"]}
    sections: list[dict[str, Any]] = []
    for at, one in enumerate(wanted, start=1):
        where = f"outline.sections[{at - 1}]"
        heading = one.get("heading") if isinstance(one, Mapping) else None
        if not isinstance(heading, str) or not heading.strip():
            raise InvalidRequest("each section has a heading", param=f"{where}.heading")
        base = known.get(one.get("id")) if isinstance(one.get("id"), str) else None
        if one.get("id") and base is None:
            raise InvalidRequest(f"there is no section '{str(one['id'])[:20]}' to keep", param=f"{where}.id")
        question = one.get("question") or (base["question"] if base else heading)
        if not isinstance(question, str):
            raise InvalidRequest("a question is a text", param=f"{where}.question")
        kept = base if base and question == base["question"] else {"evidence": [], "parts": []}
        sections.append(
            {
                "id": f"s{at}",
                "heading": " ".join(heading.split())[:120],
                "question": " ".join(question.split())[:400],
                "evidence": list(kept["evidence"]),
                "parts": list(kept["parts"]),
            }
        )
    title = changes.get("title") or outline["title"]
    if not isinstance(title, str):
        raise InvalidRequest("a title is a text", param="outline.title")
    return {"title": " ".join(title.split())[:200], "sections": sections}
