"""Signing in and out: a password for a session, a refresh token for the next access token, a new password for an old.

Every way that fails says the same and costs the same, whether the account exists or not.
"""

import secrets
from dataclasses import dataclass
from typing import Literal

from answerable.accounts import audit
from answerable.accounts.assembly import Accounts
from answerable.accounts.audit import Event
from answerable.core.errors import Forbidden, NotFound, Unauthenticated
from answerable.core.identity import Principal
from answerable.storage import accounts
from answerable.storage.accounts import RefreshRow, SessionRow, UserRow
from answerable.storage.database import Connection

_WRONG = "the e-mail address or the password is wrong"
_NOT_GOOD = "this refresh token is not valid, or no longer: sign in again"
_SECOND_US = 1_000_000
_LONGEST_EMAIL = 254
_CLIENT_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Caller:
    """Where a request came from: the client's address, and what its program calls itself."""

    address: str
    program: str = ""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session. `refresh_token` is None where two requests renewed at once and the other one got it."""

    user: UserRow
    session_id: str
    access_token: str
    refresh_token: str | None
    expires_in_s: int


async def sign_in(email: str, password: str, caller: Caller, a: Accounts) -> SignedIn:
    """A new session. Raises Unauthenticated, or RateLimited before anything is hashed."""
    wanted = normal_email(email)
    await a.throttle(caller.address, wanted)
    async with a.database.read() as connection:
        user = await accounts.find_user_by_email(connection, wanted)
    right = await a.passwords.verify(user.password_hash if user else None, password)
    if user is None or not right or user.disabled:
        await _note_failure(user, caller, a)
        raise Unauthenticated(_WRONG)
    renewed = await a.passwords.hash(password) if a.passwords.is_outdated(user.password_hash) else None
    return await _open_session(user, caller, renewed, a)


async def _note_failure(user: UserRow | None, caller: Caller, a: Accounts) -> None:
    event = Event(
        actor=user.id if user else "unknown",
        action="auth.sign_in_failed",
        workspace=user.workspace if user else "",
        address=caller.address,
    )
    now = a.now_us()
    await a.database.write(lambda connection: audit.record(connection, event, now))


async def _open_session(user: UserRow, caller: Caller, renewed_hash: str | None, a: Accounts) -> SignedIn:
    now = a.now_us()
    session_id, refresh = f"ses_{secrets.token_hex(10)}", a.tokens.new_refresh_token()
    expires_at = now + a.tokens.config.session_s * _SECOND_US
    session = SessionRow(session_id, user.id, now, expires_at, None, caller.program[:_CLIENT_CHARACTERS])

    async def work(connection: Connection) -> bool:
        current = await accounts.find_user(connection, user.id)
        if current is None or current.disabled or current.version != user.version:
            return False  # something was taken away while the password was checked
        if renewed_hash:
            await accounts.update_user(connection, user.id, {"password_hash": renewed_hash}, now, ends=False)
        await accounts.insert_session(connection, session, RefreshRow(a.tokens.hash_of(refresh), session_id, now, None))
        event = Event(user.id, "auth.signed_in", session_id, user.workspace, caller.address)
        await audit.record(connection, event, now)
        return True

    if not await a.database.write(work):
        raise Unauthenticated(_WRONG)
    return _signed_in(user, session_id, refresh, a)


def _signed_in(user: UserRow, session_id: str, refresh_token: str | None, a: Accounts) -> SignedIn:
    access = a.tokens.issue(user.id, session_id, user.version)
    return SignedIn(user, session_id, access, refresh_token, a.tokens.config.access_s)


_Renewal = tuple[Literal["renewed", "again", "stolen"], UserRow, str]


async def renew(refresh_token: str, caller: Caller, a: Accounts) -> SignedIn:
    """The next access and refresh token. A refresh token that was used before ends its session: one of the two who
    hold it stole it. Raises Unauthenticated.
    """
    used, following, now = a.tokens.hash_of(refresh_token), a.tokens.new_refresh_token(), a.now_us()
    grace_us = a.tokens.config.grace_s * _SECOND_US

    async def work(connection: Connection) -> _Renewal | None:
        token = await accounts.find_refresh_token(connection, used)
        user = await accounts.find_session_owner(connection, token.session_id, now) if token else None
        if token is None or user is None or user.disabled:
            return None
        if await accounts.use_refresh_token(connection, used, now):
            following_row = RefreshRow(a.tokens.hash_of(following), token.session_id, now, None)
            await accounts.insert_refresh_token(connection, following_row)
            return "renewed", user, token.session_id
        if now - (token.used_at or now) <= grace_us:
            return "again", user, token.session_id
        await accounts.revoke_session(connection, token.session_id, now)
        event = Event(user.id, "auth.refresh_token_reused", token.session_id, user.workspace, caller.address)
        await audit.record(connection, event, now)
        return "stolen", user, token.session_id

    found = await a.database.write(work)
    if found is None:
        raise Unauthenticated(_NOT_GOOD)
    outcome, user, session_id = found
    if outcome == "stolen":
        await a.auth.revocations.poll()
        raise Unauthenticated("this refresh token was used before: the session is ended for safety; sign in again")
    return _signed_in(user, session_id, following if outcome == "renewed" else None, a)


async def sign_out(who: Principal, caller: Caller, a: Accounts, *, everywhere: bool = False) -> None:
    """End this session, or every session of the account. Raises Forbidden for a key, which has none."""
    session_id = who.session_id
    if session_id is None:
        raise Forbidden("an API key has no session to end")
    now = a.now_us()

    async def work(connection: Connection) -> None:
        if everywhere:
            await accounts.revoke_sessions(connection, who.id, now)
        else:
            await accounts.revoke_session(connection, session_id, now)
        action = "auth.signed_out_everywhere" if everywhere else "auth.signed_out"
        await audit.record(connection, Event(who.id, action, session_id, who.workspace, caller.address), now)

    await a.database.write(work)
    await a.auth.revocations.poll()


async def change_password(who: Principal, old: str, new: str, caller: Caller, a: Accounts) -> SignedIn:
    """Set one's own password: every session ends, and a new one begins. Raises Unauthenticated for a wrong old one,
    InvalidRequest for a new one that is too weak.
    """
    async with a.database.read() as connection:
        user = await accounts.find_user(connection, who.id)
    await a.throttle(caller.address, user.email if user else who.id)
    if user is None or not await a.passwords.verify(user.password_hash, old):
        raise Unauthenticated("the old password is wrong")
    a.passwords.check(new, user.email)
    hashed, now = await a.passwords.hash(new), a.now_us()

    async def work(connection: Connection) -> UserRow | None:
        await accounts.revoke_sessions(connection, user.id, now)
        event = Event(user.id, "auth.password_changed", user.id, user.workspace, caller.address)
        await audit.record(connection, event, now)
        return await accounts.update_user(connection, user.id, {"password_hash": hashed}, now, ends=True)

    changed = await a.database.write(work)
    await a.auth.revocations.poll()
    if changed is None:
        raise Unauthenticated(_WRONG)
    return await _open_session(changed, caller, None, a)


def normal_email(email: str) -> str:
    """An address as it is stored and compared: trimmed, in lower case."""
    return email.strip().lower()[:_LONGEST_EMAIL]


async def find_me(who: Principal, a: Accounts) -> UserRow | None:
    """One's own account; None for the owner of this machine, who has none."""
    async with a.database.read() as connection:
        return await accounts.find_user(connection, who.id)


async def list_sessions(who: Principal, a: Accounts) -> list[SessionRow]:
    """One's own sessions, newest first."""
    async with a.database.read() as connection:
        return await accounts.list_sessions(connection, who.id, a.now_us())


async def end_session(who: Principal, session_id: str, caller: Caller, a: Accounts) -> None:
    """End one of one's own sessions. Raises NotFound, also for somebody else's."""
    now = a.now_us()

    async def work(connection: Connection) -> None:
        mine = {row.id for row in await accounts.list_sessions(connection, who.id, now)}
        if session_id not in mine:
            raise NotFound(f"there is no session '{session_id[:80]}'", param="session")
        await accounts.revoke_session(connection, session_id, now)
        await audit.record(connection, Event(who.id, "auth.signed_out", session_id, who.workspace, caller.address), now)

    await a.database.write(work)
    await a.auth.revocations.poll()
