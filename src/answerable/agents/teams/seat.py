"""A turn of one role of a team: who it is, what it is asked, what it may read; and the pieces that roles leave."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from answerable.agents import drafts
from answerable.agents.desk import Desk
from answerable.agents.drafts import Draft
from answerable.agents.evidence import Evidence
from answerable.agents.teams.state import TeamState
from answerable.agents.teams.team import Role, Team
from answerable.core.research_tasks import Issue

Piece = Mapping[str, Any]

LOOK = 16
LEAST_FIT = 0.3
"""As the Researcher's: what fits its question less is left out; a search engine always returns something."""
_LONGEST_INPUT = 12_000


@dataclass(frozen=True, slots=True)
class Seat:
    """`key` is the number of the assignment, "" where the role has the whole request."""

    desk: Desk
    team: Team
    role: Role
    state: TeamState
    key: str = ""

    @property
    def slot(self) -> str:
        """Under which name its piece is kept."""
        return f"{self.role.name}.{self.key}" if self.key else self.role.name

    @property
    def combines(self) -> bool:
        """Whether it makes one thing of what workers made."""
        return self.role.name == self.team.combiner

    async def request(self) -> str:
        """What it is asked: its assignment, or the request with what it is to look at."""
        if self.key and self.team.manager:
            plan = await self.desk.get(self.state["made"][self.team.manager])
            return str(plan["questions"][int(self.key)])
        topic = self.state["topic"]
        return f"{topic} ({self.role.focus})" if self.role.focus else topic

    async def pieces(self, kind: str) -> list[Piece]:
        """What others made of one kind (`plan`, `found`, `text`), in the order in which they came to it."""
        ids = list(self.state.get("made", {}).values())
        return [one for one in await self.desk.get_all(ids) if one["kind"] == kind]

    async def questions(self) -> list[str]:
        """The questions that were planned last, else the request."""
        plans = await self.pieces("plan")
        return list(plans[-1]["questions"]) if plans else [self.state["topic"]]

    async def gathered(self, question: str, most: int) -> list[Evidence]:
        """Of what others found the best for a question."""
        ids = dict.fromkeys(id_ for found in self.state.get("found", {}).values() for id_ in found)
        return await self._best(question, await self.desk.evidence(list(ids)), most)

    async def evidence(self, question: str, most: int) -> list[Evidence]:
        """The same; where nobody looked, what the sources have."""
        if self.state.get("found"):
            return await self.gathered(question, most)
        return await self._best(question, await self.desk.find(question, LOOK), most)

    async def _best(self, question: str, found: Sequence[Evidence], most: int) -> list[Evidence]:
        fits = await self.fits(question, found)
        order = sorted(range(len(found)), key=lambda at: (-fits[at], at))
        return [found[at] for at in order if fits[at] >= LEAST_FIT][:most]

    async def fits(self, question: str, found: Sequence[Evidence]) -> list[float]:
        """How well each piece of evidence fits a question, in 0..1."""
        return await asyncio.to_thread(self.desk.relevance.of, question, [one.passage for one in found])

    async def inputs(self) -> tuple[tuple[str, str], ...]:
        """What others made, as a model reads it: plans and texts, without the version that is to be mended."""
        mended = self.state.get("piece") if self.state.get("verdict") else None
        made = {slot: id_ for slot, id_ in self.state.get("made", {}).items() if id_ != mended}
        pieces = zip(made, await self.desk.get_all(list(made.values())), strict=True)
        return tuple((slot.partition(".")[0], text[:_LONGEST_INPUT]) for slot, piece in pieces if (text := told(piece)))

    async def verdict(self) -> tuple[Piece, tuple[Issue, ...]] | None:
        """The version that was judged last with its issues; None where none was."""
        if not self.state.get("verdict") or not self.state.get("piece"):
            return None
        piece, verdict = await self.desk.get_all([self.state["piece"], self.state["verdict"]])
        return piece, tuple(Issue(**one) for one in verdict["issues"])

    async def keep_text(self, made: Sequence[Draft], text: str, title: str = "", *, own: bool = False) -> TeamState:
        """A text as a piece; that of a worker stands for itself, any other is the result so far."""
        body = {"kind": "text", "text": text, "drafts": [one.to_json() for one in made], "title": title, "own": own}
        id_ = await self.desk.put("piece", body | {"by": self.role.name, "form": self.role.form})
        for one in made:
            await self.desk.note(
                "wrote",
                one.heading,
                section=one.id,
                sentences=len(one.sentences),
                evidence=list(dict.fromkeys(span.evidence for one_ in one.sentences for span in one_.spans)),
                cut=[{"text": cut, "reason": reason} for cut, reason in one.cut],
                missing=one.missing,
            )
        made_here = TeamState(made={self.slot: id_})
        if self.role.name not in self.team.workers:
            made_here["piece"] = id_
        return made_here


def drafts_of(piece: Piece) -> list[Draft]:
    """The drafts of a text."""
    return [drafts.from_json(one) for one in piece.get("drafts", ())]


def told(piece: Piece) -> str:
    """A piece in words; "" for what is no word."""
    match piece["kind"]:
        case "plan":
            return "\n".join(f"{at}. {one}" for at, one in enumerate(piece["questions"], start=1))
        case "text":
            return str(piece["text"])
    return ""


def as_text(made: Sequence[Draft]) -> str:
    """Drafts with their headings and markers."""
    parts = [f"## {one.heading}\n\n" + "\n".join(one.for_task().sentences) for one in made if one.sentences]
    return "\n\n".join(parts)
