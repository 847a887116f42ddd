"""A language-model server that fails now and then, for `hour.py`: OpenAI's wire, plain and streamed.

python bench/flaky.py PORT [--rate .03] [--gap-ms 2] [--seed 1]

It writes as many words as `max_tokens` asks for, one a chunk. A share of the requests fails, each in one of these ways:
500, 429 with Retry-After, no answer for three seconds, a stream that is cut in the middle, garbage instead of JSON.
"""

import argparse
import asyncio
import json
import random
from collections.abc import Awaitable, Callable

from aiohttp import web

WORDS = ("the", "quick", "brown", "fox", "jumps", "over", "the", "lazy", "dog", "and", "runs", "away")
HEAD = {"id": "chatcmpl-flaky", "created": 1_764_000_000, "model": "flaky"}
FAILURES = ("error", "busy", "late", "cut", "garbage")


class Flaky:
    """The server: how often it fails, and how far apart its chunks come."""

    def __init__(self, rate: float, gap_s: float, seed: int) -> None:
        self._rate = rate
        self._gap_s = gap_s
        self._random = random.Random(seed)
        self.counts: dict[str, int] = dict.fromkeys(("answered", *FAILURES), 0)

    async def chat(self, request: web.Request) -> web.StreamResponse:
        """POST /v1/chat/completions."""
        body = await request.json()
        words = int(body.get("max_tokens") or body.get("max_completion_tokens") or 50)
        way = self._random.choice(FAILURES) if self._random.random() < self._rate else "answered"
        self.counts[way] += 1
        if way == "error":
            return web.json_response({"error": {"message": "the server had an error"}}, status=500)
        if way == "busy":
            return web.json_response(
                {"error": {"message": "slow down", "code": "rate_limit_exceeded"}},
                status=429,
                headers={"retry-after": "1"},
            )
        if way == "garbage":
            return web.Response(body=b"<html>bad gateway</html>", content_type="text/html")
        if way == "late":
            await asyncio.sleep(3)
        usage = {"prompt_tokens": 500, "completion_tokens": words, "total_tokens": 500 + words}
        write = self._stream if body.get("stream") else self._whole
        return await write(request, words, usage, way == "cut")

    async def _whole(self, _request: web.Request, words: int, usage: dict[str, int], _cut: bool) -> web.StreamResponse:
        text = " ".join(WORDS[n % len(WORDS)] for n in range(words))
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        return web.json_response({**HEAD, "object": "chat.completion", "choices": [choice], "usage": usage})

    async def _stream(self, request: web.Request, words: int, usage: dict[str, int], cut: bool) -> web.StreamResponse:
        reply = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await reply.prepare(request)
        send = _frames(reply)
        await send({"role": "assistant", "content": ""}, None, None)
        for n in range(words):
            if cut and n > words // 2:
                transport = request.transport
                if transport is not None:
                    transport.close()
                return reply
            await send({"content": WORDS[n % len(WORDS)] + " "}, None, None)
            if self._gap_s:
                await asyncio.sleep(self._gap_s)
        await send({}, "stop", None)
        await send(None, None, usage)
        await reply.write(b"data: [DONE]\n\n")
        return reply

    async def stats(self, _request: web.Request) -> web.Response:
        """GET /counts: how often it did what."""
        return web.json_response(self.counts)


def _frames(
    reply: web.StreamResponse,
) -> Callable[[dict[str, str] | None, str | None, dict[str, int] | None], Awaitable[None]]:
    async def send(delta: dict[str, str] | None, reason: str | None, usage: dict[str, int] | None) -> None:
        choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": reason}]
        data = {**HEAD, "object": "chat.completion.chunk", "choices": choices, "usage": usage}
        await reply.write(b"data: " + json.dumps(data).encode() + b"\n\n")

    return send


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("port", type=int)
    parser.add_argument("--rate", type=float, default=0.03)
    parser.add_argument("--gap-ms", type=float, default=2.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    flaky = Flaky(options.rate, options.gap_ms / 1e3, options.seed)
    application = web.Application(client_max_size=8_000_000)
    application.add_routes([web.post("/v1/chat/completions", flaky.chat), web.get("/counts", flaky.stats)])
    web.run_app(application, host="127.0.0.1", port=options.port, print=None, handle_signals=True)


if __name__ == "__main__":
    main()
