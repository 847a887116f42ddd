"""A team as its file says it: roles with their tasks and tools, a pattern, bounds. What is wrong is said with what is
allowed; `config.load_teams` reads the files, `agents/teams/graph.py` makes a graph of one.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from answerable.agents import toolbox
from answerable.agents.state import Budget
from answerable.core import loading
from answerable.core.errors import InvalidRequest
from answerable.core.research_tasks import Form

VERSION: Final = 1
"""Of the graphs made of teams: a run that another version began is not gone on with."""

Pattern = Literal["sequence", "loop", "manager", "broadcast"]
TaskName = Literal["plan", "gather", "write", "answer", "compose", "critique", "assess", "revise"]
JUDGES: Final = ("critique", "assess")
MAKERS: Final = ("write", "answer", "compose", "revise")

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,30}")
_TAKEN = ("decide", "hand_over", "publish", "approve_result", "export", "person")
_MOST_ROLES, _MOST_ROUNDS, _MOST_QUESTIONS = 12, 10, 10
_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "sequence": ("steps",),
    "loop": ("steps", "again", "max_rounds", "pass_score"),
    "manager": ("manager", "workers", "combiner"),
    "broadcast": ("steps", "workers", "combiner"),
}
"""Keys of each pattern; all but the `steps` of a broadcast must be given."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a run of the team may spend, where its person names nothing else. Seconds are those in which it works."""

    tokens: int
    usd: Decimal
    seconds: float

    def __post_init__(self) -> None:
        try:
            self.as_budget()
        except InvalidRequest as error:
            raise ValueError(error.message.removeprefix("budget_")) from error

    def as_budget(self) -> Budget:
        """The same for a run."""
        return Budget(self.tokens, self.usd, self.seconds)


@dataclass(frozen=True, slots=True)
class HandOver:
    """When a role gives the work to a person: a score `below` this (1..10), a request that has one of these `words`, an
    answer that the sources do not hold.
    """

    below: float | None = None
    words: tuple[str, ...] = ()
    unanswered: bool = False

    def __post_init__(self) -> None:
        if self.below is not None and not 1 < self.below <= 10:
            raise ValueError("below is a score above 1, and 10 at most")
        if self.below is None and not self.words and not self.unanswered:
            raise ValueError("name at least one reason: below, words, or unanswered = true")
        if any(not one.strip() for one in self.words):
            raise ValueError("words are not empty")


@dataclass(frozen=True, slots=True)
class Role:
    """Who does what. `words` tell a language model who it is. `focus` is what of the request the role looks at, `form`
    what a `compose` makes and an `assess` judges, `questions` how many a `plan` has at most, `tools` what of this
    program's toolbox a language model may call while it composes.
    """

    name: str
    task: TaskName
    words: str
    focus: str = ""
    form: Form = "text"
    questions: int = 4
    tools: tuple[str, ...] = ()
    hand_over: HandOver | None = None

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or self.name in _TAKEN:
            raise ValueError(f"a name begins with a letter, has a-z 0-9 _ -, and is none of: {', '.join(_TAKEN)}")
        if not self.words.strip():
            raise ValueError("words say who the role is, and are not empty")
        if not 1 <= self.questions <= _MOST_QUESTIONS:
            raise ValueError(f"questions is between 1 and {_MOST_QUESTIONS}")
        if self.form == "code" and self.task not in ("compose", "assess"):
            raise ValueError("form = 'code' is for compose and assess")
        self._check_tools()
        self._check_hand_over()

    def _check_tools(self) -> None:
        known = loading.names(toolbox.PACKAGE)
        if unknown := [one for one in self.tools if one not in known]:
            raise ValueError(f"there is no tool '{unknown[0]}'; known: {', '.join(known)}")
        if self.tools and self.task != "compose":
            raise ValueError("tools are for compose: the other tasks read what they need themselves")

    def _check_hand_over(self) -> None:
        if self.hand_over is None:
            return
        if self.hand_over.below is not None and self.task not in JUDGES:
            raise ValueError(f"hand_over.below needs a score: it is for {' and '.join(JUDGES)}")
        if self.hand_over.unanswered and self.task not in ("answer", "write"):
            raise ValueError("hand_over.unanswered is for answer and write")


@dataclass(frozen=True, slots=True)
class Team:
    """A team. `steps` go one after the other. A loop goes through `again` until the score of its last one reaches
    `pass_score`, `max_rounds` times at most. A `manager` plans, the `workers` take what is planned in turn (in a
    broadcast: all the same), and the `combiner` makes one thing of what they made. `approve` are the points at which a
    person decides.
    """

    title: str
    purpose: str
    pattern: Pattern
    budget: Bounds
    roles: tuple[Role, ...]
    input: str = "What is to be done"
    steps: tuple[str, ...] = ()
    again: tuple[str, ...] = ()
    max_rounds: int | None = None
    pass_score: float | None = None
    manager: str | None = None
    workers: tuple[str, ...] = ()
    combiner: str | None = None
    approve: tuple[Literal["result"], ...] = ()

    def __post_init__(self) -> None:
        self._check_keys()
        self._check_names()
        self._check_bounds()
        self._check_order()

    @property
    def needs_model(self) -> bool:
        """Whether nobody can do it by quoting."""
        return any(role.form == "code" for role in self.roles)

    @property
    def reads(self) -> bool:
        """Whether any role looks in the sources."""
        return any(role.task in ("plan", "gather", "write", "answer") for role in self.roles)

    @property
    def version(self) -> int:
        """Of this very team, in 0..2^31: it changes with anything in the file."""
        said = f"{VERSION} {self!r}".encode()
        return int.from_bytes(hashlib.blake2b(said, digest_size=4).digest()) >> 1

    @property
    def tools(self) -> tuple[str, ...]:
        """All tools that a role may call."""
        return tuple(dict.fromkeys(tool for role in self.roles for tool in role.tools))

    def role(self, name: str) -> Role:
        """One by its name, which is there: it was checked."""
        return next(one for one in self.roles if one.name == name)

    def _check_keys(self) -> None:
        mine = _OF[self.pattern]
        for key in dict.fromkeys(key for keys in _OF.values() for key in keys):
            given = getattr(self, key) not in ((), None)
            if given and key not in mine:
                raise ValueError(f"[{key}]: the pattern '{self.pattern}' has no {key}; it has: {', '.join(mine)}")
            if not given and key in mine and not (self.pattern == "broadcast" and key == "steps"):
                raise ValueError(f"[{key}]: must be given for the pattern '{self.pattern}'")

    def _check_names(self) -> None:
        names = [role.name for role in self.roles]
        if not 1 <= len(names) <= _MOST_ROLES:
            raise ValueError(f"[roles]: a team has 1 to {_MOST_ROLES} roles")
        if twice := [one for one in names if names.count(one) > 1]:
            raise ValueError(f"[roles]: the name '{twice[0]}' stands twice")
        for key, used in self._used():
            if used not in names:
                raise ValueError(f"[{key}]: there is no role '{used}'; known: {', '.join(names)}")
        if idle := set(names).difference(name for _, name in self._used()):
            raise ValueError(f"[roles]: nothing is given to '{min(idle)}'")
        for key in ("steps", "again", "workers"):
            listed = getattr(self, key)
            if len(set(listed)) < len(listed):
                raise ValueError(f"[{key}]: a role stands in it once")

    def _used(self) -> Iterator[tuple[str, str]]:
        for key in ("steps", "again", "workers"):
            yield from ((key, name) for name in getattr(self, key))
        for key in ("manager", "combiner"):
            if (name := getattr(self, key)) is not None:
                yield key, name

    def _check_bounds(self) -> None:
        if self.max_rounds is not None and not 1 <= self.max_rounds <= _MOST_ROUNDS:
            raise ValueError(f"[max_rounds]: is between 1 and {_MOST_ROUNDS}")
        if self.pass_score is not None and not 1 <= self.pass_score <= 10:
            raise ValueError("[pass_score]: is between 1 and 10")

    def _check_order(self) -> None:
        """Each task finds what it needs: something to judge or mend, a judge at the end of a loop."""
        tasks = {role.name: role.task for role in self.roles}
        if self.pattern == "loop":
            self._check_loop(tasks)
        self._check_workers(tasks)
        made = False
        for name in self.steps + self.again:
            if tasks[name] in ("critique", "revise") and not made:
                raise ValueError(f"[steps]: '{name}' comes before anything is made")
            made |= tasks[name] in MAKERS
        if not made and not self.workers:
            raise ValueError(f"[steps]: nobody makes anything; it takes one of: {', '.join(MAKERS)}")
        if any(role.hand_over for role in self.roles) and self.pattern != "sequence":
            raise ValueError("[roles]: hand_over is for the pattern 'sequence'")

    def _check_loop(self, tasks: Mapping[str, TaskName]) -> None:
        for key in ("steps", "again"):
            if tasks[getattr(self, key)[-1]] not in JUDGES:
                raise ValueError(f"[{key}]: a loop ends with a role that judges: {' or '.join(JUDGES)}")
            if not any(tasks[one] in MAKERS for one in getattr(self, key)):
                raise ValueError(f"[{key}]: nobody makes a version; it takes one of: {', '.join(MAKERS)}")

    def _check_workers(self, tasks: Mapping[str, TaskName]) -> None:
        if self.manager and tasks[self.manager] != "plan":
            raise ValueError("[manager]: a manager has the task 'plan': it assigns what it plans")
        for worker in self.workers:
            if tasks[worker] not in ("write", "answer", "compose"):
                raise ValueError("[workers]: a worker has one of the tasks: write, answer, compose")
        if self.combiner and tasks[self.combiner] not in ("write", "compose"):
            raise ValueError("[combiner]: a combiner has one of the tasks: write, compose")
