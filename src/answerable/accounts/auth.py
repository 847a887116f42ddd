"""A credential -> the principal it stands for: access tokens and API keys, one cache for both.

The cache is keyed by the SHA-256 of the whole credential and believed only while `revocations.py` has looked lately, or
cannot since the database is away. A cached credential costs 2 to 3 microseconds; the first use in a worker reads the
database.
"""

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy.exc import SQLAlchemyError

from answerable.accounts import keys
from answerable.accounts.keyring import KeyRing
from answerable.accounts.revocations import WITHDRAWN, Revocations, Watch
from answerable.accounts.revocations import Config as RevocationsConfig
from answerable.accounts.tokens import INVALID, Tokens
from answerable.core.errors import ServiceError, StorageDown, Unauthenticated
from answerable.core.identity import OWNER, Principal, Role, Tier
from answerable.storage import accounts
from answerable.storage.accounts import Change, UserRow
from answerable.storage.database import Database
from answerable.telemetry.log import logger

_NEVER = 2**62
_DAY_US = 86_400_000_000
_BAD_KEY = "this API key is not valid: it is mistyped, expired or revoked"
_LONGEST = 4_096

Limits = Mapping[str, Any]
_NO_LIMITS: tuple[Limits, Limits] = ({}, {})


@dataclass(frozen=True, slots=True)
class Config:
    """`note_used_s` is how often a key's last use is written, at most; `clean_s` how often expired rows are dropped."""

    most_cached: int = 20_000
    note_used_s: float = 60.0
    clean_s: float = 3_600.0
    revocations: RevocationsConfig = field(default_factory=RevocationsConfig)

    def __post_init__(self) -> None:
        if self.most_cached < 1 or self.note_used_s < 1 or self.clean_s < 60:
            raise ValueError("auth: most_cached and note_used_s must be at least 1, clean_s at least 60")


@dataclass(frozen=True, slots=True)
class _Known:
    who: Principal
    expires_at: int
    limits: tuple[Limits, Limits]  # of the account, of the key


class Auth:
    """Identifies callers. `now_us` gives microseconds since 1970 UTC, `clock` seconds of any beginning."""

    def __init__(
        self, database: Database, ring: KeyRing, tokens: Tokens, config: Config, clock: Callable[[], float]
    ) -> None:
        self.revocations = Revocations(database, config.revocations, clock, self._forget)
        self._database = database
        self._ring = ring
        self._tokens = tokens
        self._config = config
        self._now_us = tokens.now_us
        self._clock = clock
        self._known: dict[bytes, _Known] = {}
        self._limits: dict[str, tuple[Limits, Limits]] = {}
        self._used: set[str] = set()
        self._noted_at = self._cleaned_at = clock()

    def find(self, credential: str) -> Principal | None:
        """The principal of a credential that is cached and may be believed; never waits."""
        known = self._known.get(hashlib.sha256(credential.encode("utf-8", "replace")).digest())
        if known is None or known.expires_at <= self._now_us() or not self.revocations.is_fresh():
            return None
        who = known.who
        if who.key_id is not None:
            self._used.add(who.key_id)
        return who

    async def identify(self, credential: str) -> Principal:
        """The principal of an access token or an API key.

        Raises Unauthenticated for one that is not good, ServiceError when that cannot be found out.
        """
        return self.find(credential) or await self._verify(credential)

    def watch(self, who: Principal) -> Watch:
        """`with auth.watch(who): ...` raises Unauthenticated out of the block as soon as the access of `who` ends."""
        return self.revocations.watch(who)

    async def working_for(self, user_id: str, key_id: str | None) -> Principal:
        """Who work goes on for when the connection that began it is gone: the account and the key as they stand now. To
        sign out ends no work. Raises Unauthenticated where either has ended, StorageDown.
        """
        if user_id == OWNER.id:
            return OWNER
        async with self._database.read() as connection:
            user = await accounts.find_user(connection, user_id)
            key = await accounts.find_key(connection, key_id) if key_id else None
        lasts = key_id is None or (
            key is not None and key.revoked_at is None and (key.expires_at or _NEVER) > self._now_us()
        )
        if user is None or user.disabled or not lasts:
            raise Unauthenticated(WITHDRAWN)
        return principal_of(user, key_id=key_id, scopes=frozenset(key.scopes) if key else None)

    def limits_of(self, who: Principal) -> tuple[Limits, Limits]:
        """What was set for this account and for this key in place of the tier's limits; empty where nothing was."""
        return self._limits.get(who.key_id or who.id, _NO_LIMITS)

    async def keep_current(self) -> None:
        """Poll for changes, note used keys and drop expired rows, until cancelled. One such task runs in a worker."""
        while True:
            try:
                await self.revocations.poll()
                await self.tidy()
            except (ServiceError, SQLAlchemyError) as error:
                logger.error("accounts.not_current", error=type(error).__name__)
            await asyncio.sleep(self._config.revocations.poll_s)

    async def tidy(self) -> None:
        """Write down which keys were used, and drop what expired, each when its time has come."""
        now, moment = self._clock(), self._now_us()
        if self._used and now - self._noted_at >= self._config.note_used_s:
            used, self._used, self._noted_at = sorted(self._used), set(), now
            await self._database.write(lambda connection: accounts.note_keys_used(connection, used, moment))
        if now - self._cleaned_at >= self._config.clean_s:
            self._cleaned_at = now
            await self._database.write(lambda connection: accounts.delete_expired(connection, moment, _DAY_US))

    async def _verify(self, credential: str) -> Principal:
        if len(credential) > _LONGEST:
            raise Unauthenticated(INVALID)
        try:
            await self.revocations.refresh()
            if found := self.find(credential):
                return found
            seen = self.revocations.seen
            known = await (self._by_key if credential.startswith(keys.PREFIX) else self._by_token)(credential)
        except StorageDown:
            if found := self.find(credential):  # it was known before the outage, which this look has just found out
                return found
            raise
        except SQLAlchemyError as error:
            raise ServiceError("accounts cannot be checked now: the database does not answer") from error
        if self.revocations.is_ended(known.who):
            raise Unauthenticated(WITHDRAWN)
        self._note_limits(known)
        if seen == self.revocations.seen:  # else what was read may be older than the change that came between
            self._remember(credential, known)
        return known.who

    async def _by_token(self, token: str) -> _Known:
        claims = self._tokens.read(token)
        async with self._database.read() as connection:
            user = await accounts.find_session_owner(connection, claims.session_id, self._now_us())
        if user is None or user.disabled or user.id != claims.user_id or user.version != claims.version:
            raise Unauthenticated(INVALID)
        return _Known(principal_of(user, session_id=claims.session_id), claims.expires_at, (user.limits, {}))

    async def _by_key(self, key: str) -> _Known:
        key_id = keys.find_id(key)
        if key_id is None:
            raise Unauthenticated(_BAD_KEY)
        async with self._database.read() as connection:
            row = await accounts.find_key(connection, key_id)
            user = await accounts.find_user(connection, row.user_id) if row else None
        good = row is not None and keys.matches(self._ring, row.secret_id, row.hash, key)
        if row is None or user is None or not good or user.disabled or row.revoked_at is not None:
            raise Unauthenticated(_BAD_KEY)
        expires_at = _NEVER if row.expires_at is None else row.expires_at
        if expires_at <= self._now_us():
            raise Unauthenticated(_BAD_KEY)
        if row.secret_id != self._ring.newest:
            await self._renew_hash(key_id, key)
        self._used.add(key_id)
        who = principal_of(user, key_id=key_id, scopes=frozenset(row.scopes))
        return _Known(who, expires_at, (user.limits, row.limits))

    async def _renew_hash(self, key_id: str, key: str) -> None:
        """An older secret of the ring can be removed once the keys hashed with it were used."""
        newest = self._ring.newest
        renewed = keys.hash_of(self._ring, newest, key) or ""
        await self._database.write(lambda connection: accounts.replace_key_hash(connection, key_id, renewed, newest))

    def _remember(self, credential: str, known: _Known) -> None:
        if len(self._known) >= self._config.most_cached:
            del self._known[next(iter(self._known))]
        self._known[hashlib.sha256(credential.encode("utf-8", "replace")).digest()] = known

    def _note_limits(self, known: _Known) -> None:
        """Kept while the process runs: there are only as many as administrators set, and losing one opens a limit."""
        name = known.who.key_id or known.who.id
        if any(known.limits):
            self._limits[name] = known.limits
        else:
            self._limits.pop(name, None)

    def _forget(self, change: Change | None) -> None:
        if change is None:
            self._known.clear()
            return
        name, subject = {"user": "id", "session": "session_id", "key": "key_id"}[change.kind], change.subject
        for digest in [digest for digest, known in self._known.items() if getattr(known.who, name) == subject]:
            del self._known[digest]


def principal_of(
    user: UserRow, *, session_id: str | None = None, key_id: str | None = None, scopes: frozenset[str] | None = None
) -> Principal:
    """The principal of an account that came with a session or a key."""
    return Principal(
        id=user.id,
        groups=frozenset(user.groups),
        sees_all=user.role == "admin" and (scopes is None or "admin" in scopes),
        role=cast("Role", user.role),
        tier=cast("Tier", user.tier),
        workspace=user.workspace,
        key_id=key_id,
        session_id=session_id,
        scopes=scopes,
        version=user.version,
    )
