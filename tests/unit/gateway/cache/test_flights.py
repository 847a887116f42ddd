"""Equal requests at the same time."""

import asyncio

from answerable.gateway.cache.entry import Entry, make
from answerable.gateway.cache.flights import Flight, Flights
from tests.support.caching import Clock, answer

ENTRY = make("red", bytes(32), 0.0, 60, answer())


async def joined(flights: Flights, count: int = 1) -> "list[asyncio.Task[Flight | Entry | None]]":
    tasks = [asyncio.create_task(flights.join(b"k")) for _ in range(count)]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks


async def lead(flights: Flights) -> Flight:
    flight = await flights.join(b"k")
    assert isinstance(flight, Flight)
    return flight


async def test_those_who_wait_get_the_answer_of_the_leader() -> None:
    flights = Flights(30, 2, Clock())
    flight = await lead(flights)
    waiting = await joined(flights, 5)
    flights.land(flight, ENTRY)
    assert await asyncio.gather(*waiting) == [ENTRY] * 5
    assert len(flights) == 0


async def test_when_the_leader_fails_one_of_them_leads_and_the_others_wait_on() -> None:
    flights = Flights(30, 2, Clock())
    waiting = await joined(flights, 1)
    first = waiting[0].result()
    assert isinstance(first, Flight)
    others = await joined(flights, 4)
    flights.land(first, "failed")
    await joined(flights, 0)
    second = [task.result() for task in others if task.done()]
    assert len(second) == 1
    assert isinstance(second[0], Flight)
    flights.land(second[0], ENTRY)
    assert [task.result() for task in others if await task is ENTRY] == [ENTRY] * 3


async def test_after_so_many_failed_leaders_all_go_by_themselves() -> None:
    flights = Flights(30, 2, Clock())
    first = await lead(flights)
    others = await joined(flights, 4)
    flights.land(first, "failed")
    await joined(flights, 0)
    second = next(task.result() for task in others if task.done())
    assert isinstance(second, Flight)
    flights.land(second, "failed")
    rest = await asyncio.gather(*others)
    assert rest.count(None) == 3


async def test_an_answer_that_may_not_be_shared_sends_all_off_at_once() -> None:
    flights = Flights(30, 2, Clock())
    flight = await lead(flights)
    waiting = await joined(flights, 3)
    flights.land(flight, "unfit")
    assert await asyncio.gather(*waiting) == [None] * 3


async def test_waiting_ends() -> None:
    flights = Flights(0.01, 2, Clock())
    flight = await lead(flights)
    assert await flights.join(b"k") is None
    flights.land(flight, ENTRY)


async def test_a_flight_that_never_landed_is_replaced() -> None:
    clock = Clock()
    flights = Flights(30, 2, clock)
    lost = await lead(flights)
    clock.now += 31
    again = await lead(flights)
    flights.land(lost, "failed")
    assert len(flights) == 1
    flights.land(again, ENTRY)


async def test_one_who_waits_may_give_up_without_harm() -> None:
    flights = Flights(30, 2, Clock())
    flight = await lead(flights)
    waiting = await joined(flights, 2)
    waiting[0].cancel()
    await asyncio.gather(waiting[0], return_exceptions=True)
    flights.land(flight, ENTRY)
    assert await waiting[1] is ENTRY


async def test_the_first_landing_counts() -> None:
    flights = Flights(30, 2, Clock())
    flight = await lead(flights)
    waiting = await joined(flights)
    flights.land(flight, ENTRY)
    flights.land(flight, "failed")
    assert await waiting[0] is ENTRY
