"""Which requests count against the limits, over HTTP with accounts; each that counts is one row of the ledger."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.guarded import Guarded, serving_with_accounts

EMBED: dict[str, Any] = {"input": ["a red light", "two years of warranty"]}
CHAT: dict[str, Any] = {"messages": [{"role": "user", "content": "Hello"}]}
SHELF = "/v1/collections/default-shelf"
COUNTED: list[tuple[str, dict[str, Any]]] = [
    ("/v1/embeddings", EMBED),
    (f"{SHELF}/search", {"query": "safe", "mode": "keyword"}),
    (f"{SHELF}/ask", {"question": "What is the number of the safe?"}),
    ("/v1/chat/completions", CHAT),
]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    with serving_with_accounts(tmp_path_factory.mktemp("counted")) as served:
        yield served


@pytest.mark.parametrize(("path", "body"), COUNTED)
async def test_models_and_searches_count_and_say_how_the_limits_stand(
    guarded: Guarded, path: str, body: dict[str, Any]
) -> None:
    limited = {"limits": {"requests_per_hour": 2}}
    status, person = await guarded.call(
        "admin", "POST", "/v1/admin/users", json={"email": f"{COUNTED.index((path, body))}@example.org"}
    )
    assert status == 201
    status, _ = await guarded.call("admin", "PATCH", f"/v1/admin/users/{person['id']}", json=limited)
    assert status == 200
    sign_in = {"email": person["email"], "password": person["password"]}
    _, session = await guarded.call(None, "POST", "/v1/auth/sign-in", json=sign_in)
    headers = {"authorization": f"Bearer {session['access_token']}"}
    async with guarded.client() as http:
        answers = []
        for _ in range(3):
            async with http.post(path, json=body, headers=headers) as response:
                answers.append((response.status, response.headers.get("x-ratelimit-remaining-requests")))
                said = response.headers
                assert "x-request-id" in said
        assert answers == [(200, "1"), (200, "0"), (429, "0")]
        assert int(said["retry-after"]) > 0
        for free in ("/v1/models", SHELF, "/v1/me", "/v1/usage"):  # reading goes on
            async with http.get(free, headers=headers) as response:
                assert response.status == 200
                assert "x-ratelimit-limit-requests" not in response.headers
        found: dict[str, int] = {}
        async with asyncio.timeout(60):
            while sum(found.values()) < 3:  # the ledger writes in groups
                async with http.get("/v1/usage?by=outcome", headers=headers) as response:
                    found = {line["outcome"]: line["requests"] for line in (await response.json())["data"]}
    assert (sum(found.values()), found["refused"]) == (3, 1)
