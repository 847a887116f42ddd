import json
from collections.abc import Callable
from functools import partial

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from answerable.api.middleware import BodyLimit, LocalOnly, Mistakes, SafeHeaders, TrustedHosts
from answerable.core.errors import TooLarge
from tests.support.asgi import request


async def fine(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("fine", headers={"referrer-policy": "origin"})(scope, receive, send)


async def reading(scope: Scope, receive: Receive, send: Send) -> None:
    while (await receive())["more_body"]:
        pass
    await fine(scope, receive, send)


async def broken(scope: Scope, receive: Receive, send: Send) -> None:
    raise ValueError("a secret detail")


async def breaking(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    raise ValueError("a secret detail")


async def lifespan(scope: Scope, receive: Receive, send: Send) -> None:
    raise ValueError(scope["type"])


async def test_safe_headers_are_added_and_those_that_are_set_stay() -> None:
    reply = await request(SafeHeaders(fine))
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["referrer-policy"] == "origin"


async def test_a_mistake_becomes_a_500_that_says_nothing_of_it() -> None:
    reply = await request(Mistakes(broken))
    assert reply.status == 500
    assert json.loads(reply.body)["error"]["code"] == "internal_error"
    assert b"secret" not in reply.body


async def test_a_mistake_after_the_response_began_goes_on_to_the_server() -> None:
    with pytest.raises(ValueError, match="secret"):
        await request(Mistakes(breaking))


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "127.0.0.1:8080"}, 200),
        ({"host": "localhost"}, 200),
        ({"host": "[::1]:80"}, 200),
        ({"host": "LOCALHOST:8080"}, 200),
        ({"origin": "http://127.0.0.1:8080"}, 200),
        ({"origin": "http://127.0.0.1:9999"}, 403),
        ({"origin": "null"}, 403),
        ({"host": "evil.example"}, 403),
        ({"host": "127.0.0.1.evil.example"}, 403),
        ({"host": "evil@127.0.0.1"}, 403),
        ({"host": "[bad"}, 403),
        ({"host": ""}, 403),
    ],
)
async def test_only_this_machine_and_its_own_pages_may_ask(headers: dict[str, str], status: int) -> None:
    reply = await request(LocalOnly(fine, ("127.0.0.1", "localhost", "::1")), headers=headers)
    assert reply.status == status


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("docs.example", 200),
        ("Docs.Example:443", 200),
        ("localhost:8080", 200),
        ("192.0.2.7", 200),
        ("[2001:db8::1]:80", 200),
        ("evil.example", 403),
        ("docs.example.evil.example", 403),
        ("evil.example@docs.example", 403),
        ("[bad", 403),
        ("", 403),
    ],
)
async def test_with_accounts_a_server_answers_to_its_names_and_to_addresses(host: str, status: int) -> None:
    reply = await request(TrustedHosts(fine, ("docs.example", "localhost")), headers={"host": host})
    assert reply.status == status


@pytest.mark.parametrize("body", [[b"12345"], [b"12", b"345"]])
async def test_a_body_at_the_limit_passes(body: list[bytes]) -> None:
    assert (await request(BodyLimit(reading, 5), body=body)).status == 200


async def test_a_body_that_announces_too_much_is_refused_before_it_is_read() -> None:
    reply = await request(BodyLimit(broken, 5), headers={"content-length": "6"})
    assert reply.status == 413


@pytest.mark.parametrize("announced", ["", "5", "-1", "many"])
async def test_a_body_that_grows_beyond_the_limit_ends_the_request(announced: str) -> None:
    with pytest.raises(TooLarge, match="5 bytes"):
        await request(BodyLimit(reading, 5), headers={"content-length": announced}, body=[b"123", b"456"])


DOORS = [partial(LocalOnly, hosts=()), partial(TrustedHosts, hosts=())]
WRAPPERS = [SafeHeaders, Mistakes, *DOORS, partial(BodyLimit, max_bytes=1)]


@pytest.mark.parametrize("wrapper", WRAPPERS)
async def test_what_is_no_request_passes_untouched(wrapper: Callable[[ASGIApp], ASGIApp]) -> None:
    async def nothing() -> dict[str, str]:
        return {}

    async def sink(_message: object) -> None:
        return

    with pytest.raises(ValueError, match="lifespan"):
        await wrapper(lifespan)({"type": "lifespan"}, nothing, sink)


async def test_only_uploads_may_be_as_large_as_uploads() -> None:
    app = BodyLimit(reading, max_bytes=100, max_json_bytes=10)
    assert (await request(app, path="/v1/collections/c/documents", body=[b"x" * 50])).status == 200
    with pytest.raises(TooLarge, match="larger than 10 bytes"):
        await request(app, path="/v1/chat/completions", body=[b"x" * 50])
