"""Every address x every role x own and foreign: the table says who may, and a foreign id is as missing as no id."""

import asyncio
import itertools
import json
import re
from typing import Any

import pytest

from answerable.api import app
from answerable.flows.platform import Platform
from tests.support.guarded import Guarded

EVERYONE, REVIEWERS, ADMINS = ("member", "reviewer", "admin"), ("reviewer", "admin"), ("admin",)

# who may, per address; "public" needs no credential. A route that is not here fails the test below
TABLE: dict[str, tuple[str, ...] | str] = {
    "POST /v1/chat/completions": EVERYONE,
    "POST /v1/conversations/{conversation}/messages": EVERYONE,
    "GET /v1/conversations/{conversation}/messages/{message}/stream": EVERYONE,
    "POST /v1/conversations/{conversation}/messages/{message}/stop": EVERYONE,
    "GET /v1/models": EVERYONE,
    "GET /v1/models/{name}": EVERYONE,
    "POST /v1/embeddings": EVERYONE,
    "GET /v1/collections": EVERYONE,
    "POST /v1/collections": EVERYONE,
    "GET /v1/collections/{name}": EVERYONE,
    "DELETE /v1/collections/{name}": REVIEWERS,
    "GET /v1/collections/{name}/progress": EVERYONE,
    "POST /v1/collections/{name}/ask": EVERYONE,
    "POST /v1/collections/{name}/search": EVERYONE,
    "GET /v1/collections/{name}/documents": EVERYONE,
    "POST /v1/collections/{name}/documents": EVERYONE,
    "GET /v1/collections/{name}/documents/{document}": EVERYONE,
    "DELETE /v1/collections/{name}/documents/{document}": EVERYONE,
    "GET /v1/collections/{name}/documents/{document}/versions": EVERYONE,
    "GET /v1/collections/{name}/documents/{document}/text": EVERYONE,
    "GET /v1/collections/{name}/documents/{document}/chunks": EVERYONE,
    "GET /health/live": "public",
    "GET /health/ready": "public",
    "GET /metrics": ADMINS,
    "POST /v1/auth/sign-in": "public",
    "POST /v1/auth/refresh": "public",
    "POST /v1/auth/sign-out": EVERYONE,
    "POST /v1/auth/password": EVERYONE,
    "GET /v1/me": EVERYONE,
    "GET /v1/me/sessions": EVERYONE,
    "DELETE /v1/me/sessions/{session}": EVERYONE,
    "GET /v1/me/keys": EVERYONE,
    "POST /v1/me/keys": EVERYONE,
    "DELETE /v1/me/keys/{key}": EVERYONE,
    "GET /v1/usage": EVERYONE,
    "GET /v1/admin/usage": ADMINS,
    "GET /v1/admin/users": ADMINS,
    "POST /v1/admin/users": ADMINS,
    "GET /v1/admin/users/{user}": ADMINS,
    "PATCH /v1/admin/users/{user}": ADMINS,
    "DELETE /v1/admin/users/{user}": ADMINS,
    "POST /v1/admin/users/{user}/password": ADMINS,
    "GET /v1/admin/keys": ADMINS,
    "POST /v1/admin/keys": ADMINS,
    "DELETE /v1/admin/keys/{key}": ADMINS,
    "GET /v1/admin/models": ADMINS,
    "GET /v1/admin/guards": ADMINS,
    "GET /v1/admin/topics": ADMINS,
    "PUT /v1/admin/topics/{topic}": ADMINS,
    "DELETE /v1/admin/topics/{topic}": ADMINS,
    "GET /v1/conversations": EVERYONE,
    "POST /v1/conversations": EVERYONE,
    "GET /v1/conversations/labels": EVERYONE,
    "PATCH /v1/conversations/labels": EVERYONE,
    "GET /v1/conversations/search": EVERYONE,
    "GET /v1/conversations/export": EVERYONE,
    "POST /v1/conversations/import": EVERYONE,
    "GET /v1/conversations/{id}": EVERYONE,
    "PATCH /v1/conversations/{id}": EVERYONE,
    "DELETE /v1/conversations/{id}": EVERYONE,
    "GET /v1/conversations/{id}/messages": EVERYONE,
    "GET /v1/conversations/{id}/export": EVERYONE,
    "POST /v1/conversations/{id}/shares": EVERYONE,
    "GET /v1/conversations/{id}/shares": EVERYONE,
    "DELETE /v1/conversations/{id}/shares/{share}": EVERYONE,
    "GET /v1/shared/{token}": "public",
    "PUT /v1/conversations/{id}/messages/{message}/feedback": EVERYONE,
    "DELETE /v1/conversations/{id}/messages/{message}/feedback": EVERYONE,
    "POST /v1/feedback": EVERYONE,
    "GET /v1/review": REVIEWERS,
    "PATCH /v1/review/{id}": REVIEWERS,
    "GET /v1/research": EVERYONE,
    "POST /v1/research": EVERYONE,
    "GET /v1/research/sources": EVERYONE,
    "GET /v1/research/{run}": EVERYONE,
    "DELETE /v1/research/{run}": EVERYONE,
    "GET /v1/research/{run}/events": EVERYONE,
    "GET /v1/research/{run}/outline": EVERYONE,
    "POST /v1/research/{run}/decision": EVERYONE,
    "POST /v1/research/{run}/cancel": EVERYONE,
    "POST /v1/research/{run}/resume": EVERYONE,
    "POST /v1/research/{run}/replay": EVERYONE,
    "GET /v1/research/{run}/report": EVERYONE,
    "GET /v1/research/{run}/download": EVERYONE,
    "GET /v1/research/{run}/evidence/{evidence}": EVERYONE,
    "GET /v1/research/{run}/why": EVERYONE,
    "GET /v1/admin/audit": ADMINS,
    "GET /v1/admin/audit/verify": ADMINS,
}
ONLY_SIGNED_IN = ("/v1/auth/sign-out", "/v1/auth/password", "/v1/me/keys", "/v1/me/sessions")
"""Not even a key with every scope may do these."""

FOREIGN = ("user", "key", "session", "id", "run")


def addresses() -> set[str]:
    async def never() -> Platform:
        raise AssertionError

    paths = app.build(never, max_request_bytes=1).openapi()["paths"]
    return {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}


def test_every_address_is_in_the_table() -> None:
    assert addresses() <= set(TABLE), "a new route: say here who may use it"


def filled(path: str, **values: str) -> str:
    """The path with its variables; what is not given is missing."""
    names = {
        "name": "no-such",
        "document": "no-such",
        "user": "usr_0",
        "key": "ak_0",
        "session": "ses_0",
        "topic": "none",
        "id": "rev_0" if "/review/" in path else "conv_0",
        "message": "msg_0",
        "share": "shr_0",
        "token": "no-such",
        "conversation": "conv_0",
        "run": "res_0",
        "evidence": "none",
    } | values
    for name, value in names.items():
        path = path.replace("{" + name + "}", value)
    return path


async def ask(guarded: Guarded, address: str, who: str | None, **more: Any) -> int:
    """The status of an empty request: whoever is let in gets something else than 401 and 403."""
    method, path = filled(address).split(" ", 1)
    body = {"json": {"unexpected": 1}} if method in ("POST", "PATCH", "PUT") else {}
    status, _ = await guarded.call(who, method, path, **(body | more))
    return status


@pytest.mark.parametrize("address", sorted(set(TABLE) & addresses()))
async def test_an_address_lets_in_whom_the_table_names(guarded: Guarded, address: str) -> None:
    wanted = TABLE[address]
    stranger = await ask(guarded, address, None)
    if wanted == "public":
        assert stranger not in (401, 403)
        return
    assert stranger == 401
    assert await ask(guarded, address, None, headers={"authorization": "Bearer ak_0123456789abcdef_x"}) == 401
    for role in EVERYONE:
        if address in ("POST /v1/auth/sign-out", "POST /v1/auth/password"):
            continue  # they work without an id, and are tested on their own
        key = {"headers": {"x-api-key": guarded.people[role].key}}
        signed_in, by_key = await asyncio.gather(ask(guarded, address, role), ask(guarded, address, None, **key))
        assert (signed_in not in (401, 403)) is (role in wanted), f"{role} got {signed_in}"
        may = role in wanted and not address.split(" ")[1].startswith(ONLY_SIGNED_IN)
        assert (by_key not in (401, 403)) is may, f"the key of {role} got {by_key}"


_WITH_IDS = [one for one in sorted(set(TABLE) & addresses()) if any("{" + name + "}" in one for name in FOREIGN)]
_FITTING = {
    "PATCH /v1/admin/users/{user}": {"tier": "pro"},
    "PATCH /v1/conversations/{id}": {"archived": True},
    "POST /v1/conversations/{id}/shares": {"days": 1},
    "PUT /v1/conversations/{id}/messages/{message}/feedback": {"mark": "up"},
    "PATCH /v1/review/{id}": {"status": "done"},
    "POST /v1/research/{run}/decision": {"decision": "approve"},
}
"""Bodies that would be taken, were the id one's own."""


@pytest.mark.parametrize("address", _WITH_IDS)
async def test_a_foreign_id_is_as_missing_as_none(guarded: Guarded, address: str) -> None:
    method, path = address.split(" ", 1)
    body = {"json": _FITTING[address]} if address in _FITTING else {}
    of_workspace = {"admin"} if "/admin/" in path else {"admin", "reviewer"} if "/review/" in path else set[str]()
    for who, other in itertools.product(("member", "reviewer", "admin"), guarded.people):
        if who not in TABLE[address] or other == who or (who in of_workspace and not other.startswith("other")):
            continue
        person = guarded.people[other]
        talk = {"id": person.review if "/review/" in path else person.talk, "message": person.answer}
        account = {"user": person.id, "key": person.key_id, "session": person.session, "run": person.run}
        foreign = filled(path, **account, **talk, share=person.share)
        answers = [await guarded.call(who, method, one, **body) for one in (foreign, filled(path))]
        assert [status for status, _ in answers] == [404, 404], f"{who} on what belongs to {other}"
        told = [re.sub(r"(usr|ak|ses|conv|msg|shr|rev|res)_[0-9a-f]+", "ID", str(answer)) for _, answer in answers]
        assert told[0] == told[1]


_INSIDE = [
    ("PATCH", "/v1/conversations/{id}", {"leaf": "{answer}"}),
    ("POST", "/v1/conversations/{id}/shares", {"leaf": "{answer}"}),
    ("GET", "/v1/conversations/{id}/messages?leaf={answer}", None),
    ("GET", "/v1/conversations/{id}/messages?before={answer}", None),
    ("GET", "/v1/conversations/{id}/export?format=markdown&leaf={answer}", None),
    ("PUT", "/v1/conversations/{id}/messages/{answer}/feedback", {"mark": "up"}),
    ("DELETE", "/v1/conversations/{id}/messages/{answer}/feedback", None),
    ("DELETE", "/v1/conversations/{id}/shares/{share}", None),
    ("POST", "/v1/feedback", {"mark": "up", "request_id": "req_of_{user}"}),
    ("POST", "/v1/conversations", {"settings": {"collection": "other-shelf"}}),
]
"""Requests to what is one's own, with something foreign inside."""


@pytest.mark.parametrize(("method", "path", "body"), _INSIDE)
async def test_a_foreign_id_inside_of_what_is_ones_own_is_as_missing_as_none(
    guarded: Guarded, method: str, path: str, body: Any
) -> None:
    own, other = guarded.people["member"], guarded.people["admin"]
    replies = []
    for answer, share, user in ((other.answer, other.share, other.id), ("msg_0", "shr_0", "usr_0")):
        names = {"{id}": own.talk, "{answer}": answer, "{share}": share, "{user}": user}
        text = json.dumps([path, body])
        for name, value in names.items():
            text = text.replace(name, value)
        asked, sent = json.loads(text)
        replies.append(await guarded.call("member", method, asked, **({"json": sent} if sent else {})))
    assert [status for status, _ in replies] == [404, 404]
    told = [re.sub(r"(req_of_usr|usr|msg|shr)_[0-9a-f]+", "ID", str(answer)) for _, answer in replies]
    assert told[0] == told[1]


async def test_lists_searches_and_exports_hold_only_what_is_ones_own(guarded: Guarded) -> None:
    for who, person in guarded.people.items():
        status, runs = await guarded.call(who, "GET", "/v1/research")
        assert (status, [run["id"] for run in runs["data"]]) == (200, [person.run])
        for path in ("", "/export", "/export?format=jsonl", "/search?q=secret", "/search?q=secret&order=best"):
            status, found = await guarded.call(who, "GET", f"/v1/conversations{path}")
            assert (status, person.talk in str(found)) == (200, True)
            assert not any(other.talk in str(found) for name, other in guarded.people.items() if name != who)
    _, queue = await guarded.call("reviewer", "GET", "/v1/review")
    asked = {item["question"] for item in queue["data"]}
    assert "A secret of member?" in asked
    assert not any("other" in question for question in asked)
    assert guarded.people["member"].id not in str([item | {"request_id": ""} for item in queue["data"]])


_RUNS = ["messages", "messages/{message}/stream", "messages/{message}/stop"]


@pytest.mark.parametrize("rest", _RUNS)
async def test_an_answer_of_somebody_else_is_as_missing_as_none(guarded: Guarded, rest: str) -> None:
    """Also for administrators; and a message is found in its own conversation only."""
    mine, others = [await guarded.conversation(who) for who in ("member", "other member")]
    body = {"json": {"content": "Hello?", "stream": False}}
    said = {
        who: await guarded.call(who, "POST", f"/v1/conversations/{one}/messages", **body)
        for who, one in (("member", mine), ("other member", others))
    }
    assert [status for status, _ in said.values()] == [200, 200]
    method = "GET" if rest.endswith("stream") else "POST"
    sent = {} if method == "GET" else body
    address = f"/v1/conversations/{{conversation}}/{rest}"
    answer = said["member"][1]["id"]
    for who in ("reviewer", "admin", "other member", "other admin"):
        foreign = await guarded.call(who, method, filled(address, conversation=mine, message=answer), **sent)
        missing = await guarded.call(who, method, filled(address), **sent)
        assert foreign[0] == missing[0] == 404
        assert str(foreign[1]).replace(mine, "conv_0") == str(missing[1])
    assert (await guarded.call("member", method, filled(address, conversation=mine, message=answer), **sent))[0] == 200
    if "{message}" in rest:
        status, _ = await guarded.call("other member", method, filled(address, conversation=others, message=answer))
        assert status == 404


async def test_an_answer_is_not_given_twice_where_a_client_asks_again_with_its_key(guarded: Guarded) -> None:
    path = f"/v1/conversations/{await guarded.conversation('member')}/messages"
    body, headers = {"content": "Hello?", "model": "dripping"}, {"idempotency-key": "asked once"}
    began: list[bytes] = []
    async with guarded.client("member") as http:
        for _ in range(2):
            async with http.post(path, json=body, headers=headers) as response:
                began.append(await response.content.readuntil(b"Well"))
            await asyncio.sleep(0.2)
        (answer,) = set(re.findall(rb'"message":"(msg_\w+)"', b"".join(began)))
        assert began[0] == began[1]
        async with http.post(path, json=body | {"content": "Else?"}, headers=headers) as response:
            assert response.status == 422
        async with http.post(f"{path}/{answer.decode()}/stop") as response:
            assert (await response.json())["status"] == "stopped"
        async with http.post(path, json=body | {"stream": False}, headers=headers) as response:
            assert response.status == 422  # another request


_COLLECTIONS = [one for one in sorted(set(TABLE) & addresses()) if "{name}" in one and "/models/" not in one]
_BODIES = {"search": {"query": "safe"}, "ask": {"question": "What is the number?"}}


@pytest.mark.parametrize("address", _COLLECTIONS)
@pytest.mark.parametrize(("who", "shelf"), [("admin", "other-shelf"), ("other admin", "default-shelf")])
async def test_a_collection_of_another_workspace_is_as_missing_as_none(
    guarded: Guarded, address: str, who: str, shelf: str
) -> None:
    method, path = address.split(" ", 1)
    if address == "POST /v1/collections/{name}/documents":
        status, answer = await guarded.call(who, method, filled(path, name=shelf), json={"text": "mine"})
        assert (status, "4711" in str(answer)) == (409, False)  # the name is taken
        return
    body = {"json": _BODIES.get(path.rpartition("/")[2], {})} if method == "POST" else {}
    names = {"name": shelf, "document": "open.md"}
    foreign = await guarded.call(who, method, filled(path, **names), **body)
    missing = await guarded.call(who, method, filled(path, document="open.md"), **body)
    assert foreign[0] == missing[0] == 404
    assert str(foreign[1]).replace(shelf, "NAME") == str(missing[1]).replace("no-such", "NAME")
    status, _ = await guarded.call(
        "admin" if shelf.startswith("default") else "other admin", "GET", f"/v1/collections/{shelf}"
    )
    assert status == 200


@pytest.mark.parametrize("rest", ["", "/versions", "/text", "/chunks"])
async def test_a_document_for_others_is_as_missing_as_none(guarded: Guarded, rest: str) -> None:
    path = "/v1/collections/default-shelf/documents/"
    closed = await guarded.call("member", "GET", f"{path}closed.md{rest}")
    missing = await guarded.call("member", "GET", f"{path}nothing.md{rest}")
    assert closed[0] == missing[0] == 404
    assert str(closed[1]).replace("closed.md", "NAME") == str(missing[1]).replace("nothing.md", "NAME")
    assert (await guarded.call("member", "GET", f"{path}open.md{rest}"))[0] == 200
    assert (await guarded.call("admin", "GET", f"{path}closed.md{rest}"))[0] == 200


async def test_lists_and_searches_show_what_the_reader_may_read(guarded: Guarded) -> None:
    for who, sources in (("member", ["open.md"]), ("admin", ["closed.md", "open.md"])):
        _, listed = await guarded.call(who, "GET", "/v1/collections/default-shelf/documents")
        assert [row["source"] for row in listed["data"]] == sources
        body = {"query": "safe number", "mode": "keyword"}
        _, found = await guarded.call(who, "POST", "/v1/collections/default-shelf/search", json=body)
        assert {row["source"] for row in found["data"]} <= set(sources)
        _, shelves = await guarded.call(who, "GET", "/v1/collections")
        assert "other-shelf" not in [row["name"] for row in shelves["data"]]
    status, _ = await guarded.call("member", "DELETE", "/v1/collections/default-shelf/documents/closed.md")
    assert status == 404


async def test_a_chat_finds_nothing_in_a_collection_of_another_workspace(guarded: Guarded) -> None:
    body = {"messages": [{"role": "user", "content": "What is the number of the safe?"}], "collection": "other-shelf"}
    status, answer = await guarded.call("admin", "POST", "/v1/chat/completions", json=body)
    assert (status, "4711" in str(answer)) == (404, False)


@pytest.mark.parametrize("source", ["closed.md", "open.md"])
async def test_nobody_replaces_a_document_that_they_may_not_read(guarded: Guarded, source: str) -> None:
    body = {"text": "The safe opens with the number 4711, says the member.", "source": source}
    status, _ = await guarded.call("member", "POST", "/v1/collections/default-shelf/documents", json=body)
    assert status == (409 if source == "closed.md" else 200)
    text = await guarded.call("admin", "GET", f"/v1/collections/default-shelf/documents/{source}/text")
    assert ("says the member" in str(text)) is (source == "open.md")
