import asyncio
from collections.abc import Sequence

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from answerable.api.idempotency import Config, Idempotent
from answerable.core.errors import Unauthenticated
from answerable.core.identity import Principal
from answerable.core.ports import SharedStore
from answerable.storage.shared_store import MemoryStore
from tests.support.asgi import Reply, request

KEY = {"idempotency-key": "order-1"}
PATH = "/v1/chat/completions"


class Shop:
    """An application that counts how often it ran, and answers with the number."""

    def __init__(self, status: int = 200, media_type: str = "application/json", body: str = "") -> None:
        self.ran = 0
        self.bodies: list[bytes] = []
        self.status = status
        self.media_type = media_type
        self.body = body
        self.go = asyncio.Event()
        self.go.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.ran += 1
        number = self.ran
        self.bodies.append(await Request(scope, receive).body())
        await self.go.wait()
        headers = {"x-answerable-model": "m", "x-request-id": "req_1", "x-ratelimit-limit-requests": "5"}
        headers["set-cookie"] = "a=b"
        text = self.body or f"answer {number}"
        await Response(text, self.status, headers, self.media_type)(scope, receive, send)


def guarded(app: ASGIApp, store: SharedStore | None = None, config: Config | None = None) -> Idempotent:
    kept = store or MemoryStore()

    async def identify(scope: Scope) -> Principal:
        who = dict(scope["headers"]).get(b"authorization", b"ann").decode()
        if who == "nobody":
            raise Unauthenticated("no")
        return Principal(who.partition("/")[0], key_id=who.partition("/")[2] or None)

    return Idempotent(app, identify, lambda scope: kept, config)


async def post(app: ASGIApp, body: Sequence[bytes] = (b"{}",), path: str = PATH, **headers: str) -> Reply:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return await request(app, headers=KEY | given, body=body, path=path, method="POST")


async def test_the_second_time_gets_the_response_of_the_first() -> None:
    shop = Shop(status=201)
    app = guarded(shop)
    first, second = await post(app, [b'{"a":', b"1}"]), await post(app, [b'{"a":1}'])
    assert (first.status, first.body, shop.bodies) == (201, b"answer 1", [b'{"a":1}'])
    assert (second.status, second.body, shop.ran) == (201, b"answer 1", 1)
    assert second.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert {second.headers["x-answerable-model"], second.headers["x-request-id"]} == {"m", "req_1"}
    assert second.headers["content-type"] == first.headers["content-type"]
    assert "set-cookie" not in second.headers
    assert "x-ratelimit-limit-requests" not in second.headers


async def test_another_body_or_address_under_the_same_key_is_refused() -> None:
    shop = Shop()
    app = guarded(shop)
    await post(app)
    for reply in (await post(app, [b'{"a":1}']), await post(app, path="/v1/embeddings")):
        assert reply.status == 422
        assert b"idempotency_key_reused" in reply.body
    assert shop.ran == 1


async def test_while_the_first_one_runs_the_second_is_told_to_wait() -> None:
    shop = Shop()
    app = guarded(shop)
    shop.go.clear()
    first = asyncio.create_task(post(app))
    await asyncio.sleep(0)
    second = await post(app)
    assert (second.status, second.headers["retry-after"]) == (409, "1")
    shop.go.set()
    assert (await first).body == b"answer 1"
    assert (await post(app)).body == b"answer 1"


async def test_of_many_at_once_one_runs() -> None:
    shop = Shop()
    app = guarded(shop)
    replies = await asyncio.gather(*(post(app) for _ in range(50)))
    assert shop.ran == 1
    assert {reply.status for reply in replies} <= {200, 409}


async def test_a_key_belongs_to_who_sent_it() -> None:
    shop = Shop()
    app = guarded(shop)
    bodies = [(await post(app, authorization=who)).body for who in ("ann", "ben", "ann/k1", "ann/k2", "ann")]
    assert bodies == [b"answer 1", b"answer 2", b"answer 3", b"answer 4", b"answer 1"]


async def test_without_a_credential_nothing_is_replayed() -> None:
    shop = Shop()
    app = guarded(shop)
    await post(app)
    await post(app, authorization="nobody")
    assert shop.ran == 2, "what stands behind refuses it in its own way"


@pytest.mark.parametrize("status", [400, 401, 404, 429, 499, 500, 503])
async def test_failures_are_not_kept(status: int) -> None:
    shop = Shop(status=status)
    app = guarded(shop)
    await post(app)
    shop.status = 200
    assert (await post(app, [b"corrected"])).body == b"answer 2"


async def test_what_must_not_be_stored_is_not_kept() -> None:
    store, shop = MemoryStore(), Shop(body="ak_a_secret")

    async def secret(scope: Scope, receive: Receive, send: Send) -> None:
        async def mark(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"].append((b"cache-control", b"no-store"))
            await send(message)

        await shop(scope, receive, mark)

    app = guarded(secret, store)
    assert [(await post(app)).status for _ in range(2)] == [200, 200]
    assert shop.ran == 2


async def test_a_whole_stream_is_replayed_byte_by_byte() -> None:
    pieces = [b"data: 1\n\n", b": ping\n\n", b"data: 2\n\n", b"data: [DONE]\n\n"]

    async def streaming(scope: Scope, receive: Receive, send: Send) -> None:
        await Request(scope, receive).body()
        headers = [(b"content-type", b"text/event-stream; charset=utf-8")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for piece in pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    app = guarded(streaming)
    first, second = await post(app), await post(app)
    assert first.body == second.body == b"".join(pieces)
    assert second.headers["idempotency-replayed"] == "true"


async def test_a_stream_that_broke_off_is_not_kept() -> None:
    shop = Shop(media_type="text/event-stream", body='data: {"error": {}}\n\n')
    app = guarded(shop)
    await post(app)
    await post(app)
    assert shop.ran == 2


async def test_after_a_mistake_of_ours_the_key_is_free_again() -> None:
    calls = []

    async def failing(scope: Scope, receive: Receive, send: Send) -> None:
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("a mistake")
        await JSONResponse({})(scope, receive, send)

    app = guarded(failing)
    with pytest.raises(RuntimeError):
        await post(app)
    assert (await post(app)).status == 200


async def test_a_client_that_hangs_up_frees_the_key() -> None:
    shop = Shop()
    app = guarded(shop)
    shop.go.clear()
    leaving = asyncio.create_task(post(app))
    await asyncio.sleep(0)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    shop.go.set()
    assert (await post(app)).body == b"answer 2"


async def test_a_response_is_kept_for_a_day() -> None:
    now, shop = [0.0], Shop()
    app = guarded(shop, MemoryStore(clock=lambda: now[0]))
    await post(app)
    now[0] = 86_399
    assert (await post(app)).body == b"answer 1"
    now[0] = 86_400
    assert (await post(app)).body == b"answer 2"


async def test_what_is_too_large_is_refused_or_not_kept() -> None:
    shop = Shop(body="x" * 2_000)
    app = guarded(shop, config=Config(most_body_bytes=1_000, most_response_bytes=1_000))
    assert (await post(app, [bytes(600), bytes(600)])).status == 413
    await post(app)
    await post(app)
    assert shop.ran == 2


@pytest.mark.parametrize("key", ["x" * 256, "a\tb"])
async def test_a_key_that_is_none_is_refused(key: str) -> None:
    shop = Shop()
    reply = await post(guarded(shop), idempotency_key=key)
    assert (reply.status, shop.ran) == (400, 0)


async def test_without_the_shared_store_requests_run_as_if_they_had_no_key() -> None:
    class Away(MemoryStore):
        async def get(self, key: str) -> bytes | None:
            return None

        async def swap(self, key: str, expected: bytes | None, value: bytes, ttl_s: float) -> bool:
            return False

    shop = Shop()
    app = guarded(shop, Away())
    assert [(await post(app)).body for _ in range(2)] == [b"answer 1", b"answer 2"]


async def test_without_the_header_nobody_is_asked() -> None:
    async def never(scope: Scope) -> Principal:
        raise AssertionError

    shop = Shop()
    app = Idempotent(shop, never, lambda scope: MemoryStore())
    assert (await request(app, method="POST")).status == 200
    assert (await request(app, headers=KEY)).status == 200
    assert shop.ran == 2


def test_times_and_sizes_that_make_no_sense_are_refused_at_start() -> None:
    with pytest.raises(ValueError, match="idempotency"):
        Config(kept_s=0)
