"""The Researcher: finds questions, looks in the sources, compiles what was found."""

import asyncio
from typing import Any

from answerable.agents.desk import Desk
from answerable.agents.evidence import Evidence, choose
from answerable.agents.roles import words_of
from answerable.agents.state import State
from answerable.core.research_tasks import PlanQuestions

NAME = "researcher"
_LOOK = 16
_LEAST_FIT = 0.3
"""What fits neither its question nor the topic so well is left out: a search engine always returns something."""
_ANSWERED = 0.38
"""A question whose best evidence fits it less than this is a gap: the report says so."""


async def plan(desk: Desk, state: State) -> State:
    """The questions of the run: the topic itself first."""
    desk = desk.as_(NAME)
    topic = state["topic"]
    first = await desk.find(topic, _LOOK)
    count = desk.settings.questions
    if count > 1 and first:
        task = PlanQuestions(topic, count - 1, tuple(one.passage for one in first), words_of(NAME))
        asked = await desk.ask(task, task.parse)
    else:
        asked = ()
    questions = list(dict.fromkeys([topic, *asked]))[:count]
    await desk.note("planned", f"{len(questions)} questions", questions=questions)
    return {"questions": questions}


async def search(desk: Desk, state: State, key: str) -> State:
    """What the sources have on one question."""
    desk = desk.as_(NAME)
    found = await desk.find(state["questions"][int(key)], _LOOK)
    return {"found": {key: [one.id for one in found]}}


async def compile_notes(desk: Desk, state: State) -> State:
    """The evidence of the run: the best of each question, without what is said twice; and what was not found."""
    desk = desk.as_(NAME)
    topic, questions = state["topic"], state["questions"]
    lists: list[list[Evidence]] = []
    gaps: list[str] = []
    for at, question in enumerate(questions):
        found = await desk.evidence(state.get("found", {}).get(str(at), []))
        fits = await _fits(desk, question, found)
        about = await _fits(desk, topic, found)
        lists.append([one for one, own, all_ in zip(found, fits, about, strict=True) if max(own, all_) >= _LEAST_FIT])
        if max(fits, default=0.0) < _ANSWERED:
            gaps.append(question)
    kept = choose(lists, desk.settings.passages)
    left = len({one.id for found in lists for one in found}) - len(kept)
    await desk.note(
        "compiled",
        f"{len(kept)} passages of {len({one.document for one in kept})} sources",
        evidence=[one.id for one in kept],
        left=left,
        gaps=gaps,
    )
    return {"evidence": [one.id for one in kept], "gaps": gaps}


async def supply(desk: Desk, state: State) -> State:
    """Evidence for sections that a person added to the outline."""
    desk = desk.as_(NAME)
    outline: dict[str, Any] = await desk.get(state["outline"])
    added: list[str] = []
    for section in outline["sections"]:
        if section["evidence"]:
            continue
        question = section["question"]
        found = await desk.find(question, _LOOK)
        fits = await _fits(desk, question, found)
        section["evidence"] = [one.id for one, fit in zip(found, fits, strict=True) if fit >= _LEAST_FIT]
        added += section["evidence"]
    if not added:
        return {}
    known = state["evidence"]
    return {
        "outline": await desk.put("outline", outline),
        "evidence": [*known, *dict.fromkeys(one for one in added if one not in known)],
    }


async def _fits(desk: Desk, question: str, found: list[Evidence]) -> list[float]:
    return await asyncio.to_thread(desk.relevance.of, question, [one.passage for one in found])
