"""A language-model server that fails now and then, for `hour.py`: OpenAI's wire, plain and streamed.

python bench/flaky.py PORT [--rate .03] [--gap-ms 15] [--seed 1]

It writes as many words as `max_tokens` asks for, some a chunk. A share of the requests fails, each in one of these
ways: 500, 429 with Retry-After, no answer for three seconds, a stream that is cut in the middle, garbage instead of
JSON.
"""

import argparse
import asyncio
import functools
import json
import random

from aiohttp import web

WORDS = ("the", "quick", "brown", "fox", "jumps", "over", "the", "lazy", "dog", "and", "runs", "away")
HEAD = {"id": "chatcmpl-flaky", "created": 1_764_000_000, "model": "flaky"}
WORDS_A_CHUNK = 6
FAILURES = ("error", "busy", "late", "cut", "garbage")


class Flaky:
    """The server: how often it fails, and how far apart its chunks come."""

    def __init__(self, rate: float, gap_s: float, seed: int) -> None:
        self._rate = rate
        self._gap_s = gap_s
        self._random = random.Random(seed)
        self.counts: dict[str, int] = dict.fromkeys(("answered", "left", *FAILURES), 0)

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
        frames = frames_of(words, usage["prompt_tokens"])
        try:
            await reply.prepare(request)
            for number, frame in enumerate(frames):
                if cut and number > len(frames) // 2:
                    if request.transport is not None:
                        request.transport.close()
                    return reply
                await reply.write(frame)
                if self._gap_s:
                    await asyncio.sleep(self._gap_s)
        except ConnectionResetError:
            self.counts["left"] += 1
        return reply

    async def stats(self, _request: web.Request) -> web.Response:
        """GET /counts: how often it did what."""
        return web.json_response(self.counts)


@functools.cache
def frames_of(words: int, prompt: int) -> tuple[bytes, ...]:
    """The frames of a reply of so many words; the last one ends it."""

    def frame(choices: list[object], **more: object) -> bytes:
        data = {**HEAD, "object": "chat.completion.chunk", "choices": choices, **more}
        return b"data: " + json.dumps(data).encode() + b"\n\n"

    def choice(delta: dict[str, str], reason: str | None = None) -> dict[str, object]:
        return {"index": 0, "delta": delta, "finish_reason": reason}

    text = [WORDS[n % len(WORDS)] + " " for n in range(words)]
    pieces = ["".join(text[n : n + WORDS_A_CHUNK]) for n in range(0, words, WORDS_A_CHUNK)]
    usage = {"prompt_tokens": prompt, "completion_tokens": words, "total_tokens": prompt + words}
    end = frame([choice({}, "stop")]) + frame([], usage=usage) + b"data: [DONE]\n\n"
    return (
        frame([choice({"role": "assistant", "content": ""})]),
        *(frame([choice({"content": one})]) for one in pieces),
        end,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("port", type=int)
    parser.add_argument("--rate", type=float, default=0.03)
    parser.add_argument("--gap-ms", type=float, default=15.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    flaky = Flaky(options.rate, options.gap_ms / 1e3, options.seed)
    application = web.Application(client_max_size=8_000_000)
    application.add_routes([web.post("/v1/chat/completions", flaky.chat), web.get("/counts", flaky.stats)])
    web.run_app(application, host="127.0.0.1", port=options.port, print=None, handle_signals=True)


if __name__ == "__main__":
    main()
