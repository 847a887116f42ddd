from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter

from answerable.api.access import PRINCIPAL, Access, Door, Guard, Guarded, action_of, allow, check_declared
from answerable.core.errors import Forbidden, SetupError, Unauthenticated
from answerable.core.identity import OWNER
from answerable.flows.admin import HERE
from answerable.flows.keys import NewKey, create_key
from tests.support.accounts import Office


def scope(method: str = "GET", scheme: str = "http", **headers: str) -> dict[str, Any]:
    lines = [(b"host", b"me.example")]
    lines += [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "method": method, "scheme": scheme, "headers": lines, "client": ("192.0.2.1", 1)}


async def _credentials(office: Office) -> tuple[str, str]:
    user = await office.add("a@b.c")
    _, key = await create_key(OWNER, user.id, NewKey("k", ("chat",)), HERE, office.a)
    return key, (await office.sign_in("a@b.c")).access_token


async def test_a_credential_is_the_same_whichever_way_it_comes(office: Office) -> None:
    access = Access(office.a.auth, Door(accounts=True))
    for credential in await _credentials(office):
        carried: list[dict[str, str]] = [
            {"authorization": f"Bearer {credential}"},
            {"authorization": f"bearer  {credential}"},
            {"x_api_key": credential},
            {"api_key": credential},
            {"authorization": f"Bearer {credential}", "x_api_key": credential},
            {"cookie": f"other=1; answerable={credential}"},
        ]
        found = {await access.identify(scope(**headers)) for headers in carried}
        assert len(found) == 1


async def test_what_a_key_may_not_do_it_may_not_do_by_any_header(office: Office) -> None:
    access = Access(office.a.auth, Door(accounts=True))
    key, _ = await _credentials(office)
    for headers in ({"authorization": f"Bearer {key}"}, {"x_api_key": key}, {"api_key": key}):
        for action in ("embeddings.create", "me.keys", "admin.users"):
            with pytest.raises(Forbidden):
                await access.admit(scope(**headers), action)
        asked = scope(**headers)
        assert await access.admit(asked, "chat.create") == asked[PRINCIPAL]


async def test_what_is_no_credential_or_two_of_them(office: Office) -> None:
    access = Access(office.a.auth, Door(accounts=True))
    key, token = await _credentials(office)
    carried: list[dict[str, str]] = [
        {},
        {"authorization": ""},
        {"authorization": "Bearer"},
        {"authorization": f"Basic {key}"},
        {"authorization": key},
        {"authorization": f"Bearer {key}", "x_api_key": token},
        {"x_api_key": key, "api_key": "x"},
        {"authorization": "Bearer x", "cookie": f"answerable={token}"},
        {"cookie": "answerable="},
        {"cookie": f"__Host-answerable={token}"},
        {"token": key},
    ]
    for headers in carried:
        with pytest.raises(Unauthenticated):
            await access.admit(scope(**headers), "chat.create")


async def test_with_tls_only_the_cookie_that_no_other_host_can_set_counts(office: Office) -> None:
    access = Access(office.a.auth, Door(accounts=True))
    _, token = await _credentials(office)
    await access.identify(scope(scheme="https", cookie=f"__Host-answerable={token}"))
    with pytest.raises(Unauthenticated):
        await access.identify(scope(scheme="https", cookie=f"answerable={token}"))


@pytest.mark.parametrize(
    ("allowed", "headers"),
    [
        (True, {"origin": "http://me.example"}),
        (True, {"origin": "https://me.example"}),
        (True, {"sec_fetch_site": "same-origin"}),
        (False, {}),
        (False, {"origin": "http://evil.example"}),
        (False, {"origin": "http://me.example:81"}),
        (False, {"origin": "null"}),
        (False, {"origin": "http://[bad"}),
        (False, {"sec_fetch_site": "same-site"}),
        (False, {"sec_fetch_site": "none"}),
        (False, {"origin": "http://evil.example", "sec_fetch_site": "same-origin"}),
    ],
)
async def test_a_cookie_changes_something_only_from_our_own_pages(
    office: Office, allowed: bool, headers: dict[str, str]
) -> None:
    access = Access(office.a.auth, Door(accounts=True))
    _, token = await _credentials(office)
    cookie = f"answerable={token}"
    await access.identify(scope("GET", cookie=cookie, **headers))
    for method in ("POST", "PATCH", "DELETE", "PUT"):
        if allowed:
            await access.identify(scope(method, cookie=cookie, **headers))
        else:
            with pytest.raises(Forbidden):
                await access.identify(scope(method, cookie=cookie, **headers))
    await access.identify(scope("POST", authorization=f"Bearer {token}", **headers))


async def test_without_accounts_everybody_is_the_owner_of_this_machine() -> None:
    access = Access(None, Door())
    asked = scope(authorization="Bearer anything")
    assert await access.admit(asked, "admin.users") is OWNER
    with access.watch(OWNER):
        assert not access.has_accounts


async def test_a_public_action_asks_for_nothing_and_knows_nobody(office: Office) -> None:
    asked = scope()
    assert await Access(office.a.auth, Door(accounts=True)).admit(asked, "public") is None
    assert PRINCIPAL not in asked


def test_a_route_without_an_action_cannot_be_built() -> None:
    router = APIRouter(route_class=Guarded)

    async def forgotten() -> None: ...

    with pytest.raises(SetupError, match="declares no action"):
        router.get("/forgotten")(forgotten)
    plain = APIRouter()
    plain.get("/forgotten")(forgotten)
    with pytest.raises(SetupError, match="forgotten"):
        check_declared(plain.routes)


def test_a_route_that_declares_an_action_and_does_not_ask_for_it_cannot_be_built() -> None:
    plain = APIRouter()

    @plain.get("/open")
    @allow("admin.users")
    async def declared() -> None: ...

    assert action_of(declared) == "admin.users"
    with pytest.raises(SetupError, match="/open"):
        check_declared(plain.routes)


def test_an_action_that_is_not_in_the_table_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        allow("admin.user")
    with pytest.raises(KeyError):
        Guard("chat.creat", lambda *_: None)  # type: ignore[arg-type]
