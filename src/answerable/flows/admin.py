"""Looking after accounts: who there is, what they may, their keys. Every change leaves an event in the audit log.

An administrator sees and changes the accounts of their own workspace; a foreign one is as missing as one that is not
there. Nobody hands out what they lack. The command line acts as the owner of this machine, who spans workspaces.
"""

import dataclasses
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from answerable.accounts import audit, roles
from answerable.accounts.assembly import Accounts
from answerable.accounts.audit import Event
from answerable.accounts.passwords import generate_password
from answerable.core.errors import Conflict, InvalidRequest, NotFound
from answerable.core.identity import OWNER, Principal, Role, Tier
from answerable.flows.sign_in import Caller, normal_email
from answerable.gateway.quotas import Quota, overridden
from answerable.storage import accounts
from answerable.storage.accounts import UserRow
from answerable.storage.audit import AuditRow, list_newest
from answerable.storage.conversations import delete_all_of
from answerable.storage.database import Connection
from answerable.storage.feedback import delete_all_marks
from answerable.storage.research import delete_runs_of

HERE = Caller(address="local", program="command line")
_NAME_CHARACTERS = 64


@dataclass(frozen=True, slots=True)
class NewUser:
    """An account to be made. `password` None: one is generated. `service`: a program's account, which has no password,
    cannot sign in, and whose keys an administrator makes.
    """

    email: str
    name: str = ""
    role: Role = "member"
    tier: Tier = "free"
    workspace: str | None = None
    groups: tuple[str, ...] = ()
    password: str | None = None
    service: bool = False


@dataclass(frozen=True, slots=True)
class UserChange:
    """What is to change of an account; None leaves a thing as it is."""

    name: str | None = None
    role: Role | None = None
    tier: Tier | None = None
    groups: tuple[str, ...] | None = None
    limits: Mapping[str, Any] | None = None
    disabled: bool | None = None


async def ensure_administrator(email: str, a: Accounts) -> str | None:
    """Where there is no administrator, make one; returns the generated password, which is shown once. None: there is
    one already.
    """
    async with a.database.read() as connection:
        if await accounts.count_administrators(connection, OWNER.workspace):
            return None
    new = NewUser(email, "Administrator", "admin", "enterprise")
    try:
        _user, password = await create_user(OWNER, new, HERE, a)
    except Conflict:  # another worker was first
        return None
    return password


async def create_user(who: Principal, new: NewUser, caller: Caller, a: Accounts) -> tuple[UserRow, str | None]:
    """The new account, and its password where one was generated. Raises Conflict where the address is taken."""
    email = check_email(new.email)
    roles.check_may_grant(who, roles.scopes_of_role(new.role))
    workspace = _workspace(who, new.workspace)
    password = None if new.service else new.password or generate_password()
    if password is not None:
        a.passwords.check(password, email)
    now = a.now_us()
    row = UserRow(
        id=f"usr_{secrets.token_hex(8)}",
        email=email,
        name=new.name.strip(),
        role=new.role,
        tier=new.tier,
        workspace=workspace,
        groups=tuple(new.groups),
        limits={},
        disabled=False,
        password_hash="" if password is None else await a.passwords.hash(password),
        version=1,
        created_at=now,
        updated_at=now,
    )

    async def work(connection: Connection) -> None:
        if await accounts.find_user_by_email(connection, email):
            raise Conflict(f"there is an account '{email}' already", param="email")
        await accounts.insert_user(connection, row)
        detail = {"role": row.role, "tier": row.tier, "service": new.service}
        event = Event(who.id, "users.created", row.id, workspace, caller.address, detail)
        await audit.record(connection, event, now)

    await a.database.write(work)
    return row, password if new.password is None else None


async def list_users(who: Principal, a: Accounts, *, limit: int = 100, after: str = "") -> list[UserRow]:
    """Accounts by address; `after` is the address that the page before ended with."""
    async with a.database.read() as connection:
        return await accounts.list_users(connection, reach_of(who), limit=limit, after=after)


async def get_user(who: Principal, user: str, a: Accounts) -> UserRow:
    """An account by id or address. Raises NotFound, also for one of another workspace."""
    async with a.database.read() as connection:
        return await _get(connection, who, user)


async def update_user(who: Principal, user: str, change: UserChange, caller: Caller, a: Accounts) -> UserRow:
    """Change an account. What takes something away ends the account's tokens and live work.

    Raises NotFound, Forbidden for what the caller lacks, Conflict where no administrator would be left, InvalidRequest
    for limits that make no sense.
    """
    overridden(Quota(), change.limits or {})
    values = {
        field.name: found for field in dataclasses.fields(change) if (found := getattr(change, field.name)) is not None
    }
    values |= {"groups": list(change.groups)} if change.groups is not None else {}
    now = a.now_us()

    async def work(connection: Connection) -> UserRow:
        row = await _get(connection, who, user)
        _check_may_touch(who, row)
        if change.role:
            roles.check_may_grant(who, roles.scopes_of_role(change.role))
        if (change.role not in (None, "admin") or change.disabled) and row.role == "admin":
            await _check_one_is_left(connection, row)
        ends = (
            change.role not in (None, row.role)
            or bool(change.disabled)
            or (change.groups is not None and not set(row.groups) <= set(change.groups))
        )
        if change.disabled:
            await accounts.revoke_sessions(connection, row.id, now)
        changed = await accounts.update_user(connection, row.id, values, now, ends=ends)
        event = Event(who.id, "users.changed", row.id, row.workspace, caller.address, _told(values))
        await audit.record(connection, event, now)
        return changed or row

    changed = await a.database.write(work)
    await a.auth.revocations.poll()
    return changed


async def reset_password(who: Principal, user: str, caller: Caller, a: Accounts) -> tuple[UserRow, str]:
    """A generated password, shown once; every session of the account ends. Raises NotFound, Forbidden."""
    async with a.database.read() as connection:
        before = await _get(connection, who, user)
    _check_may_touch(who, before)
    if not before.password_hash:
        raise InvalidRequest("this is a program's account: it has keys and no password", param="user")
    password = generate_password()
    hashed, now = await a.passwords.hash(password), a.now_us()

    async def work(connection: Connection) -> UserRow:
        row = await _get(connection, who, before.id)
        _check_may_touch(who, row)
        await accounts.revoke_sessions(connection, row.id, now)
        changed = await accounts.update_user(connection, row.id, {"password_hash": hashed}, now, ends=True)
        await audit.record(
            connection, Event(who.id, "users.password_reset", row.id, row.workspace, caller.address), now
        )
        return changed or row

    changed = await a.database.write(work)
    await a.auth.revocations.poll()
    return changed, password


async def delete_user(who: Principal, user: str, caller: Caller, a: Accounts) -> UserRow:
    """Erase an account with its sessions, keys, conversations and marks. Raises NotFound, Conflict where no
    administrator would be left.
    """
    now = a.now_us()

    async def work(connection: Connection) -> UserRow:
        row = await _get(connection, who, user)
        _check_may_touch(who, row)
        if row.role == "admin":
            await _check_one_is_left(connection, row)
        await delete_all_of(connection, row.id)
        await delete_all_marks(connection, row.id)
        await delete_runs_of(connection, row.id)
        await accounts.delete_user(connection, row.id, now)
        await audit.record(connection, Event(who.id, "users.deleted", row.id, row.workspace, caller.address), now)
        return row

    row = await a.database.write(work)
    await a.auth.revocations.poll()
    return row


async def list_audit(who: Principal, a: Accounts, *, limit: int = 100, before: int | None = None) -> list[AuditRow]:
    """The newest events of the caller's workspace."""
    async with a.database.read() as connection:
        return await list_newest(connection, reach_of(who), limit, before)


def reach_of(who: Principal) -> str | None:
    """The workspace that somebody administers; None for all of them."""
    return None if roles.spans_workspaces(who) else who.workspace


def check_email(email: str) -> str:
    """The address as it is stored. Raises InvalidRequest for text that is no address."""
    found = normal_email(email)
    name, _, host = found.rpartition("@")
    if (
        not name
        or not host
        or "@" in name
        or not found.isprintable()
        or " " in found
        or len(email.strip()) > len(found)
    ):
        raise InvalidRequest(f"'{email[:80]}' is not an e-mail address", param="email")
    return found


def _workspace(who: Principal, wanted: str | None) -> str:
    """Where a new account goes. Raises NotFound for a workspace that the caller does not administer."""
    if wanted is None or wanted == who.workspace:
        return who.workspace
    if not roles.spans_workspaces(who):
        raise NotFound(f"there is no workspace '{wanted[:_NAME_CHARACTERS]}'", param="workspace")
    plain = wanted.replace("-", "").replace("_", "").replace(".", "")
    if len(wanted) > _NAME_CHARACTERS or not (plain.isascii() and plain.isalnum()):
        raise InvalidRequest("a workspace's name has up to 64 letters, digits, '-', '_', '.'", param="workspace")
    return wanted


async def _get(connection: Connection, who: Principal, user: str) -> UserRow:
    by_email = "@" in user
    row = await (accounts.find_user_by_email if by_email else accounts.find_user)(
        connection, normal_email(user) if by_email else user
    )
    if row is None or reach_of(who) not in (None, row.workspace):
        raise NotFound(f"there is no account '{user[:80]}'", param="user")
    return row


def _check_may_touch(who: Principal, row: UserRow) -> None:
    """Who can change an account can take it over: only those who hold all that it holds."""
    roles.check_may_grant(who, roles.scopes_of_role(cast("Role", row.role)))


async def _check_one_is_left(connection: Connection, row: UserRow) -> None:
    if not row.disabled and await accounts.count_administrators(connection, row.workspace) <= 1:
        raise Conflict("this is the last administrator of the workspace: make another one first", param="user")


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    """What the audit log says of a change: no names of people."""
    return {key: value for key, value in values.items() if key != "name"}
