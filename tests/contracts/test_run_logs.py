"""Every implementation of RunLog: in this process, and over a real Redis with a reader in another process's place."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from answerable.core.ports import RunLog
from answerable.storage.redis_link import RedisLink
from answerable.storage.redis_run_log import RedisRunLog
from answerable.storage.run_log import Bounds, MemoryRunLog
from tests.support.patience import LONG_S, until
from tests.support.redis import Outages, RedisServer, running_redis, up

SHELL = (b'{"content":', b"}")
SMALL = Bounds(run_bytes=1_000, all_bytes=3_000)


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Pair:
    """Where a run is written, and where it is read: the same log, or that of another worker."""

    writer: RunLog
    reader: RunLog
    clock: Clock


@contextlib.asynccontextmanager
async def opened(kind: str, folder: Path, bounds: Bounds | None = None) -> AsyncIterator[Pair]:
    clock = Clock()
    if kind == "memory":
        alone = MemoryRunLog(bounds, clock)
        yield Pair(alone, alone, clock)
        return
    with running_redis(folder) as server:
        links = [await opened_link(server) for _ in range(2)]
        logs = [RedisRunLog(link, bounds, clock) for link in links]
        yield Pair(logs[0], logs[0 if kind == "redis" else 1], clock)
        for log, link in zip(logs, links, strict=True):
            await log.close()
            await link.close()


async def opened_link(server: RedisServer) -> RedisLink:
    outages = Outages()
    link = await up(RedisLink(server.url, outages, timeout_s=5))
    await outages.wait_for_the_end()
    return link


@pytest.fixture(params=["memory", "redis", "another worker"])
async def pair(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Pair]:
    async with opened(request.param, tmp_path) as found:
        yield found


def frame(number: int) -> bytes:
    return SHELL[0] + b'"word %d"' % number + SHELL[1]


async def shared(pair: Pair, run: str) -> None:
    """Wait until the reader's side has heard of a run."""
    async with asyncio.timeout(LONG_S):
        while await pair.reader.read(run, 0) is None:  # noqa: ASYNC110 - it waits for no news
            await asyncio.sleep(0.01)


async def all_of(log: RunLog, run: str, after: int = 0) -> list[bytes]:
    frames: list[bytes] = []
    async with asyncio.timeout(LONG_S):
        while True:
            found = await log.read(run, after + len(frames))
            assert found is not None
            frames += found.data
            if found.over:
                return frames


async def test_frames_are_numbered_from_one_and_come_back_byte_by_byte(pair: Pair) -> None:
    pair.writer.begin("r", SHELL)
    written = [frame(1), b"[DONE]", SHELL[0], b"", SHELL[0] + SHELL[1], b"\0\1\2\3", "ü€".encode()]
    assert [pair.writer.append("r", one) for one in written] == [1, 2, 3, 4, 5, 6, 7]
    await shared(pair, "r")
    pair.writer.end("r")
    assert await all_of(pair.reader, "r") == written


@pytest.mark.parametrize("after", range(4))
async def test_a_reader_goes_on_from_any_number(pair: Pair, after: int) -> None:
    pair.writer.begin("r", SHELL)
    for number in range(3):
        pair.writer.append("r", frame(number))
    pair.writer.end("r")
    await shared(pair, "r")
    assert await all_of(pair.reader, "r", after) == [frame(number) for number in range(after, 3)]


async def test_readers_wait_for_more_and_all_of_them_get_it(pair: Pair) -> None:
    pair.writer.begin("r", SHELL)
    pair.writer.append("r", frame(0))
    await shared(pair, "r")
    readers = [asyncio.create_task(all_of(pair.reader, "r", after)) for after in (0, 0, 1)]
    for number in range(1, 50):
        pair.writer.append("r", frame(number))
        await asyncio.sleep(0.002)
    assert not any(reader.done() for reader in readers)
    pair.writer.end("r")
    whole = [frame(number) for number in range(50)]
    assert await asyncio.gather(*readers) == [whole, whole, whole[1:]]


async def test_a_read_that_is_cancelled_takes_nothing_away(pair: Pair) -> None:
    pair.writer.begin("r", SHELL)
    pair.writer.append("r", frame(0))
    await shared(pair, "r")
    waits = [asyncio.create_task(pair.reader.read("r", 1)) for _ in range(2)]
    await asyncio.sleep(0.1)
    waits[0].cancel()
    pair.writer.append("r", frame(1))
    found = await asyncio.wait_for(waits[1], LONG_S)
    assert found is not None
    assert found.data == [frame(1)]
    pair.writer.end("r")
    assert await all_of(pair.reader, "r") == [frame(0), frame(1)]


async def test_a_run_that_nobody_began_is_not_kept(pair: Pair) -> None:
    assert await pair.reader.read("nobody", 0) is None


async def test_thousands_of_frames_arrive_in_order(pair: Pair) -> None:
    pair.writer.begin("r", SHELL)
    written = [frame(number) for number in range(5_000)]
    for one in written:
        pair.writer.append("r", one)
    pair.writer.end("r")
    await shared(pair, "r")
    assert await all_of(pair.reader, "r") == written


async def test_runs_do_not_mix(pair: Pair) -> None:
    for run in range(300):
        pair.writer.begin(f"r{run}", SHELL)
    for run in range(300):
        pair.writer.append(f"r{run}", frame(run))
        pair.writer.end(f"r{run}")
    await shared(pair, "r299")
    assert [await all_of(pair.reader, f"r{run}") for run in range(300)] == [[frame(run)] for run in range(300)]


@pytest.mark.parametrize("kind", ["memory", "redis"])
async def test_a_log_is_forgotten_minutes_after_its_end(kind: str, tmp_path: Path) -> None:
    async with opened(kind, tmp_path, Bounds(kept_s=60)) as pair:
        for run in ("old", "running"):
            pair.writer.begin(run, SHELL)
            pair.writer.append(run, frame(1))
        pair.writer.end("old")
        pair.clock.now += 59
        pair.writer.begin("new", SHELL)
        assert await pair.reader.read("old", 0) is not None
        pair.clock.now += 2
        pair.writer.begin("newer", SHELL)
        assert await pair.reader.read("running", 0) is not None
        if kind == "memory":  # Redis counts its own time
            assert await pair.reader.read("old", 0) is None


@pytest.mark.parametrize("kind", ["memory", "redis"])
async def test_a_log_that_outgrows_its_bounds_loses_its_beginning(kind: str, tmp_path: Path) -> None:
    async with opened(kind, tmp_path, SMALL) as pair:
        pair.writer.begin("r", SHELL)
        for number in range(500):
            pair.writer.append("r", frame(number))
        assert await pair.reader.read("r", 0) is None
        found = await pair.reader.read("r", 495)
        assert found is not None
        assert found.data == [frame(number) for number in range(495, 500)]


async def test_finished_logs_make_room_for_others() -> None:
    log = MemoryRunLog(SMALL)
    for run in range(20):
        log.begin(f"r{run}", SHELL)
        for _ in range(20):
            log.append(f"r{run}", frame(7))
        log.end(f"r{run}")
    assert log.size_bytes <= 3_000
    assert await log.read("r0", 0) is None
    assert await log.read("r19", 0) is not None


def test_a_hundred_small_frames_are_kept_in_two_kilobytes() -> None:
    log = MemoryRunLog()
    head = b'{"id":"chatcmpl-%b","object":"chat.completion.chunk","choices":[{"delta":{"content":' % (b"0" * 32)
    log.begin("r", (head, b'},"index":0,"finish_reason":null}]}'))
    for number in range(100):
        log.append("r", head + b'" word%d"' % number + b'},"index":0,"finish_reason":null}]}')
    assert log.size_bytes < 2_000


async def test_an_outage_of_redis_holds_up_nobody_here_and_loses_nothing_there(tmp_path: Path) -> None:
    with running_redis(tmp_path) as server:
        links = [await opened_link(server) for _ in range(2)]
        here, there = (RedisRunLog(link) for link in links)
        here.begin("r", SHELL)
        here.append("r", frame(0))
        await shared(Pair(here, there, Clock()), "r")
        elsewhere = asyncio.create_task(all_of(there, "r"))
        await _outage(server, here)
        here.append("r", frame(2))
        here.end("r")
        assert await all_of(here, "r") == [frame(0), frame(1), frame(2)]
        assert await elsewhere == [frame(0), frame(1), frame(2)]
        assert await all_of(there, "r") == [frame(0), frame(1), frame(2)]
        for log, link in zip((here, there), links, strict=True):
            await log.close()
            await link.close()


async def _outage(server: RedisServer, log: RunLog) -> None:
    """Redis dies, forgets everything and comes back; a frame is written and read here meanwhile."""
    server.kill()
    await asyncio.sleep(0.1)
    log.append("r", frame(1))
    found = await log.read("r", 1)
    assert found is not None
    assert found.data == [frame(1)]
    server.start()


async def test_sending_again_what_redis_has_changes_nothing(tmp_path: Path) -> None:
    with running_redis(tmp_path) as server:
        link = await opened_link(server)
        log = RedisRunLog(link)
        log.begin("r", SHELL)
        for number in range(3):
            log.append("r", frame(number))
        await log._tell()
        log._told["r"] = 1  # the reply was lost on the way
        log.append("r", frame(3))
        await log._tell()
        log.end("r")
        await log.close()
        other = RedisRunLog(link)
        assert await all_of(other, "r") == [frame(number) for number in range(4)]
        await other.close()
        await link.close()


async def test_a_redis_that_refuses_is_told_again_what_it_lacks(tmp_path: Path) -> None:
    refusals: list[str] = []
    with running_redis(tmp_path) as server:
        links = [await opened_link(server) for _ in range(2)]
        here, there = (RedisRunLog(link, on_refusal=refusals.append) for link in links)
        here.begin("r", SHELL)
        here.append("r", frame(0))
        await shared(Pair(here, there, Clock()), "r")
        await links[0].call("CONFIG", "SET", "maxmemory", "1")
        here.append("r", frame(1))
        await until(lambda: bool(refusals))
        await links[0].call("CONFIG", "SET", "maxmemory", "0")
        here.append("r", frame(2))
        here.end("r")
        assert await all_of(there, "r") == [frame(0), frame(1), frame(2)]
        assert len(refusals) == 1
        for log, link in zip((here, there), links, strict=True):
            await log.close()
            await link.close()


async def test_what_is_forgotten_here_while_others_are_told_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("answerable.storage.redis_run_log._RUNS", 1)
    with running_redis(tmp_path) as server:
        link = await opened_link(server)
        log = RedisRunLog(link)
        ask = log._append.run
        for run in "ab":
            log.begin(run, SHELL)
            log.append(run, frame(0))

        async def forgetting(*given: Any) -> Any:
            log._here.leave("b")
            return await ask(*given)

        log._append.run = forgetting  # type: ignore[method-assign, assignment]
        await log._tell()
        log.end("a")
        await log.close()
        other = RedisRunLog(link)
        assert await all_of(other, "a") == [frame(0)]
        assert await other.read("b", 0) is None
        await other.close()
        await link.close()
