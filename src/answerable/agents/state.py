"""What a research run is asked for, and the state that its agents share. The state holds ids and short words: texts are
artifacts in the database, so that a checkpoint stays small.
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Final, Literal, TypedDict, cast, get_args, get_origin, get_type_hints

from answerable.core.errors import InvalidRequest

GRAPH_VERSION: Final = 1
"""Of the nodes and what they leave in the state: a run that another version began is not gone on with."""

Orchestrator = Literal["graph", "team"]
RESEARCH: Final = "research"
"""The team of `agents/graph.py`; others have files (`agents/teams/team.py`)."""

Gate = Literal["outline", "report"]
Choice = Literal["approve", "edit", "reject"]

PASS_MARK: Final = 8.0
"""A report with this score of 10 is published (SPEC R3)."""
LEAST_GAIN: Final = 0.2
"""A revision that gains less on the scale of 10 was not worth it: the best version so far is published."""
MOST_TEAM_REVISIONS: Final = 2
"""With more of them a round-robin chat could not end within its 12 rounds (see `team.py`)."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What a run may spend; always there. Seconds are those in which it works, not those in which it waits."""

    tokens: int = 500_000
    usd: Decimal = Decimal(2)
    seconds: float = 900.0

    def __post_init__(self) -> None:
        if not 1 <= self.tokens <= 100_000_000:
            raise InvalidRequest("budget_tokens is between 1 and 100,000,000", param="budget_tokens")
        if not 0 <= self.usd <= 10_000:
            raise InvalidRequest("budget_usd is between 0 and 10,000", param="budget_usd")
        if not 0 < self.seconds <= 86_400:
            raise InvalidRequest("budget_seconds is between 0 and 86,400", param="budget_seconds")


@dataclass(frozen=True, slots=True)
class Settings:
    """What is asked for beside the topic.

    `sources` are names of `agents/sources`; `collections` empty means the one that is asked by default. `addresses` are
    pages to read first. `model` empty means the default one. `approve` are the points at which a person decides.
    `team` is who does it.
    """

    sources: tuple[str, ...] = ("collections",)
    collections: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    model: str = ""
    budget: Budget = field(default_factory=Budget)
    approve: tuple[Gate, ...] = ()
    questions: int = 6
    passages: int = 60
    sections: int = 5
    max_revisions: int = 2
    orchestrator: Orchestrator = "graph"
    replay_of: str = ""
    team: str = RESEARCH

    def __post_init__(self) -> None:
        for name, least, most in (("questions", 1, 20), ("passages", 5, 200), ("sections", 1, 8)):
            if not least <= getattr(self, name) <= most:
                raise InvalidRequest(f"{name} is between {least} and {most}", param=name)
        if not 0 <= self.max_revisions <= 5:
            raise InvalidRequest("max_revisions is between 0 and 5", param="max_revisions")
        if self.orchestrator == "team" and self.max_revisions > MOST_TEAM_REVISIONS:
            told = f"a team talks for 12 rounds at most: max_revisions is between 0 and {MOST_TEAM_REVISIONS}"
            raise InvalidRequest(told, param="max_revisions")
        if not self.sources:
            raise InvalidRequest("name at least one source", param="sources")

    def to_json(self) -> dict[str, Any]:
        """As it is stored."""
        found = asdict(self)
        found["budget"]["usd"] = str(self.budget.usd)
        return found


def read_settings(data: Mapping[str, Any]) -> Settings:
    """What `to_json` wrote. Raises InvalidRequest for values that are out of range."""
    found = dict(data)
    budget = dict(found.pop("budget", {}))
    try:
        usd = Decimal(str(budget.pop("usd", "2")))
    except InvalidOperation as error:
        raise InvalidRequest("budget_usd is a number", param="budget_usd") from error
    found |= {name: tuple(found[name]) for name in ("sources", "collections", "addresses", "approve") if name in found}
    return Settings(budget=Budget(usd=usd, **budget), **found)


def by_key(old: dict[str, Any] | None, new: dict[str, Any]) -> dict[str, Any]:
    """A reducer of slots: a worker that runs again fills its own once more, whatever the order."""
    return {**(old or {}), **new}


class State(TypedDict, total=False):
    """One shared state. Ids are of artifacts, unless they are of sections (`s1`, `s1.2`, `intro`, `end`)."""

    topic: str
    questions: list[str]
    found: Annotated[dict[str, list[str]], by_key]
    """By question number: ids of the evidence that was found for it, best first."""
    evidence: list[str]
    """Ids of what was kept, in the order of their numbers."""
    gaps: list[str]
    outline: str
    outlines: int
    sections: Annotated[dict[str, str], by_key]
    """By section id: the artifact with its newest draft."""
    tried: Annotated[list[dict[str, Any]], operator.add]
    """Every version that was judged: score and sections."""
    critique: str
    mend: list[str]
    """The sections that are to be revised now; none: the report is published."""
    iteration: int
    since: int
    """Versions before this one were rejected by a person: the best is chosen among the later ones."""
    spent: Annotated[str, lambda old, new: old or new]
    """The limit that ended the run, if one did."""
    decided: int
    """How many decisions of persons were taken: each is taken once, whatever crashes between."""
    rejected: bool
    note: str
    report: str


def _reducers() -> dict[str, tuple[type, Callable[[Any, Any], Any]]]:
    hints = get_type_hints(State, include_extras=True)
    marked = {name: get_args(hint)[:2] for name, hint in hints.items() if get_origin(hint) is Annotated}
    return {name: (get_origin(kind) or kind, reduce) for name, (kind, reduce) in marked.items()}


_REDUCERS: Final = _reducers()


def merged(state: State, changes: State) -> State:
    """The state with what a step changed, as LangGraph does it: by the reducer of the key, else in its place."""
    found = dict(state)
    for name, value in changes.items():
        if name in _REDUCERS:
            kind, reduce = _REDUCERS[name]
            value = reduce(found.get(name, kind()), value)
        found[name] = value
    return cast("State", found)


def part_of(state: State, *names: str) -> State:
    """The state with these keys only, those that are there."""
    return cast("State", {name: value for name, value in state.items() if name in names})


class Work(TypedDict):
    """What a worker of a fan-out is given: its own key, and the part of the state that it reads."""

    key: str
    state: State
