"""The ledger: exactly one row for each request, whatever became of it, and one for each call of a model.

`open` before anything can fail, `attempt` for each call, `close` once at the end: all of it in memory. A writer puts
closed entries into the database in groups, and open ones that last as provisional rows, so that a killed worker leaves
a trace of them. No content of messages comes here.
"""

import asyncio
import contextlib
import itertools
import secrets
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from answerable.core.errors import DataError, ServiceError
from answerable.core.identity import Principal
from answerable.core.usage import Attempt
from answerable.gateway.ledger_entry import Entry, Opening, attempt_rows, request_row
from answerable.storage import ledger as rows
from answerable.storage.database import Database
from answerable.storage.lease import Lease
from answerable.telemetry.log import logger
from answerable.telemetry.metrics import Metrics

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 5.0
_RECOVER_S = 600.0


@dataclass(frozen=True, slots=True)
class Config:
    """`flush_s`: how long a finished row may wait for others; `provisional_s`: how long a request may run before it
    leaves a trace in the database; `most_waiting`: rows kept while the database cannot take them; `longest_s`: how
    long a request of another machine may run before it is taken for lost.
    """

    flush_s: float = 0.2
    group_rows: int = 500
    provisional_s: float = 1.0
    most_waiting: int = 100_000
    close_s: float = 5.0
    longest_s: float = 3_600.0

    def __post_init__(self) -> None:
        if min(self.flush_s, self.provisional_s, self.close_s, self.longest_s) <= 0:
            raise ValueError("ledger: flush_s, provisional_s, close_s and longest_s are above 0")
        if not 1 <= self.group_rows <= 10_000 or self.most_waiting < self.group_rows:
            raise ValueError("ledger: group_rows is 1 to 10,000, and most_waiting at least as many")


class Ledger:
    """The ledger of one worker. `start` before use; `close` writes what is left."""

    def __init__(
        self,
        config: Config,
        database: Database,
        folder: Path,
        metrics: Metrics | None = None,
        clock: Callable[[], float] = time.time,
        timer: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._config = config
        self._database = database
        self._folder = folder
        self._metrics = metrics
        self._clock = clock
        self._timer = timer
        self.worker = secrets.token_hex(3)
        self._numbers = itertools.count()
        self._open: dict[str, Entry] = {}
        self._traced: dict[str, Entry] = {}
        self._closed: deque[Entry] = deque()
        self._writing: list[Entry] = []
        self._awaited: dict[str, asyncio.Future[None]] = {}
        self._group = config.group_rows
        self._wake = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._stopping = False
        self._recovered_at = 0.0
        self._alive = contextlib.AsyncExitStack()
        self.given_up = 0

    @property
    def waiting(self) -> int:
        """Finished rows that are not in the database yet."""
        return len(self._closed) + len(self._writing)

    async def start(self) -> "Ledger":
        """Hold the sign of life, settle what dead workers left, and start writing."""
        await self._alive.enter_async_context(self._lease(self.worker).hold(wait_s=0))
        await self.recover()
        self._recovered_at = self._timer()
        self._task = asyncio.create_task(self._write_forever(), name="ledger.writer")
        if self._metrics is not None:
            self._metrics.watch_ledger(lambda: self.waiting)
        return self

    async def close(self) -> None:
        """Close what is still open as lost, write what waits (for `close_s` at most), and end."""
        for entry in [*self._traced.values(), *self._open.values()]:
            entry.close("lost")
        self._stopping = True
        self._wake.set()
        if self._task is not None:
            done, _ = await asyncio.wait((self._task,), timeout=self._config.close_s)
            if not done:
                self._task.cancel()
                logger.error("ledger.rows_not_written", rows=self.waiting)
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._alive.aclose()
        self._path(self.worker).unlink(missing_ok=True)

    def open(self, who: Principal, opening: Opening) -> Entry:
        """A new entry; about 2 microseconds. Its `id` names the request to everybody and grows with time."""
        at = self._clock()
        number = next(self._numbers) & 0xFFFF
        entry = Entry(
            f"{rows.first_id_at(int(at * 1e6))}{self.worker}{number:04x}", at, self._timer(), who, opening, self
        )
        self._open[entry.id] = entry
        return entry

    def done(self, entry: Entry) -> None:
        """Entries call this when they are closed."""
        entry.total_ms = (self._timer() - entry.began) * 1e3
        if self._open.pop(entry.id, None) is None:
            self._traced.pop(entry.id, None)
        self._closed.append(entry)
        if len(self._closed) > self._config.most_waiting:
            self._closed.popleft()
            self.given_up += 1
            if self.given_up == 1:
                logger.error("ledger.rows_given_up", waiting=len(self._closed))
        self._wake.set()

    async def written(self, id_: str) -> bool:
        """Wait until the row of a request that is over is in the database, for `close_s` at most; whether it is."""
        if not any(entry.id == id_ for entry in (*self._closed, *self._writing)):
            return True
        waiting = self._awaited.setdefault(id_, asyncio.get_running_loop().create_future())
        try:
            await asyncio.wait((waiting,), timeout=self._config.close_s)
        finally:
            self._awaited.pop(id_, None)
        return waiting.done()

    def observe(self, attempt: Attempt) -> None:
        """Entries tell of each attempt."""
        if self._metrics is not None:
            self._metrics.observe_attempt(attempt)

    async def recover(self) -> int:
        """Mark the provisional rows of dead workers as lost; returns how many. Raises ServiceError.

        A worker whose lock is in this folder is dead when the lock is free. One that has none here may live on another
        machine: what it began longer ago than any request lasts is lost. Should it end all the same, its row is right
        then, because it writes it whole.
        """
        lost = 0
        for worker in await rows.find_workers(self._database):
            if worker == self.worker:
                continue
            if not self._path(worker).exists():
                lost += await rows.mark_lost(self._database, worker, self._clock() - self._config.longest_s)
                continue
            async with self._lease(worker).try_hold() as dead:
                if dead:
                    lost += await rows.mark_lost(self._database, worker, self._clock())
                    self._path(worker).unlink(missing_ok=True)
        if lost:
            logger.warning("ledger.requests_lost", rows=lost)
        return lost

    async def flush(self) -> None:
        """Write one group now: finished rows, and the first trace of those that last. One at a time: what another one
        is writing is in the database when this one returns. Raises ServiceError.
        """
        async with self._one_at_a_time:
            await self._flush()

    async def _flush(self) -> None:
        size = min(len(self._closed), self._group)
        self._writing = [self._closed.popleft() for _ in range(size)]
        lasting = self._lasting() if size < self._group else []
        if not self._writing and not lasting:
            return
        found = [request_row(entry, self.worker) for entry in (*self._writing, *lasting)]
        tries = [row for entry in self._writing for row in attempt_rows(entry)]
        again = [entry.id for entry in (*self._writing, *lasting) if entry.written]
        try:
            for entry in (*self._writing, *lasting):
                entry.written = True  # also when this fails: it may have failed after the commit
            await rows.append(self._database, found, tries, again)
        except DataError as error:
            self._take_back(lasting)
            self._narrow(error)
        except BaseException:
            self._take_back(lasting)
            raise
        else:
            self._group = self._config.group_rows
            for entry in self._writing:
                if (waiting := self._awaited.get(entry.id)) is not None and not waiting.done():
                    waiting.set_result(None)
            if self._metrics is not None:
                self._metrics.count_flushed(size)
        finally:
            self._writing = []

    def _take_back(self, lasting: list[Entry]) -> None:
        self._closed.extendleft(reversed(self._writing))
        still = {entry.id: self._traced.pop(entry.id) for entry in lasting if entry.id in self._traced}
        self._open = still | self._open

    def _narrow(self, error: DataError) -> None:
        """Look for the row that the database will never take; it must not stop those behind it."""
        if self._group > 1:
            self._group = max(1, min(self._group, len(self._closed)) // 2)
            return
        if self._closed:
            entry = self._closed.popleft()
            self.given_up += 1
            logger.error("ledger.row_refused", id=entry.id, error=error.message)

    def _lasting(self) -> list[Entry]:
        """Open entries that have run long enough for a provisional row, once each."""
        before = self._timer() - self._config.provisional_s
        lasting = list(itertools.takewhile(lambda entry: entry.began <= before, self._open.values()))
        for entry in lasting:
            self._traced[entry.id] = self._open.pop(entry.id)
        return lasting

    async def _write_forever(self) -> None:
        pause = 0.0
        while not (self._stopping and not self._closed):
            await self._rest(pause)
            try:
                await self.flush()
                await self._look_after_others()
                pause = 0.0
            except (ServiceError, DataError, OSError) as error:  # of the locks of others, where no file can be opened
                pause = min(max(_FIRST_PAUSE_S, 2 * pause), _LONGEST_PAUSE_S)
                logger.error("ledger.write_failed", error=str(error), waiting=self.waiting)
                if self._metrics is not None:
                    self._metrics.count_flush_failure()

    async def _look_after_others(self) -> None:
        """Workers die, and not everywhere does one start in their place: whoever writes looks now and then."""
        if self._timer() - self._recovered_at >= _RECOVER_S:
            self._recovered_at = self._timer()
            await self.recover()

    async def _rest(self, pause: float) -> None:
        """Until there is something to write, and then as long as others may join it."""
        if pause:
            await asyncio.sleep(min(pause, 0.2) if self._stopping else pause)
            return
        if not self._closed and not self._stopping:
            self._wake.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), self._config.provisional_s / 2 if self._open else None)
        if len(self._closed) < self._group and not self._stopping:
            await asyncio.sleep(self._config.flush_s)

    def _lease(self, worker: str) -> Lease:
        return Lease(self._path(worker))

    def _path(self, worker: str) -> Path:
        return self._folder / f"worker-{worker}.lock"
