"""The SQL of accounts: users, sessions, refresh tokens, API keys, and the log of what workers must forget.

Every write that takes something away also writes its `account_changes` row, in the same transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from answerable.storage.collections import take_ids
from answerable.storage.schema import account_changes, api_keys, refresh_tokens, sessions, users

ChangeKind = Literal["user", "session", "key"]

FOR_GOOD = 2**62
"""`ends_below` of a session or key that was revoked: no version of it is good any more."""


@dataclass(frozen=True, slots=True)
class UserRow:
    """An account as stored. `email` is in lower case; `limits` holds overrides that the limits part reads."""

    id: str
    email: str
    name: str
    role: str
    tier: str
    workspace: str
    groups: Sequence[str]
    limits: Mapping[str, Any]
    disabled: bool
    password_hash: str
    version: int
    created_at: int
    updated_at: int


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A sign-in that is renewed by refresh tokens until it expires."""

    id: str
    user_id: str
    created_at: int
    expires_at: int
    revoked_at: int | None
    client: str


@dataclass(frozen=True, slots=True)
class RefreshRow:
    """One refresh token of a session; `hash` is keyed."""

    hash: str
    session_id: str
    created_at: int
    used_at: int | None


@dataclass(frozen=True, slots=True)
class KeyRow:
    """An API key as stored: `hash` is keyed with the secret `secret_id` of the key ring."""

    id: str
    user_id: str
    name: str
    hash: str
    secret_id: str
    scopes: Sequence[str]
    limits: Mapping[str, Any]
    created_at: int
    expires_at: int | None
    revoked_at: int | None
    last_used_at: int | None


@dataclass(frozen=True, slots=True)
class Change:
    """Something that workers must forget; see `account_changes`."""

    seq: int
    kind: ChangeKind
    subject: str
    ends_below: int


def _values(row: UserRow | SessionRow | RefreshRow | KeyRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__slots__}


# --- users ---


async def find_user(connection: AsyncConnection, user_id: str) -> UserRow | None:
    """The account, or None."""
    row = (await connection.execute(select(users).where(users.c.id == user_id))).mappings().first()
    return UserRow(**row) if row else None


async def find_user_by_email(connection: AsyncConnection, email: str) -> UserRow | None:
    """The account of an address in lower case, or None."""
    row = (await connection.execute(select(users).where(users.c.email == email))).mappings().first()
    return UserRow(**row) if row else None


async def list_users(
    connection: AsyncConnection, workspace: str | None, *, limit: int = 1_000, after: str = ""
) -> list[UserRow]:
    """Accounts by address, of one workspace or of all; `after` is the address the page before ended with."""
    wanted = select(users).where(users.c.email > after).order_by(users.c.email).limit(limit)
    if workspace is not None:
        wanted = wanted.where(users.c.workspace == workspace)
    return [UserRow(**row) for row in (await connection.execute(wanted)).mappings()]


async def count_administrators(connection: AsyncConnection, workspace: str) -> int:
    """How many administrators of a workspace can sign in."""
    wanted = (
        select(func.count())
        .select_from(users)
        .where(users.c.workspace == workspace, users.c.role == "admin", users.c.disabled.is_(False))
    )
    return int((await connection.execute(wanted)).scalar_one())


async def insert_user(connection: AsyncConnection, row: UserRow) -> None:
    """Add an account."""
    await connection.execute(insert(users).values(**_values(row)))


async def update_user(
    connection: AsyncConnection, user_id: str, values: Mapping[str, Any], now: int, *, ends: bool
) -> UserRow | None:
    """Change an account; with `ends` its version grows and everything that holds an older one ends. None: gone."""
    more = {"version": users.c.version + 1} if ends else {}
    statement = update(users).where(users.c.id == user_id).values(**values, **more, updated_at=now).returning(*users.c)
    found = (await connection.execute(statement)).mappings().first()
    if found is None:
        return None
    row = UserRow(**found)
    await add_change(connection, "user", user_id, row.version if ends else 0, now)
    return row


async def delete_user(connection: AsyncConnection, user_id: str, now: int) -> bool:
    """Erase an account with its sessions and keys; whether it was there."""
    found = await connection.execute(delete(users).where(users.c.id == user_id))
    await add_change(connection, "user", user_id, FOR_GOOD, now)
    return found.rowcount > 0


# --- sessions ---


async def insert_session(connection: AsyncConnection, row: SessionRow, token: RefreshRow) -> None:
    """Add a session with its first refresh token."""
    await connection.execute(insert(sessions).values(**_values(row)))
    await insert_refresh_token(connection, token)


async def insert_refresh_token(connection: AsyncConnection, token: RefreshRow) -> None:
    """Add a refresh token to its session."""
    await connection.execute(insert(refresh_tokens).values(**_values(token)))


_SESSION_OWNER = (
    select(users, sessions.c.expires_at.label("session_expires_at"), sessions.c.revoked_at)
    .select_from(sessions.join(users, users.c.id == sessions.c.user_id))
    .where(sessions.c.id == bindparam("session_id"))
)


async def find_session_owner(connection: AsyncConnection, session_id: str, now: int) -> UserRow | None:
    """The account of a session that is neither expired nor revoked, or None."""
    row = (await connection.execute(_SESSION_OWNER, {"session_id": session_id})).mappings().first()
    if row is None or row["revoked_at"] is not None or row["session_expires_at"] <= now:
        return None
    return UserRow(**{name: row[name] for name in UserRow.__slots__})


async def find_refresh_token(connection: AsyncConnection, token_hash: str) -> RefreshRow | None:
    """The refresh token of a hash, or None."""
    wanted = select(refresh_tokens).where(refresh_tokens.c.hash == token_hash)
    row = (await connection.execute(wanted)).mappings().first()
    return RefreshRow(**row) if row else None


async def use_refresh_token(connection: AsyncConnection, token_hash: str, now: int) -> bool:
    """Mark a token as used; False where it was used before, also by a request of the same moment."""
    statement = (
        update(refresh_tokens)
        .where(refresh_tokens.c.hash == token_hash, refresh_tokens.c.used_at.is_(None))
        .values(used_at=now)
    )
    return (await connection.execute(statement)).rowcount == 1


async def list_sessions(connection: AsyncConnection, user_id: str, now: int) -> list[SessionRow]:
    """The live sessions of an account, newest first."""
    wanted = (
        select(sessions)
        .where(sessions.c.user_id == user_id, sessions.c.revoked_at.is_(None), sessions.c.expires_at > now)
        .order_by(sessions.c.created_at.desc())
    )
    return [SessionRow(**row) for row in (await connection.execute(wanted)).mappings()]


async def revoke_session(connection: AsyncConnection, session_id: str, now: int) -> bool:
    """End a session; whether it was live."""
    statement = (
        update(sessions).where(sessions.c.id == session_id, sessions.c.revoked_at.is_(None)).values(revoked_at=now)
    )
    ended = (await connection.execute(statement)).rowcount > 0
    if ended:
        await add_change(connection, "session", session_id, FOR_GOOD, now)
    return ended


async def revoke_sessions(connection: AsyncConnection, user_id: str, now: int) -> None:
    """End every session of an account."""
    wanted = select(sessions.c.id).where(sessions.c.user_id == user_id, sessions.c.revoked_at.is_(None))
    for session_id in (await connection.execute(wanted)).scalars().all():
        await revoke_session(connection, session_id, now)


# --- keys ---


async def insert_key(connection: AsyncConnection, row: KeyRow) -> None:
    """Add an API key."""
    await connection.execute(insert(api_keys).values(**_values(row)))


async def find_key(connection: AsyncConnection, key_id: str) -> KeyRow | None:
    """The API key, or None."""
    row = (await connection.execute(select(api_keys).where(api_keys.c.id == key_id))).mappings().first()
    return KeyRow(**row) if row else None


async def list_keys(connection: AsyncConnection, *, user_id: str | None, workspace: str | None) -> list[KeyRow]:
    """API keys that are not revoked, newest first: of an account, of a workspace, or all."""
    wanted = (
        select(api_keys)
        .select_from(api_keys.join(users, users.c.id == api_keys.c.user_id))
        .where(api_keys.c.revoked_at.is_(None))
        .order_by(api_keys.c.created_at.desc(), api_keys.c.id)
    )
    if user_id is not None:
        wanted = wanted.where(api_keys.c.user_id == user_id)
    if workspace is not None:
        wanted = wanted.where(users.c.workspace == workspace)
    return [KeyRow(**row) for row in (await connection.execute(wanted)).mappings()]


async def revoke_key(connection: AsyncConnection, key_id: str, now: int) -> bool:
    """End an API key; whether it was live."""
    statement = update(api_keys).where(api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None)).values(revoked_at=now)
    ended = (await connection.execute(statement)).rowcount > 0
    if ended:
        await add_change(connection, "key", key_id, FOR_GOOD, now)
    return ended


async def replace_key_hash(connection: AsyncConnection, key_id: str, new_hash: str, secret_id: str) -> None:
    """Keep a key's hash under a newer secret of the ring."""
    await connection.execute(update(api_keys).where(api_keys.c.id == key_id).values(hash=new_hash, secret_id=secret_id))


async def count_keys_under(connection: AsyncConnection, secret_id: str) -> int:
    """How many live keys would end with this secret of the ring."""
    wanted = (
        select(func.count())
        .select_from(api_keys)
        .where(api_keys.c.secret_id == secret_id, api_keys.c.revoked_at.is_(None))
    )
    return int((await connection.execute(wanted)).scalar_one())


async def note_keys_used(connection: AsyncConnection, key_ids: Sequence[str], now: int) -> None:
    """Keys were used about now."""
    await connection.execute(update(api_keys).where(api_keys.c.id.in_(key_ids)).values(last_used_at=now))


# --- what workers must forget ---


async def add_change(connection: AsyncConnection, kind: ChangeKind, subject: str, ends_below: int, now: int) -> None:
    """Tell every worker to forget what it holds of a subject. The counter's row lock orders them as they commit."""
    seq = await take_ids(connection, "account_changes", 1)
    values = {"seq": seq, "kind": kind, "subject": subject, "ends_below": ends_below, "at": now}
    await connection.execute(insert(account_changes).values(**values))


_CHANGES = select(
    account_changes.c.seq, account_changes.c.kind, account_changes.c.subject, account_changes.c.ends_below
).order_by(account_changes.c.seq)
_CHANGES_SINCE = _CHANGES.where(account_changes.c.seq > bindparam("seen"))
_LAST_CHANGE = select(func.coalesce(func.max(account_changes.c.seq), 0))


async def last_change(connection: AsyncConnection) -> int:
    """The number of the newest change; 0 for none."""
    return int((await connection.execute(_LAST_CHANGE)).scalar_one())


async def list_changes(connection: AsyncConnection, seen: int) -> list[Change]:
    """The changes after number `seen`, in order."""
    return [Change(*row) for row in await connection.execute(_CHANGES_SINCE, {"seen": seen})]


async def delete_expired(connection: AsyncConnection, now: int, keep_us: int) -> None:
    """Drop sessions that expired, and changes that every worker has seen long ago; the newest change stays."""
    await connection.execute(delete(sessions).where(sessions.c.expires_at < now - keep_us))
    newest = await last_change(connection)
    await connection.execute(
        delete(account_changes).where(account_changes.c.at < now - keep_us, account_changes.c.seq < newest)
    )
