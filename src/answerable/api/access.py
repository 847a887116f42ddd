"""Who may come in: the one place where a request's credential is read and its action is allowed or not.

A route declares its action with `@allow`; `Guarded` routes and plain ASGI endpoints ask `Access.admit` before they read
a body. It never looks at the address that was asked for, which a client can spell in more ways than one.
"""

import contextlib
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.requests import cookie_parser
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from answerable.accounts import roles
from answerable.accounts.auth import Auth
from answerable.api import errors
from answerable.api.address import Proxies, client_address, is_https
from answerable.core.errors import AnswerableError, Forbidden, SetupError, Unauthenticated
from answerable.core.identity import OWNER, Principal

PRINCIPAL: Final = "answerable.principal"
"""The key of a request's scope that holds who asks, once they were admitted."""

_ACTION: Final = "__answerable_action__"
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_KEY_HEADERS: Final = frozenset({b"x-api-key", b"api-key"})

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Door:
    """How the server is reached. Without accounts everybody who gets in is the owner of this machine, and only this
    machine gets in. `hosts` are the names the server answers to beside addresses and this machine's own names;
    `secure_cookies` None decides by whether the client speaks TLS.
    """

    accounts: bool = False
    hosts: frozenset[str] = frozenset()
    proxies: Proxies = field(default_factory=Proxies)
    secure_cookies: bool | None = None


def allow(action: str) -> Callable[[F], F]:
    """Declare the action of an endpoint; `public` asks for no credential. Raises KeyError for an unknown action."""
    if action != roles.PUBLIC_ACTION:
        roles.ACCESS[action]

    def declare(endpoint: F) -> F:
        setattr(endpoint, _ACTION, action)
        return endpoint

    return declare


def action_of(endpoint: object) -> str:
    """The declared action. Raises SetupError for an endpoint without one: it would be open to everybody."""
    action = getattr(endpoint, _ACTION, None)
    if not isinstance(action, str):
        raise SetupError(f"{endpoint!r} declares no action: put @allow(...) below its route")
    return action


class Access:
    """Identifies callers and admits them. `auth` None: there are no accounts."""

    def __init__(self, auth: Auth | None, door: Door) -> None:
        self._auth = auth
        self.door = door

    @property
    def has_accounts(self) -> bool:
        """Whether people sign in here; else everybody is the owner of this machine."""
        return self._auth is not None

    async def identify(self, scope: Scope) -> Principal:
        """Who asks, whichever way the credential came. Raises Unauthenticated, or Forbidden for another site's page."""
        auth = self._auth
        if auth is None:
            return OWNER
        credential = _header_credential(scope["headers"])
        if credential is None:
            credential = self._cookie_credential(scope)
        return auth.find(credential) or await auth.identify(credential)

    async def admit(self, scope: Scope, action: str) -> Principal | None:
        """Who asks, where they may do the action; kept in the scope. None for a public one.

        Raises Unauthenticated, Forbidden.
        """
        if action == roles.PUBLIC_ACTION:
            return None
        who = scope[PRINCIPAL] = await self.identify(scope)
        roles.check(who, action)
        return who

    def watch(self, who: Principal) -> contextlib.AbstractContextManager[object]:
        """A block that ends with the access of `who`: it raises Unauthenticated then."""
        return contextlib.nullcontext() if self._auth is None else self._auth.watch(who)

    def address(self, scope: Scope) -> str:
        """The client's address, through trusted proxies only."""
        return client_address(scope, self.door.proxies)

    def is_secure(self, scope: Scope) -> bool:
        """Whether cookies are marked `Secure`."""
        wanted = self.door.secure_cookies
        return is_https(scope, self.door.proxies) if wanted is None else wanted

    def check_same_origin(self, scope: Scope) -> None:
        """Raises Forbidden for a request that a page of another site may have made a browser send."""
        headers = {name: value for name, value in scope["headers"] if name in (b"origin", b"host", b"sec-fetch-site")}
        origin, host = headers.get(b"origin"), headers.get(b"host", b"")
        if origin is None:
            same = headers.get(b"sec-fetch-site") == b"same-origin"
        else:
            same = bool(host) and _netloc(origin.decode("latin-1")) == host.decode("latin-1")
        if not same:
            raise Forbidden("a request with a cookie must come from this server's own pages; programs use a key")

    def _cookie_credential(self, scope: Scope) -> str:
        found = find_cookie(scope, access_cookie(self.is_secure(scope)))
        if not found:
            raise Unauthenticated("sign in, or send an API key: Authorization: Bearer ak_...")
        if scope["method"] not in _SAFE_METHODS:
            self.check_same_origin(scope)
        return found


def access_cookie(secure: bool) -> str:
    """The cookie that holds the access token. With TLS no other host can set it (`__Host-`, RFC 6265bis)."""
    return "__Host-answerable" if secure else "answerable"


def find_cookie(scope: Scope, name: str) -> str | None:
    """A cookie of a request."""
    text = "; ".join(value.decode("latin-1") for key, value in scope["headers"] if key == b"cookie")
    return cookie_parser(text).get(name) if text else None


def _header_credential(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """The credential in the headers. Two that differ are refused: which of them counts must never be a guess."""
    found: bytes | None = None
    for name, value in headers:
        if name == b"authorization":
            scheme, _, rest = value.partition(b" ")
            if scheme.lower() != b"bearer":
                raise Unauthenticated("send the credential as `Authorization: Bearer ...`")
            given = rest.strip()
        elif name in _KEY_HEADERS:
            given = value.strip()
        else:
            continue
        if found is not None and given != found:
            raise Unauthenticated("the request carries two different credentials")
        found = given
    return None if found is None else found.decode("latin-1")


def _netloc(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None


def access_of(scope: Scope) -> Access:
    """The application's own."""
    found: Access = scope["app"].state.access
    return found


class Guarded(APIRoute):
    """A route that admits before it reads the body. Declared without an action, it cannot be built."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler behind the guard."""
        action, handle = action_of(self.endpoint), super().get_route_handler()

        async def guarded(request: Request) -> Response:
            await access_of(request.scope).admit(request.scope, action)
            return await handle(request)

        return guarded


class Guard:
    """A plain ASGI endpoint behind the same guard."""

    def __init__(self, action: str, app: ASGIApp) -> None:
        roles.ACCESS[action]  # an unknown one is a mistake at start
        self._action = action
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Admit, then pass on."""
        try:
            await access_of(scope).admit(scope, self._action)
        except AnswerableError as error:
            return await errors.response_of(error)(scope, receive, send)
        return await self._app(scope, receive, send)


def check_declared(routes: Sequence[BaseRoute]) -> None:
    """Raises SetupError for a route that admits everybody because nobody declared its action."""
    for route in routes:
        if not isinstance(route, Route):
            continue
        action = action_of(route.endpoint)
        if action != roles.PUBLIC_ACTION and not isinstance(route, Guarded):
            raise SetupError(f"the route {route.path} declares {action} and does not ask for it: use Guarded")
