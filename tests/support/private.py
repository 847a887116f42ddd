"""Made-up personal data and secrets of every kind, for the guards' tests. Nobody's: checksums are computed."""

import string

from hypothesis import strategies as st

from answerable.gateway.guards.pii import Kind

DIGITS = string.digits
WORD = string.ascii_letters + string.digits


def with_luhn(start: str) -> str:
    """`start` and its check digit."""
    return next(start + digit for digit in DIGITS if _luhn(start + digit))


def with_mod_97(country: str, account: str) -> str:
    """An IBAN of the account."""
    number = int("".join(str(int(char, 36)) for char in f"{account}{country}00"))
    return f"{country}{98 - number % 97:02}{account}"


def _luhn(number: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 * (value > 9)
    return total % 10 == 0


def _text(alphabet: str, size: int, most: int | None = None) -> st.SearchStrategy[str]:
    return st.text(alphabet, min_size=size, max_size=most or size)


def _grouped(number: str, size: int, separator: str) -> str:
    return separator.join(number[at : at + size] for at in range(0, len(number), size))


_key = _text(WORD, 24, 90).filter(lambda key: any(char in DIGITS for char in key) and any(c.isalpha() for c in key))
_mixed = _key.filter(lambda key: len(set(key)) > 12)

SECRETS: dict[Kind, st.SearchStrategy[str]] = {
    "card": st.builds(
        lambda start, rest, separator: _grouped(with_luhn((start + rest)[:15]), 4, separator),
        st.sampled_from(("4", "51", "2221", "6011", "35")),
        _text(DIGITS, 14),
        st.sampled_from(("", " ", "-")),
    ),
    "iban": st.builds(
        lambda account, separator: _grouped(with_mod_97("DE", account), 4, separator),
        _text(DIGITS, 18),
        st.sampled_from(("", " ")),
    ),
    "ssn": st.builds(
        lambda a, b, c: f"{a}-{b:02}-{c:04}", st.integers(100, 665), st.integers(1, 99), st.integers(1, 9999)
    ),
    "email": st.builds(lambda name, host: f"{name}@{host}.example.com", _text(WORD, 1, 20), _text(WORD, 2, 12)),
    "ip": st.builds(
        lambda a, b, c, d: f"{a}.{b}.{c}.{d}", st.integers(1, 126), *(st.integers(0, 255) for _ in range(3))
    ),
    "phone": st.builds(lambda a, b: f"+49 30 {a} {b}", st.integers(1000, 9999), st.integers(100, 999)),
    "api_key": st.builds(
        lambda start, key: start + key,
        st.sampled_from(("sk-", "sk-ant-api03-", "ghp_", "glpat-", "xoxb-", "sk_live_", "hf_ABCDEFGHIJ", "ak-")),
        _mixed,
    ),
    "token": st.builds(
        lambda a, b, c: f"eyJ{a}.eyJ{b}.{c}", _text(WORD, 20, 40), _text(WORD, 20, 600), _text(WORD, 43)
    ),
    "password": _mixed.map(lambda key: f"{key[:29]}7"),
    "private_key": st.builds(
        lambda body: f"-----BEGIN RSA PRIVATE KEY-----\n{_grouped(body, 64, chr(10))}\n-----END RSA PRIVATE KEY-----",
        _text(WORD, 200, 1_200),
    ),
}
"""Strategies by kind. A password is the value alone: what is written before it names it."""

BEFORE: dict[Kind, str] = {"password": "password: "}
"""What must stand before a secret of a kind."""
