"""The Writer: writes each section from its own evidence, every sentence through the gate."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from answerable.agents import drafts
from answerable.agents.desk import Desk
from answerable.agents.drafts import CONCLUSION, INTRODUCTION, Draft
from answerable.agents.evidence import Evidence
from answerable.agents.gate import Frame, Gate, Passed
from answerable.agents.roles import words_of
from answerable.agents.state import State
from answerable.core.research_tasks import Part, SectionKind, WriteSection

NAME = "writer"
_FRAME: tuple[tuple[str, str, SectionKind], ...] = (
    (INTRODUCTION, "Introduction", "introduction"),
    (CONCLUSION, "Conclusion", "conclusion"),
)
_FOR_THE_FRAME = 24
_OF_THE_FRAME: Mapping[SectionKind, int] = {"introduction": 5, "conclusion": 7}
_OF_A_REPORT, _SHORTEST, _LONGEST = 50, 6, 20
"""Sentences of all main sections together, and of one."""
_TOO_LITTLE = "The sources that were asked say too little about this."
_NOTHING_PASSED = "Nothing that was written about this could be verified in the sources."


async def write(desk: Desk, state: State, key: str) -> State:
    """One main section."""
    desk = desk.as_(NAME)
    outline: dict[str, Any] = await desk.get(state["outline"])
    planned = next(one for one in outline["sections"] if one["id"] == key)
    evidence = await desk.evidence(planned["evidence"])
    draft = Draft(
        key, planned["heading"], planned["question"], tuple(planned["evidence"]), parts=tuple(planned["parts"])
    )
    if not evidence:
        made = drafts.absent(draft, _TOO_LITTLE)
    else:
        others = tuple(one["heading"] for one in outline["sections"] if one["id"] != key)
        task = WriteSection(
            state["topic"],
            draft.heading,
            draft.question,
            tuple(one.passage for one in evidence),
            parts=parts_of(draft),
            others=others,
            max_sentences=room(key, outline["sections"]),
            role=words_of(NAME),
        )
        made = await through_the_gate(desk, draft, await desk.ask(task, task.parse), evidence)
    await _tell(desk, made)
    return {"sections": {key: await desk.put("draft", made.to_json())}}


def room(key: str, planned: Sequence[Mapping[str, Any]]) -> int:
    """Sentences that a section may have: what has more evidence is told at more length."""
    sizes = {one["id"]: len(one["evidence"]) for one in planned}
    share = sizes[key] / max(1, sum(sizes.values()))
    return min(_LONGEST, max(_SHORTEST, round(_OF_A_REPORT * share)))


async def frame(desk: Desk, state: State) -> State:
    """The introduction and the conclusion, when the sections between them are known."""
    desk = desk.as_(NAME)
    outline: dict[str, Any] = await desk.get(state["outline"])
    written = await drafts.load(desk, state.get("sections", {}), drafts.order_of(outline))
    body = [one for one in written if one.id not in (INTRODUCTION, CONCLUSION)]
    said = [sentence.text for one in body for sentence in one.sentences]
    if not said:
        return {}
    used = dict.fromkeys(id_ for one in outline["sections"] for id_ in one["evidence"])  # what else was found is beside
    evidence = await desk.evidence(list(used) or state["evidence"])
    fits = await asyncio.to_thread(desk.relevance.of, state["topic"], [one.passage for one in evidence])
    best = [evidence[at] for at in sorted(range(len(evidence)), key=lambda at: (-fits[at], at))[:_FOR_THE_FRAME]]
    found: dict[str, str] = {}
    for id_, heading, kind in _FRAME:
        draft = Draft(id_, heading, state["topic"], tuple(one.id for one in best))
        task = WriteSection(
            state["topic"],
            heading,
            state["topic"],
            tuple(one.passage for one in best),
            kind=kind,
            others=tuple(one.heading for one in body),
            said=tuple(said),
            max_sentences=_OF_THE_FRAME[kind],
            role=words_of(NAME),
        )
        text = await desk.ask(task, lambda text: text.strip())
        made = await through_the_gate(desk, draft, text, best, Frame(task.others))
        said += [sentence.text for sentence in made.sentences]
        await _tell(desk, made)
        found[id_] = await desk.put("draft", made.to_json())
    return {"sections": found}


def parts_of(draft: Draft) -> tuple[Part, ...]:
    """The subsections of a draft, their sources as numbers in its evidence."""
    number = {id_: at for at, id_ in enumerate(draft.evidence, start=1)}
    return tuple(
        Part(one["heading"], one["heading"], tuple(number[id_] for id_ in one["evidence"] if id_ in number))
        for one in draft.parts
    )


async def through_the_gate(
    desk: Desk, draft: Draft, text: str, evidence: Sequence[Evidence], frame: Frame | None = None
) -> Draft:
    """The draft with what of a text passes the gate."""

    def read() -> Passed:
        return Gate(desk.services.check, evidence, frame).read(draft.id, draft.heading, text)

    passed = await asyncio.to_thread(read)
    cut = tuple((one.text, one.reason) for one in passed.cut)
    kept = Draft(draft.id, draft.heading, draft.question, draft.evidence, passed.sections, cut, parts=draft.parts)
    if not any(one.spans for one in kept.sentences):
        return drafts.absent(kept, _NOTHING_PASSED)
    return kept


async def _tell(desk: Desk, draft: Draft) -> None:
    await desk.note(
        "wrote",
        draft.heading,
        section=draft.id,
        sentences=len(draft.sentences),
        evidence=list(dict.fromkeys(span.evidence for one in draft.sentences for span in one.spans)),
        cut=[{"text": text, "reason": reason} for text, reason in draft.cut],
        missing=draft.missing,
    )
