"""Imports take turns: one runs in a process, some wait with their files, and who comes on top of them is told so."""

import asyncio
import contextlib
from collections.abc import Iterator

from answerable.core.errors import Overloaded

_MOST = 8
"""Files that are on their way, wait or are taken in: up to 200 MB each on the disk."""
_AGAIN_S = 30.0
"""About what a large file takes."""


class Imports:
    """The imports of one process. `turn` is held by the one that runs: a file takes five times its size in memory."""

    def __init__(self, most: int = _MOST) -> None:
        self.turn = asyncio.Lock()
        self._most = most
        self._here = 0

    @contextlib.contextmanager
    def place(self) -> Iterator[None]:
        """Held from before a file is read to its end. Raises Overloaded where there is none."""
        if self._here >= self._most:
            told = f"{self._here} imports are running or waiting already: send the file again in half a minute"
            raise Overloaded(told, retry_after_s=_AGAIN_S)
        self._here += 1
        try:
            yield
        finally:
            self._here -= 1
