"""Every failure in OpenAI's shape, whatever raised it; the limits and the doors of a server without accounts."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.support.server import MAX_REQUEST_BYTES, QUESTION

CHAT = "/v1/chat/completions"


async def refusal(http: aiohttp.ClientSession, method: str, path: str, status: int, **more: Any) -> dict[str, Any]:
    """The error object of a request that must fail with `status`."""
    async with http.request(method, path, **more) as response:
        assert response.status == status
        found = await response.json()
    assert found.keys() == {"error"}
    assert found["error"].keys() == {"message", "type", "param", "code"}
    assert found["error"]["message"]
    error: dict[str, Any] = found["error"]
    return error


def body(**more: Any) -> dict[str, Any]:
    return {"model": "extractive", "messages": [{"role": "user", "content": QUESTION}], "collection": "tv"} | more


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PUT"])
@pytest.mark.parametrize("path", ["/v1/nothing", "/v1/collections/tv/nothing/at/all", "/health/nothing"])
async def test_an_unknown_address_is_404(http: aiohttp.ClientSession, method: str, path: str) -> None:
    error = await refusal(http, method, path, 404)
    assert error["code"] == "not_found"
    assert error["type"] == "not_found_error"


async def test_a_wrong_method_is_405_and_names_the_right_ones(http: aiohttp.ClientSession) -> None:
    error = await refusal(http, "GET", CHAT, 405)
    assert error["code"] == "method_not_allowed"
    async with http.delete("/v1/models") as response:
        assert response.status == 405
        assert response.headers["allow"] == "GET"


async def test_unknown_things_are_404_and_say_what_there_is(http: aiohttp.ClientSession) -> None:
    error = await refusal(http, "POST", CHAT, 404, json=body(model="gpt-9"))
    assert error["code"] == "model_not_found"
    assert "extractive" in error["message"]
    error = await refusal(http, "POST", CHAT, 404, json=body(collection="none"))
    assert error["param"] == "collection"
    await refusal(http, "GET", "/v1/collections/tv/documents/none", 404)
    await refusal(http, "DELETE", "/v1/collections/none", 404)
    await refusal(http, "GET", "/v1/collections/tv/documents/manual.md/text?version=9", 404)


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"n": 2}, "n"),
        ({"as_of": "yesterday"}, "as_of"),
        ({"filter": "no filter"}, "filter"),
        ({"messages": [{"role": "user", "content": [{"type": "input_audio"}]}]}, "messages[0].content[0]"),
        ({"messages": [{"role": "user", "content": " "}]}, "messages"),
    ],
)
async def test_a_field_that_means_nothing_is_400_and_named(
    http: aiohttp.ClientSession, more: dict[str, Any], param: str
) -> None:
    for streamed in (False, True):
        error = await refusal(http, "POST", CHAT, 400, json=body(stream=streamed, **more))
        assert error["type"] == "invalid_request_error"
        assert error["param"] == param


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "messages.0.role"),
        ({"temperature": 3}, "temperature"),
        ({"stream": "perhaps"}, "stream"),
    ],
)
async def test_a_field_out_of_shape_is_422_and_named(
    http: aiohttp.ClientSession, more: dict[str, Any], param: str
) -> None:
    error = await refusal(http, "POST", CHAT, 422, json=body(**more))
    assert error["code"] == "invalid_request"
    assert error["param"] == param


@pytest.mark.parametrize("path", [CHAT, "/v1/embeddings", "/v1/collections/tv/documents"])
async def test_broken_json_is_400(http: aiohttp.ClientSession, path: str) -> None:
    headers = {"content-type": "application/json"}
    error = await refusal(http, "POST", path, 400, data=b'{"messages": [', headers=headers)
    assert "JSON" in error["message"]


async def test_a_mistake_of_ours_is_500_and_tells_no_secret(http: aiohttp.ClientSession) -> None:
    for streamed in (False, True):
        error = await refusal(http, "POST", CHAT, 500, json=body(model="crashing", stream=streamed))
        assert error["code"] == "internal_error"
        assert error["type"] == "server_error"
        assert "secret" not in error["message"]


async def test_a_body_beyond_the_limit_is_413_announced_or_not(http: aiohttp.ClientSession) -> None:
    big = b"x" * (MAX_REQUEST_BYTES + 1)

    async def in_pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(big), 50_000):
            yield big[at : at + 50_000]

    json = {"content-type": "application/json"}
    for path in (CHAT, "/v1/collections/tv/documents"):
        announced = await refusal(http, "POST", path, 413, data=big, headers=json)
        chunked = await refusal(http, "POST", path, 413, data=in_pieces(), headers=json)
        assert announced == chunked
        assert announced["code"] == "request_too_large"
        assert f"{MAX_REQUEST_BYTES:,}" in announced["message"]


async def test_an_upload_beyond_the_limit_is_413(http: aiohttp.ClientSession) -> None:
    form = aiohttp.FormData()
    form.add_field("files", b"x" * MAX_REQUEST_BYTES, filename="big.txt")
    assert (await refusal(http, "POST", "/v1/collections/tv/documents", 413, data=form))["code"] == "request_too_large"


@pytest.mark.parametrize(
    "headers", [{"host": "evil.example"}, {"origin": "http://evil.example"}, {"origin": "null"}, {"host": ""}]
)
async def test_foreign_hosts_and_origins_are_turned_away(http: aiohttp.ClientSession, headers: dict[str, str]) -> None:
    assert (await refusal(http, "GET", "/v1/collections", 403, headers=headers))["code"] == "permission_denied"


async def test_pages_and_answers_carry_the_headers_that_keep_them_safe(http: aiohttp.ClientSession) -> None:
    for path in ("/", "/v1/models", "/v1/nothing"):
        async with http.get(path) as response:
            assert "default-src 'self'" in response.headers["content-security-policy"]
            assert response.headers["x-content-type-options"] == "nosniff"


async def test_pages_answer_at_every_address_of_theirs_and_no_file_outside(http: aiohttp.ClientSession) -> None:
    for path in ("/", "/knowledge/tv", "/..%2f..%2fapp.py", "/%2e%2e/app.py"):
        async with http.get(path) as response:
            assert response.status == 200
            assert response.content_type == "text/html"


async def test_health_says_that_it_lives_and_what_there_is(http: aiohttp.ClientSession) -> None:
    async with http.get("/health/live") as response:
        assert (await response.json())["status"] == "ok"
    async with http.get("/health/ready") as response:
        found = await response.json()
    assert found["collections"] >= 1
    assert found["models"][0] == "extractive"
