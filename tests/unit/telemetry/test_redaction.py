import json

import pytest

from answerable.telemetry.redaction import EMAIL, REDACTED, is_suspicious, redact_fields, redact_text

KEY = "sk-" + "proj-Ab1_" * 4
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl"
PEM = "-----BEGIN RSA PRIVATE " + "KEY-----\nMIIEowIBAAKCAQEA\nabc\n-----END RSA PRIVATE KEY-----"

SECRETS = [
    KEY,
    "ak_" + "0123456789abcdef",
    JWT,
    PEM,
    PEM[:60],
    "AKIA" + "ABCDEFGHIJKLMNOP",
    "ghp_" + "a1B2c3D4e5F6g7",
    "xoxb-" + "123456789012-abcdef",
    "hf_" + "abcdefghijklmnop",
]

HOLDERS = [
    "Authorization: {}",
    "authorization: Bearer {}",
    "proxy-authorization={}",
    "Cookie: session={}; theme=dark",
    "set-cookie: refresh={}; HttpOnly",
    '{{"password": "{}", "a": 1}}',
    "{{'x-api-key': '{}'}}",
    "(b'authorization', b'{}')",
    "https://h/?api_key={}&x=1",
    "client_secret={}",
    "refresh_token: {}",
    "passphrase={}",
    "redis://:{}@localhost:6379/0",
    "postgresql://user:{}@host/db",
    "String too short [type=string_too_short, input_value='{}', input_type=str]",
]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("frame", ["{}", "the key {} is wrong", "a\n{}\nb", "a\\n{}\\nb", '"{}"', "k={}"])
def test_what_looks_like_a_credential_is_taken_out_of_any_text(secret: str, frame: str) -> None:
    assert secret not in redact_text(frame.format(secret))
    assert secret[8:] not in redact_text(frame.format(secret))


@pytest.mark.parametrize("holder", HOLDERS)
def test_whatever_stands_where_a_credential_stands_is_taken_out(holder: str) -> None:
    said = redact_text(holder.format("plain-Hunter2"))
    assert "Hunter2" not in said
    assert REDACTED in said


def test_a_quoted_value_goes_whole_with_spaces_and_escaped_quotes() -> None:
    assert redact_text(json.dumps({"password": 'a "b c', "user": "u"})) == f'{{"password": {REDACTED}, "user": "u"}}'


def test_a_header_goes_up_to_the_end_of_its_line() -> None:
    assert redact_text("cookie: a=b; c=d\nhost: h") == f"cookie: {REDACTED}\nhost: h"


def test_email_addresses_become_a_word() -> None:
    assert redact_text("no user ann.b+c@example.co.uk here") == f"no user {EMAIL} here"


@pytest.mark.parametrize(
    "text",
    [
        "input_tokens: 5, max_tokens=7",
        "the task-12345678901 of the tokenizer",
        "my api key is missing: set OPENAI_API_KEY",
        "http://127.0.0.1:8080/v1/models",
        "/v1/collections/{name}/ask",
        "a basic question about cookies",
    ],
)
def test_ordinary_text_stays(text: str) -> None:
    assert redact_text(text) == text


def test_fields_whose_name_says_so_lose_their_value_at_any_depth() -> None:
    given = {
        "password": "p",
        "X-API-Key": "k",
        "refresh_token": "t",
        "input_tokens": 12,
        "nested": {"cookie": ["c"], "list": [{"client_secret": "s"}]},
        "headers": [(b"authorization", b"a"), (b"host", b"h")],
    }
    assert redact_fields(given) == {
        "password": REDACTED,
        "X-API-Key": REDACTED,
        "refresh_token": REDACTED,
        "input_tokens": 12,
        "nested": {"cookie": REDACTED, "list": [{"client_secret": REDACTED}]},
        "headers": [["authorization", REDACTED], ["host", "h"]],
    }


def test_an_object_is_redacted_as_the_text_that_would_be_written() -> None:
    assert redact_fields({"error": ValueError(f"bad {KEY}")}) == {"error": f"bad {REDACTED}"}


def test_a_value_nested_beyond_reason_is_redacted_as_text() -> None:
    deep: object = {"password": "hunter2"}
    for _ in range(20):
        deep = {"a": deep}
    assert "hunter2" not in str(redact_fields({"deep": deep}))


@pytest.mark.parametrize("secret", SECRETS)
def test_the_quick_look_at_a_written_line_suspects_every_secret(secret: str) -> None:
    for text in (secret, f"a\n{secret}", *(holder.format(secret) for holder in HOLDERS)):
        assert is_suspicious(json.dumps({"event": text}))
        assert is_suspicious(json.dumps({"event": json.dumps({"event": text})}))


def test_an_ordinary_request_line_is_not_suspected() -> None:
    assert not is_suspicious('{"event":"request.done","endpoint":"POST /v1/chat/completions","input_tokens":5}')


def test_half_a_surrogate_pair_is_no_way_around() -> None:
    assert KEY not in redact_text(f"\ud800 {KEY}")


def test_a_hostile_text_of_a_megabyte_is_no_slower_than_linear() -> None:
    for piece in ("password=", "eyJaaaaa.", "a@a.", '"\\', "-----BEGIN PRIVATE KEY-----", "://a:"):
        assert redact_text(piece * (200_000 // len(piece))) is not None
