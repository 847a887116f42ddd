"""The holes that others fell into (accounts, credentials, sessions, secrets), each tried on a served platform."""

import asyncio
import contextlib
import json
import sqlite3
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from answerable.accounts.keyring import load_keyring
from answerable.api.access import Door
from answerable.api.address import Proxies, parse_networks
from answerable.core.errors import SetupError
from answerable.core.identity import OWNER
from answerable.flows.admin import HERE, UserChange, update_user
from tests.support.guarded import PASSWORD, Guarded, Person, open_worker, serving_with_accounts
from tests.support.patience import LONG_S, is_set_within

CHAT = {"messages": [{"role": "user", "content": "hello"}], "model": "scripted"}


async def _made(guarded: Guarded, name: str, role: str) -> Person:
    """Somebody of the test's own."""
    email = f"{name}@example.org"
    body = {"email": email, "role": role, "password": PASSWORD}
    status, user = await guarded.call("admin", "POST", "/v1/admin/users", json=body)
    assert status == 201, user
    status, session = await guarded.call(None, "POST", "/v1/auth/sign-in", json={"email": email, "password": PASSWORD})
    assert status == 200, session
    bearer = {"authorization": f"Bearer {session['access_token']}"}
    status, key = await guarded.call(None, "POST", "/v1/me/keys", json={"name": "k"}, headers=bearer)
    assert status == 201, key
    return Person(user["id"], email, session["access_token"], session["refresh_token"], "", key["key"], key["id"])


# 2: one check for every way a credential can come, and for every spelling of an address


@pytest.mark.parametrize(
    "path",
    [
        "//v1/admin/users",
        "/v1/admin/users/",
        "/v1/./admin/users",
        "/health/live/../../v1/admin/users",
        "/V1/admin/users",
    ],
)
async def test_no_spelling_of_an_address_walks_around_the_guard(guarded: Guarded, path: str) -> None:
    for host in ("127.0.0.1", "127.0.0.1/health/live?", "localhost/public/"):
        reader, writer = await asyncio.open_connection("127.0.0.1", int(guarded.url.rpartition(":")[2]))
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        answer = (await reader.read()).decode()
        writer.close()
        await writer.wait_closed()
        assert "@example.org" not in answer
        assert '"object": "list"' not in answer
        assert '"object":"list"' not in answer


async def test_a_foreign_host_name_is_refused(guarded: Guarded) -> None:
    status, _ = await guarded.call("admin", "GET", "/v1/me", headers={"host": "evil.example"})
    assert status == 403


# 3: no mass assignment; nobody hands out what they lack


@pytest.mark.parametrize(
    "extra", [{"role": "admin"}, {"limits": {"usd_per_day": 9}}, {"user_id": "usr_1"}, {"tier": "x"}]
)
async def test_no_field_slips_into_a_key_of_ones_own(guarded: Guarded, extra: dict[str, Any]) -> None:
    status, _ = await guarded.call("member", "POST", "/v1/me/keys", json={"name": "k"} | extra)
    assert status == 422


@pytest.mark.parametrize("extra", [{"workspace": "other"}, {"password_hash": "x"}, {"version": 9}, {"id": "usr_1"}])
async def test_no_field_slips_into_an_account(guarded: Guarded, extra: dict[str, Any]) -> None:
    status, _ = await guarded.call("admin", "POST", "/v1/admin/users", json={"email": "new@example.org"} | extra)
    assert status == 422
    member = guarded.people["member"]
    status, _ = await guarded.call("admin", "PATCH", f"/v1/admin/users/{member.id}", json=extra)
    assert status == 422


async def test_a_member_takes_no_scope_of_an_administrator(guarded: Guarded) -> None:
    body = {"name": "k", "scopes": ["chat", "admin"]}
    status, answer = await guarded.call("member", "POST", "/v1/me/keys", json=body)
    assert (status, answer["error"]["param"]) == (400, "scopes")


async def test_a_narrow_key_of_an_administrator_makes_no_administrator(guarded: Guarded) -> None:
    body = {"name": "k", "scopes": ["admin"]}
    _, key = await guarded.call("admin", "POST", "/v1/me/keys", json=body)
    headers = {"x-api-key": key["key"]}
    new = {"email": "chain@example.org", "role": "admin"}
    assert (await guarded.call(None, "POST", "/v1/admin/users", json=new, headers=headers))[0] == 403
    other = {"user": guarded.people["admin"].id, "name": "more", "scopes": ["chat"]}
    assert (await guarded.call(None, "POST", "/v1/admin/keys", json=other, headers=headers))[0] == 403
    path = f"/v1/admin/users/{guarded.people['reviewer'].id}/password"
    assert (await guarded.call(None, "POST", path, headers=headers))[0] == 403


async def test_an_administrator_makes_no_key_that_opens_another_persons_conversations(guarded: Guarded) -> None:
    body = {"user": guarded.people["member"].id, "name": "k"}
    assert (await guarded.call("admin", "POST", "/v1/admin/keys", json=body))[0] == 403


# 6: what is stored and shown of passwords and keys


async def test_no_answer_and_no_table_holds_a_secret(guarded: Guarded) -> None:
    someone = await _made(guarded, "shown-once", "member")
    places = ("users?limit=1000", "keys", "audit?limit=1000", f"users/{someone.id}")
    answers = [await guarded.call("admin", "GET", f"/v1/admin/{place}") for place in places]
    text = json.dumps(answers)
    secrets = (someone.key, someone.key.removeprefix(f"{someone.key_id}_"), someone.refresh, PASSWORD, "$argon2id$")
    assert not [one for one in secrets if one in text]
    path = guarded.accounts.database.url.removeprefix("sqlite:///")
    with contextlib.closing(sqlite3.connect(path)) as database:
        dump = "\n".join(database.iterdump())
    assert not [one for one in secrets[:4] if one in dump]
    assert "$argon2id$" in dump


async def test_an_answer_with_a_secret_says_that_nobody_may_keep_it(guarded: Guarded) -> None:
    member, someone = guarded.people["member"], await _made(guarded, "reset-once", "member")
    asked = {
        "/v1/me/keys": {"name": "k"},
        "/v1/admin/keys": {"name": "k", "user": guarded.people["admin"].id},
        "/v1/admin/users": {"email": "kept-nowhere@example.org"},
        f"/v1/admin/users/{someone.id}/password": {},
        "/v1/auth/sign-in": {"email": member.email, "password": PASSWORD},
    }
    async with guarded.client("admin") as http:
        for path, body in asked.items():
            async with http.post(path, json=body) as response:
                assert response.status in (200, 201), await response.text()
                assert response.headers["cache-control"] == "no-store"


async def test_a_stored_hash_is_no_password_and_no_key(guarded: Guarded) -> None:
    path = guarded.accounts.database.url.removeprefix("sqlite:///")
    with contextlib.closing(sqlite3.connect(path)) as database:
        email, stored = database.execute("SELECT email, password_hash FROM users WHERE role = 'admin'").fetchone()
        key_id, digest = database.execute("SELECT id, hash FROM api_keys").fetchone()
    body = {"email": email, "password": stored}
    assert (await guarded.call(None, "POST", "/v1/auth/sign-in", json=body))[0] == 401
    for credential in (digest, f"{key_id}_{digest}"):
        assert (await guarded.call(None, "GET", "/v1/me", headers={"x-api-key": credential}))[0] == 401


@pytest.mark.parametrize("length", [10, 20, 40, -1])
async def test_the_beginning_of_a_good_credential_is_not_enough(guarded: Guarded, length: int) -> None:
    member = guarded.people["member"]
    for credential in (member.key, member.token):
        assert (await guarded.call(None, "GET", "/v1/me", headers={"x-api-key": credential}))[0] == 200
        for cut in (credential[:length], credential[:length] + "A" * 30):
            assert (await guarded.call(None, "GET", "/v1/me", headers={"x-api-key": cut}))[0] == 401


# 7: secrets


@pytest.mark.parametrize("secret", ["t0p-s3cr3t", "changeme" * 8, "0" * 64, "sk-1234"])
def test_a_secret_out_of_a_manual_does_not_start(tmp_path: Path, secret: str) -> None:
    with pytest.raises(SetupError):
        load_keyring(tmp_path, {"s1": secret})


# 8: revocation ends tokens and live streams


@pytest.mark.parametrize("how", ["disable", "demote", "delete", "reset password", "revoke key"])
async def test_what_is_revoked_ends_its_live_streams_within_five_seconds(guarded: Guarded, how: str) -> None:
    someone = await _made(guarded, f"live-{how.replace(' ', '-')}", "reviewer")
    guarded.dripping.stopped.clear()
    headers = {"authorization": f"Bearer {someone.key if how == 'revoke key' else someone.token}"}
    body = CHAT | {"model": "dripping", "stream": True}
    async with guarded.client() as http, http.post("/v1/chat/completions", json=body, headers=headers) as response:
        begun = (await response.content.readuntil(b"Well")).decode()
        await _take_away(guarded, someone, how)
        async with asyncio.timeout(5):
            rest = (await response.content.read()).decode()
    assert response.status == 200
    assert '"code":"invalid_api_key"' in rest.replace(" ", "")
    assert "withdrawn" in rest
    assert "[DONE]" not in begun + rest
    assert guarded.dripping.stopped.is_set()


async def test_a_stream_ends_that_another_worker_revoked(guarded: Guarded) -> None:
    someone = await _made(guarded, "live-elsewhere", "member")
    headers, body = {"x-api-key": someone.key}, CHAT | {"model": "dripping", "stream": True}
    async with guarded.client() as http, http.post("/v1/chat/completions", json=body, headers=headers) as response:
        await response.content.readuntil(b"Well")
        path = Path(guarded.accounts.database.url.removeprefix("sqlite:///"))
        async with open_worker(path) as elsewhere:
            await update_user(OWNER, someone.id, UserChange(disabled=True), HERE, elsewhere)
        async with asyncio.timeout(5):
            assert b"withdrawn" in await response.content.read()


@pytest.mark.parametrize("how", ["disable", "revoke key"])
async def test_what_is_revoked_ends_its_answers_that_nobody_reads(guarded: Guarded, how: str) -> None:
    someone = await _made(guarded, f"run-{how.replace(' ', '-')}", "member")
    guarded.people[someone.email] = someone
    path = f"/v1/conversations/{await guarded.conversation(someone.email)}/messages"
    guarded.dripping.stopped.clear()
    headers = {"authorization": f"Bearer {someone.key if how == 'revoke key' else someone.token}"}
    async with guarded.client() as http:
        async with http.post(path, json={"content": "Hello?", "model": "dripping"}, headers=headers) as response:
            await response.content.readuntil(b"Well")
        await asyncio.sleep(0.2)
        assert not guarded.dripping.stopped.is_set()  # a hang-up alone ends nothing
        await _take_away(guarded, someone, how)
        assert await is_set_within(guarded.dripping.stopped, LONG_S)


async def _take_away(guarded: Guarded, someone: Person, how: str) -> None:
    path = f"/v1/admin/users/{someone.id}"
    if how == "revoke key":
        await guarded.call("admin", "DELETE", f"/v1/admin/keys/{someone.key_id}")
    elif how == "delete":
        await guarded.call("admin", "DELETE", path)
    elif how == "reset password":
        await guarded.call("admin", "POST", f"{path}/password")
    else:
        await guarded.call("admin", "PATCH", path, json={"disabled": True} if how == "disable" else {"role": "member"})


@pytest.mark.parametrize("how", ["sign out", "disable", "demote", "delete", "reset password", "revoke key"])
async def test_what_is_revoked_ends_its_tokens_within_five_seconds(guarded: Guarded, how: str) -> None:
    someone = await _made(guarded, f"gone-{how.replace(' ', '-')}", "reviewer")
    mine = {"authorization": f"Bearer {someone.token}"}
    if how == "sign out":
        await guarded.call(None, "POST", "/v1/auth/sign-out", json={}, headers=mine)
    else:
        await _take_away(guarded, someone, how)
    ended = {"x-api-key": someone.key} if how == "revoke key" else mine
    assert (await guarded.call(None, "GET", "/v1/me", headers=ended))[0] == 401
    if how not in ("revoke key", "demote"):
        body = {"refresh_token": someone.refresh}
        assert (await guarded.call(None, "POST", "/v1/auth/refresh", json=body))[0] == 401


# 16: whom a request is counted against


async def test_a_client_does_not_choose_its_own_address(tmp_path: Path) -> None:
    door = Door(accounts=True, proxies=Proxies(parse_networks("10.0.0.0/8")))
    with serving_with_accounts(tmp_path, door) as served:
        headers = {"x-forwarded-for": "1.2.3.4", "forwarded": "for=1.2.3.4"}
        body = {"email": "nobody@example.org", "password": "x"}
        assert (await served.call(None, "POST", "/v1/auth/sign-in", json=body, headers=headers))[0] == 401
        _, log = await served.call("admin", "GET", "/v1/admin/audit?limit=1000")
        path = served.accounts.database.url.removeprefix("sqlite:///")
        with contextlib.closing(sqlite3.connect(path)) as database:
            (address,) = database.execute("SELECT address FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
    assert address == "127.0.0.1"
    assert "1.2.3.4" not in json.dumps(log)


async def test_guessing_is_stopped_before_anything_is_hashed(guarded: Guarded) -> None:
    body = {"email": "guessed@example.org", "password": "x"}
    for _ in range(20):
        assert (await guarded.call(None, "POST", "/v1/auth/sign-in", json=body))[0] == 401
    before = guarded.accounts.passwords.computed
    async with guarded.client() as http, http.post("/v1/auth/sign-in", json=body) as response:
        assert response.status == 429
        assert int(response.headers["retry-after"]) > 0
    assert guarded.accounts.passwords.computed == before


# cookies: no script reads them, no other site uses them


async def test_a_session_in_cookies_is_out_of_reach_of_scripts_and_of_other_sites(guarded: Guarded) -> None:
    someone = await _made(guarded, "cookies", "member")
    origin, jar = {"origin": guarded.url}, aiohttp.CookieJar(unsafe=True)
    body = {"email": someone.email, "password": PASSWORD, "cookies": True}
    async with aiohttp.ClientSession(guarded.url, cookie_jar=jar) as http:
        async with http.post("/v1/auth/sign-in", json=body, headers={"origin": "http://evil.example"}) as response:
            assert response.status == 403
        async with http.post("/v1/auth/sign-in", json=body, headers=origin) as response:
            found = await response.json()
            cookies = response.headers.getall("set-cookie")
        assert response.status == 200
        assert "access_token" not in found
        assert "refresh_token" not in found
        assert len(cookies) == 2
        assert all("httponly" in one.lower() and "samesite=strict" in one.lower() for one in cookies)
        async with http.get("/v1/me") as response:
            assert (await response.json())["user"]["email"] == someone.email
        for more, status in (({}, 403), ({"origin": "http://evil.example"}, 403), (origin, 201)):
            async with http.post("/v1/me/keys", json={"name": "k"}, headers=more) as response:
                assert response.status == status
        for more, status in (({}, 403), (origin, 200)):
            async with http.post("/v1/auth/refresh", json={}, headers=more) as response:
                assert response.status == status
        async with http.post("/v1/auth/sign-out", json={}, headers=origin) as response:
            assert response.status == 204
        async with http.get("/v1/me") as response:
            assert response.status == 401


async def test_a_refused_credential_says_how_to_come_in(guarded: Guarded) -> None:
    async with guarded.client() as http, http.post("/v1/chat/completions", json=CHAT) as response:
        assert response.status == 401
        assert response.headers["www-authenticate"] == "Bearer"
        assert (await response.json())["error"]["code"] == "invalid_api_key"
    key = {"authorization": f"Bearer {guarded.people['member'].key}"}
    status, answer = await guarded.call(None, "POST", "/v1/chat/completions", json=CHAT, headers=key)
    assert (status, answer["choices"][0]["message"]["content"]) == (200, "Hello there.")
