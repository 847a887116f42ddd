import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from answerable.core.errors import Overloaded
from answerable.core.identity import Tier
from answerable.gateway.queue import TIERS, Config, Place, Queue, Watcher


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Line:
    """A queue whose waiters are tasks: `served` has the names in the order in which they got their places."""

    def __init__(self, clock: Callable[[], float] | None = None, **config: Any) -> None:
        self.clock = Clock()
        self.waits: list[tuple[Tier, float]] = []
        self.refusals: list[Tier] = []
        watcher = Watcher(lambda tier, seconds: self.waits.append((tier, seconds)), self.refusals.append)
        self.queue = Queue(Config(**config), watcher, clock or self.clock)
        self.served: list[str] = []
        self.places: list[Place] = []
        self.tasks: list[asyncio.Task[None]] = []

    async def come(self, name: str, tier: Tier) -> asyncio.Task[None]:
        async def run() -> None:
            self.places.append(await self.queue.enter(tier))
            self.served.append(name)

        task = asyncio.create_task(run())
        self.tasks.append(task)
        await settle()
        return task

    async def end_one(self) -> None:
        self.places.pop(0).leave()
        await settle()

    async def serve_all(self) -> list[str]:
        while self.places:
            await self.end_one()
        return self.served


async def settle() -> None:
    for _ in range(4):
        await asyncio.sleep(0)


async def test_who_finds_room_does_not_wait() -> None:
    line = Line(running=2)
    first, second = await line.queue.enter("free"), await line.queue.enter("enterprise")
    assert (first.waited_s, second.waited_s, line.queue.running) == (0.0, 0.0, 2)
    assert line.waits == []


async def test_higher_tiers_go_first_and_each_tier_in_order() -> None:
    line = Line(running=1)
    coming: list[tuple[str, Tier]] = [("first", "free"), ("f1", "free"), ("p1", "pro"), ("f2", "free")]
    for name, tier in coming:
        await line.come(name, tier)
    await line.come("e1", "enterprise")
    await line.come("p2", "pro")
    assert line.queue.waiting == {"enterprise": 1, "pro": 2, "free": 2}
    assert await line.serve_all() == ["first", "e1", "p1", "p2", "f1", "f2"]


async def test_a_free_request_is_passed_only_by_those_that_came_soon_after_it() -> None:
    line = Line(running=1, head_start_s=10, longest_wait_s=1_000)
    await line.come("runs", "enterprise")
    await line.come("free", "free")
    line.clock.now += 19
    await line.come("within its head start", "enterprise")
    line.clock.now += 2
    await line.come("too late to pass", "enterprise")
    assert await line.serve_all() == ["runs", "within its head start", "free", "too late to pass"]


async def test_the_estimate_follows_from_how_long_requests_run() -> None:
    line = Line(running=2)
    for _ in range(200):
        place = await line.queue.enter("pro")
        line.clock.now += 4
        place.leave()
    await line.come("a", "pro")
    await line.come("b", "pro")
    assert line.queue.estimate_s(0) == pytest.approx(2.0)
    assert line.queue.estimate_s(9) == pytest.approx(20.0)
    line.clock.now += 10  # none ended for 6 s longer than one takes
    assert line.queue.estimate_s(0) == pytest.approx(8.0)


async def test_time_in_which_nothing_ran_is_no_stall() -> None:
    line = Line(running=1)
    (await line.queue.enter("pro")).leave()
    line.clock.now += 3_600
    await line.come("after a quiet hour", "pro")
    assert line.queue.estimate_s(0) < 2


async def test_a_full_line_refuses_and_says_how_many_wait_and_how_long() -> None:
    line = Line(running=1, waiting=2)
    for name in ("runs", "w1", "w2"):
        await line.come(name, "free")
    with pytest.raises(Overloaded, match=r"2 requests wait, about 3 s; come again after that") as refused:
        await line.queue.enter("free")
    assert refused.value.retry_after_s == 3.0
    assert (refused.value.status, refused.value.code) == (503, "overloaded")
    assert line.refusals == ["free"]


async def test_in_a_full_line_the_newest_of_a_lower_tier_makes_room() -> None:
    line = Line(running=1, waiting=2)
    await line.come("runs", "free")
    stays, goes = await line.come("f1", "free"), await line.come("f2", "free")
    await line.come("p1", "pro")
    assert isinstance(goes.exception(), Overloaded)
    assert not stays.done()
    with pytest.raises(Overloaded):
        await line.queue.enter("free")
    assert await line.serve_all() == ["runs", "p1", "f1"]
    assert line.refusals == ["free", "free"]


async def test_an_equal_or_higher_tier_never_makes_room() -> None:
    line = Line(running=1, waiting=1)
    await line.come("runs", "pro")
    waits = await line.come("p1", "pro")
    with pytest.raises(Overloaded):
        await line.queue.enter("pro")
    with pytest.raises(Overloaded):
        await line.queue.enter("free")
    assert not waits.done()
    await line.serve_all()


async def test_a_line_that_would_last_too_long_refuses_before_it_is_full() -> None:
    line = Line(running=1, waiting=1_000, longest_wait_s=10)
    for _ in range(100):
        place = await line.queue.enter("pro")
        line.clock.now += 4
        place.leave()
    await line.come("runs", "free")
    await line.come("w1", "free")
    newest = await line.come("w2", "free")
    with pytest.raises(Overloaded, match="about 12 s"):
        await line.queue.enter("free")
    await line.come("pays", "enterprise")
    assert isinstance(newest.exception(), Overloaded)
    assert await line.serve_all() == ["runs", "pays", "w1"]


async def test_nobody_waits_longer_than_the_longest_wait() -> None:
    line = Line(time.perf_counter, running=1, longest_wait_s=0.05)
    line.queue.free(line.clock.now)  # a mean time is known: next to nothing
    line.queue.running = 0
    line.queue._mean_s = 0.001
    place = await line.queue.enter("pro")
    with pytest.raises(Overloaded):
        await line.queue.enter("pro")
    assert line.queue.waiting["pro"] == 0
    place.leave()
    assert line.queue.running == 0


async def test_who_hangs_up_leaves_the_line_at_once() -> None:
    line = Line(running=1)
    await line.come("runs", "free")
    gone = await line.come("gone", "free")
    await line.come("next", "free")
    gone.cancel()
    await settle()
    assert line.queue.waiting["free"] == 1
    assert await line.serve_all() == ["runs", "next"]


async def test_a_place_that_comes_with_the_hang_up_goes_to_the_next() -> None:
    line = Line(running=1)
    await line.come("runs", "free")
    gone = await line.come("gone", "free")
    await line.come("next", "free")
    line.places.pop(0).leave()  # its turn has come, and it has not noticed yet
    gone.cancel()
    await settle()
    assert line.served == ["runs", "next"]
    assert line.queue.running == 1


async def test_a_place_is_given_back_once() -> None:
    line = Line(running=2)
    first, _second = await line.queue.enter("pro"), await line.queue.enter("pro")
    first.leave()
    first.leave()
    assert line.queue.running == 1


async def test_how_full_the_line_is() -> None:
    line = Line(running=1, waiting=4, longest_wait_s=1_000)
    assert line.queue.fullness == 0.0
    await line.come("runs", "pro")
    await line.come("w1", "pro")
    assert line.queue.fullness == 0.25
    line.clock.now += 900
    assert line.queue.fullness > 0.85  # nothing ends, and the wait grows


async def test_a_pass_without_waiting_costs_microseconds() -> None:
    queue = Queue(Config())

    async def passes(count: int) -> float:
        began = time.thread_time()
        for _ in range(count):
            (await queue.enter("free")).leave()
        return (time.thread_time() - began) / count

    assert min([await passes(2_000) for _ in range(10)]) < 20e-6


@pytest.mark.parametrize("wrong", [{"running": 0}, {"waiting": -1}, {"longest_wait_s": 0}, {"head_start_s": -1}])
def test_a_line_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="queue: "):
        Config(**wrong)


STEPS = st.lists(
    st.tuples(st.sampled_from(["come", "end", "cancel", "later"]), st.sampled_from(TIERS), st.integers(0, 30)),
    max_size=120,
)


@settings(max_examples=150, deadline=None)
@given(STEPS, st.integers(1, 3), st.integers(0, 5))
def test_no_place_is_ever_lost_or_given_twice(steps: list[tuple[str, Tier, int]], running: int, waiting: int) -> None:
    """Whatever comes, ends and hangs up in whatever order: as many run as there are places while anybody waits, nobody
    runs beyond them, and in the end all are free.
    """

    async def play() -> None:
        line = Line(running=running, waiting=waiting, longest_wait_s=200)
        for number, (what, tier, which) in enumerate(steps):
            if what == "come":
                task = asyncio.create_task(_hold(line, tier))
                line.tasks.append(task)
            elif what == "end" and line.places:
                line.places.pop(which % len(line.places)).leave()
            elif what == "cancel" and line.tasks:
                line.tasks[which % len(line.tasks)].cancel()
            else:
                line.clock.now += which
            if number % 3 == 0:  # else several things happen before anybody notices
                await settle()
            assert line.queue.running <= running
            assert sum(line.queue.waiting.values()) <= waiting
            assert line.queue.running == running or not any(line.queue.waiting.values())
        await settle()
        assert line.queue.running == len(line.places)
        while line.places:
            await line.end_one()
        await asyncio.gather(*line.tasks, return_exceptions=True)
        assert line.queue.running == 0
        assert not any(line.queue.waiting.values())

    asyncio.run(play())


async def _hold(line: Line, tier: Tier) -> None:
    with contextlib.suppress(Overloaded):
        line.places.append(await line.queue.enter(tier))
