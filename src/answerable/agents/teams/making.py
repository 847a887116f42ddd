"""What roles make: plans, evidence, verified texts, free texts, code, mended versions. Nothing that is made is run."""

import asyncio
import itertools
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from answerable.agents import drafts, rubric
from answerable.agents.drafts import Draft
from answerable.agents.evidence import Evidence, choose
from answerable.agents.gate import Gate, Passed
from answerable.agents.roles.writer import parts_of, through_the_gate
from answerable.agents.teams.seat import LEAST_FIT, LOOK, Seat, as_text, drafts_of
from answerable.agents.teams.state import TeamState
from answerable.core.plurals import counted
from answerable.core.report import Block, Bullets, Paragraph, Section, Sentence
from answerable.core.research_tasks import Compose, Issue, PlanQuestions, Revise, WriteSection
from answerable.core.tasks import AgentTask, Answer

ANSWERED: Final = 0.38
"""As the Researcher's: a question whose best evidence fits it less is not answered by it."""
_FOR_A_SECTION, _FOR_AN_ANSWER, _FOR_A_TEXT = 12, 8, 14
_OF_ONE, _OF_SEVERAL, _CONCLUDING, _ANSWERING = 14, 8, 5, 6
_UNANSWERED = "The sources that were asked do not answer this."
_TOO_LITTLE = "The sources that were asked say too little about this."
_TITLE = re.compile(r"\A#\s+(?P<title>[^\n]+?)\s*#*\s*(?:\n|\Z)")
_FENCE = re.compile(r"^\s*(```|~~~)", re.MULTILINE)


async def plan(seat: Seat) -> TeamState:
    """The questions that what is asked for must answer. What is planned for workers, each of them takes in turn."""
    request = await seat.request()
    first = await seat.desk.find(request, LOOK)
    asked: tuple[str, ...] = ()
    if first or not seat.desk.only_engine:
        task = PlanQuestions(request, seat.role.questions, tuple(one.passage for one in first), seat.role.words)
        asked = await seat.desk.ask(task, task.parse)
    questions = list(asked) or [request]
    await seat.desk.note("planned", counted(len(questions), "question"), questions=questions)
    id_ = await seat.desk.put("piece", {"kind": "plan", "by": seat.role.name, "questions": questions})
    return {"made": {seat.slot: id_}}


async def gather(seat: Seat) -> TeamState:
    """What the sources have on each question, without what is said twice; and what they do not have."""
    questions = list(dict.fromkeys([await seat.request(), *await seat.questions()]))
    lists: list[list[Evidence]] = []
    gaps: list[str] = []
    for question in questions:
        found = await seat.desk.find(question, LOOK)
        fits = await seat.fits(question, found)
        lists.append([one for one, fit in zip(found, fits, strict=True) if fit >= LEAST_FIT])
        if max(fits, default=0.0) < ANSWERED:
            gaps.append(question)
    kept = {one.id: one for one in choose(lists, seat.desk.settings.passages)}
    by_question = {f"{seat.slot}.{at}": [one.id for one in found if one.id in kept] for at, found in enumerate(lists)}
    documents = len({one.document for one in kept.values()})
    await seat.desk.note(
        "compiled",
        f"{counted(len(kept), 'passage')} of {counted(documents, 'source')}",
        evidence=list(kept),
        left=0,
        gaps=gaps,
    )
    id_ = await seat.desk.put("piece", {"kind": "found", "by": seat.role.name, "gaps": gaps})
    return {"made": {seat.slot: id_}, "found": by_question}


async def write(seat: Seat) -> TeamState:
    """A section for each question of the plan, every sentence verified; a combiner concludes what workers wrote."""
    if seat.combines:
        return await _conclude(seat)
    request = await seat.request()
    questions = [request] if seat.key or seat.role.focus else await seat.questions()
    headings = [seat.role.focus] if seat.role.focus and not seat.key else questions
    made: list[Draft] = []
    for at, (heading, question) in enumerate(zip(headings, questions, strict=True), start=1):
        said = tuple(one.text for draft in made for one in draft.sentences)
        task = WriteSection(
            request,
            heading,
            question,
            (),
            others=tuple(one for one in headings if one != heading),
            said=said,
            max_sentences=_OF_ONE if len(questions) == 1 else _OF_SEVERAL,
            role=seat.role.words,
        )
        made.append(await _section(seat, Draft(f"s{at}", heading, question, ()), task))
    changes = await seat.keep_text(made, as_text(made))
    return _handed(seat, changes) if all(one.missing for one in made) else changes


async def _conclude(seat: Seat) -> TeamState:
    """What workers wrote, each sentence once, and what follows from it."""
    before = [draft for piece in await seat.pieces("text") for draft in drafts_of(piece)]
    kept = _each_once([replace(one, id=f"s{at}") for at, one in enumerate(before, start=1)])
    said = tuple(one.text for draft in kept for one in draft.sentences)
    request = await seat.request()
    task = WriteSection(
        request,
        "Conclusion",
        request,
        (),
        kind="conclusion",
        others=tuple(one.heading for one in kept),
        said=said,
        max_sentences=_CONCLUDING,
        role=seat.role.words,
    )
    last = await _section(seat, Draft(drafts.CONCLUSION, "Conclusion", request, ()), task)
    made = kept if last.missing and said else [*kept, last]
    return await seat.keep_text(made, as_text(made))


def _each_once(made: Sequence[Draft]) -> list[Draft]:
    """The drafts without sentences that one before them said."""
    again = set(rubric.repeated([one for draft in made for one in draft.sentences]))
    place = itertools.count()

    def new(sentences: Sequence[Sentence]) -> tuple[Sentence, ...]:
        return tuple(one for one in sentences if next(place) not in again)

    def block(one: Block) -> Block:
        match one:
            case Paragraph(sentences):
                return Paragraph(new(sentences))
            case Bullets(items, numbered):
                return Bullets(new(items), numbered)
        return one

    def section(one: Section) -> Section:
        blocks = [block(each) for each in one.blocks]
        return replace(one, blocks=tuple(each for each in blocks if each not in (Paragraph(()), Bullets(()))))

    return [replace(one, sections=tuple(map(section, one.sections))) for one in made]


async def _section(seat: Seat, draft: Draft, task: WriteSection) -> Draft:
    evidence = await seat.evidence(draft.question, _FOR_A_SECTION)
    draft = replace(draft, evidence=tuple(one.id for one in evidence))
    if not evidence:
        return drafts.absent(draft, _TOO_LITTLE)
    text = await _text(seat, replace(task, passages=tuple(one.passage for one in evidence)))
    return await through_the_gate(seat.desk, draft, text, evidence)


async def answer(seat: Seat) -> TeamState:
    """An answer from the documents, every sentence verified; or none, where they do not hold it."""
    question = await seat.request()
    evidence = await seat.evidence(question, _FOR_AN_ANSWER)
    draft = Draft("s1", "Answer", question, tuple(one.id for one in evidence))
    if max(await seat.fits(question, evidence), default=0.0) < ANSWERED:
        made = drafts.absent(draft, _UNANSWERED)
    else:
        task = Answer(
            question,
            tuple(one.passage for one in evidence),
            instructions=seat.role.words,
            max_sentences=_ANSWERING,
        )
        made = await through_the_gate(seat.desk, draft, await _text(seat, task), evidence)
    changes = await seat.keep_text([made], as_text([made]))
    return _handed(seat, changes) if made.missing else changes


async def compose(seat: Seat) -> TeamState:
    """A free text or code: what rests on evidence is cited, the rest marked as the author's own. Raises ModelNeeded."""
    request = await seat.request()
    evidence = await seat.gathered(request, _FOR_A_TEXT)
    judged = await seat.verdict()
    task = Compose(
        request,
        seat.role.form,
        await seat.inputs(),
        tuple(one.passage for one in evidence),
        before=judged[0]["text"] if judged else "",
        issues=judged[1] if judged else (),
        role=seat.role.words,
        tools=() if seat.desk.only_engine else seat.role.tools,
    )
    text = await seat.desk.ask(task, task.parse)
    found = _TITLE.match(text)
    title = found["title"].strip()[:200] if found else ""
    draft = Draft("s1", title or seat.state["topic"], request, tuple(one.id for one in evidence))
    made = await _own(seat, draft, text[found.end() :] if found else text, evidence)
    return await seat.keep_text([made], text, title, own=True)


async def revise(seat: Seat) -> TeamState:
    """The judged version, mended where its issues say so. A section in which nothing passes the gate stays."""
    judged = await seat.verdict()
    if judged is None:
        return {}
    piece, issues = judged
    made: list[Draft] = []
    all_ = drafts_of(piece)
    for draft in all_:
        mine = tuple(one for one in _bound(issues, [one.id for one in all_]) if one.section == draft.id)
        made.append(await _mended(seat, draft, mine, all_) if mine and not draft.missing else draft)
    return await seat.keep_text(made, as_text(made), piece["title"], own=piece["own"])


async def _mended(seat: Seat, draft: Draft, issues: tuple[Issue, ...], all_: Sequence[Draft]) -> Draft:
    evidence = await seat.desk.evidence(draft.evidence)
    said = tuple(one.text for other in all_ if other.id != draft.id for one in other.sentences)
    task = Revise(
        seat.state["topic"],
        draft.for_task(),
        issues,
        tuple(one.passage for one in evidence),
        parts_of(draft),
        said,
        role=seat.role.words,
    )
    after = await through_the_gate(seat.desk, draft, await _text(seat, task), evidence)
    return draft if after.missing else after


def _bound(issues: Sequence[Issue], ids: Sequence[str]) -> list[Issue]:
    """Issues with the section that they are of: one that names none is of the only one, or of each as a whole."""
    found: list[Issue] = []
    for one in issues:
        if one.section in ids:
            found.append(one)
        else:
            found += [replace(one, section=id_, sentence=one.sentence if len(ids) == 1 else 0) for id_ in ids]
    return found


async def _text(seat: Seat, task: AgentTask) -> str:
    """The text that a model or the engine wrote; "" where it wrote none."""
    try:
        return await seat.desk.ask(task, _not_empty)
    except ValueError:
        return ""


def _not_empty(text: str) -> str:
    if not text.strip():
        raise ValueError("the text is empty")
    return text.strip()


async def _own(seat: Seat, draft: Draft, text: str, evidence: Sequence[Evidence]) -> Draft:
    """A free text through the gate: what claims a source must have it. Code whose end is missing stays code."""
    closed = f"{text}\n```" if len(_FENCE.findall(text)) % 2 else text

    def read() -> Passed:
        return Gate(seat.desk.services.check, evidence, own=True).read(draft.id, draft.heading, closed)

    passed = await asyncio.to_thread(read)
    return replace(draft, sections=passed.sections, cut=tuple((one.text, one.reason) for one in passed.cut))


def _handed(seat: Seat, changes: TeamState) -> TeamState:
    hand_over = seat.role.hand_over
    if hand_over is None or not hand_over.unanswered:
        return changes
    return {**changes, "handed": f"{seat.role.name}: the sources do not answer it"}
