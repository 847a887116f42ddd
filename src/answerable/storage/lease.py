"""A lease: one process at a time may do a named thing in a data folder. The kernel frees it when the process dies."""

import asyncio
import contextlib
import fcntl
import os
from collections.abc import AsyncIterator
from pathlib import Path

from answerable.core.errors import Conflict

_POLL_S = 0.05


class Lease:
    """An exclusive advisory lock on a file (flock); the file holds the owner's process id for the error message."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._here = asyncio.Lock()

    @contextlib.asynccontextmanager
    async def hold(self, wait_s: float = 30.0) -> AsyncIterator[None]:
        """Wait for the lease and hold it. Raises Conflict, naming the other process, when `wait_s` passes."""
        async with self._here:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                await self._acquire(descriptor, wait_s)
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, str(os.getpid()).encode(), 0)
                yield
            finally:
                os.close(descriptor)  # frees the lock too

    @contextlib.asynccontextmanager
    async def try_hold(self) -> AsyncIterator[bool]:
        """Hold the lease when it is free now; yields whether it is held."""
        if self._here.locked():
            yield False
            return
        async with contextlib.AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(self.hold(wait_s=0))
            except Conflict:
                yield False
                return
            yield True

    async def _acquire(self, descriptor: int, wait_s: float) -> None:
        deadline = asyncio.get_running_loop().time() + wait_s
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                if asyncio.get_running_loop().time() >= deadline:
                    owner = os.pread(descriptor, 32, 0).decode(errors="replace").strip() or "unknown"
                    raise Conflict(
                        f"process {owner} is writing to {self._path.parent}; try again when it has finished",
                        retry_after_s=5,
                    ) from error
                await asyncio.sleep(_POLL_S)
            else:
                return
