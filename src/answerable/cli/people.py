"""What `users` and `keys` do: a thin face over the flows, on the accounts alone (no index and no model is opened)."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from rich.markup import escape

from answerable.accounts import keyring
from answerable.accounts.assembly import Accounts
from answerable.api.account_views import key_json, user_json
from answerable.cli.layout import columns
from answerable.cli.running import err, out, print_json, settings_for, stop
from answerable.core.errors import AnswerableError, Conflict, InvalidRequest
from answerable.core.identity import OWNER, Role, Tier
from answerable.flows import admin
from answerable.flows import keys as flow
from answerable.flows.admin import HERE
from answerable.storage import accounts
from answerable.wiring import open_accounts

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What `users add` was told."""

    email: str
    name: str
    role: Role
    tier: Tier
    workspace: str | None
    groups: tuple[str, ...]
    service: bool


@dataclass(frozen=True, slots=True)
class Change:
    """What `users set` was told; None leaves a thing as it is."""

    name: str | None
    role: Role | None
    tier: Tier | None
    groups: tuple[str, ...] | None
    disabled: bool | None
    new_password: bool


def add_user(wanted: Wanted, data: Path | None, as_json: bool) -> None:
    """Make an account and show its password."""
    new = admin.NewUser(
        wanted.email, wanted.name, wanted.role, wanted.tier, wanted.workspace, wanted.groups, None, wanted.service
    )

    async def work(a: Accounts) -> None:
        row, password = await admin.create_user(OWNER, new, HERE, a)
        _show_once(user_json(row), "password", password, as_json)

    run_on_accounts(work, data)


def list_users(data: Path | None, as_json: bool) -> None:
    """Show all accounts."""

    async def work(a: Accounts) -> list[dict[str, Any]]:
        return [user_json(row) for row in await admin.list_users(OWNER, a, limit=100_000)]

    rows = run_on_accounts(work, data)
    if as_json:
        print_json({"users": rows})
        return
    table = columns("E-MAIL", "ROLE", "TIER", "WORKSPACE", "STATE", "ID")
    for row in rows:
        state = "disabled" if row["disabled"] else "program" if row["service"] else "active"
        table.add_row(*(escape(str(row[key])) for key in ("email", "role", "tier", "workspace")), state, row["id"])
    out.print(table)


def set_user(user: str, change: Change, data: Path | None, as_json: bool) -> None:
    """Change an account, or give it a new password."""
    values = admin.UserChange(change.name, change.role, change.tier, change.groups, None, change.disabled)

    async def work(a: Accounts) -> None:
        password = None
        if values == admin.UserChange() and not change.new_password:
            raise InvalidRequest("say what to change: --role, --tier, --group, --disable, --new-password ...")
        row = await admin.get_user(OWNER, user, a)
        if values != admin.UserChange():
            row = await admin.update_user(OWNER, user, values, HERE, a)
        if change.new_password:
            row, password = await admin.reset_password(OWNER, user, HERE, a)
        _show_once(user_json(row), "password", password, as_json)

    run_on_accounts(work, data)


def remove_user(user: str, data: Path | None, as_json: bool) -> None:
    """Erase an account."""
    row = run_on_accounts(lambda a: admin.delete_user(OWNER, user, HERE, a), data)
    if as_json:
        print_json({"removed": row.id})
    else:
        out.print(f"removed {escape(row.email)} with its sessions and keys")


def create_key(
    user: str, name: str, scopes: tuple[str, ...] | None, days: float | None, data: Path | None, as_json: bool
) -> None:
    """Make a key and show it."""

    async def work(a: Accounts) -> None:
        row, key = await flow.create_key(OWNER, user, flow.NewKey(name, scopes, days), HERE, a)
        _show_once(key_json(row), "key", key, as_json)

    run_on_accounts(work, data)


def list_keys(user: str | None, data: Path | None, as_json: bool) -> None:
    """Show all keys, or those of one account."""

    async def work(a: Accounts) -> tuple[list[dict[str, Any]], dict[str, str]]:
        rows = await flow.list_keys(OWNER, a, mine=False, user=user)
        people = {row.id: row.email for row in await admin.list_users(OWNER, a, limit=100_000)}
        return [key_json(row) for row in rows], people

    rows, people = run_on_accounts(work, data)
    if as_json:
        print_json({"keys": rows})
        return
    table = columns("KEY", "NAME", "OWNER", "SCOPES", "EXPIRES", "LAST USED")
    for row in rows:
        owner, scopes = people.get(row["user_id"], row["user_id"]), ", ".join(row["scopes"])
        times = [(row[key] or "never")[:10] for key in ("expires_at", "last_used_at")]
        table.add_row(row["id"], escape(row["name"]), escape(owner), scopes, *times)
    out.print(table)


def revoke_key(key: str, data: Path | None, as_json: bool) -> None:
    """End a key."""
    run_on_accounts(lambda a: flow.revoke_key(OWNER, key, HERE, a, mine=False), data)
    if as_json:
        print_json({"revoked": key})
    else:
        out.print(f"revoked {escape(key)}")


def rotate_secrets(data: Path | None, as_json: bool) -> None:
    """Add a secret to the ring."""

    async def work(a: Accounts) -> tuple[str, ...]:
        del a  # opening made the first secret where there was none
        return keyring.rotate(_folder_of_secrets(data)).ids

    _show_ring(run_on_accounts(work, data), as_json)


def remove_secret(secret: str, force: bool, data: Path | None, as_json: bool) -> None:
    """Take a secret out of the ring, unless API keys would end with it."""

    async def work(a: Accounts) -> tuple[str, ...]:
        folder = _folder_of_secrets(data)
        async with a.database.read() as connection:
            ending = await accounts.count_keys_under(connection, secret)
        if ending and not force:
            raise Conflict(f"{ending} API keys end with '{secret}': they were not used since the rotation; or --force")
        return keyring.remove(folder, secret).ids

    _show_ring(run_on_accounts(work, data), as_json)


def _folder_of_secrets(data: Path | None) -> Path:
    settings = settings_for(data)
    if settings.key_ring:
        raise Conflict("the secrets are handed over in ANSWERABLE_KEY_RING: change them there")
    return settings.folder


def _show_ring(ids: tuple[str, ...], as_json: bool) -> None:
    if as_json:
        print_json({"secrets": list(ids), "signs": ids[-1]})
    else:
        out.print(f"secrets: {', '.join(ids)}; '{ids[-1]}' signs from the next start on")


def _show_once(row: Mapping[str, Any], what: str, secret: str | None, as_json: bool) -> None:
    """A row, and what can be read only now: alone on a line of standard output, so that a script can take it."""
    if as_json:
        print_json({**row, **({what: secret} if secret else {})})
        return
    err.print(f"{escape(str(row.get('email') or row['name']))}  [dim]{row['id']}[/dim]", soft_wrap=True)
    if secret:
        err.print(f"[dim]this {what} is shown once:[/dim]")
        out.print(escape(secret), soft_wrap=True)


def run_on_accounts(work: Callable[[Accounts], Awaitable[T]], data: Path | None) -> T:
    """Run `work` on the accounts; our errors become one line and an exit code."""
    settings = settings_for(data)

    async def inside() -> T:
        a = await open_accounts(settings)
        try:
            return await work(a)
        finally:
            await a.database.close()

    try:
        return asyncio.run(inside())
    except AnswerableError as error:
        stop(error)
