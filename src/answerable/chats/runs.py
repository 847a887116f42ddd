"""The answers that run in this process: found by their message, stopped, and brought to an end before the program's."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakValueDictionary

from answerable.chats.journal import Config as JournalConfig
from answerable.chats.journal import Journal
from answerable.chats.run import Run
from answerable.core.ports import RunLog
from answerable.storage.run_log import Bounds


@dataclass(frozen=True, slots=True)
class Config:
    """`grace_s`: how long running answers may go on once the program is to end."""

    grace_s: float = 5.0
    journal: JournalConfig = field(default_factory=JournalConfig)
    log: Bounds = field(default_factory=Bounds)

    def __post_init__(self) -> None:
        if self.grace_s < 0:
            raise ValueError("runs: grace_s is at least 0")


class Runs:
    """The runs of one process, with the log and the journal that they write."""

    def __init__(self, config: Config, log: RunLog, journal: Journal) -> None:
        self.config = config
        self.log = log
        self.journal = journal
        self._live: dict[str, tuple[Run, asyncio.Task[None]]] = {}
        self._tending: asyncio.Task[None] | None = None
        self._beginning: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def find(self, id_: str) -> Run | None:
        """The run of a message, where it is here."""
        found = self._live.get(id_)
        return found[0] if found else None

    def tend(self, work: Coroutine[Any, Any, None]) -> None:
        """Work beside the answers that goes on until the end of the program."""
        self._tending = asyncio.create_task(work, name="runs.tending")

    def beginning(self, conversation: str) -> asyncio.Lock:
        """Held while a turn begins in a conversation: two at once would both follow on the same leaf."""
        lock = self._beginning.get(conversation)
        if lock is None:
            lock = self._beginning[conversation] = asyncio.Lock()
        return lock

    def start(self, run: Run, work: Coroutine[Any, Any, None]) -> None:
        """Let a run go its way; nobody has to wait for it."""
        task = asyncio.create_task(work, name=f"run {run.id}")
        self._live[run.id] = run, task
        task.add_done_callback(lambda _: self._over(run))

    def _over(self, run: Run) -> None:
        self._live.pop(run.id, None)
        run.close()

    async def close(self) -> None:
        """Let what runs end by itself for `grace_s`, interrupt the rest, and write everything down."""
        if self._tending is not None:
            self._tending.cancel()
            await asyncio.wait((self._tending,))
        tasks = [task for _, task in self._live.values()]
        if tasks:
            await asyncio.wait(tasks, timeout=self.config.grace_s)
        rest = list(self._live.values())
        for run, _ in rest:
            run.stop("interrupted")
        if rest:
            await asyncio.wait([task for _, task in rest])
        await self.journal.close()
        await self.log.close()
