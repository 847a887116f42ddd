"""Imports take turns: each takes five times its file in memory, and a worker has so much once."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO

import pytest
from fastapi import FastAPI

from answerable.api import app
from answerable.core.identity import Principal
from answerable.flows import transfer
from answerable.flows.platform import Platform
from answerable.flows.transfer import Imported
from answerable.storage.database import Database
from tests.support.asgi import Reply, request
from tests.support.patience import LONG_S, until
from tests.support.platform import open_small_platform


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[FastAPI]:
    async with contextlib.AsyncExitStack() as stack:

        async def opened() -> Platform:
            return await stack.enter_async_context(open_small_platform(tmp_path))

        found = app.build(opened, max_request_bytes=1_000_000)
        async with found.router.lifespan_context(found):
            yield found


async def send(served: FastAPI) -> Reply:
    return await request(served, method="POST", path="/v1/conversations/import", body=[b"[]"])


async def test_one_import_runs_at_a_time(served: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
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
    replies = await asyncio.gather(*(send(served) for _ in range(3)))
    assert [reply.status for reply in replies] == [200, 200, 200]
    assert most == 1


async def test_who_comes_when_many_imports_wait_is_told_to_come_again(
    served: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = asyncio.Event()

    async def slow(file: IO[bytes], who: Principal, database: Database) -> Imported:
        await go_on.wait()
        return Imported(conversations=1)

    monkeypatch.setattr(transfer, "import_conversations", slow)
    waiting = [asyncio.create_task(send(served)) for _ in range(8)]
    await until(lambda: served.state.platform.imports._here == 8)
    refused = await asyncio.wait_for(send(served), LONG_S)
    assert refused.status == 503
    assert refused.headers["retry-after"] == "30"
    assert b"overloaded" in refused.body
    go_on.set()
    assert [reply.status for reply in await asyncio.gather(*waiting)] == [200] * 8
    assert (await send(served)).status == 200
