import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text

from answerable.accounts.revocations import Config
from answerable.core.errors import ServiceError, StorageDown, Unauthenticated
from answerable.core.identity import OWNER, Principal
from answerable.flows.admin import HERE, UserChange, delete_user, update_user
from answerable.storage import accounts
from answerable.storage.engines import Config as DatabaseConfig
from tests.support.accounts import Office
from tests.support.outage import away
from tests.support.patience import until


async def _streams(office: Office, who: Principal, log: list[str]) -> None:
    """Live work that cleans up after itself."""
    with office.a.auth.watch(who):
        try:
            log.append("began")
            await asyncio.Event().wait()
        finally:
            log.append("cleaned up")


async def _begin(office: Office, who: Principal, log: list[str]) -> "asyncio.Task[None]":
    task = asyncio.create_task(_streams(office, who, log))
    await asyncio.sleep(0)
    assert log == ["began"]
    return task


async def test_live_work_ends_when_another_worker_ends_its_account(office: Office) -> None:
    who, bystander = await office.principal("a@b.c"), await office.principal("d@e.f")
    log: list[str] = []
    task, other = await _begin(office, who, log), asyncio.create_task(_streams(office, bystander, []))
    elsewhere = office.another_worker()
    await update_user(OWNER, who.id, UserChange(disabled=True), HERE, elsewhere)
    await office.a.auth.revocations.poll()
    with pytest.raises(Unauthenticated, match="withdrawn"):
        await task
    assert log == ["began", "cleaned up"]
    assert not other.done()
    other.cancel()
    with pytest.raises(asyncio.CancelledError):
        await other


async def test_live_work_goes_on_where_nothing_is_taken_away(office: Office) -> None:
    who = await office.principal("a@b.c")
    task = await _begin(office, who, [])
    await update_user(OWNER, who.id, UserChange(tier="pro"), HERE, office.a)
    await asyncio.sleep(0)
    assert not task.done()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_work_that_begins_after_its_access_ended_does_not_begin(office: Office) -> None:
    who = await office.principal("a@b.c")
    await delete_user(OWNER, who.id, HERE, office.a)
    with pytest.raises(Unauthenticated), office.a.auth.watch(who):
        raise AssertionError("it began")


async def test_a_cancellation_from_outside_stays_one_even_beside_the_end_of_access(office: Office) -> None:
    who = await office.principal("a@b.c")
    task = await _begin(office, who, [])
    task.cancel()
    await delete_user(OWNER, who.id, HERE, office.another_worker())
    await office.a.auth.revocations.poll()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_work_that_takes_its_own_access_away_says_so_to_the_end(office: Office) -> None:
    who = await office.principal("a@b.c")
    with office.a.auth.watch(who):
        await delete_user(OWNER, who.id, HERE, office.a)
        await asyncio.sleep(0)


async def test_a_worker_that_slept_while_changes_were_cleaned_up_ends_everything(office: Office) -> None:
    who = await office.principal("a@b.c")
    task = await _begin(office, who, [])
    elsewhere = office.another_worker()
    for _ in range(3):
        await update_user(OWNER, who.id, UserChange(tier="pro"), HERE, elsewhere)
    office.clock.pass_by(10 * 86_400)
    now = office.clock.us()
    await elsewhere.database.write(lambda connection: accounts.delete_expired(connection, now, 0))
    await office.a.auth.revocations.poll()
    with pytest.raises(Unauthenticated):
        await task


async def test_nothing_cached_is_believed_when_the_database_does_not_answer(office: Office) -> None:
    await office.add("a@b.c")
    token = (await office.sign_in("a@b.c")).access_token
    await office.a.auth.identify(token)

    async def hide(connection: object) -> None:
        await connection.execute(text("ALTER TABLE account_changes RENAME TO hidden"))  # type: ignore[attr-defined]

    await office.a.database.write(hide)
    await office.a.auth.identify(token)
    office.clock.pass_by(2.5)
    with pytest.raises(ServiceError):
        await office.a.auth.identify(token)


async def test_while_the_database_is_away_who_was_known_is_believed_for_a_while_and_nobody_else(office: Office) -> None:
    await office.add("a@b.c")
    known, fresh = [(await office.sign_in("a@b.c")).access_token for _ in range(2)]
    who = await office.a.auth.identify(known)
    with away(office.a.database):
        office.clock.pass_by(60)
        assert await office.a.auth.identify(known) == who
        assert office.a.auth.find(known) == who
        with pytest.raises(StorageDown):
            await office.a.auth.identify(fresh)
        office.clock.pass_by(241)
        assert office.a.auth.find(known) is None
        with pytest.raises(StorageDown):
            await office.a.auth.identify(known)
    assert await office.a.auth.identify(known) == who


async def test_what_is_taken_away_is_seen_while_slow_reads_hold_all_connections(office: Office) -> None:
    who = await office.principal("a@b.c")
    task = await _begin(office, who, [])
    async with contextlib.AsyncExitStack() as readers:
        for _ in range(DatabaseConfig().readers):
            await readers.enter_async_context(office.a.database.read())
        await delete_user(OWNER, who.id, HERE, office.another_worker())
        await office.a.auth.revocations.poll()
    with pytest.raises(Unauthenticated):
        await task


async def test_a_database_that_is_only_busy_keeps_nobody_in(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    await office.add("a@b.c")
    token = (await office.sign_in("a@b.c")).access_token
    await office.a.auth.identify(token)

    @contextlib.asynccontextmanager
    async def busy() -> AsyncIterator[object]:
        raise StorageDown("it has no connection left")
        yield

    monkeypatch.setattr(office.a.database, "watch", busy)
    office.clock.pass_by(2.5)
    with pytest.raises(StorageDown):
        await office.a.auth.identify(token)
    assert office.a.auth.find(token) is None


async def test_what_was_found_too_late_for_who_asked_counts_with_the_next_look(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    who, revocations = await office.principal("a@b.c"), office.a.auth.revocations
    late, hangs = asyncio.Event(), asyncio.Event()
    task = await _begin(office, who, [])
    await delete_user(OWNER, who.id, HERE, office.another_worker())
    watch, looks = office.a.database.watch, list[int]()

    @contextlib.asynccontextmanager
    async def slow() -> AsyncIterator[object]:
        looks.append(1)
        await (late if len(looks) == 1 else hangs).wait()
        async with watch() as connection:
            yield connection

    monkeypatch.setattr(office.a.database, "watch", slow)
    monkeypatch.setattr(revocations._look, "_patience_s", 0.09)
    with pytest.raises(StorageDown):
        await revocations.poll()
    late.set()
    await until(lambda: not revocations._look.is_running)
    assert not task.done()
    with pytest.raises(StorageDown):
        await revocations.poll()
    with pytest.raises(Unauthenticated):
        await task
    hangs.set()
    await until(lambda: not revocations._look.is_running)


async def test_what_was_taken_away_elsewhere_during_an_outage_ends_with_it(office: Office) -> None:
    who = await office.principal("a@b.c")
    task = await _begin(office, who, [])
    other = office.another_worker()
    office.clock.pass_by(60)
    with away(office.a.database):
        with pytest.raises(StorageDown):
            await office.a.auth.revocations.poll()
        assert office.a.auth.revocations.is_fresh()
        assert not task.done()
    await delete_user(OWNER, who.id, HERE, other)
    await office.a.auth.revocations.poll()
    with pytest.raises(Unauthenticated):
        await task


@pytest.mark.parametrize("wrong", [{"poll_s": 0}, {"poll_s": 3.0}, {"stale_s": 60.0}, {"outage_s": -1.0}])
def test_a_poll_too_slow_for_its_promise_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="revocations"):
        Config(**wrong)
