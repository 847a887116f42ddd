"""The Critic: measures the report, has it judged, and binds each issue to a section and a sentence."""

import asyncio
from typing import Any, Literal

from answerable.agents import drafts, rubric
from answerable.agents.desk import Desk
from answerable.agents.roles import words_of
from answerable.agents.state import LEAST_GAIN, PASS_MARK, Settings, State
from answerable.core.plurals import counted
from answerable.core.research_tasks import Critique, Review

NAME = "critic"
Verdict = Literal["publish", "revise"]


async def critique(desk: Desk, state: State) -> State:
    """The judgement of the newest version."""
    desk = desk.as_(NAME)
    outline: dict[str, Any] = await desk.get(state["outline"])
    written = await drafts.load(desk, state.get("sections", {}), drafts.order_of(outline))
    evidence = {one.id: one for one in await desk.evidence(state["evidence"])}
    answered = await asyncio.to_thread(rubric.answers, state["questions"], written, desk.relevance)
    measured = rubric.measure(written, evidence, answered)
    told = tuple(one.for_task() for one in written if one.sentences)
    if told:
        task = Critique(state["topic"], tuple(state["questions"]), told, tuple(measured.items()), words_of(NAME))
        review = await desk.ask(task, task.parse)
    else:
        review = Review(1.0)
    issues = [
        {"section": one.section, "sentence": one.sentence, "problem": one.problem, "suggestion": one.suggestion}
        for one in review.issues
    ]
    found = {"score": review.score, "measured": measured, "issues": issues}
    iteration = state.get("iteration", 0)
    await desk.note(
        "judged",
        f"{review.score:.1f} of 10, {counted(len(issues), 'issue')}",
        score=review.score,
        measured=measured,
        issues=issues,
        iteration=iteration,
    )
    id_ = await desk.put("critique", found)
    version = {"score": review.score, "sections": dict(state.get("sections", {})), "critique": id_}
    return {"critique": id_, "tried": [version]}


def verdict(state: State, settings: Settings, issues: int) -> tuple[Verdict, str]:
    """Publish or revise, and why: at the pass mark, at the most revisions, when nothing is to be mended, when the last
    revision gained too little, or when the budget is spent, the best version so far is published.
    """
    scores = [one["score"] for one in state.get("tried", [])]
    if state.get("spent"):
        return "publish", f"the budget of {state['spent']} is spent"
    if not scores or not issues:
        return "publish", "nothing is to be mended"
    if scores[-1] >= PASS_MARK:
        return "publish", f"{scores[-1]:.1f} reaches {PASS_MARK:.0f}"
    if state.get("iteration", 0) >= settings.max_revisions:
        return "publish", f"{settings.max_revisions} revisions were made"
    if len(scores) > 1 and scores[-1] - max(scores[:-1]) < LEAST_GAIN:
        return "publish", f"the last revision gained {scores[-1] - max(scores[:-1]):+.1f}"
    return "revise", f"{scores[-1]:.1f} is below {PASS_MARK:.0f}"
