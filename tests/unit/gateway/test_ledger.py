import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from answerable.core.errors import ServiceError
from answerable.core.identity import Principal
from answerable.core.usage import Attempt, Usage
from answerable.gateway.ledger import Config, Ledger
from answerable.gateway.ledger_entry import Entry, Opening
from answerable.storage import ledger as rows
from answerable.storage.database import Database
from answerable.storage.schema import attempts, requests
from answerable.telemetry.metrics import Metrics
from tests.support.outage import away
from tests.support.patience import until

ANN = Principal("ann")
CHAT = Opening("POST /v1/chat/completions", "m")
DONE = Attempt("m", "Chat", "answered", Usage(10, 5), Decimal("0.001"), 5.0)


class Timer:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def ledger_of(database: Database, tmp_path: Path, timer: Timer | None = None, **config: Any) -> Ledger:
    return Ledger(Config(**config), database, tmp_path / "ledger", Metrics(), timer=timer or Timer())


async def stored(database: Database) -> dict[str, str]:
    async with database.read() as connection:
        rows = (await connection.execute(select(requests.c.id, requests.c.outcome))).all()
    assert len(rows) == len({row.id for row in rows})
    return {row.id: row.outcome for row in rows}


def ended(ledger: Ledger, outcome: Any = "answered") -> Entry:
    entry = ledger.open(ANN, CHAT)
    entry.attempt(DONE)
    entry.close(outcome)
    return entry


async def test_every_outcome_is_one_row(database: Database, tmp_path: Path) -> None:
    ledger = await ledger_of(database, tmp_path).start()
    outcomes = ["answered", "abstained", "cached", "degraded", "stopped", "refused", "blocked", "failed"]
    entries = [ended(ledger, outcome) for outcome in outcomes]
    await ledger.close()
    assert await stored(database) == {e.id: outcome for e, outcome in zip(entries, outcomes, strict=True)}
    async with database.read() as connection:
        tries = (await connection.execute(select(attempts).order_by(attempts.c.request_id))).all()
    assert [(row.request_id, row.number, row.cost_nano) for row in tries] == [(e.id, 0, 1_000_000) for e in entries]


async def test_ids_grow_with_time_and_are_never_equal(database: Database, tmp_path: Path) -> None:
    now = [1_700_000_000.0]
    ledger = Ledger(Config(), database, tmp_path, clock=lambda: now[0])
    first = [ledger.open(ANN, CHAT).id for _ in range(1_000)]
    now[0] += 0.001
    later = ledger.open(ANN, CHAT).id
    assert len(set(first)) == 1_000
    assert max(first) < later
    assert len(later) <= 40


async def test_a_request_that_lasts_leaves_a_trace_and_then_its_row(database: Database, tmp_path: Path) -> None:
    timer = Timer()
    ledger = ledger_of(database, tmp_path, timer)
    long, short = ledger.open(ANN, CHAT), ledger.open(ANN, CHAT)
    timer.now += 0.5
    await ledger.flush()
    assert await stored(database) == {}
    short.close("answered")
    timer.now += 0.6
    fresh = ledger.open(ANN, CHAT)
    await ledger.flush()
    assert await stored(database) == {long.id: "running", short.id: "answered"}
    long.attempt(DONE)
    long.close("answered")
    fresh.close("failed", "provider_down")
    await ledger.flush()
    assert await stored(database) == {long.id: "answered", short.id: "answered", fresh.id: "failed"}


async def test_what_a_dead_worker_left_becomes_lost_and_what_a_living_one_has_stays(
    database: Database, tmp_path: Path
) -> None:
    timer = Timer()
    dead, living = ledger_of(database, tmp_path, timer), await ledger_of(database, tmp_path, timer).start()
    gone, there = dead.open(ANN, CHAT), living.open(ANN, CHAT)
    timer.now += 2
    await dead.flush()
    await living.flush()
    (tmp_path / "ledger" / f"worker-{dead.worker}.lock").touch()  # what a killed process leaves
    after = await ledger_of(database, tmp_path, timer).start()
    assert await stored(database) == {gone.id: "lost", there.id: "running"}
    async with database.read() as connection:
        assert (await connection.execute(select(requests.c.unpriced).where(requests.c.id == gone.id))).scalar()
    there.close("answered")
    await living.close()
    await after.close()
    assert await stored(database) == {gone.id: "lost", there.id: "answered"}
    assert list((tmp_path / "ledger").iterdir()) == []


async def test_a_worker_of_another_machine_is_dead_when_its_request_lasts_too_long(
    database: Database, tmp_path: Path
) -> None:
    timer = Timer()
    elsewhere = await Ledger(Config(), database, tmp_path / "elsewhere", timer=timer).start()
    entry = elsewhere.open(ANN, CHAT)
    timer.now += 2
    await elsewhere.flush()
    here = ledger_of(database, tmp_path, timer)
    assert await here.recover() == 0
    later = Ledger(Config(longest_s=60), database, tmp_path / "here", clock=lambda: entry.at + 61)
    assert await later.recover() == 1
    assert await stored(database) == {entry.id: "lost"}
    entry.close("answered")
    await elsewhere.close()
    assert await stored(database) == {entry.id: "answered"}


async def test_while_the_database_is_away_rows_wait_and_none_is_lost(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'a.db'}")
    ledger = ledger_of(database, tmp_path)
    entries = [ended(ledger) for _ in range(3)]
    for _ in range(2):
        with pytest.raises(ServiceError):
            await ledger.flush()
    assert ledger.waiting == 3
    await database.open()
    entries.append(ended(ledger))
    await ledger.flush()
    assert ledger.waiting == 0
    assert await stored(database) == {entry.id: "answered" for entry in entries}
    await database.close()


async def test_an_outage_between_leaves_no_row_out_and_gives_none_twice(database: Database, tmp_path: Path) -> None:
    ledger = await ledger_of(database, tmp_path, flush_s=0.01).start()
    entries = [ended(ledger)]
    with away(database):
        for _ in range(50):
            entries.append(ended(ledger))
            await asyncio.sleep(0.01)
        assert ledger.waiting >= 50
    await until(lambda: not ledger.waiting)
    assert await stored(database) == {entry.id: "answered" for entry in entries}
    assert ledger.given_up == 0
    await ledger.close()


async def test_locks_of_others_that_cannot_be_opened_do_not_end_the_writing(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger, looked = await ledger_of(database, tmp_path).start(), asyncio.Event()

    async def full() -> int:
        looked.set()
        raise OSError(24, "too many open files")

    monkeypatch.setattr(ledger, "recover", full)
    ledger._recovered_at = float("-inf")
    first = ended(ledger)
    await asyncio.wait_for(looked.wait(), 10)
    second = ended(ledger)
    await ledger.close()
    assert await stored(database) == {first.id: "answered", second.id: "answered"}


async def test_a_trace_that_could_not_be_written_is_tried_again(tmp_path: Path) -> None:
    database, timer = Database(f"sqlite:///{tmp_path / 'a.db'}"), Timer()
    ledger = ledger_of(database, tmp_path, timer)
    first = ledger.open(ANN, CHAT)
    timer.now += 2
    with pytest.raises(ServiceError):
        await ledger.flush()
    second = ledger.open(ANN, CHAT)
    await database.open()
    await ledger.flush()
    assert await stored(database) == {first.id: "running"}
    first.close("answered")
    second.close("answered")
    await ledger.flush()
    assert set((await stored(database)).values()) == {"answered"}
    await database.close()


async def test_one_row_that_is_refused_does_not_stop_the_others(database: Database, tmp_path: Path) -> None:
    ledger = ledger_of(database, tmp_path)
    entries = [ended(ledger) for _ in range(20)]
    entries[7].fallbacks = 2**70
    while ledger.waiting:
        await ledger.flush()
    assert ledger.given_up == 1
    assert len(await stored(database)) == 19


async def test_rows_beyond_what_memory_allows_are_counted_as_given_up(tmp_path: Path) -> None:
    ledger = ledger_of(Database("sqlite:///unopened"), tmp_path, group_rows=2, most_waiting=5)
    for _ in range(8):
        ended(ledger)
    assert (ledger.waiting, ledger.given_up) == (5, 3)


async def test_what_is_open_at_the_end_is_lost_and_says_so(database: Database, tmp_path: Path) -> None:
    ledger = await ledger_of(database, tmp_path).start()
    entry = ledger.open(ANN, CHAT)
    await ledger.close()
    assert await stored(database) == {entry.id: "lost"}


async def test_an_end_without_a_database_does_not_last_for_ever(tmp_path: Path) -> None:
    database = await Database(f"sqlite:///{tmp_path / 'a.db'}").open()
    ledger = await ledger_of(database, tmp_path, close_s=0.2).start()
    await database.close()
    ended(ledger)
    await ledger.close()
    assert ledger.waiting == 1


@pytest.mark.parametrize("wrong", [{"flush_s": 0}, {"group_rows": 0}, {"most_waiting": 10}, {"longest_s": 0}])
def test_a_ledger_that_could_not_work_is_refused_at_start(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="ledger"):
        Config(**wrong)


async def test_who_must_know_waits_until_the_row_is_written(database: Database, tmp_path: Path) -> None:
    ledger = await ledger_of(database, tmp_path).start()
    entry = ended(ledger)
    assert await ledger.written(entry.id)
    assert entry.id in await stored(database)
    assert await ledger.written(entry.id)
    await ledger.close()


async def test_who_waits_for_a_row_that_cannot_be_written_is_told_so(database: Database, tmp_path: Path) -> None:
    ledger = ledger_of(database, tmp_path, close_s=0.01)  # nobody writes
    assert not await ledger.written(ended(ledger).id)


async def test_a_flush_waits_for_what_another_one_is_writing(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else who flushed and read would miss rows that the writer had taken and not written yet."""
    ledger, append, let = ledger_of(database, tmp_path), rows.append, asyncio.Event()

    async def slow(*given: Any) -> None:
        await let.wait()
        await append(*given)

    monkeypatch.setattr(rows, "append", slow)
    first = ended(ledger)
    writing = asyncio.create_task(ledger.flush())
    await until(lambda: ledger.waiting == 1 and not ledger._closed)
    second = ended(ledger)
    flushing = asyncio.create_task(ledger.flush())
    await asyncio.wait((flushing,), timeout=0.05)
    assert ledger.waiting == 2
    let.set()
    await flushing
    assert await stored(database) == {first.id: "answered", second.id: "answered"}
    await writing
