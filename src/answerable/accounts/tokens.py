"""Access tokens (short JWTs that name a session) and refresh tokens (random, kept as keyed hashes).

A token says who, never what they may: role, tier and scopes are read from the account, so a token cannot outlive a
demotion. Signed with the newest secret of the ring, verified with the one that the token names.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import jwt

from answerable.accounts.keyring import KeyRing
from answerable.core.errors import Unauthenticated

_ISSUER = "answerable"
_AUDIENCE = "answerable/api"
_CLAIMS = ("iss", "aud", "sub", "sid", "ver", "iat", "exp")
_REFRESH_BYTES = 32
_SECOND_US = 1_000_000

INVALID = "this access token is not valid, or no longer: sign in again"


@dataclass(frozen=True, slots=True)
class Config:
    """`access_s` is how long an access token is good; `session_s` how long a sign-in can be renewed.

    `grace_s`: two tabs may renew with the same refresh token at once. Within this time after its first use a second use
    gives an access token and nothing more; later it is taken for theft and ends the session.
    """

    access_s: int = 600
    session_s: int = 30 * 86_400
    grace_s: int = 10

    def __post_init__(self) -> None:
        if not 10 <= self.access_s <= 3_600 or self.session_s < self.access_s or not 0 <= self.grace_s <= 60:
            raise ValueError("tokens: access_s must be 10 to 3600, session_s no less than that, grace_s 0 to 60")


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified access token says; `expires_at` in microseconds since 1970 UTC."""

    user_id: str
    session_id: str
    version: int
    expires_at: int


class Tokens:
    """Issues and verifies. `now_us` gives microseconds since 1970 UTC."""

    def __init__(self, ring: KeyRing, config: Config, now_us: Callable[[], int]) -> None:
        self._ring = ring
        self.config = config
        self.now_us = now_us

    def issue(self, user_id: str, session_id: str, version: int) -> str:
        """An access token."""
        now_s = self.now_us() // _SECOND_US
        claims = {
            "iss": _ISSUER,
            "aud": _AUDIENCE,
            "sub": user_id,
            "sid": session_id,
            "ver": version,
            "iat": now_s,
            "exp": now_s + self.config.access_s,
        }
        key = self._ring.newest_key("access tokens")
        return jwt.encode(claims, key, algorithm="HS256", headers={"kid": self._ring.newest})

    def read(self, token: str) -> Claims:
        """What a token says. About 80 microseconds. Raises Unauthenticated for anything but a good token of ours."""
        try:
            secret_id = jwt.get_unverified_header(token).get("kid")
            key = self._ring.key("access tokens", secret_id) if isinstance(secret_id, str) else None
            if key is None:
                raise Unauthenticated(INVALID)
            # the times are checked below, on the clock that issued them
            options: Any = {"require": list(_CLAIMS), "verify_exp": False, "verify_iat": False}
            found = jwt.decode(
                token,
                key,
                algorithms=["HS256"],
                audience=_AUDIENCE,
                issuer=_ISSUER,
                options=options,
                leeway=timedelta(0),
            )
        except (jwt.PyJWTError, ValueError) as error:
            raise Unauthenticated(INVALID) from error
        expires_at, version = found["exp"], found["ver"]
        if not isinstance(expires_at, int) or not isinstance(version, int) or not isinstance(found["sid"], str):
            raise Unauthenticated(INVALID)
        if expires_at * _SECOND_US <= self.now_us():
            raise Unauthenticated("this access token has expired: renew it or sign in again")
        return Claims(found["sub"], found["sid"], version, expires_at * _SECOND_US)

    def new_refresh_token(self) -> str:
        """256 random bits, and the id of the secret its hash is made with."""
        return f"rt_{self._ring.newest}_{secrets.token_urlsafe(_REFRESH_BYTES)}"

    def hash_of(self, refresh_token: str) -> str:
        """What is stored of a refresh token. Raises Unauthenticated for text that is none."""
        kind, _, rest = refresh_token.partition("_")
        key = self._ring.key("refresh tokens", rest.partition("_")[0]) if kind == "rt" else None
        if key is None or not refresh_token.isascii():
            raise Unauthenticated("this refresh token is not valid, or no longer: sign in again")
        return hmac.new(key, refresh_token.encode(), hashlib.sha256).hexdigest()
