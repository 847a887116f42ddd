"""Statuses and error bodies become our errors, and never quote a key."""

import json
from email.utils import formatdate

import pytest

from answerable.core.errors import ProviderBusy, ProviderDown, ProviderRefused, ProviderTimeout, UpstreamError
from answerable.providers.wire import errors


def _body(message: str, **more: object) -> str:
    return json.dumps({"error": {"message": message, **more}})


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (302, ProviderRefused),
        (400, ProviderRefused),
        (401, ProviderRefused),
        (403, ProviderRefused),
        (404, ProviderRefused),
        (408, ProviderTimeout),
        (413, ProviderRefused),
        (422, ProviderRefused),
        (429, ProviderBusy),
        (500, ProviderDown),
        (502, ProviderDown),
        (503, ProviderBusy),
        (504, ProviderTimeout),
        (529, ProviderBusy),
    ],
)
def test_each_status_has_its_error(status: int, kind: type[UpstreamError]) -> None:
    assert type(errors.from_status("m", status, _body("no"))) is kind


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500])
def test_a_key_is_never_quoted(status: int) -> None:
    error = errors.from_status("m", status, _body("Incorrect API key provided: sk-secret123."), None, ("sk-secret123",))
    assert "sk-secret" not in str(error)
    assert str(error).startswith("m: ")


def test_a_refused_key_quotes_nothing_at_all() -> None:
    assert "sk-s" not in str(errors.from_status("m", 401, _body("bad key sk-s****123"), None, ("sk-secret123",)))


@pytest.mark.parametrize(
    "body",
    [
        _body("This model's maximum context length is 8192 tokens.", code="context_length_exceeded"),
        _body("prompt is too long: 210000 tokens > 200000 maximum", type="invalid_request_error"),
        json.dumps({"object": "error", "message": "This model's maximum context length is 4096 tokens.", "code": 400}),
    ],
)
def test_a_conversation_that_is_too_long_is_recognised(body: str) -> None:
    error = errors.from_status("m", 400, body)
    assert isinstance(error, ProviderRefused)
    assert "longer than the model's context window" in str(error)


@pytest.mark.parametrize(
    ("payload", "kind"),
    [
        ({"type": "overloaded_error", "message": "Overloaded"}, ProviderBusy),
        ({"type": "rate_limit_error", "message": "x"}, ProviderBusy),
        ({"type": "authentication_error", "message": "x"}, ProviderRefused),
        ({"type": "invalid_request_error", "message": "x", "code": None}, ProviderRefused),
        ({"code": 429, "message": "x"}, ProviderBusy),
        ({"type": "insufficient_quota", "code": "insufficient_quota", "message": "x"}, ProviderBusy),
        ({"message": "x"}, ProviderDown),
        ("plain words", ProviderDown),
        (None, ProviderDown),
    ],
)
def test_an_error_inside_a_stream_is_told_by_its_type_or_code(payload: object, kind: type[UpstreamError]) -> None:
    assert type(errors.from_payload("m", payload)) is kind


@pytest.mark.parametrize(
    ("headers", "wanted"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": formatdate(0, usegmt=True)}, 0.0),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_how_long_to_wait(headers: dict[str, str], wanted: float | None) -> None:
    assert errors.retry_after_s(headers) == wanted
    assert errors.from_status("m", 429, "", headers).retry_after_s == wanted


@pytest.mark.parametrize(
    "body", ["<html>Bad Gateway</html>", "", "[]", "null", '{"detail": "Not Found"}', "[1]", '"x"']
)
def test_any_body_gives_a_message(body: str) -> None:
    assert "<" not in str(errors.from_status("m", 502, body))


def test_long_messages_are_cut() -> None:
    assert len(str(errors.from_status("m", 400, _body("x" * 5_000)))) < 400
