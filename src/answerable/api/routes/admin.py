"""/v1/admin: accounts and keys of a workspace, and the audit log. Nothing here reads what people ask or are told."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import JSONResponse, Response

from answerable.accounts import audit
from answerable.api.access import Guarded, allow
from answerable.api.account_views import event_json, key_json, user_json
from answerable.api.bodies import Strict
from answerable.api.dependencies import platform, reader
from answerable.api.routes.accounts import caller_of, shown_once
from answerable.core.identity import Role, Tier
from answerable.flows import admin, keys

router = APIRouter(prefix="/v1/admin", tags=["administration"], route_class=Guarded)

Name = Annotated[str, Field(max_length=200)]
Groups = Annotated[list[Annotated[str, Field(min_length=1, max_length=100)]], Field(max_length=100)]
Limits = Annotated[dict[str, float | int | None], Field(max_length=20)]
Before = Annotated[int | None, Query(ge=1, le=2**62)]
Page = Annotated[int, Query(ge=1, le=1_000)]


class NewUserBody(Strict):
    """POST /v1/admin/users. Without a password one is generated and shown once; `service` makes a program's account."""

    email: str = Field(max_length=300)
    name: Name = ""
    role: Role = "member"
    tier: Tier = "free"
    groups: Groups = Field(default_factory=list)
    password: str | None = Field(default=None, max_length=1_000)
    service: bool = False


class UserBody(Strict):
    """PATCH /v1/admin/users/{user}; what is left out stays."""

    name: Name | None = None
    role: Role | None = None
    tier: Tier | None = None
    groups: Groups | None = None
    limits: Limits | None = None
    disabled: bool | None = None


class KeyBody(Strict):
    """POST /v1/admin/keys."""

    user: str = Field(max_length=300)
    name: str = Field(min_length=1, max_length=100)
    scopes: list[str] | None = Field(default=None, max_length=50)
    days: float | None = None
    limits: Limits | None = None


@router.get("/users")
@allow("admin.users")
async def list_users(request: Request, limit: Page = 100, after: str = "") -> dict[str, Any]:
    """A page of accounts by address; `next` is the cursor of the following page."""
    rows = await admin.list_users(reader(request), platform(request).accounts, limit=limit + 1, after=after)
    following = rows[limit - 1].email if len(rows) > limit else None
    data = [user_json(row) for row in rows[:limit]]
    return {"object": "list", "data": data, "has_more": following is not None, "next": following}


@router.post("/users", status_code=201)
@allow("admin.users")
async def make_user(body: NewUserBody, request: Request) -> JSONResponse:
    """A new account; `password` is there when it was generated, and shown this once."""
    new = admin.NewUser(
        body.email, body.name, body.role, body.tier, None, tuple(body.groups), body.password, body.service
    )
    row, password = await admin.create_user(reader(request), new, caller_of(request), platform(request).accounts)
    return shown_once(user_json(row) | ({"password": password} if password else {}), 201)


@router.get("/users/{user}")
@allow("admin.users")
async def get_user(user: str, request: Request) -> dict[str, Any]:
    """One account, by id or e-mail address."""
    return user_json(await admin.get_user(reader(request), user, platform(request).accounts))


@router.patch("/users/{user}")
@allow("admin.users")
async def change_user(user: str, body: UserBody, request: Request) -> dict[str, Any]:
    """Change an account; what takes something away ends its tokens and streams."""
    groups = None if body.groups is None else tuple(body.groups)
    change = admin.UserChange(body.name, body.role, body.tier, groups, body.limits, body.disabled)
    row = await admin.update_user(reader(request), user, change, caller_of(request), platform(request).accounts)
    return user_json(row)


@router.delete("/users/{user}", status_code=204)
@allow("admin.users")
async def delete_user(user: str, request: Request) -> Response:
    """Erase an account with its sessions and keys."""
    await admin.delete_user(reader(request), user, caller_of(request), platform(request).accounts)
    return Response(status_code=204)


@router.post("/users/{user}/password")
@allow("admin.users")
async def reset_password(user: str, request: Request) -> JSONResponse:
    """A generated password, shown this once; every session of the account ends."""
    row, password = await admin.reset_password(reader(request), user, caller_of(request), platform(request).accounts)
    return shown_once(user_json(row) | {"password": password})


@router.get("/keys")
@allow("admin.keys")
async def list_keys(request: Request, user: str | None = None) -> dict[str, Any]:
    """The API keys of the workspace, or of one account, newest first."""
    rows = await keys.list_keys(reader(request), platform(request).accounts, mine=False, user=user)
    return {"object": "list", "data": [key_json(row) for row in rows]}


@router.post("/keys", status_code=201)
@allow("admin.keys")
async def make_key(body: KeyBody, request: Request) -> JSONResponse:
    """A key for a program's account, or one's own; `key` is shown this once."""
    new = keys.NewKey(body.name, None if body.scopes is None else tuple(body.scopes), body.days, body.limits)
    row, key = await keys.create_key(reader(request), body.user, new, caller_of(request), platform(request).accounts)
    return shown_once(key_json(row) | {"key": key}, 201)


@router.delete("/keys/{key}", status_code=204)
@allow("admin.keys")
async def revoke_key(key: str, request: Request) -> Response:
    """End a key of the workspace."""
    await keys.revoke_key(reader(request), key, caller_of(request), platform(request).accounts, mine=False)
    return Response(status_code=204)


@router.get("/audit")
@allow("admin.audit")
async def list_audit(request: Request, limit: Page = 100, before: Before = None) -> dict[str, Any]:
    """The newest events first; `before` is the `seq` that the page before ended with."""
    rows = await admin.list_audit(reader(request), platform(request).accounts, limit=limit, before=before)
    return {"object": "list", "data": [event_json(row) for row in rows]}


@router.get("/audit/verify")
@allow("admin.audit")
async def verify_audit(request: Request) -> dict[str, Any]:
    """Recompute the chain of hashes: whether an event was changed, dropped or slipped in, and the newest hash."""
    found = await audit.verify(platform(request).database)
    return {"whole": found.broken_at is None, "events": found.events, "broken_at": found.broken_at, "head": found.head}
