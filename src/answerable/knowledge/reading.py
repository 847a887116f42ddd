"""Runs loaders in processes of their own: a file that hangs, crashes or eats memory is refused and the others carry on.

Workers are plain `python -m` children, started when first needed, that exchange pickles over pipes with this process
only. Small files travel in batches, so that thousands of pages a second pass.
"""

import asyncio
import contextlib
import os
import pickle
import struct
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from answerable.core.documents import LoadedDocument
from answerable.core.errors import UnreadableDocument
from answerable.knowledge.loaders.base.limits import Limits

_BATCH_FILES = 64
_BATCH_BYTES = 1_000_000
_HEADER = struct.Struct("<I")
_START_S = 60.0
"""How long a worker may take to be ready, on a machine with much else to do."""

__all__ = ["Item", "Limits", "Outcome", "Reader"]


@dataclass(frozen=True, slots=True)
class Item:
    """A file to read, and the `source` its documents get."""

    path: Path
    source: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one item. A corpus of many records comes as several outcomes of which the last has `is_last`.

    When `error` is set, documents of the same item that came before it must be thrown away.
    """

    item: Item
    documents: tuple[LoadedDocument, ...] = ()
    error: UnreadableDocument | None = None
    is_last: bool = True


class Reader:
    """A small pool of loader processes. Safe to use from several tasks at once; close it when done."""

    def __init__(self, limits: Limits | None = None, *, workers: int = 2, passwords: Sequence[str] = ()) -> None:
        self._limits = limits or Limits()
        self._passwords = tuple(passwords)
        self._idle: list[_Worker] = []
        self._slots = threading.BoundedSemaphore(workers)
        self._workers = workers
        self._closed = False

    async def read(self, path: Path, source: str | None = None) -> list[LoadedDocument]:
        """All documents of one file. Raises UnreadableDocument."""
        return await asyncio.to_thread(self.read_now, path, source)

    def read_now(self, path: Path, source: str | None = None) -> list[LoadedDocument]:
        """`read` for callers without an event loop."""
        documents: list[LoadedDocument] = []
        for outcome in self.run([Item(path, source or str(path))]):
            if outcome.error:
                raise outcome.error
            documents += outcome.documents
        return documents

    async def read_many(self, items: Sequence[Item]) -> AsyncIterator[Outcome]:
        """Outcomes as they come, several batches at a time; one item's stay in order. Never raises for a file."""
        queue: asyncio.Queue[Outcome | None] = asyncio.Queue(maxsize=256)
        pump = _Pump(self, _batches(items), queue, asyncio.get_running_loop())
        tasks = [asyncio.ensure_future(asyncio.to_thread(pump.work)) for _ in range(self._workers)]
        running = len(tasks)
        try:
            while running:
                if (outcome := await queue.get()) is None:
                    running -= 1
                else:
                    yield outcome
        finally:
            pump.stop()
            while not all(task.done() for task in tasks):
                while not queue.empty():
                    queue.get_nowait()
                await asyncio.wait(tasks, timeout=0.05)

    def close(self) -> None:
        """Stop the workers."""
        self._closed = True
        while self._idle:
            self._idle.pop().stop()

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(self, batch: list[Item]) -> "_Outcomes":
        """Outcomes of one batch, in order, on one worker at a time; blocks the calling thread."""
        return _Outcomes(self, batch)

    def lend(self) -> "_Worker":
        """A worker nobody else uses; give it back with `take_back`."""
        self._slots.acquire()
        try:
            return self._idle.pop() if self._idle else _Worker(self._limits, self._passwords)
        except BaseException:
            self._slots.release()
            raise

    def take_back(self, worker: "_Worker") -> None:
        """Keep a healthy worker for the next batch."""
        if worker.is_alive and not self._closed:
            self._idle.append(worker)
        else:
            worker.stop()
        self._slots.release()


class _Pump:
    """Threads that take batches, have them read, and put outcomes into a queue of the event loop."""

    def __init__(
        self,
        reader: Reader,
        batches: list[list[Item]],
        queue: "asyncio.Queue[Outcome | None]",
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._reader = reader
        self._batches = iter(batches)
        self._queue = queue
        self._loop = loop
        self._lock = threading.Lock()
        self._stopped = threading.Event()

    def work(self) -> None:
        """Take batches until none is left; then put None."""
        while not self._stopped.is_set():
            with self._lock:
                batch = next(self._batches, None)
            if batch is None:
                break
            for outcome in self._reader.run(batch):
                if self._stopped.is_set():
                    return
                self._put(outcome)
        self._put(None)

    def stop(self) -> None:
        """End after the outcome at hand."""
        self._stopped.set()

    def _put(self, outcome: Outcome | None) -> None:
        if not self._stopped.is_set():
            asyncio.run_coroutine_threadsafe(self._queue.put(outcome), self._loop).result()


class _Outcomes:
    """The outcomes of one batch; a worker that dies is replaced and the batch goes on after the culprit."""

    def __init__(self, reader: Reader, batch: list[Item]) -> None:
        self._reader = reader
        self._left = list(batch)

    def __iter__(self) -> "Iterator[Outcome]":
        while self._left:
            worker = self._reader.lend()
            try:
                yield from self._drain(worker)
            finally:
                if self._left:
                    worker.stop()
                self._reader.take_back(worker)

    def _drain(self, worker: "_Worker") -> "Iterator[Outcome]":
        worker.send(self._left)
        while self._left:
            outcome = worker.receive(self._left[0])
            if outcome.is_last:
                self._left.pop(0)
            yield outcome
            if not worker.is_alive:
                return


def _batches(items: Sequence[Item]) -> "list[list[Item]]":
    """Small files together, a large one alone."""
    batches: list[list[Item]] = [[]]
    size = 0
    for item in items:
        try:
            weight = item.path.stat().st_size
        except OSError:
            weight = 0
        if batches[-1] and (size + weight > _BATCH_BYTES or len(batches[-1]) >= _BATCH_FILES):
            batches.append([])
            size = 0
        batches[-1].append(item)
        size += weight
    return [batch for batch in batches if batch]


class _Worker:
    """One child process and the pipes to it."""

    def __init__(self, limits: Limits, passwords: tuple[str, ...]) -> None:
        self._limits = limits
        environment = {key: os.environ[key] for key in ("PATH", "LANG", "SYSTEMROOT", "TMPDIR") if key in os.environ}
        paths = [path for path in sys.path if path]
        environment |= {"PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-m", "answerable.knowledge.loaders.base.worker"]
        self._process = subprocess.Popen(  # noqa: S603  our own interpreter and module
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
        )
        self._timed_out = self._is_ready = False
        self._lock, self._turn, self._is_waited_for = threading.Lock(), 0, False
        self.is_alive = True
        self._write((limits, passwords))

    def send(self, items: Sequence[Item]) -> None:
        """Ask for a batch."""
        self._write([(str(item.path), item.source) for item in items])

    def receive(self, item: Item) -> Outcome:
        """The next outcome, which belongs to `item`; an error outcome when the worker died or was too slow over it."""
        try:
            if not self._is_ready:
                with self._at_most(_START_S):
                    self._wait_until_ready()
            with self._at_most(self._limits.seconds):
                documents, error, is_last = self._read()
            return Outcome(item, documents, error, is_last)
        except (EOFError, OSError, pickle.UnpicklingError):
            self.is_alive = False
            return Outcome(item, error=self._verdict(item.source))

    def stop(self) -> None:
        """End the process and wait for it."""
        self.is_alive = False
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()

    def _verdict(self, source: str) -> UnreadableDocument:
        if self._timed_out:
            seconds = f"{self._limits.seconds:g}"
            return UnreadableDocument(source, "too_slow", f"took longer than {seconds} s to read; split or simplify it")
        return UnreadableDocument(source, "corrupt", "stopped its reader; it is damaged: export it again")

    @contextlib.contextmanager
    def _at_most(self, seconds: float) -> Iterator[None]:
        """The process is killed if the block takes longer; and not by a timer that strikes as the block ends."""
        with self._lock:
            self._turn, self._is_waited_for = self._turn + 1, True
        timer = threading.Timer(seconds, self._kill, (self._turn,))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            with self._lock:
                self._is_waited_for = False
            if self._timed_out:  # its last answer was in the pipe already
                self.is_alive = False

    def _kill(self, turn: int) -> None:
        with self._lock:
            if self._is_waited_for and turn == self._turn:
                self._timed_out = True
                self._process.kill()

    def _wait_until_ready(self) -> None:
        if self._process.stdout is not None:
            _exactly(self._process.stdout, _HEADER.size)
            self._is_ready = True

    def _write(self, value: object) -> None:
        data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        pipe = self._process.stdin
        with contextlib.suppress(BrokenPipeError):
            if pipe:
                pipe.write(_HEADER.pack(len(data)) + data)
                pipe.flush()

    def _read(self) -> tuple[tuple[LoadedDocument, ...], UnreadableDocument | None, bool]:
        pipe = self._process.stdout
        if pipe is None:
            raise EOFError
        (length,) = _HEADER.unpack(_exactly(pipe, _HEADER.size))
        # The child is our own program and runs as the same user: unpickling its answers grants nothing new.
        answer: tuple[tuple[LoadedDocument, ...], UnreadableDocument | None, bool]
        answer = pickle.loads(_exactly(pipe, length))  # noqa: S301
        return answer


def _exactly(pipe: IO[bytes], length: int) -> bytes:
    data = pipe.read(length)
    if len(data) < length:
        raise EOFError
    return data
