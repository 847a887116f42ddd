"""Who takes a run through its steps: the graph or the team. Both keep its place, so that another process goes on."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from answerable.agents.desk import Desk
from answerable.agents.state import Gate, State
from answerable.core.errors import Conflict

Told = Callable[[str], Awaitable[None]]
"""Told the name of each step that is done."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a run is: its state, on what a person has to decide before it goes on, whether nothing is left to do."""

    state: State
    waits_for: Gate | Literal[""] = ""
    is_over: bool = False


class NotOurs(Conflict):
    """Another process took the run over, or its owner ended it: whoever worked on it keeps nothing more of it."""


class Conductor(Protocol):
    """What is done is kept before the next step begins: whoever goes on after a crash repeats at most the unit that
    each worker was at. One process at a time works on a run, the one that has claimed it; cancelling it loses nothing.
    No place is kept by one that has lost it: its work ends with NotOurs.
    """

    async def standing(self, desk: Desk) -> Standing:
        """Where the run is; an empty state before it was begun. Raises StorageDown."""
        ...

    async def go_on(self, desk: Desk, decision: Mapping[str, Any] | None, told: Told) -> None:
        """Work until the run is over or waits for a person; `decision` is what it waited for, and is taken once. What
        `told` raises ends the work. Raises what the steps do, but no BudgetSpent.
        """
        ...

    async def rest(self, run: str) -> None:
        """The run waits, perhaps for days: keep its newest place only."""
        ...

    async def leave(self, run: str) -> None:
        """The run is over: keep no place of it."""
        ...
