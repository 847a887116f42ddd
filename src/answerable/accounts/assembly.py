"""The parts of accounts, assembled: what the flows of signing in and of administration take as their last argument."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from answerable.accounts.attempts import Attempts, Throttle
from answerable.accounts.attempts import Config as AttemptsConfig
from answerable.accounts.auth import Auth
from answerable.accounts.auth import Config as AuthConfig
from answerable.accounts.keyring import KeyRing
from answerable.accounts.passwords import Config as PasswordsConfig
from answerable.accounts.passwords import Passwords
from answerable.accounts.tokens import Config as TokensConfig
from answerable.accounts.tokens import Tokens
from answerable.storage.database import Database


@dataclass(frozen=True, slots=True)
class Config:
    """Everything about accounts that policies may set."""

    passwords: PasswordsConfig = field(default_factory=PasswordsConfig)
    tokens: TokensConfig = field(default_factory=TokensConfig)
    attempts: AttemptsConfig = field(default_factory=AttemptsConfig)
    auth: AuthConfig = field(default_factory=AuthConfig)


@dataclass(frozen=True, slots=True)
class Accounts:
    """Who is who on an open database. `throttle` is asked before any password is hashed."""

    database: Database
    ring: KeyRing
    auth: Auth
    tokens: Tokens
    passwords: Passwords
    throttle: Throttle
    now_us: Callable[[], int]


def build(
    database: Database,
    ring: KeyRing,
    config: Config,
    now_us: Callable[[], int],
    *,
    throttle: Throttle | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Accounts:
    """The parts on one database; `throttle` replaces the counting of attempts in this process."""
    issued = Tokens(ring, config.tokens, now_us)
    return Accounts(
        database=database,
        ring=ring,
        auth=Auth(database, ring, issued, config.auth, clock),
        tokens=issued,
        passwords=Passwords(config.passwords),
        throttle=throttle or Attempts(config.attempts, clock).take,
        now_us=now_us,
    )
