"""The whole program behind a real socket, in a thread of its own: what a client of ours sees."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn

from answerable.api import app
from answerable.api.access import Door
from answerable.config import EXTRACTIVE, Settings
from answerable.core.messages import Emit
from answerable.core.ports import Model
from answerable.core.tasks import Task
from answerable.flows.ingest import GivenText, Ingest, embed, ingest
from answerable.flows.platform import Platform
from answerable.gateway.models import Models
from answerable.providers import extractive
from answerable.wiring import build_embedder, open_platform

MANUAL = """To reset the television, hold the power button for ten seconds until the red light blinks.

The warranty of the television lasts two years. It does not cover water damage.

The remote control was designed by Maria Keller in Zurich. It needs two AA batteries.
"""
QUESTION = "How do I reset the television?"
TRUE = "To reset the television, hold the power button for ten seconds [1]."
MAX_REQUEST_BYTES = 300_000
PATIENT = "tests.support.patience:PatientLoop"
"""The loop of a server whose limits a busy machine must not break."""


@dataclass
class Stalled:
    """A model that never answers; `stopped` is set when it is cancelled."""

    name: str = "stalled"
    asked: threading.Event = field(default_factory=threading.Event)
    stopped: threading.Event = field(default_factory=threading.Event)

    async def run(self, task: Task, emit: Emit) -> None:
        self.asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.stopped.set()

    async def close(self) -> None:
        """Nothing to release."""


class Crashing:
    """A model with a mistake in it."""

    name = "crashing"

    async def run(self, task: Task, emit: Emit) -> None:
        raise ValueError("a secret detail")

    async def close(self) -> None:
        """Nothing to release."""


@contextlib.contextmanager
def serving(open_it: Callable[[], Awaitable[Platform]], door: Door | None = None, loop: str = "auto") -> Iterator[str]:
    """The address of a server that runs until the block ends, in the loop that ships if no other is named."""
    listener = socket.create_server(("127.0.0.1", 0))
    application = app.build(open_it, max_request_bytes=MAX_REQUEST_BYTES, door=door)
    server = uvicorn.Server(
        uvicorn.Config(
            application,
            log_config=None,
            access_log=False,
            proxy_headers=False,
            ws="none",
            loop=loop,
            timeout_keep_alive=75,  # as `answerable serve`: no request meets the end of its connection
        )
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="server")
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(60)
        assert not thread.is_alive()


def manuals(folder: Path, models: Mapping[str, Model]) -> Callable[[], Awaitable[Platform]]:
    """Opens a platform that holds MANUAL as collection `tv`, with the extractive engine and `models`. Who names no
    collection asks `tv`, whatever collections other tests leave in a server that they share.
    """
    settings = Settings(data=folder, default_collection="tv")

    async def opened() -> Platform:
        engine = extractive.build(extractive.Config(), build_embedder(settings))
        builders = {EXTRACTIVE: lambda: engine} | {name: _giving(model) for name, model in models.items()}
        p = await open_platform(settings, models=Models(builders, {}, EXTRACTIVE, EXTRACTIVE))
        await ingest(Ingest("tv", texts=(GivenText("manual.md", "Television manual", MANUAL),)), p)
        await embed("tv", p)
        return p

    return opened


def _giving(model: Model) -> Callable[[], Model]:
    return lambda: model
