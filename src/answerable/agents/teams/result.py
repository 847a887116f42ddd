"""The result of a team as a report, so that every view and export shows it: what was verified carries its sources, what
is free is marked as its author's, code stands as a listing, and what a reader must know is in the notes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from answerable.agents.assembly import NO_MODEL, UNANSWERED, good_spans, kept_of, numbered, spans_of, troubles_of
from answerable.agents.desk import Desk
from answerable.agents.drafts import Draft, sentences_of
from answerable.agents.rubric import MEASURES
from answerable.agents.services import Escalation
from answerable.agents.teams.seat import Piece, drafts_of
from answerable.agents.teams.state import TeamState
from answerable.agents.teams.team import Team
from answerable.core.report import Bullets, Gap, Listing, Report, Score, Section, Sentence
from answerable.core.report_json import report_to_json

NAME = "publisher"
_NOT_MADE = "Nothing was made here: {why}"


async def hand_over(desk: Desk, state: TeamState) -> TeamState:
    """A person gets what the team leaves to them, with what it would have said. A replay bothers nobody."""
    reason = state["handed"]
    draft = "\n\n".join(str(one["text"]) for one in await _result(desk, state))
    if not desk.recorded:
        await desk.services.escalate(Escalation(desk.run, reason, state["topic"], draft))
    await desk.note("escalated", reason)
    return {}


async def publish(desk: Desk, team: Team, name: str, state: TeamState) -> TeamState:
    """The report of the best version, every citation held to what is stored once more."""
    best = best_of(state)
    verdict: Piece | None = await desk.get(best["verdict"]) if best else None
    pieces = await _result(desk, state)
    written = [draft for piece in pieces for draft in drafts_of(piece)]
    evidence = {one.id: one for one in await desk.evidence(list(dict.fromkeys(i for d in written for i in d.evidence)))}
    spans = [span for draft in written for span in spans_of(draft.sections)]
    good = await good_spans(desk, spans, evidence)
    sections = _renumbered(_sections(state, team, written, good))
    if verdict is not None and verdict["issues"] and (team.needs_model or verdict["score"] < (team.pass_score or 0)):
        sections.append(_open_issues(len(sections) + 1, verdict))
    title = next((str(one["title"]) for one in pieces if one.get("title")), "") or state["topic"]
    report = Report(
        title=title if len(title) <= 160 else f"{title[:159]}…",
        topic=state["topic"],
        summary=(),
        sections=tuple(sections),
        references=(),
        gaps=await _gaps(desk, state),
        notes=tuple(await _notes(desk, team, state, sections, written)),
        score=_score(verdict),
        date=desk.day,
        written_by=desk.model,
        extra={"team": name},
    )
    report = numbered(report, evidence)
    withdrawn = len({(one.evidence, one.start, one.end) for one in spans}) - len(good)
    await desk.note(
        "published",
        report.title,
        score=best["score"] if best else None,
        references=len(report.references),
        conflicts=0,
        gaps=len(report.gaps),
        withdrawn=withdrawn,
        notes=list(report.notes),
    )
    return {"report": await desk.put("report", report_to_json(report))}


def best_of(state: TeamState) -> Mapping[str, Any] | None:
    """The version with the best score, the first of equals; a person's wish leaves only those after it."""
    return max(state.get("tried", [])[state.get("since", 0) :], key=lambda one: one["score"], default=None)


async def _result(desk: Desk, state: TeamState) -> list[Piece]:
    """The text that stands; where nobody made one of what workers made, theirs."""
    best = best_of(state)
    if best or state.get("piece"):
        return [await desk.get(best["piece"] if best else state["piece"])]
    made = await desk.get_all(list(state.get("made", {}).values()))
    return [one for one in made if one["kind"] == "text"]


def _sections(state: TeamState, team: Team, written: Sequence[Draft], good: frozenset[Any]) -> list[Section]:
    if why := state.get("handed"):
        return [Section("s1", "Handed to a person", 1, (), f"A person takes over ({why}).")]
    found: list[Section] = []
    for draft in written:
        kept = [kept_of(one, good, own=True) for one in draft.sections]
        whole = [one for one in kept if one.blocks or (one.level == 1 and len(kept) > 1)]
        if any(one.blocks for one in whole):
            found += whole
        else:
            found.append(Section(draft.id, draft.heading, 1, (), draft.missing or "Nothing of it could be verified."))
    if not found:
        why = state.get("failed") or f"the budget of {state.get('spent') or 'the run'} was spent before"
        found.append(Section("s1", team.title, 1, (), _NOT_MADE.format(why=why)))
    return found


def _renumbered(sections: Sequence[Section]) -> list[Section]:
    """The same with ids in their order: `s1`, `s1.1`, `s2`."""
    found: list[Section] = []
    main = below = 0
    for one in sections:
        main, below = (main + 1, 0) if one.level == 1 else (main, below + 1)
        found.append(replace(one, id=f"s{main}" if one.level == 1 else f"s{main}.{below}"))
    return found


def _open_issues(number: int, verdict: Piece) -> Section:
    said = [f"{one['problem'].rstrip('.')}. {one['suggestion']}".strip() for one in verdict["issues"]]
    items = tuple(Sentence(one, (), "synthesis") for one in said)
    return Section(f"s{number}", f"What the {verdict['by']} would still change", 1, (Bullets(items),))


def _score(verdict: Piece | None) -> Score | None:
    if verdict is None or not set(MEASURES) <= set(verdict["measured"]):
        return None
    return Score(overall=verdict["score"], **verdict["measured"])


async def _gaps(desk: Desk, state: TeamState) -> tuple[Gap, ...]:
    made = await desk.get_all(list(state.get("made", {}).values()))
    questions = dict.fromkeys(question for one in made if one["kind"] == "found" for question in one["gaps"])
    return tuple(Gap(question, (question,), UNANSWERED) for question in questions)


async def _notes(
    desk: Desk, team: Team, state: TeamState, sections: Sequence[Section], written: Sequence[Draft]
) -> list[str]:
    """What a reader must know of how it was made."""
    notes: list[str] = []
    sentences = [one for section in sections for one in sentences_of(section)]
    own = sum(not one.spans for one in sentences)
    if desk.only_engine and sentences:
        notes.append(NO_MODEL)
    elif own and not state.get("handed"):
        notes.append(f"{own} of {len(sentences)} sentences are the author's own: no source was found that says them.")
    if any(isinstance(block, Listing) and not block.spans for section in sections for block in section.blocks):
        notes.append(f"The code was written by {desk.model} and never run: read it before you use it.")
    if best := best_of(state):
        notes.append(_judged(team, state, best["score"]))
    if limit := state.get("spent"):
        notes.append(f"The budget of {limit} was spent: what stands was published.")
    if why := state.get("failed"):
        notes.append(f"A later step could not be done, so what stood before it was published: {why}")
    return [*notes, *await troubles_of(desk, written)]


def _judged(team: Team, state: TeamState, score: float) -> str:
    if team.pass_score is None:
        return f"Judged {score:.1f} of 10."
    rounds = state.get("rounds", 0)
    told = f"Judged {score:.1f} of 10 after {rounds} further round{'' if rounds == 1 else 's'}"
    if score >= team.pass_score:
        return f"{told}."
    return f"{told}, below the {team.pass_score:g} that the team aims at."
