import asyncio
from typing import Any

import pytest

from answerable.accounts import assembly
from answerable.accounts.auth import Config
from answerable.core.errors import Unauthenticated
from answerable.core.identity import OWNER
from answerable.flows.admin import HERE, UserChange, delete_user, update_user
from answerable.flows.keys import NewKey, create_key, revoke_key
from answerable.flows.sign_in import change_password, sign_out
from answerable.storage import accounts
from tests.support.accounts import CALLER, CHEAP, PASSWORD, Office
from tests.support.patience import LONG_S
from tests.unit.accounts.test_keyring import STRONG


async def _key(office: Office, email: str, **more: object) -> str:
    user = await office.add(email)
    _, key = await create_key(OWNER, user.id, NewKey("k", **more), HERE, office.a)  # type: ignore[arg-type]
    return key


async def test_a_token_stands_for_its_account(office: Office) -> None:
    user = await office.add("a@b.c", role="reviewer", tier="pro", groups=("staff",))
    signed_in = await office.sign_in("a@b.c")
    who = await office.a.auth.identify(signed_in.access_token)
    assert (who.id, who.role, who.tier, who.workspace) == (user.id, "reviewer", "pro", "default")
    assert who.groups == frozenset({"staff"})
    assert who.session_id == signed_in.session_id
    assert who.key_id is None
    assert who.scopes is None
    assert not who.sees_all


async def test_a_key_stands_for_its_account_within_its_scopes(office: Office) -> None:
    key = await _key(office, "a@b.c", scopes=("chat",), limits={"usd_per_day": 1})
    who = await office.a.auth.identify(key)
    assert who.scopes == frozenset({"chat"})
    assert who.session_id is None
    assert who.key_id == key.rpartition("_")[0] or key.startswith(f"{who.key_id}_")
    assert office.a.auth.limits_of(who) == ({}, {"usd_per_day": 1})
    assert office.a.auth.limits_of(OWNER) == ({}, {})


async def test_a_key_of_an_administrator_sees_past_access_lists_only_with_the_scope(office: Office) -> None:
    user = await office.add("a@b.c", role="admin")
    seen = []
    for scopes in (("chat",), ("chat", "admin")):
        _, key = await create_key(OWNER, user.id, NewKey("k", scopes), HERE, office.a)
        seen.append((await office.a.auth.identify(key)).sees_all)
    assert seen == [False, True]


async def test_a_credential_is_looked_up_once_and_then_known_as_a_whole(office: Office) -> None:
    key = await _key(office, "a@b.c")
    auth = office.a.auth
    assert auth.find(key) is None
    who = await auth.identify(key)
    assert auth.find(key) is who
    for other in (key[:-1], key[:20], key + "x", key.swapcase()):
        assert auth.find(other) is None
        with pytest.raises(Unauthenticated):
            await auth.identify(other)


async def test_the_cache_is_bounded(office: Office) -> None:
    small = assembly.Config(passwords=CHEAP.passwords, auth=Config(most_cached=3))
    a = assembly.build(office.a.database, office.a.ring, small, office.clock.us, clock=office.clock)
    user = await office.add("a@b.c")
    for _ in range(10):
        _, key = await create_key(OWNER, user.id, NewKey("k"), HERE, a)
        await a.auth.identify(key)
    assert len(a.auth._known) == 3


@pytest.mark.parametrize("text", ["", "x", "ak_", "a.b.c", "é" * 10, "\ud800", "x" * 100_000, "ak_0123456789abcdef_x"])
async def test_what_is_no_credential(office: Office, text: str) -> None:
    with pytest.raises(Unauthenticated):
        await office.a.auth.identify(text)


async def test_a_cached_token_ends_with_its_time(office: Office) -> None:
    await office.add("a@b.c")
    token = (await office.sign_in("a@b.c")).access_token
    await office.a.auth.identify(token)
    office.clock.pass_by(601)
    with pytest.raises(Unauthenticated, match="expired"):
        await office.a.auth.identify(token)


async def test_a_key_ends_with_its_time(office: Office) -> None:
    key = await _key(office, "a@b.c", days=1)
    await office.a.auth.identify(key)
    office.clock.pass_by(86_401)
    with pytest.raises(Unauthenticated):
        await office.a.auth.identify(key)


@pytest.mark.parametrize("how", ["sign out", "everywhere", "disable", "demote", "delete", "password", "leave a group"])
async def test_whatever_is_taken_away_ends_tokens_in_every_worker_at_its_next_poll(office: Office, how: str) -> None:
    who = await office.principal("a@b.c", role="reviewer", groups=("staff",))
    second = (await office.sign_in("a@b.c")).access_token
    one, two = office.another_worker(), office.another_worker()
    for worker in (one, two):
        await worker.auth.identify(second)
    if how == "sign out":
        await sign_out(await one.auth.identify(second), CALLER, one)
    elif how == "everywhere":
        await sign_out(who, CALLER, one, everywhere=True)
    elif how == "password":
        await change_password(who, PASSWORD, "another good password", CALLER, one)
    elif how == "delete":
        await delete_user(OWNER, who.id, HERE, one)
    else:
        changes = {"disable": UserChange(disabled=True), "demote": UserChange(role="member")}
        await update_user(OWNER, who.id, changes.get(how, UserChange(groups=())), HERE, one)
    with pytest.raises(Unauthenticated):
        await one.auth.identify(second)
    await two.auth.identify(second)  # its last poll is not two seconds old
    await two.auth.revocations.poll()
    with pytest.raises(Unauthenticated):
        await two.auth.identify(second)


async def test_a_revoked_key_ends_without_a_poll_when_the_last_one_is_too_old(office: Office) -> None:
    key = await _key(office, "a@b.c")
    elsewhere = office.another_worker()
    who = await elsewhere.auth.identify(key)
    await revoke_key(OWNER, who.key_id or "", HERE, office.a, mine=False)
    office.clock.pass_by(2.1)
    with pytest.raises(Unauthenticated):
        await elsewhere.auth.identify(key)


async def test_a_key_learns_of_a_demotion_and_goes_on_with_what_is_left(office: Office) -> None:
    user = await office.add("a@b.c", role="reviewer")
    _, key = await create_key(OWNER, user.id, NewKey("k"), HERE, office.a)
    await office.a.auth.identify(key)
    await update_user(OWNER, user.id, UserChange(role="member"), HERE, office.a)
    assert (await office.a.auth.identify(key)).role == "member"


async def test_a_new_tier_is_known_at_once_and_ends_nothing(office: Office) -> None:
    await office.add("a@b.c")
    token = (await office.sign_in("a@b.c")).access_token
    who = await office.a.auth.identify(token)
    await update_user(OWNER, who.id, UserChange(tier="enterprise"), HERE, office.a)
    assert (await office.a.auth.identify(token)).tier == "enterprise"


async def test_the_last_use_of_a_key_is_written_about_once_a_minute(office: Office) -> None:
    key = await _key(office, "a@b.c")
    who = await office.a.auth.identify(key)

    async def last_used() -> int | None:
        async with office.a.database.read() as connection:
            row = await accounts.find_key(connection, who.key_id or "")
        return row.last_used_at if row else None

    await office.a.auth.tidy()
    assert await last_used() is None
    office.clock.pass_by(61)
    await office.a.auth.tidy()
    first = await last_used()
    assert first == office.clock.us()
    office.clock.pass_by(61)
    await office.a.auth.tidy()
    assert await last_used() == first
    office.clock.pass_by(3_600)
    await office.a.auth.tidy()


async def test_a_used_key_moves_to_the_newest_secret_of_the_ring(office: Office) -> None:
    key = await _key(office, "a@b.c")
    (old,) = office.a.ring.ids
    ring = type(office.a.ring)({old: office.a.ring._ring[old], "new": STRONG})
    rotated = assembly.build(office.a.database, ring, CHEAP, office.clock.us, clock=office.clock)
    await rotated.auth.identify(key)
    async with office.a.database.read() as connection:
        assert await accounts.count_keys_under(connection, old) == 0
    without = assembly.build(office.a.database, type(ring)({"new": STRONG}), CHEAP, office.clock.us, clock=office.clock)
    await without.auth.identify(key)


async def test_a_key_whose_secret_is_gone_is_no_key(office: Office) -> None:
    key = await _key(office, "a@b.c")
    other = assembly.build(
        office.a.database, type(office.a.ring)({"new": STRONG}), CHEAP, office.clock.us, clock=office.clock
    )
    with pytest.raises(Unauthenticated):
        await other.auth.identify(key)


async def test_the_task_that_keeps_current_polls_until_it_is_cancelled(office: Office) -> None:
    task = asyncio.create_task(office.a.auth.keep_current())
    who = await office.principal("a@b.c")
    await delete_user(OWNER, who.id, HERE, office.another_worker())

    async def stream() -> None:
        with office.a.auth.watch(who):
            await asyncio.wait_for(asyncio.Event().wait(), LONG_S)

    with pytest.raises(Unauthenticated):
        await stream()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("wrong", [{"most_cached": 0}, {"note_used_s": 0}, {"clean_s": 1}])
def test_a_configuration_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="auth"):
        Config(**wrong)


async def test_work_goes_on_for_an_account_as_it_stands_now_and_a_sign_out_ends_none(office: Office) -> None:
    user = await office.add("a@b.c", tier="pro")
    signed_in = await office.sign_in("a@b.c")
    who = await office.a.auth.identify(signed_in.access_token)
    await sign_out(who, CALLER, office.a)
    working = await office.a.auth.working_for(user.id, None)
    assert (working.id, working.tier, working.session_id) == (user.id, "pro", None)
    await update_user(OWNER, user.id, UserChange(tier="free"), HERE, office.a)
    assert (await office.a.auth.working_for(user.id, None)).tier == "free"
    assert await office.a.auth.working_for(OWNER.id, None) is OWNER


async def test_work_for_a_key_ends_with_it_and_keeps_to_its_scopes(office: Office) -> None:
    user = await office.add("a@b.c", role="admin")
    row, _ = await create_key(OWNER, user.id, NewKey("k", ("research",), days=1), HERE, office.a)
    working = await office.a.auth.working_for(user.id, row.id)
    assert (working.key_id, working.scopes, working.sees_all) == (row.id, frozenset({"research"}), False)
    office.clock.pass_by(2 * 86_400)
    with pytest.raises(Unauthenticated):
        await office.a.auth.working_for(user.id, row.id)
    other, _ = await create_key(OWNER, user.id, NewKey("k2"), HERE, office.a)
    await revoke_key(OWNER, other.id, HERE, office.a, mine=False)
    with pytest.raises(Unauthenticated):
        await office.a.auth.working_for(user.id, other.id)


async def test_no_work_for_an_account_that_is_shut_or_gone(office: Office) -> None:
    user = await office.add("a@b.c")
    await update_user(OWNER, user.id, UserChange(disabled=True), HERE, office.a)
    for id_ in (user.id, "usr_nobody"):
        with pytest.raises(Unauthenticated):
            await office.a.auth.working_for(id_, None)
