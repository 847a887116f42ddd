"""Imports take turns: each takes five times its file in memory, and a worker has so much once."""

import asyncio
import contextlib
from pathlib import Path
from typing import IO

import pytest

from answerable.api import app
from answerable.core.identity import Principal
from answerable.flows import transfer
from answerable.flows.platform import Platform
from answerable.flows.transfer import Imported
from answerable.storage.database import Database
from tests.support.asgi import request
from tests.support.platform import open_small_platform


async def test_one_import_runs_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    running, most = 0, 0

    async def watched(file: IO[bytes], who: Principal, database: Database) -> Imported:
        nonlocal running, most
        running += 1
        most = max(most, running)
        for _ in range(10):
            await asyncio.sleep(0)
        running -= 1
        return Imported(conversations=1)

    monkeypatch.setattr(transfer, "import_conversations", watched)
    async with contextlib.AsyncExitStack() as stack:

        async def opened() -> Platform:
            return await stack.enter_async_context(open_small_platform(tmp_path))

        served = app.build(opened, max_request_bytes=1_000_000)
        async with served.router.lifespan_context(served):
            asked = (request(served, method="POST", path="/v1/conversations/import", body=[b"[]"]) for _ in range(3))
            replies = await asyncio.gather(*asked)
    assert [reply.status for reply in replies] == [200, 200, 200]
    assert most == 1
