"""The Researcher: finds questions, looks in the sources, compiles what was found."""

import asyncio
from collections.abc import Sequence
from typing import Any

from answerable.agents.desk import Desk
from answerable.agents.evidence import ANSWERED, Evidence, choose, mean_of_best
from answerable.agents.roles import words_of
from answerable.agents.state import State
from answerable.core.plurals import counted
from answerable.core.research_tasks import PlanQuestions

NAME = "researcher"
_LOOK, _LOOK_FOR_TOPIC = 16, 24
_AT_HOME = "collections"
_CENTRAL, _MOST_READ = 0.7, 3
"""Of the document that fits the topic best: from here on a document is read on, at most so many of them."""
_LEAST_FIT = 0.3
"""What fits neither its question nor the topic so well is left out: a search engine always returns something."""


async def plan(desk: Desk, state: State) -> State:
    """The questions of the run: the topic itself first."""
    desk = desk.as_(NAME)
    topic = state["topic"]
    first = await desk.find(topic, _LOOK_FOR_TOPIC)
    count = desk.settings.questions
    if count > 1 and first:
        # passages about something else would lead to questions about something else
        seen = first[:_LOOK] if await _answers(desk, topic, first) else []
        task = PlanQuestions(topic, count - 1, tuple(one.passage for one in seen), words_of(NAME))
        asked = await desk.ask(task, task.parse)
    else:
        asked = ()
    questions = list(dict.fromkeys([topic, *asked]))[:count]
    await desk.note("planned", counted(len(questions), "question"), questions=questions)
    return {"questions": questions}


async def search(desk: Desk, state: State, key: str) -> State:
    """What the sources have on one question."""
    desk = desk.as_(NAME)
    found = await desk.find(state["questions"][int(key)], _LOOK if int(key) else _LOOK_FOR_TOPIC)
    return {"found": {key: [one.id for one in found]}}


async def compile_notes(desk: Desk, state: State) -> State:
    """The evidence of the run: the best of each question, without what is said twice; and what was not found. Where
    nothing is about the topic, what stands near it is no evidence.
    """
    desk = desk.as_(NAME)
    topic, questions = state["topic"], state["questions"]
    found = [await desk.evidence(state.get("found", {}).get(str(at), [])) for at in range(len(questions))]
    lists: list[list[Evidence]] = []
    gaps = [
        question
        for question, some in zip(questions, found, strict=True)
        if question != topic and not await _answers(desk, question, some, _LEAST_FIT)
    ]
    if await _answers(desk, topic, [one for some in found for one in some]):
        lists = [await _fitting(desk, topic, question, some) for question, some in zip(questions, found, strict=True)]
        lists.insert(0, await _read_on(desk, topic, lists))
    else:
        gaps = [topic, *(one for one in questions if one != topic)]
    kept = await _about(desk, questions, await desk.by_heading(choose(lists, desk.settings.passages)))
    left = len({one.id for some in (*found, *lists) for one in some}) - len(kept)
    await desk.note(
        "compiled",
        f"{counted(len(kept), 'passage')} of {counted(len({one.document for one in kept}), 'source')}",
        evidence=[one.id for one in kept],
        left=left,
        gaps=gaps,
    )
    return {"evidence": [one.id for one in kept], "gaps": gaps}


async def _fitting(desk: Desk, topic: str, question: str, found: list[Evidence]) -> list[Evidence]:
    own, about = await _fits(desk, question, found), await _fits(desk, topic, found)
    return [one for one, *fits in zip(found, own, about, strict=True) if max(fits) >= _LEAST_FIT]


async def _about(desk: Desk, questions: Sequence[str], found: list[Evidence]) -> list[Evidence]:
    """Without what stands under another heading than what was found, and is about nothing that was asked."""
    fits = [await _fits(desk, question, found) for question in questions]
    return [one for one, *fit in zip(found, *fits, strict=True) if max(fit) >= _LEAST_FIT]


async def _read_on(desk: Desk, topic: str, lists: Sequence[Sequence[Evidence]]) -> list[Evidence]:
    """More of the documents that the topic is about: a question finds what it names, and results stand elsewhere. Asked
    at home only: services of others are not asked so often.
    """
    here = [one for found in lists for one in found if one.kind == _AT_HOME]
    unique = list({one.id: one for one in here}.values())
    fits = await _fits(desk, topic, unique)
    documents: dict[str, list[float]] = {}
    titles: dict[str, str] = {}
    for one, fit in zip(unique, fits, strict=True):
        documents.setdefault(one.document, []).append(fit)
        titles.setdefault(one.document, one.passage.title)
    about = {key: mean_of_best(found) for key, found in documents.items() if titles[key]}
    best = max(about.values(), default=0.0)
    central = [key for key in sorted(about, key=lambda key: (-about[key], key)) if about[key] >= _CENTRAL * best]
    looks = (desk.find(titles[key], _LOOK, (_AT_HOME,)) for key in central[:_MOST_READ])
    found = await asyncio.gather(*looks)
    return [one for key, more in zip(central, found, strict=False) for one in more if one.document == key]


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


async def _answers(desk: Desk, question: str, found: list[Evidence], least: float = ANSWERED) -> bool:
    return await asyncio.to_thread(desk.relevance.answers, question, [one.passage for one in found], least)
