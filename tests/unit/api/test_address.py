import pytest

from answerable.api.address import Proxies, client_address, is_https, parse_networks
from answerable.core.errors import SetupError

TRUSTED = Proxies(parse_networks("10.0.0.0/8, ::1"))


def scope(peer: str | None, *headers: tuple[str, str], scheme: str = "http") -> dict[str, object]:
    lines = [(name.encode(), value.encode()) for name, value in headers]
    return {"type": "http", "scheme": scheme, "client": (peer, 1) if peer else None, "headers": lines}


def forwarded(peer: str, *values: str) -> dict[str, object]:
    return scope(peer, *(("x-forwarded-for", value) for value in values))


@pytest.mark.parametrize(
    ("found", "peer", "values"),
    [
        ("203.0.113.9", "10.0.0.1", ["203.0.113.9"]),
        ("203.0.113.9", "10.0.0.1", ["1.1.1.1, 203.0.113.9"]),
        ("203.0.113.9", "10.0.0.1", ["1.1.1.1", "203.0.113.9, 10.0.0.2"]),
        ("203.0.113.9", "10.0.0.1", ["203.0.113.9:4711"]),
        ("2001:db8::1", "10.0.0.1", ["[2001:db8::1]:80"]),
        ("203.0.113.9", "::ffff:10.0.0.1", ["::ffff:203.0.113.9"]),
        ("203.0.113.9", "::1", ["203.0.113.9"]),
        ("10.0.0.2", "10.0.0.1", ["10.0.0.2"]),
        ("10.0.0.1", "10.0.0.1", []),
        ("10.0.0.1", "10.0.0.1", ["garbage"]),
        ("10.0.0.2", "10.0.0.1", ["1.1.1.1, unknown, 10.0.0.2"]),
        ("203.0.113.1", "203.0.113.1", ["127.0.0.1"]),
        ("203.0.113.1", "203.0.113.1", ["10.0.0.1"]),
    ],
)
def test_the_client_is_the_first_stranger_from_the_right(found: str, peer: str, values: list[str]) -> None:
    assert client_address(forwarded(peer, *values), TRUSTED) == found


def test_by_default_nobody_is_believed() -> None:
    assert client_address(forwarded("10.0.0.1", "1.1.1.1"), Proxies()) == "10.0.0.1"
    assert client_address(scope(None), TRUSTED) == ""


def test_only_one_of_the_two_headers_is_read() -> None:
    both = scope(
        "10.0.0.1", ("x-forwarded-for", "1.1.1.1"), ("forwarded", 'proto=https;FOR="[2001:db8::1]:80", for=8.8.8.8')
    )
    assert client_address(both, TRUSTED) == "1.1.1.1"
    assert client_address(both, Proxies(TRUSTED.trusted, "forwarded")) == "8.8.8.8"
    hidden = scope("10.0.0.1", ("forwarded", "for=1.1.1.1, for=_hidden"))
    assert client_address(hidden, Proxies(TRUSTED.trusted, "forwarded")) == "10.0.0.1"


@pytest.mark.parametrize(
    ("secure", "peer", "proto", "scheme"),
    [
        (True, "203.0.113.1", None, "https"),
        (False, "203.0.113.1", "https", "http"),
        (True, "10.0.0.1", "https", "http"),
        (True, "10.0.0.1", "http, HTTPS", "http"),
        (False, "10.0.0.1", "https, http", "http"),
        (False, "10.0.0.1", None, "http"),
        (False, None, "https", "http"),
    ],
)
def test_tls_is_what_we_see_or_what_a_trusted_proxy_says(
    secure: bool, peer: str | None, proto: str | None, scheme: str
) -> None:
    headers = [("x-forwarded-proto", proto)] if proto else []
    assert is_https(scope(peer, *headers, scheme=scheme), TRUSTED) is secure


def test_a_proxy_that_is_no_address_is_named() -> None:
    with pytest.raises(SetupError, match="proxy"):
        parse_networks("10.0.0.0/8, proxy.example")
    assert parse_networks(" , ") == ()
