import json
from typing import Any

import pytest
from fastapi import FastAPI, HTTPException

from answerable.api import errors
from answerable.core.errors import BudgetExceeded, NotFound, ProviderBusy, ProviderRefused, RateLimited, TooLarge
from tests.support.asgi import request


def raising(error: Exception) -> FastAPI:
    app = FastAPI()
    errors.install(app)

    @app.get("/")
    async def fail() -> None:
        raise error

    return app


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "invalid_request_error"),
        (401, "authentication_error"),
        (404, "not_found_error"),
        (418, "invalid_request_error"),
        (429, "rate_limit_error"),
        (500, "server_error"),
        (503, "server_error"),
    ],
)
def test_the_type_follows_the_status(status: int, kind: str) -> None:
    assert errors.body("m", status, "c", "p") == {"error": {"message": "m", "type": kind, "param": "p", "code": "c"}}


@pytest.mark.parametrize(
    ("error", "headers"),
    [
        (NotFound("x"), {}),
        (RateLimited("x", retry_after_s=0.2), {"retry-after": "1"}),
        (ProviderBusy("x", retry_after_s=7.6), {"retry-after": "8"}),
        (BudgetExceeded("x"), {"x-should-retry": "false"}),
        (ProviderRefused("x"), {"x-should-retry": "false"}),
    ],
)
def test_headers_tell_a_client_whether_and_when_to_retry(error: Any, headers: dict[str, str]) -> None:
    assert errors.headers_of(error) == headers


async def test_one_of_ours_keeps_its_status_code_and_message() -> None:
    reply = await request(raising(NotFound("no such thing", param="name")))
    assert reply.status == 404
    assert json.loads(reply.body)["error"] == {
        "message": "no such thing",
        "type": "not_found_error",
        "param": "name",
        "code": "not_found",
    }


async def test_one_of_ours_that_ended_the_reading_of_a_body_is_seen_through_the_framework() -> None:
    wrapped = HTTPException(400, "There was an error parsing the body")
    wrapped.__cause__ = TooLarge("more than 5 bytes")
    reply = await request(raising(wrapped))
    assert reply.status == 413
    assert json.loads(reply.body)["error"]["message"] == "more than 5 bytes"
