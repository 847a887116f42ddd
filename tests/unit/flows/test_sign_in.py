import asyncio

import pytest

from answerable.accounts.audit import verify
from answerable.core.errors import Forbidden, InvalidRequest, RateLimited, Unauthenticated
from answerable.core.identity import OWNER, Principal
from answerable.flows.admin import HERE, NewUser, UserChange, create_user, list_audit, update_user
from answerable.flows.sign_in import change_password, renew, sign_in, sign_out
from tests.support.accounts import CALLER, PASSWORD, Office


async def test_an_address_is_the_same_in_capitals_and_with_spaces(office: Office) -> None:
    user = await office.add("A@B.c")
    assert (await sign_in("  a@b.C ", PASSWORD, CALLER, office.a)).user.id == user.id


async def test_every_failure_says_the_same_and_computes_the_same_number_of_hashes(office: Office) -> None:
    await office.add("a@b.c")
    disabled = await office.add("disabled@b.c")
    await office.add("program@b.c", service=True, password=None)
    await update_user(OWNER, disabled.id, UserChange(disabled=True), HERE, office.a)
    await office.a.passwords.verify(None, "the first time makes what strangers are compared with")
    said, costs = set(), set()
    for email, password in (
        ("a@b.c", "a wrong password"),
        ("nobody@b.c", PASSWORD),
        ("", PASSWORD),
        ("disabled@b.c", PASSWORD),
        ("program@b.c", ""),
        ("x" * 10_000, PASSWORD),
    ):
        before = office.a.passwords.computed
        with pytest.raises(Unauthenticated) as caught:
            await sign_in(email, password, CALLER, office.a)
        said.add(caught.value.message)
        costs.add(office.a.passwords.computed - before)
    assert len(said) == 1
    assert costs == {1}


async def test_guessing_is_stopped_before_a_password_is_hashed(office: Office) -> None:
    await office.add("a@b.c")
    for _ in range(10):
        with pytest.raises(Unauthenticated):
            await sign_in("a@b.c", "a wrong password", CALLER, office.a)
    before = office.a.passwords.computed
    with pytest.raises(RateLimited):
        await sign_in("A@b.c", PASSWORD, CALLER, office.a)
    assert office.a.passwords.computed == before


async def test_a_session_is_renewed_again_and_again(office: Office) -> None:
    await office.add("a@b.c")
    session = await office.sign_in("a@b.c")
    for _ in range(5):
        office.clock.pass_by(600)
        following = await renew(session.refresh_token or "", CALLER, office.a)
        assert following.session_id == session.session_id
        assert following.refresh_token != session.refresh_token
        await office.a.auth.identify(following.access_token)
        session = following


async def test_a_refresh_token_that_comes_back_ends_the_session_of_thief_and_owner(office: Office) -> None:
    await office.add("a@b.c")
    first = await office.sign_in("a@b.c")
    second = await renew(first.refresh_token or "", CALLER, office.a)
    office.clock.pass_by(11)
    with pytest.raises(Unauthenticated, match="used before"):
        await renew(first.refresh_token or "", CALLER, office.a)
    with pytest.raises(Unauthenticated):
        await renew(second.refresh_token or "", CALLER, office.a)
    with pytest.raises(Unauthenticated):
        await office.a.auth.identify(second.access_token)
    assert "auth.refresh_token_reused" in [row.action for row in await list_audit(OWNER, office.a)]


async def test_of_two_tabs_that_renew_at_once_one_gets_the_refresh_token_and_both_go_on(office: Office) -> None:
    await office.add("a@b.c")
    first = await office.sign_in("a@b.c")
    both = await asyncio.gather(*(renew(first.refresh_token or "", CALLER, office.a) for _ in range(2)))
    assert sorted(one.refresh_token is None for one in both) == [False, True]
    for one in both:
        await office.a.auth.identify(one.access_token)


async def test_a_session_ends_with_its_time(office: Office) -> None:
    await office.add("a@b.c")
    first = await office.sign_in("a@b.c")
    office.clock.pass_by(31 * 86_400)
    with pytest.raises(Unauthenticated):
        await renew(first.refresh_token or "", CALLER, office.a)


@pytest.mark.parametrize("token", ["", "rt_s1_unknown", "rt_s9_unknown", "ak_s1_x"])
async def test_what_is_no_refresh_token(office: Office, token: str) -> None:
    with pytest.raises(Unauthenticated):
        await renew(token, CALLER, office.a)


async def test_signing_out_ends_the_refresh_token_too(office: Office) -> None:
    await office.add("a@b.c")
    session = await office.sign_in("a@b.c")
    await sign_out(await office.a.auth.identify(session.access_token), CALLER, office.a)
    with pytest.raises(Unauthenticated):
        await renew(session.refresh_token or "", CALLER, office.a)
    with pytest.raises(Forbidden):
        await sign_out(Principal("x", key_id="ak_x"), CALLER, office.a)


async def test_a_new_password_ends_every_session_and_begins_one(office: Office) -> None:
    who = await office.principal("a@b.c")
    other = await office.sign_in("a@b.c")
    begun = await change_password(who, PASSWORD, "another good password", CALLER, office.a)
    await office.a.auth.identify(begun.access_token)
    with pytest.raises(Unauthenticated):
        await renew(other.refresh_token or "", CALLER, office.a)
    with pytest.raises(Unauthenticated):
        await office.sign_in("a@b.c")


async def test_a_password_is_changed_only_by_who_knows_it_and_to_a_good_one(office: Office) -> None:
    who = await office.principal("a@b.c")
    with pytest.raises(Unauthenticated):
        await change_password(who, "a wrong password", "another good password", CALLER, office.a)
    with pytest.raises(InvalidRequest):
        await change_password(who, PASSWORD, "short", CALLER, office.a)
    await office.sign_in("a@b.c")


async def test_a_hash_of_older_parameters_is_renewed_at_sign_in(office: Office) -> None:
    from answerable.accounts import assembly, passwords

    await office.add("a@b.c")
    stronger = assembly.Config(passwords=passwords.Config(memory_kib=16, passes=1, lanes=1))
    a = assembly.build(office.a.database, office.a.ring, stronger, office.clock.us, clock=office.clock)
    for expected in (2, 1):
        await a.passwords.verify(None, "x")
        before = a.passwords.computed
        await sign_in("a@b.c", PASSWORD, CALLER, a)
        assert a.passwords.computed - before == expected


async def test_the_log_knows_of_every_attempt_and_of_no_address_of_a_person(office: Office) -> None:
    await create_user(OWNER, NewUser("a@b.c", "Anna", password=PASSWORD), CALLER, office.a)
    await office.sign_in("a@b.c")
    with pytest.raises(Unauthenticated):
        await sign_in("a@b.c", "a wrong password", CALLER, office.a)
    with pytest.raises(Unauthenticated):
        await sign_in("nobody@b.c", "a wrong password", CALLER, office.a)
    rows = await list_audit(OWNER, office.a)
    assert [row.action for row in rows] == ["auth.sign_in_failed"] * 2 + ["auth.signed_in", "users.created"]
    assert "@" not in str(rows)
    assert "Anna" not in str(rows)
    assert (await verify(office.a.database)).broken_at is None
