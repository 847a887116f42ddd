"""What is said while it is said, into the database: the newest state of each message, all of them in one write.

A message is put as often as it changes, and its newest state wins. Every quarter of a second one transaction writes
what is new (of a message that goes on, within a second), gives a sign of life for the others that run here, and learns
who is asked to stop. While the database is away everything is kept in memory, and written when it is back.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from answerable.core.errors import DataError, StorageDown
from answerable.core.moments import now_us
from answerable.storage.database import Database
from answerable.storage.messages import MessageRow
from answerable.storage.review import ReviewRow
from answerable.storage.stored_turns import ANY_LEAF, Batch, Move, Progress, find_stops, save
from answerable.telemetry.log import logger
from answerable.telemetry.metrics import Metrics

_BETWEEN_S = 0.4
"""A message that goes on is written so much later than the last time, and the next quarter second at the latest: what
a killed worker loses is the last second. A fast model says ten words in that time, which one write takes.
"""
_LOOK_S = 0.5
"""How often the database is asked who is to stop: a look at a thousand answers takes some milliseconds."""
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 5.0
_PIECES = 8
"""A wait is cut into so many: of one that ends too late, as the machine stood still, only its own length counts."""
_LIFE_S = 2.0
"""How often a message that runs and says nothing new gives a sign of life."""


@dataclass(frozen=True, slots=True)
class Config:
    """`flush_s`: how long a state waits for others; `most_waiting_bytes`: beyond so much that the database does not
    take, new turns are refused; `close_s`: how long the end waits for the last write.
    """

    flush_s: float = 0.25
    most_waiting_bytes: int = 64_000_000
    close_s: float = 5.0

    def __post_init__(self) -> None:
        if not 0.01 <= self.flush_s <= 1 or self.close_s <= 0 or self.most_waiting_bytes < 1_000:
            raise ValueError("journal: flush_s is 0.01 to 1, close_s above 0, most_waiting_bytes at least 1,000")


class Running(Protocol):
    """A message that goes on: its newest state is asked for when it is written."""

    @property
    def id(self) -> str:
        """The message."""
        ...

    @property
    def size_bytes(self) -> int:
        """About what it takes in memory."""
        ...

    def row(self) -> MessageRow:
        """As it is now."""
        ...

    def progress(self) -> Progress:
        """What may have changed since its row was first written."""
        ...

    def passed(self, leaf: str) -> None:
        """It was not written: the conversation went on elsewhere, to this leaf."""
        ...


@dataclass(frozen=True, slots=True)
class Said:
    """A message that does not change any more, and the item for reviewers where it is for them to see."""

    message: MessageRow
    review: ReviewRow | None = None
    size_bytes: int = field(init=False)

    def __post_init__(self) -> None:
        """About what it takes in memory: added up once, since all that wait are looked at for each new turn."""
        row = self.message
        object.__setattr__(self, "size_bytes", 1_000 + len(row.text) + _size(row.parts) + _size(row.answer))

    @property
    def id(self) -> str:
        """The message."""
        return self.message.id

    def row(self) -> MessageRow:
        """As it is."""
        return self.message


State = Said | Running


class Journal:
    """The journal of one worker. `open` before use; `close` writes what is left."""

    def __init__(self, config: Config, database: Database, metrics: Metrics | None = None) -> None:
        self._config = config
        self._database = database
        self._metrics = metrics
        self._waiting: dict[str, State] = {}
        self._writing: dict[str, State] = {}
        self._moves: dict[str, Move] = {}
        self._moving: dict[str, Move] = {}
        self._running: dict[str, tuple[Running, Callable[[], None]]] = {}
        self._written_at: dict[str, float] = {}  # of those that run and whose row is there
        self._alive_at = self._looked_at = 0.0
        self._failing = self._stopping = False
        self._wake, self._at_once, self._written = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """Messages whose newest state is not in the database yet."""
        return len(self._waiting | self._writing)

    @property
    def failing(self) -> bool:
        """Whether the database did not take the last write: it is away."""
        return self._failing

    def open(self) -> "Journal":
        """Begin to write."""
        self._task = asyncio.create_task(self._write_forever(), name="journal")
        if self._metrics is not None:
            self._metrics.watch_journal(lambda: self.waiting)
        return self

    async def close(self) -> None:
        """Write what waits, for `close_s` at most, and end."""
        self._stopping = True
        self._wake.set()
        self._at_once.set()
        if self._task is not None:
            done, _ = await asyncio.wait((self._task,), timeout=self._config.close_s)
            if not done:
                logger.error("journal.messages_not_written", messages=self.waiting)
                self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def check(self) -> None:
        """Raises StorageDown where too much waits already: what a new turn says could not be kept for certain."""
        if self._failing:
            held = sum(one.size_bytes for one in (self._waiting | self._writing).values())
            if held > self._config.most_waiting_bytes:
                raise StorageDown("the database is away, and no more can be kept for it: ask again in a few seconds")

    def put(self, *states: State, move: Move | None = None) -> None:
        """The newest state of messages, and where their conversation goes; about a microsecond."""
        for state in states:
            self._waiting[state.id] = state
        if move is not None:
            self._move(move)
        self._wake.set()

    def follow(self, state: Running, stop: Callable[[], None]) -> None:
        """A message is being given here: keep it alive, and call `stop` when somebody asks for that."""
        self._running[state.id] = state, stop
        self._wake.set()

    def leave(self, id_: str) -> None:
        """It is over."""
        self._running.pop(id_, None)
        self._written_at.pop(id_, None)

    def find(self, id_: str) -> MessageRow | None:
        """The newest state of a message that runs here, or that the database does not have yet."""
        running = self._running.get(id_)
        state: State | None = running[0] if running else self._waiting.get(id_) or self._writing.get(id_)
        return None if state is None else state.row()

    def insist(self, conversation: str) -> None:
        """What waits to be written goes into the conversation whatever that shows by then."""
        if move := self._moves.get(conversation):
            self._moves[conversation] = move._replace(after=ANY_LEAF)

    def find_leaf(self, conversation: str) -> str | None:
        """The newest leaf of a conversation, where the database does not have it yet."""
        move = self._moves.get(conversation) or self._moving.get(conversation)
        return None if move is None else move.leaf

    async def flush(self, id_: str, limit_s: float) -> bool:
        """Write at once and wait until a message is in the database; whether it is, within `limit_s`, in which the time
        does not count when this process stood still: it is the database that is waited for.
        """
        self._at_once.set()
        loop, piece_s, left_s = asyncio.get_running_loop(), limit_s / _PIECES, limit_s
        while (waits := id_ in self._waiting or id_ in self._writing) and left_s > 0:
            began = loop.time()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(piece_s):
                    await self._written.wait()
            left_s -= min(loop.time() - began, piece_s)
        return not waits

    def _move(self, move: Move) -> None:
        before = self._moves.get(move.conversation)
        if before is not None:  # of two turns in one write none can be taken back
            move = move._replace(title=before.title if move.title is None else move.title, after=ANY_LEAF)
        self._moves[move.conversation] = move

    async def _write_forever(self) -> None:
        pause = 0.0
        while not (self._stopping and not self._waiting):
            await self._rest(pause)
            try:
                await self._write()
                pause, self._failing = 0.0, False
            except StorageDown as error:
                pause, self._failing = min(max(_FIRST_PAUSE_S, 2 * pause), _LONGEST_PAUSE_S), True
                logger.error("journal.write_failed", error=error.message, waiting=self.waiting)

    async def _rest(self, pause: float) -> None:
        """Until there is something to write, and then as long as others may join it."""
        if pause:
            await asyncio.sleep(min(pause, 0.2) if self._stopping else pause)
            return
        if not self._waiting and not self._running and not self._stopping:
            self._wake.clear()
            await self._wake.wait()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._config.flush_s):
                await self._at_once.wait()
        self._at_once.clear()

    async def _write(self) -> None:
        """One write of all that is due. Raises StorageDown; then it waits on."""
        self._take_due()
        moves, self._moves = self._moves, {}
        self._moving = moves
        try:
            passed = await self._save(self._batch(tuple(moves.values())))
            for id_, leaf in passed.items():
                if not isinstance(state := self._writing[id_], Said):
                    state.passed(leaf)
            for id_ in (self._writing.keys() & self._running.keys()) - passed.keys():
                is_going_on = id_ in self._written_at  # its first words follow the empty row at once
                self._written_at[id_] = time.monotonic() if is_going_on else 0.0
        except BaseException:
            self._waiting = self._writing | self._waiting
            later, self._moves = self._moves, moves
            for move in later.values():
                self._move(move)
            raise
        finally:
            self._writing, self._moving = {}, {}
            self._written.set()
            self._written.clear()

    def _take_due(self) -> None:
        """What waits is being written, but for what was written a moment ago and goes on."""
        until = time.monotonic() - _BETWEEN_S
        due, later = dict[str, State](), dict[str, State]()
        for id_, state in self._waiting.items():
            lately = self._written_at.get(id_, 0.0) > until and not isinstance(state, Said) and not self._stopping
            (later if lately else due)[id_] = state
        self._writing, self._waiting = due, later

    def _batch(self, moves: Sequence[Move]) -> Batch:
        rows, progress, reviews = list[MessageRow](), list[Progress](), list[ReviewRow]()
        for id_, one in self._writing.items():
            if isinstance(one, Said):
                rows.append(one.message)
                reviews += [one.review] if one.review is not None else []
            elif id_ in self._written_at:
                progress.append(one.progress())
            else:
                rows.append(one.row())
        alive, running = self._due_for_life(self._writing.keys()), self._due_for_a_look()
        return Batch(rows, progress, reviews, moves, alive, running, now_us())

    async def _save(self, batch: Batch) -> Mapping[str, str]:
        """Returns the answers that were not written, as their conversation went on elsewhere, with its leaf."""
        passed: Mapping[str, str] = {}
        try:
            if batch.rows or batch.progress or batch.moves or batch.alive:
                stops, passed = await save(self._database, batch)
            else:
                stops = await find_stops(self._database, batch.running) if batch.running else set()
        except DataError:
            await self._save_each(batch)
            return passed
        for id_ in stops:
            if found := self._running.get(id_):
                found[1]()
        return passed

    async def _save_each(self, batch: Batch) -> None:
        """Find the row that the database will never take: it must not stop the others."""
        items = {item.message: item for item in batch.reviews}
        single = [(row.id, Batch((row,), reviews=(items[row.id],) if row.id in items else ())) for row in batch.rows]
        single += [(one.id, Batch(progress=(one,))) for one in batch.progress]
        single += [(move.conversation, Batch(moves=(move,))) for move in batch.moves]  # its rows are there by then
        for name, one_by_one in single:
            try:
                await save(self._database, one_by_one)
            except DataError as error:
                logger.error("journal.row_refused", id=name, error=error.message)

    def _due_for_a_look(self) -> tuple[str, ...]:
        """All that runs here, so often: a thousand answers that begin must not be looked for each time."""
        if time.monotonic() - self._looked_at < _LOOK_S * 0.9:
            return ()
        self._looked_at = time.monotonic()
        return tuple(self._running)

    def _due_for_life(self, written: Collection[str]) -> list[str]:
        if time.monotonic() - self._alive_at < _LIFE_S:
            return []
        self._alive_at = time.monotonic()
        return [id_ for id_ in self._running if id_ not in written]


def _size(value: object) -> int:
    """About what JSON takes: an answer with its passages, an image as a data URL."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, Mapping):
        return sum(len(key) + _size(one) for key, one in value.items())
    return sum(map(_size, value)) if isinstance(value, Sequence) else 8
