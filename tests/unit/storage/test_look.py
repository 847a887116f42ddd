import asyncio
import time

import pytest

from answerable.core.errors import StorageDown
from answerable.storage.look import Look


async def test_each_sees_what_was_there_when_they_asked_and_those_who_wait_share_a_look() -> None:
    begun, there, seen = asyncio.Event(), 0, list[int]()

    async def read() -> int:
        begun.set()
        seen.append(there)
        await asyncio.sleep(0.01)
        return seen[-1]

    look = Look(read, 5)
    first = asyncio.create_task(look())
    await begun.wait()
    there = 1
    assert set(await asyncio.gather(look(), look(), look())) == {1}
    await first
    assert seen == [0, 1]
    assert await look() == 1
    assert seen == [0, 1, 1]


async def test_a_look_that_hangs_is_not_waited_for_and_gets_no_second_one_beside_it() -> None:
    hangs, looks = asyncio.Event(), 0

    async def read() -> None:
        nonlocal looks
        looks += 1
        await hangs.wait()

    look = Look(read, 0.02)
    for _ in range(3):
        with pytest.raises(StorageDown, match=r"within 0\.02 s") as refused:
            await look()
        assert not refused.value.unreachable
    assert (looks, look.is_running) == (1, True)
    hangs.set()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not look.is_running
    await look()
    assert looks == 2


async def test_a_failure_reaches_everybody_who_waits_and_who_leaves_ends_it_for_nobody() -> None:
    begun = asyncio.Event()

    async def read() -> None:
        begun.set()
        await asyncio.sleep(0.02)
        raise StorageDown("gone")

    look = Look(read, 5)
    leaves, stays = asyncio.create_task(look()), asyncio.create_task(look())
    await begun.wait()
    leaves.cancel()
    with pytest.raises(StorageDown, match="gone"):
        await stays


def test_a_machine_that_stood_still_is_no_database_that_hangs() -> None:
    async def read() -> str:
        await asyncio.sleep(0.01)
        time.sleep(0.5)  # noqa: ASYNC251 - nothing runs meanwhile, as on a machine that is paused
        await asyncio.sleep(0.01)  # and what had come is seen a moment later
        return "there"

    async def work() -> str:
        return await Look(read, 0.2)()

    assert asyncio.run(work()) == "there"  # by the machine's own clock: in patient time nothing stands still
