"""`Idempotency-Key`: a request that is sent again gets the response of the first time, and nothing runs twice.

After draft-ietf-httpapi-idempotency-key-header: the same key with another body is 422, with one still running 409.
A key belongs to who sent it. Responses are kept for a day in the store that all workers share; while the store is out
of reach requests run as if they had no key.
"""

import hashlib
import secrets
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

import orjson
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from answerable.api import errors
from answerable.core.errors import AnswerableError, Conflict, InvalidRequest, KeyReused, TooLarge
from answerable.core.identity import Principal
from answerable.core.ports import SharedStore

HEADER = b"idempotency-key"

KEPT: Final = "answerable.idempotency"
"""The key of a request's scope that holds where a route may keep what goes on when its client is gone: a `Kept`."""

_LONGEST_KEY = 255
_REPLAYED = ("content-type", "cache-control", "x-request-id")
_REUSED = "this Idempotency-Key came before with another request; take a new key for a new request"
_STREAM, _END_OF_STREAM = "text/event-stream", b"data: [DONE]\n\n"


@dataclass(frozen=True, slots=True)
class Config:
    """`running_s`: after this a request that never ended (its worker died) may be sent again. Larger bodies are refused
    with a key; larger responses are not kept.
    """

    kept_s: float = 86_400
    running_s: float = 600
    most_body_bytes: int = 10_000_000
    most_response_bytes: int = 1_000_000

    def __post_init__(self) -> None:
        if min(self.kept_s, self.running_s) < 1 or min(self.most_body_bytes, self.most_response_bytes) < 1_000:
            raise ValueError("idempotency: times are at least 1 s, sizes at least 1,000 bytes")


class Kept:
    """What a request with a key began and nobody's hang-up ends: the next request with the key finds its name."""

    def __init__(self, store: SharedStore, place: str, mark: bytes, kept_s: float) -> None:
        self._store = store
        self._place = f"{place}:began"
        self._mark = mark
        self._kept_s = kept_s

    async def find(self) -> str | None:
        """The name that was kept. Raises KeyReused where the request was another one."""
        kept = await self._store.get(self._place)
        if kept is None:
            return None
        if kept[:32] != self._mark:
            raise KeyReused(_REUSED)
        return kept[32:].decode()

    async def keep(self, name: str) -> None:
        """Keep it as long as responses."""
        await self._store.put(self._place, self._mark + name.encode(), self._kept_s)


class Idempotent:
    """Pure ASGI, inside the limit of body sizes and outside of everything that runs. `identify` says who asks (and
    raises where nobody may), `store` gives the application's shared store; neither is called without the header.
    """

    def __init__(
        self,
        app: ASGIApp,
        identify: Callable[[Scope], Awaitable[Principal]],
        store: Callable[[Scope], SharedStore],
        config: Config | None = None,
    ) -> None:
        self._app = app
        self._identify = identify
        self._store = store
        self._config = config or Config()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer as before."""
        if scope["type"] != "http" or scope["method"] != "POST":
            return await self._app(scope, receive, send)
        key = _find_key(scope["headers"])
        if key is None:
            return await self._app(scope, receive, send)
        try:
            who = await self._identify(scope)
        except AnswerableError:  # what comes behind says it in its own way
            return await self._app(scope, receive, send)
        try:
            data, gone = await self._read(receive)
            if gone:
                return None
            place = _place(who, key)
            mark = _mark(scope, data)
            kept = await self._begin(self._store(scope), place, mark)
        except AnswerableError as error:
            return await errors.response_of(error)(scope, receive, send)
        if isinstance(kept, Response):
            return await kept(scope, receive, send)
        run = _Run(self._store(scope), place, mark, kept, self._config)
        scope[KEPT] = Kept(self._store(scope), place, mark, self._config.kept_s)
        try:
            await self._app(scope, _again(data, receive), run.watching(send))
        finally:
            await run.end()
        return None

    async def _begin(self, store: SharedStore, place: str, mark: bytes) -> "Response | bytes":
        """The response of the first time, or the sign that this is the first time. Raises Conflict, KeyReused."""
        running = b"running " + mark + secrets.token_bytes(8)
        if await store.swap(place, None, running, self._config.running_s):
            return running
        kept = await store.get(place)
        if kept is None:  # out of reach, or over just now
            return b""
        if kept[8:40] != mark:
            raise KeyReused(_REUSED)
        if kept.startswith(b"running "):
            raise Conflict("a request with this Idempotency-Key is still running; ask again", retry_after_s=1)
        return _replay(kept)

    async def _read(self, receive: Receive) -> tuple[bytes, bool]:
        """The whole body, and whether the client left before its end. Raises TooLarge."""
        pieces, size = [], 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return b"", True
            pieces.append(message.get("body", b""))
            size += len(pieces[-1])
            if size > self._config.most_body_bytes:
                most = self._config.most_body_bytes
                raise TooLarge(f"with an Idempotency-Key a request may have {most:,} bytes; send this one without")
            if not message.get("more_body", False):
                return b"".join(pieces), False


class _Run:
    """A first time: keeps what is sent, and puts it into the store before the client sees the end."""

    def __init__(self, store: SharedStore, place: str, mark: bytes, running: bytes, config: Config) -> None:
        self._store = store
        self._place = place
        self._mark = mark
        self._running = running
        self._config = config
        self._status = 500
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []
        self._size = 0
        self._over = not running

    def watching(self, send: Send) -> Send:
        """A `send` that keeps."""
        if self._over:
            return send

        async def watch(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._status = message["status"]
                self._headers = {name.decode("latin-1").lower(): v.decode("latin-1") for name, v in message["headers"]}
            elif message["type"] == "http.response.body" and not self._over:
                await self._keep(message.get("body", b""), last=not message.get("more_body", False))
            await send(message)

        return watch

    async def end(self) -> None:
        """Where nothing was kept, the key is free again: an error or a hang-up may be tried once more."""
        if not self._over:
            self._over = True
            if await self._store.get(self._place) == self._running:
                await self._store.drop(self._place)

    async def _keep(self, piece: bytes, *, last: bool) -> None:
        self._size += len(piece)
        secret = "no-store" in self._headers.get("cache-control", "")  # a key or a password, which is kept nowhere
        if secret or self._status >= 400 or self._size > self._config.most_response_bytes:
            self._body.clear()
            return
        self._body.append(piece)
        body = b"".join(self._body) if last else b""
        whole = _STREAM not in self._headers.get("content-type", "") or body.endswith(_END_OF_STREAM)
        if last and whole:
            self._over = True
            head = orjson.dumps({"status": self._status, "headers": _kept_headers(self._headers)})
            await self._store.put(self._place, b"done    " + self._mark + head + b"\n" + body, self._config.kept_s)


def _find_key(headers: Iterable[tuple[bytes, bytes]]) -> bytes | None:
    for name, value in headers:
        if name == HEADER:
            return value
    return None


def _kept_headers(headers: dict[str, str]) -> dict[str, str]:
    """What describes the response itself; not how limits stood, nor cookies."""
    return {name: value for name, value in headers.items() if name in _REPLAYED or name.startswith("x-answerable-")}


def _replay(kept: bytes) -> Response:
    head, _, body = kept[40:].partition(b"\n")
    found: dict[str, Any] = orjson.loads(head)
    return Response(body, found["status"], found["headers"] | {"idempotency-replayed": "true"})


def _again(data: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body that was read, and then what the client does."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": data, "more_body": False}

    return again


def _place(who: Principal, key: bytes) -> str:
    """Where a key's response lies. What a principal may do is part of it: less than before sees nothing from before.

    Raises InvalidRequest.
    """
    if not 1 <= len(key) <= _LONGEST_KEY or not key.isascii() or not key.decode().isprintable():
        raise InvalidRequest(f"an Idempotency-Key has 1 to {_LONGEST_KEY} printable ASCII characters")
    scopes = None if who.scopes is None else sorted(who.scopes)
    owner = orjson.dumps([who.workspace, who.id, who.key_id, who.role, scopes])
    return "idempotency:" + hashlib.blake2b(owner + b"\n" + key, digest_size=20).hexdigest()


def _mark(scope: Scope, data: bytes) -> bytes:
    """32 bytes that tell two requests apart."""
    asked = orjson.dumps([scope["path"], scope["query_string"].decode("latin-1")])
    return hashlib.blake2b(asked + b"\n" + data, digest_size=32).digest()
