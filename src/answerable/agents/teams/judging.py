"""What roles judge: a version of the text, or the request itself. The score decides, and no words of a model."""

import asyncio

from answerable.agents import rubric
from answerable.agents.teams.seat import Piece, Seat, drafts_of
from answerable.agents.teams.state import TeamState
from answerable.core.plurals import counted
from answerable.core.report import Sentence
from answerable.core.research_tasks import Assess, Critique, Review
from answerable.core.sentences import split

_MEASURED = ("support", "coverage", "repetition")
"""Of the rubric of a report what holds for any text."""
_ANSWERS = 0.6
"""A sentence that fits its question so well answers it whole."""


async def critique(seat: Seat) -> TeamState:
    """The judgement of a verified text, its issues bound to sections and sentences."""
    piece = await seat.desk.get(seat.state["piece"])
    written = drafts_of(piece)
    ids = dict.fromkeys(id_ for draft in written for id_ in draft.evidence)
    evidence = {one.id: one for one in await seat.desk.evidence(list(ids))}
    questions = tuple(await seat.questions())
    answered = await asyncio.to_thread(rubric.answers, questions, written, seat.desk.relevance)
    measured = rubric.measure(written, evidence, answered)
    told = tuple(one.for_task() for one in written if one.sentences)
    review = Review(1.0)
    if told:
        some = tuple((name, measured[name]) for name in _MEASURED)
        task = Critique(seat.state["topic"], questions, told, some, seat.role.words)
        review = await seat.desk.ask(task, task.parse)
    return await _judged(seat, review, measured)


async def assess(seat: Seat) -> TeamState:
    """The judgement of any text, of code, or of the request before anything is made."""
    request = await seat.request()
    lines: list[str] = []
    measured: dict[str, float] = {}
    if seat.state.get("piece"):
        piece = await seat.desk.get(seat.state["piece"])
        lines = _lines(piece, seat.role.form)
        if seat.role.form == "text":
            measured = await asyncio.to_thread(_of_text, request, piece, seat)
    task = Assess(request, tuple(lines), seat.role.form, tuple(measured.items()), seat.role.words)
    return await _judged(seat, await seat.desk.ask(task, task.parse), measured)


def _lines(piece: Piece, form: str) -> list[str]:
    """What issues can name: lines of code, sentences of a text."""
    text = str(piece["text"])
    if form == "code":
        return text.split("\n")
    return [" ".join(text[start:end].split()) for start, end in split(text)]


def _of_text(request: str, piece: Piece, seat: Seat) -> dict[str, float]:
    """Support: the share of sentences that a source says, where there are sources; coverage: how well the best one
    answers; repetition as in the rubric.
    """
    sentences: list[Sentence] = [one for draft in drafts_of(piece) for one in draft.sentences]
    if not sentences:
        return {"support": 0.0, "coverage": 0.0}
    best = max(seat.desk.relevance.of_texts(request, [one.text for one in sentences]))
    found = {
        "coverage": round(min(1.0, best / _ANSWERS), 3),
        "repetition": round(1 - len(rubric.repeated(sentences)) / len(sentences), 3),
    }
    if any(draft.evidence for draft in drafts_of(piece)):
        found["support"] = round(sum(bool(one.spans) for one in sentences) / len(sentences), 3)
    return found


async def _judged(seat: Seat, review: Review, measured: dict[str, float]) -> TeamState:
    issues = [
        {"section": one.section, "sentence": one.sentence, "problem": one.problem, "suggestion": one.suggestion}
        for one in review.issues
    ]
    found = {"kind": "verdict", "by": seat.role.name, "score": review.score, "measured": measured, "issues": issues}
    id_ = await seat.desk.put("piece", found)
    told = f"{review.score:.1f} of 10, {counted(len(issues), 'issue')}"
    await seat.desk.note("judged", told, score=review.score, measured=measured, issues=issues)
    changes = TeamState(made={seat.slot: id_})
    if piece := seat.state.get("piece"):
        changes |= {"verdict": id_, "tried": [{"score": review.score, "piece": piece, "verdict": id_}]}
    hand_over = seat.role.hand_over
    if hand_over and hand_over.below is not None and review.score < hand_over.below:
        first = f": {issues[0]['problem']}" if issues else ""
        changes["handed"] = f"{seat.role.name}: {review.score:.1f} of 10 is below {hand_over.below:g}{first}"
    return changes
