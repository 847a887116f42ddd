import base64
import hmac
import json

import jwt
import pytest

from answerable.accounts.keyring import KeyRing
from answerable.accounts.tokens import Config, Tokens
from answerable.core.errors import Unauthenticated
from tests.support.accounts import Clock
from tests.unit.accounts.test_keyring import STRONG

OTHER = STRONG[::-1]


def tokens_of(clock: Clock, **ring: str) -> Tokens:
    return Tokens(KeyRing(ring or {"a": STRONG}), Config(), clock.us)


def test_a_token_says_who_and_for_how_long() -> None:
    clock = Clock()
    tokens = tokens_of(clock)
    claims = tokens.read(tokens.issue("usr_1", "ses_1", 3))
    assert (claims.user_id, claims.session_id, claims.version) == ("usr_1", "ses_1", 3)
    assert claims.expires_at == clock.us() + 600_000_000


def test_a_token_expires_to_the_second() -> None:
    clock = Clock()
    tokens = tokens_of(clock)
    token = tokens.issue("usr_1", "ses_1", 1)
    clock.pass_by(599)
    tokens.read(token)
    clock.pass_by(1)
    with pytest.raises(Unauthenticated, match="expired"):
        tokens.read(token)


def test_the_newest_secret_signs_and_older_ones_verify_until_they_are_gone() -> None:
    clock = Clock()
    old = tokens_of(clock, a=STRONG)
    both, new = tokens_of(clock, a=STRONG, b=OTHER), tokens_of(clock, b=OTHER)
    token = old.issue("usr_1", "ses_1", 1)
    both.read(token)
    new.read(both.issue("usr_1", "ses_1", 1))
    with pytest.raises(Unauthenticated):
        new.read(token)


def _segment(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _forgeries() -> dict[str, str]:
    clock = Clock()
    ring = KeyRing({"a": STRONG})
    good = tokens_of(clock).issue("usr_1", "ses_1", 1)
    head, claims, signature = good.split(".")
    now = int(clock())
    full = {"iss": "answerable", "aud": "answerable/api", "sub": "u", "sid": "s", "ver": 1, "iat": now, "exp": now + 60}
    key = ring.newest_key("access tokens")

    def signed(more: dict[str, object]) -> str:
        return jwt.encode(full | more, key, headers={"kid": "a"})

    body = f"{_segment({'alg': 'HS512', 'kid': 'a'})}.{claims}"
    longer = base64.urlsafe_b64encode(hmac.digest(key, body.encode(), "sha512")).rstrip(b"=").decode()

    return {
        "nothing": "",
        "no token": "abc",
        "no algorithm": f"{_segment({'alg': 'none', 'kid': 'a'})}.{claims}.",
        "other claims": f"{head}.{_segment(full | {'sub': 'usr_2'})}.{signature}",
        "no key id": jwt.encode(full, key, algorithm="HS256"),
        "a key id that is no text": f"{_segment({'alg': 'HS256', 'kid': {'a': 1}})}.{claims}.{signature}",
        "another purpose's key": jwt.encode(full, ring.newest_key("api keys"), algorithm="HS256", headers={"kid": "a"}),
        "another algorithm": f"{body}.{longer}",
        "another issuer": signed({"iss": "x"}),
        "another audience": signed({"aud": "x"}),
        "no session": jwt.encode({k: v for k, v in full.items() if k != "sid"}, key, headers={"kid": "a"}),
        "no end": jwt.encode({k: v for k, v in full.items() if k != "exp"}, key, headers={"kid": "a"}),
        "an end that is no number": signed({"exp": "never"}),
        "a version that is no number": signed({"ver": "1"}),
        "no ascii": good + "é",
    }


@pytest.mark.parametrize("kind", _forgeries())
def test_a_forged_token_is_refused(kind: str) -> None:
    with pytest.raises(Unauthenticated):
        tokens_of(Clock()).read(_forgeries()[kind])


def test_a_refresh_token_is_random_and_its_hash_is_keyed() -> None:
    tokens = tokens_of(Clock())
    token = tokens.new_refresh_token()
    assert token != tokens.new_refresh_token()
    assert len(token.removeprefix("rt_a_")) == 43
    assert tokens.hash_of(token) == tokens.hash_of(token) != tokens_of(Clock(), a=OTHER).hash_of(token)


@pytest.mark.parametrize("text", ["", "rt_", "rt_b_x", "ak_a_x", "rt_a_é"])
def test_what_is_no_refresh_token(text: str) -> None:
    with pytest.raises(Unauthenticated):
        tokens_of(Clock()).hash_of(text)


@pytest.mark.parametrize("wrong", [{"access_s": 5}, {"access_s": 7_200}, {"session_s": 60}, {"grace_s": 600}])
def test_times_that_make_no_sense_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="tokens"):
        Config(**wrong)
