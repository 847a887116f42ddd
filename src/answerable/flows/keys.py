"""API keys of accounts: made (shown once), listed, revoked. Nobody puts into a key what they lack."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from answerable.accounts import audit, keys, roles
from answerable.accounts.assembly import Accounts
from answerable.accounts.audit import Event
from answerable.core.errors import Forbidden, InvalidRequest, NotFound
from answerable.core.identity import Principal, Role
from answerable.flows.admin import get_user, reach_of
from answerable.flows.sign_in import Caller
from answerable.gateway.quotas import Quota, overridden
from answerable.storage import accounts
from answerable.storage.accounts import KeyRow
from answerable.storage.database import Connection

_DAY_US = 86_400_000_000
_MOST_KEYS = 100


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key to be made. `scopes` None: all that its account may; `days` None: it does not expire; `limits`: what the
    limits part reads in place of the tier's.
    """

    name: str
    scopes: tuple[str, ...] | None = None
    days: float | None = None
    limits: Mapping[str, Any] | None = None


async def create_key(who: Principal, user: str, new: NewKey, caller: Caller, a: Accounts) -> tuple[KeyRow, str]:
    """The key as stored, and the key itself, which is nowhere kept.

    For oneself, or (an administrator) for a program's account: a key of another person would open their conversations.
    Raises NotFound, Forbidden, InvalidRequest.
    """
    owner = await get_user(who, user, a)
    if owner.id != who.id and owner.password_hash and not roles.spans_workspaces(who):
        raise Forbidden("a person makes their own keys; for a program, make an account with `service`")
    may = roles.scopes_of_role(cast("Role", owner.role))
    scopes = may & roles.effective_scopes(who) if new.scopes is None else frozenset(new.scopes)
    _check_scopes(scopes, may)
    roles.check_may_grant(who, scopes)
    if new.days is not None and not 0 < new.days <= 3_650:
        raise InvalidRequest("a key is good for up to 3650 days", param="days")
    overridden(Quota(), new.limits or {})  # what is wrong with them is said now, not with each request
    key_id, key = keys.new_key()
    now = a.now_us()
    row = KeyRow(
        id=key_id,
        user_id=owner.id,
        name=new.name.strip(),
        hash=keys.hash_of(a.ring, a.ring.newest, key) or "",
        secret_id=a.ring.newest,
        scopes=sorted(scopes),
        limits=dict(new.limits or {}),
        created_at=now,
        expires_at=None if new.days is None else now + int(new.days * _DAY_US),
        revoked_at=None,
        last_used_at=None,
    )

    async def work(connection: Connection) -> None:
        if len(await accounts.list_keys(connection, user_id=owner.id, workspace=None)) >= _MOST_KEYS:
            raise InvalidRequest(f"an account has at most {_MOST_KEYS} keys: revoke one first", param="keys")
        await accounts.insert_key(connection, row)
        detail = {"user": owner.id, "scopes": list(row.scopes), "expires_at": row.expires_at}
        await audit.record(
            connection, Event(who.id, "keys.created", key_id, owner.workspace, caller.address, detail), now
        )

    await a.database.write(work)
    return row, key


async def list_keys(who: Principal, a: Accounts, *, mine: bool, user: str | None = None) -> list[KeyRow]:
    """Keys that are not revoked: one's own, those of one account, or of everybody in reach."""
    owner = who.id if mine else (await get_user(who, user, a)).id if user else None
    async with a.database.read() as connection:
        return await accounts.list_keys(connection, user_id=owner, workspace=None if mine else reach_of(who))


async def revoke_key(who: Principal, key_id: str, caller: Caller, a: Accounts, *, mine: bool) -> None:
    """End a key. Raises NotFound, also for one that is not in reach."""
    now = a.now_us()

    async def work(connection: Connection) -> None:
        row = await accounts.find_key(connection, key_id)
        owner = await accounts.find_user(connection, row.user_id) if row else None
        in_reach = owner is not None and (owner.id == who.id if mine else reach_of(who) in (None, owner.workspace))
        if owner is None or not in_reach or not await accounts.revoke_key(connection, key_id, now):
            raise NotFound(f"there is no key '{key_id[:80]}'", param="key")
        await audit.record(connection, Event(who.id, "keys.revoked", key_id, owner.workspace, caller.address), now)

    await a.database.write(work)
    await a.auth.revocations.poll()


def _check_scopes(scopes: frozenset[str], may: frozenset[str]) -> None:
    unknown = sorted(scopes - set(roles.SCOPES))
    if unknown or not scopes:
        known = ", ".join(roles.SCOPES)
        raise InvalidRequest(
            f"unknown scope '{unknown[0]}'" if unknown else f"give at least one of {known}", param="scopes"
        )
    if beyond := sorted(scopes - may):
        raise InvalidRequest(f"the role of this account has no scope '{beyond[0]}'", param="scopes")
