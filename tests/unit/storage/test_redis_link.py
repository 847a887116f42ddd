"""The link to Redis: a real server, killed and started again, and one that takes connections and never answers."""

import asyncio
import time
from pathlib import Path

import pytest
import redis

from answerable.core.errors import SetupError
from answerable.storage.redis_link import RedisDown, RedisLink
from tests.support.patience import LONG_S
from tests.support.redis import Outages, running_redis, up


async def test_commands_that_are_ready_together_get_each_its_own_reply(tmp_path: Path) -> None:
    with running_redis(tmp_path) as server:
        link = await up(RedisLink(server.url, timeout_s=5))
        await asyncio.gather(*(link.call("SET", f"k{n}", n) for n in range(1_000)))
        assert await asyncio.gather(*(link.call("GET", f"k{n}") for n in range(1_000))) == [
            str(n).encode() for n in range(1_000)
        ]
        await link.close()


async def test_a_refused_command_spoils_no_other(tmp_path: Path) -> None:
    with running_redis(tmp_path) as server:
        link = await up(RedisLink(server.url, timeout_s=5))
        replies = await asyncio.gather(
            link.call("SET", "a", 1), link.call("NONSENSE"), link.call("GET", "a"), return_exceptions=True
        )
        assert replies[0] == b"OK"
        assert isinstance(replies[1], redis.ResponseError)
        assert replies[2] == b"1"
        await link.close()


async def test_a_caller_that_leaves_takes_nobody_elses_reply(tmp_path: Path) -> None:
    with running_redis(tmp_path) as server:
        link = await up(RedisLink(server.url, timeout_s=5))
        leaving = asyncio.create_task(link.call("SET", "a", 1))
        staying = asyncio.create_task(link.call("ECHO", "here"))
        await asyncio.sleep(0)
        leaving.cancel()
        assert await staying == b"here"
        await link.close()


async def test_it_is_told_of_an_outage_once_and_comes_back_by_itself(tmp_path: Path) -> None:
    outages = Outages()
    with running_redis(tmp_path) as server:
        link = await up(RedisLink(server.url, outages, timeout_s=5))
        del outages.told[:-1]  # a busy machine may have had to wait for the first connection
        server.kill()
        for _ in range(20):
            with pytest.raises(RedisDown):
                await link.call("PING")
        assert outages.told == [True, False]
        server.start()
        await outages.wait_for_the_end()
        assert await link.call("PING") == b"PONG"
        assert outages.told == [True, False, True]
        await link.close()


async def test_a_redis_that_is_not_there_stops_nothing(tmp_path: Path) -> None:
    told: list[str] = []
    link = await RedisLink(f"unix://{tmp_path}/none.sock", lambda up, why: told.append(why)).open()
    assert not link.is_up
    with pytest.raises(RedisDown):
        await link.call("PING")
    assert len(told) == 1
    await link.close()


async def test_a_redis_that_never_answers_costs_one_short_wait(tmp_path: Path) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        greeted = False
        while data := await reader.read(65_536):
            if b"PING" in data:
                greeted = True
            if not greeted:  # the driver introduces itself; every line of that is fine with us
                writer.write(b"+OK\r\n" * data.count(b"*"))
        writer.close()

    path = str(tmp_path / "silent.sock")
    server = await asyncio.start_unix_server(silent, path)
    link = await up(RedisLink(f"unix://{path}"))
    clock = asyncio.get_running_loop().time
    began = clock()
    replies = await asyncio.gather(*(link.call("PING") for _ in range(50)), return_exceptions=True)
    assert all(isinstance(reply, RedisDown) for reply in replies)
    assert clock() - began < 0.5, "40 ms on an idle machine"
    await link.close()
    server.close()
    await server.wait_closed()


def test_a_url_that_is_none_is_said_at_once() -> None:
    with pytest.raises(SetupError, match="redis://"):
        RedisLink("localhost:6379")


def test_a_loop_that_was_busy_is_no_outage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("answerable.storage.redis_link._BUSY_S", LONG_S)  # the machine may be busy too
    told: list[bool] = []

    async def work(url: str) -> None:
        link = await up(RedisLink(url, lambda up, _why: told.append(up), timeout_s=0.4))
        told.clear()
        try:
            for _ in range(2):
                call = asyncio.ensure_future(link.call("SET", "busy", "1"))
                for _ in range(2):
                    await asyncio.sleep(0)
                    busy_until = time.perf_counter() + 0.5  # longer than the timeout, and nothing is read meanwhile
                    while time.perf_counter() < busy_until:
                        pass
                await call
        finally:
            await link.close()

    with running_redis(tmp_path) as server:
        asyncio.run(work(server.url))  # by the machine's own clock: in patient time no loop is busy
    assert told == []


def test_a_machine_that_stood_still_is_no_outage(tmp_path: Path) -> None:
    async def paused(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            if b"PING" not in data:  # the driver introduces itself; every line of that is fine with us
                writer.write(b"+OK\r\n" * data.count(b"*"))
                continue
            time.sleep(1.2)  # noqa: ASYNC251 - neither we nor Redis run meanwhile
            await asyncio.sleep(0.05)
            writer.write(b"+PONG\r\n")
        writer.close()

    async def work() -> None:
        told: list[bool] = []
        path = str(tmp_path / "paused.sock")
        server = await asyncio.start_unix_server(paused, path)
        link = await up(RedisLink(f"unix://{path}", lambda up, _why: told.append(up), timeout_s=0.5))
        told.clear()
        assert await link.call("PING") == b"PONG"
        assert told == []
        await link.close()
        server.close()
        await server.wait_closed()

    asyncio.run(work())  # by the machine's own clock
