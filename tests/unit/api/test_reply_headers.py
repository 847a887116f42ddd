from decimal import Decimal

from answerable.api.reply_headers import ReplyHeaders
from answerable.core.messages import Admitted, CacheHit, Finished, Queued, Routed, TextDelta
from answerable.core.usage import LimitState, Usage


def test_headers_say_how_the_reply_came_about() -> None:
    head = ReplyHeaders()
    for event in (
        Admitted("req_1", (LimitState("user-requests", "requests", 100, 99, 3_600, 36),)),
        Queued(1_234.5),
        Routed("first", "asked for"),
        Routed("zweites-modell-ü", "the first one failed", fallbacks=1, degraded=True),
        CacheHit("semantic", 0.9712, 61.4),
        TextDelta("hi"),
        Finished("stop", Usage(1, 1), "m", Decimal("0.00001")),
    ):
        head.take(event)
    assert dict(head.lines()) == {
        "x-request-id": "req_1",
        "ratelimit-policy": '"user-requests";q=100;w=3600',
        "ratelimit": '"user-requests";r=99;t=36',
        "x-ratelimit-limit-requests": "100",
        "x-ratelimit-remaining-requests": "99",
        "x-ratelimit-reset-requests": "36s",
        "x-answerable-queue-ms": "1234",
        "x-answerable-model": "zweites-modell-?",
        "x-answerable-fallbacks": "1",
        "x-answerable-degraded": "true",
        "x-answerable-cache": "semantic; similarity=0.971; age=61",
        "x-answerable-cost-usd": "0.00001",
    }
