from dataclasses import replace

import pytest

from answerable.core.errors import Conflict, Forbidden, InvalidRequest, NotFound, Unauthenticated
from answerable.core.identity import OWNER
from answerable.flows.admin import (
    HERE,
    NewUser,
    UserChange,
    create_user,
    delete_user,
    ensure_administrator,
    get_user,
    list_audit,
    list_users,
    reset_password,
    update_user,
)
from answerable.flows.sign_in import renew, sign_in
from tests.support.accounts import CALLER, Office


async def test_the_first_start_makes_an_administrator_whose_password_is_shown_once(office: Office) -> None:
    password = await ensure_administrator("admin@localhost", office.a)
    assert password
    assert await ensure_administrator("admin@localhost", office.a) is None
    signed_in = await sign_in("admin@localhost", password, CALLER, office.a)
    assert (await office.a.auth.identify(signed_in.access_token)).role == "admin"
    async with office.a.database.read() as connection:
        stored = str((await connection.exec_driver_sql("SELECT * FROM users")).all())
    assert password not in stored


async def test_an_account_has_an_address_that_nobody_else_has(office: Office) -> None:
    await office.add("a@b.c")
    with pytest.raises(Conflict):
        await office.add("A@B.C")


@pytest.mark.parametrize("email", ["", "a", "@", "a@", "@b", "a@b@c", "a b@c", "a\n@b", "a" * 300 + "@b"])
async def test_what_is_no_address(office: Office, email: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        await office.add(email)
    assert caught.value.param == "email"


async def test_an_administrator_sees_and_changes_only_their_own_workspace(office: Office) -> None:
    admin = await office.principal("admin@b.c", role="admin")
    stranger = await office.add("x@y.z", workspace="other")
    await office.add("m@b.c")
    assert [row.email for row in await list_users(admin, office.a)] == ["admin@b.c", "m@b.c"]
    assert len(await list_users(OWNER, office.a)) == 3
    assert [row.email for row in await list_users(OWNER, office.a, limit=1, after="m@b.c")] == ["x@y.z"]
    for name in (stranger.id, stranger.email, "usr_missing"):
        with pytest.raises(NotFound):
            await get_user(admin, name, office.a)
        with pytest.raises(NotFound):
            await update_user(admin, name, UserChange(tier="pro"), CALLER, office.a)
        with pytest.raises(NotFound):
            await reset_password(admin, name, CALLER, office.a)
        with pytest.raises(NotFound):
            await delete_user(admin, name, CALLER, office.a)
    with pytest.raises(NotFound):
        await create_user(admin, NewUser("n@b.c", workspace="other"), CALLER, office.a)
    assert all(row.workspace == "default" for row in await list_audit(admin, office.a))


async def test_an_administrator_with_a_narrow_key_makes_and_takes_over_nobody_with_more(office: Office) -> None:
    admin = await office.principal("admin@b.c", role="admin")
    member = await office.add("m@b.c")
    key = replace(admin, key_id="ak_1", scopes=frozenset({"admin", "chat"}))
    for role in ("member", "admin"):
        with pytest.raises(Forbidden, match="lack"):
            await create_user(key, NewUser("n@b.c", role=role), CALLER, office.a)
    with pytest.raises(Forbidden):
        await reset_password(key, member.id, CALLER, office.a)
    with pytest.raises(Forbidden):
        await update_user(key, member.id, UserChange(role="admin"), CALLER, office.a)


async def test_the_last_administrator_stays(office: Office) -> None:
    admin = await office.add("admin@b.c", role="admin")
    for change in (UserChange(role="member"), UserChange(disabled=True)):
        with pytest.raises(Conflict, match="last administrator"):
            await update_user(OWNER, admin.id, change, HERE, office.a)
    with pytest.raises(Conflict):
        await delete_user(OWNER, admin.id, HERE, office.a)
    await office.add("second@b.c", role="admin")
    await delete_user(OWNER, admin.id, HERE, office.a)


async def test_a_reset_password_is_new_and_ends_what_was(office: Office) -> None:
    await office.add("a@b.c")
    session = await office.sign_in("a@b.c")
    user, password = await reset_password(OWNER, "a@b.c", HERE, office.a)
    with pytest.raises(Unauthenticated):
        await renew(session.refresh_token or "", CALLER, office.a)
    with pytest.raises(Unauthenticated):
        await office.sign_in("a@b.c")
    assert (await sign_in("a@b.c", password, CALLER, office.a)).user.version == user.version == 2


async def test_a_programs_account_has_no_password(office: Office) -> None:
    user, password = await create_user(OWNER, NewUser("p@b.c", service=True), HERE, office.a)
    assert password is None
    with pytest.raises(InvalidRequest):
        await reset_password(OWNER, user.id, HERE, office.a)


async def test_a_change_changes_what_it_names(office: Office) -> None:
    user = await office.add("a@b.c", groups=("x",))
    change = UserChange(name="Anna", tier="pro", groups=("x", "y"), limits={"usd_per_day": 2})
    changed = await update_user(OWNER, user.id, change, HERE, office.a)
    assert (changed.name, changed.tier, changed.groups, changed.limits) == ("Anna", "pro", ["x", "y"], change.limits)
    assert (changed.role, changed.version) == ("member", 1)
    assert "Anna" not in str(await list_audit(OWNER, office.a))


async def test_a_workspace_has_a_name_that_can_be_written(office: Office) -> None:
    with pytest.raises(InvalidRequest):
        await office.add("a@b.c", workspace="a/b")


async def test_accounts_that_were_made_before_the_first_start_do_not_stand_for_an_administrator(office: Office) -> None:
    await create_user(OWNER, NewUser("ann@example.org", "Ann", "member", "free"), HERE, office.a)
    assert await ensure_administrator("admin@localhost", office.a)
    assert await ensure_administrator("admin@localhost", office.a) is None
