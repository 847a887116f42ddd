"""/v1/auth: signing in and out. /v1/me: one's own account, sessions and keys."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import JSONResponse, Response
from starlette.types import Scope

from answerable.api.access import Guarded, access_cookie, access_of, allow, find_cookie
from answerable.api.account_views import key_json, principal_json, session_json, user_json
from answerable.api.bodies import Strict
from answerable.api.dependencies import platform, reader
from answerable.core.errors import Unauthenticated
from answerable.flows import keys, sign_in
from answerable.flows.sign_in import Caller, SignedIn

router = APIRouter(tags=["accounts"], route_class=Guarded)

_REFRESH_PATH = "/v1/auth"
Text = Annotated[str, Field(max_length=1_000)]


class SignInBody(Strict):
    """POST /v1/auth/sign-in. With `cookies` the tokens come as cookies that no script can read, and not in the body."""

    email: Text
    password: Text
    cookies: bool = False


class RefreshBody(Strict):
    """POST /v1/auth/refresh; without a token the one of the cookie is used."""

    refresh_token: Text | None = None


class SignOutBody(Strict):
    """POST /v1/auth/sign-out."""

    everywhere: bool = False


class PasswordBody(Strict):
    """POST /v1/auth/password."""

    old_password: Text
    new_password: Text


class OwnKeyBody(Strict):
    """POST /v1/me/keys. `scopes` left out: all that one may oneself."""

    name: str = Field(min_length=1, max_length=100)
    scopes: list[str] | None = Field(default=None, max_length=50)
    days: float | None = None


def caller_of(request: Request) -> Caller:
    """Where a request came from, for the audit log."""
    program = request.headers.get("user-agent", "")
    return Caller(access_of(request.scope).address(request.scope), program[:200])


def shown_once(body: dict[str, Any], status: int = 200) -> JSONResponse:
    """An answer that holds a secret: nothing between us and the caller may keep it."""
    return JSONResponse(body, status, headers={"cache-control": "no-store"})


@router.post("/v1/auth/sign-in")
@allow("public")
async def open_session(body: SignInBody, request: Request) -> JSONResponse:
    """A session for an e-mail address and a password."""
    if body.cookies:
        access_of(request.scope).check_same_origin(request.scope)
    found = await sign_in.sign_in(body.email, body.password, caller_of(request), platform(request).accounts)
    return _answer(found, request, cookies=body.cookies)


@router.post("/v1/auth/refresh")
@allow("public")
async def renew_session(body: RefreshBody, request: Request) -> JSONResponse:
    """The next access token, and the next refresh token in place of the one that was given."""
    access, token = access_of(request.scope), body.refresh_token
    if token is None:
        token = find_cookie(request.scope, _refresh_cookie(access.is_secure(request.scope)))
        if not token:
            raise Unauthenticated("there is no refresh token: sign in")
        access.check_same_origin(request.scope)
    found = await sign_in.renew(token, caller_of(request), platform(request).accounts)
    return _answer(found, request, cookies=body.refresh_token is None)


@router.post("/v1/auth/sign-out", status_code=204)
@allow("me.sessions")
async def end_session(body: SignOutBody, request: Request) -> Response:
    """End this session, or all of one's own."""
    accounts = platform(request).accounts
    await sign_in.sign_out(reader(request), caller_of(request), accounts, everywhere=body.everywhere)
    response = Response(status_code=204)
    _set_cookies(response, request.scope, "", "", 0, 0)
    return response


@router.post("/v1/auth/password")
@allow("me.password")
async def change_password(body: PasswordBody, request: Request) -> JSONResponse:
    """Change one's own password: every session ends, and a new one begins."""
    who, secure = reader(request), access_of(request.scope).is_secure(request.scope)
    cookies = "authorization" not in request.headers and bool(find_cookie(request.scope, access_cookie(secure)))
    found = await sign_in.change_password(
        who, body.old_password, body.new_password, caller_of(request), platform(request).accounts
    )
    return _answer(found, request, cookies=cookies)


@router.get("/v1/me")
@allow("me.read")
async def get_me(request: Request) -> dict[str, Any]:
    """Who asks, and what they may; `user` is null for the owner of this machine, who has no account."""
    who, a = reader(request), platform(request).accounts
    row = await sign_in.find_me(who, a)
    return principal_json(who) | {"user": user_json(row) if row else None}


@router.get("/v1/me/sessions")
@allow("me.sessions")
async def list_sessions(request: Request) -> dict[str, Any]:
    """One's own sessions, newest first."""
    who = reader(request)
    rows = await sign_in.list_sessions(who, platform(request).accounts)
    return {"object": "list", "data": [session_json(row, who.session_id) for row in rows]}


@router.delete("/v1/me/sessions/{session}", status_code=204)
@allow("me.sessions")
async def delete_session(session: str, request: Request) -> Response:
    """End one of one's own sessions."""
    await sign_in.end_session(reader(request), session, caller_of(request), platform(request).accounts)
    return Response(status_code=204)


@router.get("/v1/me/keys")
@allow("me.keys")
async def list_own_keys(request: Request) -> dict[str, Any]:
    """One's own API keys, newest first."""
    rows = await keys.list_keys(reader(request), platform(request).accounts, mine=True)
    return {"object": "list", "data": [key_json(row) for row in rows]}


@router.post("/v1/me/keys", status_code=201)
@allow("me.keys")
async def make_own_key(body: OwnKeyBody, request: Request) -> JSONResponse:
    """A new API key of one's own; `key` is shown this once."""
    who = reader(request)
    new = keys.NewKey(body.name, None if body.scopes is None else tuple(body.scopes), body.days)
    row, key = await keys.create_key(who, who.id, new, caller_of(request), platform(request).accounts)
    return shown_once(key_json(row) | {"key": key}, 201)


@router.delete("/v1/me/keys/{key}", status_code=204)
@allow("me.keys")
async def revoke_own_key(key: str, request: Request) -> Response:
    """End one of one's own keys."""
    await keys.revoke_key(reader(request), key, caller_of(request), platform(request).accounts, mine=True)
    return Response(status_code=204)


def _answer(found: SignedIn, request: Request, *, cookies: bool) -> JSONResponse:
    body: dict[str, Any] = {"token_type": "Bearer", "expires_in": found.expires_in_s, "user": user_json(found.user)}
    if not cookies:
        body |= {"access_token": found.access_token, "refresh_token": found.refresh_token}
        return shown_once(body)
    response = shown_once(body)
    refresh_s = platform(request).accounts.tokens.config.session_s
    refresh = found.refresh_token
    _set_cookies(response, request.scope, found.access_token, refresh, found.expires_in_s, refresh_s)
    return response


def _set_cookies(
    response: Response, scope: Scope, access: str, refresh: str | None, access_s: int, refresh_s: int
) -> None:
    """Set both cookies, or leave the refresh cookie alone (None); an age of 0 removes them."""
    secure = access_of(scope).is_secure(scope)
    more: dict[str, Any] = {"secure": secure, "httponly": True, "samesite": "strict"}
    response.set_cookie(access_cookie(secure), access, max_age=access_s, path="/", **more)
    if refresh is not None:
        response.set_cookie(_refresh_cookie(secure), refresh, max_age=refresh_s, path=_REFRESH_PATH, **more)


def _refresh_cookie(secure: bool) -> str:
    return "__Secure-answerable-refresh" if secure else "answerable-refresh"
