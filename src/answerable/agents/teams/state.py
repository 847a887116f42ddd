"""What the roles of a team share: ids and short words; what they made are artifacts."""

import operator
from typing import Annotated, Any, TypedDict

from answerable.agents.state import by_key


class TeamState(TypedDict, total=False):
    """One shared state. A piece is what a role made: a plan, an account of what was found, a text, a judgement."""

    topic: str
    made: Annotated[dict[str, str], by_key]
    """By role (`role.0` for the parts of a fan-out): its newest piece."""
    found: Annotated[dict[str, list[str]], by_key]
    """By role and question: ids of evidence, best first."""
    piece: str
    """The text that stands for the result now."""
    verdict: str
    tried: Annotated[list[dict[str, Any]], operator.add]
    """Every version that was judged: score, piece, verdict."""
    rounds: int
    since: int
    """Versions before this one were sent back by a person: the best is chosen among the later ones."""
    handed: Annotated[str, lambda old, new: old or new]
    """Why a person is to take over, if one is."""
    spent: Annotated[str, lambda old, new: old or new]
    """The limit that ended the run, if one did."""
    failed: Annotated[str, lambda old, new: old or new]
    """Why a later version could not be made, though an earlier one stands."""
    decided: int
    """How many decisions of persons were taken: each is taken once, whatever crashes between."""
    rejected: bool
    report: str


class TeamWork(TypedDict):
    """What a worker of a fan-out is given."""

    key: str
    state: TeamState
