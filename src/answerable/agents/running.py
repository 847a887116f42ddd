"""The research runs that this process works on: found, stopped, and shown alive, so that others take over the dead."""

import asyncio
import contextlib
import secrets
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from answerable.agents import allowance
from answerable.agents.checkpoints import Checkpoints
from answerable.agents.conductor import Conductor
from answerable.agents.sources.base.source import Text
from answerable.agents.state import RESEARCH, Orchestrator
from answerable.core.documents import Chunk
from answerable.core.errors import NotFound, SetupError
from answerable.storage import research
from answerable.storage.database import Database

if TYPE_CHECKING:
    from answerable.agents.teams.team import Team

SILENT_US: Final = 15_000_000
"""After so many microseconds without a sign of life a run is taken over; its worker gives one every two seconds."""
LIFE_S: Final = 2.0
_MOST_AT_ONCE: Final = 4
"""Runs of one process that work at the same time; the others wait for a place."""
_GRACE_S = 5.0


class Running:
    """The runs of one process. `cut` makes chunks of a text; `teams` are those that have a file,
    `allowances` what people may have.
    """

    def __init__(
        self,
        database: Database,
        checkpoints: Checkpoints,
        cut: Callable[[Text], Sequence[Chunk]],
        teams: "Mapping[str, Team] | None" = None,
        allowances: allowance.Config | None = None,
    ) -> None:
        self.checkpoints = checkpoints
        checkpoints.holds = self.holds
        self._database = database
        self.cut = cut
        self.teams: Mapping[str, Team] = teams or {}
        self.allowances = allowances or allowance.Config()
        self.worker = f"w_{secrets.token_hex(8)}"
        self.claimed: set[str] = set()
        """Those that this process has begun to work on."""
        self.places = asyncio.Semaphore(_MOST_AT_ONCE)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._tending: asyncio.Task[None] | None = None
        self._conductors: dict[tuple[Orchestrator, str], Conductor] = {}

    async def holds(self, run: str) -> bool:
        """Whether this process has a run that goes on. Raises StorageDown."""
        async with self._database.read() as connection:
            return await research.has_run(connection, run, self.worker)

    async def conductor(self, name: Orchestrator, team: str = RESEARCH) -> Conductor:
        """Who takes a run through its steps; the first time it is imported, which takes up to a second. Raises
        SetupError when its package is not there, NotFound for a team without a file.
        """
        key = (name, team)
        if key not in self._conductors:
            if team != RESEARCH and team not in self.teams:
                raise NotFound(f"there is no team '{team[:60]}'", param="team")
            self._conductors[key] = await asyncio.to_thread(self._team if name == "team" else self._graph, team)
        return self._conductors[key]

    def _graph(self, team: str) -> Conductor:
        from answerable.agents.graph import OnGraph

        if team == RESEARCH:
            return OnGraph(self.checkpoints)
        from answerable.agents.teams.graph import on_graph

        return on_graph(team, self.teams[team], self.checkpoints)

    def _team(self, team: str) -> Conductor:  # noqa: ARG002 - it is the research team: others have no chat
        try:
            from answerable.agents.team import OnTeam
        except ModuleNotFoundError as error:
            raise SetupError("the team needs AutoGen: pip install 'answerable[autogen]'") from error
        return OnTeam(self._database, self.worker)

    @property
    def live(self) -> set[str]:
        """The runs that this process works on."""
        return set(self._tasks)

    def start(self, run: str, work: Coroutine[Any, Any, None]) -> None:
        """Let a run go its way; where it goes already, once more when that has ended: a person may decide before the
        work that waits for them is quite over.
        """
        task = asyncio.create_task(_after(self._tasks.get(run), work), name=f"research {run}")
        self._tasks[run] = task
        task.add_done_callback(lambda done: self._forget(run, done, work))

    def _forget(self, run: str, done: asyncio.Task[None], work: Coroutine[Any, Any, None]) -> None:
        work.close()  # one that was stopped before it began must not leave a warning behind
        if self._tasks.get(run) is done:
            del self._tasks[run]

    def tend(self, work: Coroutine[Any, Any, None]) -> None:
        """Work beside the runs that goes on until the end of the program."""
        self._tending = asyncio.create_task(work, name="research.tending")

    async def wait(self, run: str) -> None:
        """Until this process has no more to do for a run."""
        if (task := self._tasks.get(run)) is not None:
            await asyncio.wait((task,))

    async def stop(self, run: str) -> bool:
        """Cancel one; whether it was here. What it did is kept."""
        task = self._tasks.get(run)
        if task is None:
            return False
        _cancel(task)
        await asyncio.wait((task,), timeout=_GRACE_S)
        return True

    async def close(self) -> None:
        """Leave the runs where they are: another process, or the next start, goes on from there."""
        if self._tending is not None:
            self._tending.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._tending
        tasks = list(self._tasks.values())
        for task in tasks:
            _cancel(task)
        if tasks:
            await asyncio.wait(tasks, timeout=_GRACE_S)
        await self.checkpoints.close()


def _cancel(task: asyncio.Task[None]) -> None:
    """Once: a second cancellation would leave behind what the first one is still ending."""
    if not task.cancelling():
        task.cancel()


async def _after(before: asyncio.Task[None] | None, work: Coroutine[Any, Any, None]) -> None:
    try:
        if before is not None:
            await asyncio.wait((before,))
    except asyncio.CancelledError:
        work.close()
        if before is not None:
            _cancel(before)
            await asyncio.wait((before,), timeout=_GRACE_S)
        raise
    await work
