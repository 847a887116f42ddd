from dataclasses import replace

import pytest

from answerable.accounts.roles import scopes_of_role
from answerable.core.errors import Forbidden, InvalidRequest, NotFound
from answerable.core.identity import OWNER
from answerable.flows.keys import NewKey, create_key, list_keys, revoke_key
from tests.support.accounts import CALLER, Office


async def test_a_key_is_shown_once_and_nowhere_kept(office: Office) -> None:
    who = await office.principal("a@b.c")
    row, key = await create_key(who, who.id, NewKey(" laptop "), CALLER, office.a)
    assert row.name == "laptop"
    assert set(row.scopes) == scopes_of_role("member")
    assert (await office.a.auth.identify(key)).key_id == row.id
    secret = key.removeprefix(f"{row.id}_")
    async with office.a.database.read() as connection:
        for table in ("api_keys", "audit"):
            assert secret not in str((await connection.exec_driver_sql(f"SELECT * FROM {table}")).all())


@pytest.mark.parametrize("scopes", [(), ("everything",), ("admin",), ("chat", "admin")])
async def test_a_key_holds_no_scope_that_is_unknown_or_beyond_its_account(
    office: Office, scopes: tuple[str, ...]
) -> None:
    who = await office.principal("a@b.c")
    with pytest.raises(InvalidRequest) as caught:
        await create_key(who, who.id, NewKey("k", scopes), CALLER, office.a)
    assert caught.value.param == "scopes"


async def test_a_key_makes_no_key_that_may_more(office: Office) -> None:
    admin = await office.principal("a@b.c", role="admin")
    narrow = replace(admin, key_id="ak_1", scopes=frozenset({"admin", "chat"}))
    with pytest.raises(Forbidden):
        await create_key(narrow, admin.id, NewKey("k", ("embeddings",)), CALLER, office.a)
    row, _ = await create_key(narrow, admin.id, NewKey("k"), CALLER, office.a)
    assert set(row.scopes) == {"admin", "chat"}


async def test_an_administrator_makes_keys_for_programs_and_for_no_other_person(office: Office) -> None:
    admin = await office.principal("a@b.c", role="admin")
    person, program = await office.add("p@b.c"), await office.add("s@b.c", service=True, password=None)
    stranger = await office.add("x@y.z", workspace="other", service=True, password=None)
    with pytest.raises(Forbidden):
        await create_key(admin, person.id, NewKey("k"), CALLER, office.a)
    with pytest.raises(NotFound):
        await create_key(admin, stranger.id, NewKey("k"), CALLER, office.a)
    await create_key(admin, program.id, NewKey("k"), CALLER, office.a)
    await create_key(OWNER, person.id, NewKey("k"), CALLER, office.a)
    assert len(await list_keys(admin, office.a, mine=False)) == 2
    assert len(await list_keys(admin, office.a, mine=False, user=person.id)) == 1
    assert await list_keys(admin, office.a, mine=True) == []


async def test_a_key_is_revoked_by_its_owner_or_by_an_administrator_of_the_workspace(office: Office) -> None:
    who, other = await office.principal("a@b.c"), await office.principal("b@b.c")
    foreign = await office.principal("x@y.z", role="admin", workspace="other")
    admin = await office.principal("admin@b.c", role="admin")
    made = [(await create_key(who, who.id, NewKey("k"), CALLER, office.a))[0] for _ in range(2)]
    for stranger, mine in ((other, True), (admin, True), (foreign, False)):
        with pytest.raises(NotFound):
            await revoke_key(stranger, made[0].id, CALLER, office.a, mine=mine)
    await revoke_key(who, made[0].id, CALLER, office.a, mine=True)
    await revoke_key(admin, made[1].id, CALLER, office.a, mine=False)
    with pytest.raises(NotFound):
        await revoke_key(who, made[0].id, CALLER, office.a, mine=True)
    assert await list_keys(who, office.a, mine=True) == []


@pytest.mark.parametrize("days", [0, -1, 1e9, float("nan")])
async def test_a_key_is_good_for_a_time_that_makes_sense(office: Office, days: float) -> None:
    who = await office.principal("a@b.c")
    with pytest.raises(InvalidRequest):
        await create_key(who, who.id, NewKey("k", days=days), CALLER, office.a)


async def test_an_account_has_so_many_keys_and_no_more(office: Office) -> None:
    who = await office.principal("a@b.c")
    for _ in range(100):
        await create_key(who, who.id, NewKey("k"), CALLER, office.a)
    with pytest.raises(InvalidRequest, match="100"):
        await create_key(who, who.id, NewKey("k"), CALLER, office.a)
