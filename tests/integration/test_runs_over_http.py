"""Answers that outlive their connections, over two real processes on one folder and one Redis."""

import asyncio
import contextlib
import json
import random
import signal
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from answerable.core.moments import now_us
from answerable.storage.conversations import new_conversation_id
from tests.support.patience import until
from tests.support.redis import running_redis
from tests.support.served import DRIPPED, Models, address_in, models_server, serving_processes, start_server

POLICIES = {"cache": {"enabled": False}, "limits": {"each_address": {"requests_per_hour": 1_000_000}}}
RESUMED = 50

pytestmark = pytest.mark.asyncio(loop_scope="module")


def environment(models: str, redis: str = "") -> dict[str, str]:
    free = {"provider": "openai", "base_url": models, "free": True}
    given = {
        "MODELS": json.dumps(dict.fromkeys(("good", "drip", "endless", "slow", "down"), free)),
        "POLICIES": json.dumps(POLICIES),
        "DEFAULT_MODEL": "drip",
    }
    given |= {"REDIS_URL": redis} if redis else {}
    return {f"ANSWERABLE_{name}": value for name, value in given.items()}


@dataclass
class Talk:
    """A client of one conversation; `frames` holds what came, without what only keeps a connection open."""

    http: aiohttp.ClientSession
    path: str
    frames: list[bytes] = field(default_factory=list)

    async def say(self, url: str, *, until: int = 1_000_000, **more: Any) -> tuple[str, int]:
        """Say something and read so many frames of the answer; its message, and the number of the last frame."""
        async with self.http.post(f"{url}{self.path}", json={"content": "Hello?"} | more) as response:
            assert response.status == 200, await response.text()
            assert response.headers["content-type"].startswith("text/event-stream")
            await self._read(response, until)
        return self.started["message"], number_of(self.frames[-1])

    async def follow(self, url: str, message: str, after: int, *, by_header: bool = False) -> None:
        headers = {"last-event-id": str(after)} if by_header else {}
        query = "" if by_header else f"?after={after}"
        async with self.http.get(f"{url}{self.path}/{message}/stream{query}", headers=headers) as response:
            assert response.status == 200, await response.text()
            await self._read(response, 1_000_000)

    async def stop(self, url: str, message: str) -> Any:
        """The message once it is stopped. Who gives it hears of that within a second, on a busy machine later."""
        async with asyncio.timeout(60):
            while True:
                async with self.http.post(f"{url}{self.path}/{message}/stop") as response:
                    assert response.status == 200
                    found = await response.json()
                if found["status"] != "streaming":
                    return found

    async def _read(self, response: aiohttp.ClientResponse, until: int) -> None:
        seen, rest = 0, b""
        async for piece in response.content.iter_any():
            *events, rest = (rest + piece).split(b"\n\n")
            for event in events:
                if event.startswith(b"id: ") and seen < until:
                    self.frames.append(event)
                    seen += 1
            if seen >= until:
                return

    @property
    def started(self) -> Any:
        return data_of(self.frames[0])["answerable"]


def number_of(frame: bytes) -> int:
    return int(frame.split(b"\n")[0].removeprefix(b"id: "))


def data_of(frame: bytes) -> Any:
    return json.loads(frame.partition(b"\ndata: ")[2])


def text_of(frames: list[bytes]) -> str:
    chunks = [data_of(one) for one in frames if not one.endswith(b"[DONE]")]
    return "".join(c["choices"][0]["delta"].get("content", "") for c in chunks if c.get("choices"))


def new_conversation(folder: Path) -> str:
    """A conversation of the owner, stored directly; returns the address of its messages."""
    id_, now = new_conversation_id(), now_us()
    with contextlib.closing(sqlite3.connect(folder / "data" / "answerable.db", timeout=30)) as db, db:
        db.execute(
            "insert into conversations (id, owner, workspace, title, named, folder, tags, settings, archived, "
            "created_at, updated_at) values (?, 'owner', 'default', 'New conversation', 0, '', '[]', '{}', 0, ?, ?)",
            (id_, now, now),
        )
    return f"/v1/conversations/{id_}/messages"


def rows_of(folder: Path, message: str) -> dict[str, Any]:
    with contextlib.closing(sqlite3.connect(folder / "data" / "answerable.db", timeout=30)) as db:
        db.row_factory = sqlite3.Row
        return dict(db.execute("select * from messages where id = ?", (message,)).fetchone())


@contextlib.asynccontextmanager
async def two_workers(folder: Path, *, redis: bool = True) -> AsyncIterator[tuple[Models, list[str]]]:
    with contextlib.ExitStack() as stack:
        address = stack.enter_context(running_redis(folder)).url if redis else ""
        async with models_server() as models:
            servers = serving_processes(folder, 2, environment(models.url, address))
            urls = await asyncio.to_thread(stack.enter_context, servers)
            try:
                yield models, urls
            finally:
                await asyncio.to_thread(stack.close)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Path, list[str]]]:
    """A folder and the two workers on it, with Redis."""
    folder = tmp_path_factory.mktemp("workers")
    async with two_workers(folder) as (_, urls):
        yield folder, urls


async def test_a_client_that_is_cut_off_anywhere_gets_the_rest_from_another_worker(
    shared: tuple[Path, list[str]],
) -> None:
    dice, (folder, urls) = random.Random(11), shared
    async with aiohttp.ClientSession() as http:

        async def cut_and_resume(number: int) -> None:
            talk = Talk(http, new_conversation(folder))
            message, last = await talk.say(urls[0], until=dice.randint(1, 40))
            await asyncio.sleep(dice.random() * 0.6)
            await talk.follow(urls[1], message, last, by_header=number % 2 == 0)
            whole = Talk(http, talk.path)
            await whole.follow(urls[0], message, 0)
            assert talk.frames == whole.frames
            assert [number_of(one) for one in talk.frames] == list(range(1, len(talk.frames) + 1))
            assert text_of(talk.frames) == DRIPPED
            assert talk.frames[-1].endswith(b"data: [DONE]")

        await asyncio.gather(*(cut_and_resume(number) for number in range(RESUMED)))


async def test_two_tabs_a_plain_reader_and_a_stop_from_another_worker(
    shared: tuple[Path, list[str]],
) -> None:
    folder, urls = shared
    async with aiohttp.ClientSession() as http:
        talk = Talk(http, new_conversation(folder))
        message, _ = await talk.say(urls[0], until=3)
        tabs = [Talk(http, talk.path) for _ in range(2)]
        await asyncio.gather(*(tab.follow(url, message, 0) for tab, url in zip(tabs, urls, strict=True)))
        assert tabs[0].frames == tabs[1].frames
        assert tabs[0].frames[:3] == talk.frames

        async with http.post(f"{urls[1]}{talk.path}", json={"content": "And now?", "stream": False}) as response:
            whole = await response.json()
            assert response.headers["x-answerable-model"] == "drip"
        assert (whole["status"], whole["content"]) == ("done", DRIPPED)
        assert whole["answer"]["route"]["model"] == "drip"

        slow = Talk(http, talk.path)
        message, last = await slow.say(urls[0], until=3, model="slow")
        reader = asyncio.create_task(slow.follow(urls[1], message, last))
        async with http.post(f"{urls[0]}{talk.path}", json={"content": "More?"}) as response:
            refused = await response.json()
        assert (response.status, refused["error"]["code"]) == (409, "answer_running")
        stopped = await slow.stop(urls[1], message)
        assert (stopped["status"], stopped["content"]) == ("stopped", "Well, ")
        await asyncio.wait_for(reader, 60)
        assert data_of(slow.frames[-1])["answerable"]["type"] == "stopped"
        assert rows_of(folder, message)["status"] == "stopped"

        async with http.post(f"{urls[0]}{talk.path}", json={"content": "Down?", "model": "down"}) as response:
            assert response.status == 500 or response.status == 502
        with contextlib.closing(sqlite3.connect(folder / "data" / "answerable.db")) as db:
            failed = db.execute("select status, error from messages order by id desc limit 1").fetchone()
        assert failed == ("failed", "provider_down")


async def test_a_worker_that_is_killed_loses_at_most_the_last_second(tmp_path: Path) -> None:
    with running_redis(tmp_path) as redis:
        async with models_server() as models:
            given = environment(models.url, redis.url)
            logs = [tmp_path / "victim.log", tmp_path / "witness.log"]
            servers = [start_server(tmp_path, log, given) for log in logs]
            try:
                urls = [await asyncio.to_thread(address_in, log, one) for log, one in zip(logs, servers, strict=True)]
                async with aiohttp.ClientSession() as http:
                    talk = Talk(http, new_conversation(tmp_path))
                    message, _ = await talk.say(urls[0], until=6, model="endless")
                    tab = Talk(http, talk.path)
                    reader = asyncio.create_task(tab.follow(urls[1], message, 0))
                    await until(lambda: len(tab.frames) > 20)
                    before = text_of(tab.frames)
                    # within a second, and some more on a busy machine, while it goes on
                    await until(lambda: rows_of(tmp_path, message)["text"].startswith(before), within_s=4.0)
                    servers[0].send_signal(signal.SIGKILL)
                    async with asyncio.timeout(60):
                        await reader
                    end, stored = data_of(tab.frames[-1]), data_of(tab.frames[-2])["answerable"]
                    assert end["error"]["code"] == "interrupted"
                    assert stored["status"] == "interrupted"
                    text = rows_of(tmp_path, message)["text"]
                    assert text.startswith(before)
                    assert before.startswith("Well, word 0")
                    again = Talk(http, talk.path)
                    await again.follow(urls[1], message, 0)
                    assert b"[DONE]" not in again.frames[-1]
                    more = Talk(http, talk.path)
                    assert (await more.say(urls[1], model="good"))[0] != message
                    assert more.frames[-1].endswith(b"data: [DONE]")
            finally:
                for server in servers:
                    server.terminate()
                    server.wait(30)


async def test_without_redis_another_worker_tells_the_answer_once_it_is_finished(tmp_path: Path) -> None:
    async with two_workers(tmp_path, redis=False) as (_, urls), aiohttp.ClientSession() as http:
        talk = Talk(http, new_conversation(tmp_path))
        message, last = await talk.say(urls[0], until=4)
        tab = Talk(http, talk.path)
        await tab.follow(urls[1], message, last)
        stored, end = tab.frames
        assert (data_of(stored)["answerable"]["type"], text_of([stored])) == ("stored", DRIPPED)
        assert end.endswith(b"data: [DONE]")
        slow = Talk(http, talk.path)
        message, _ = await slow.say(urls[0], until=3, model="slow")
        assert (await slow.stop(urls[1], message))["status"] == "stopped"
