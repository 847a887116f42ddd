"""A language-model server that answers at once, for benchmarks: OpenAI's wire, plain and streamed, no other feature.

python bench/upstream.py PORT [--chunks 50] [--gap-ms 0]

It is the only stand-in for a model here, and speaks the real wire. Answers are rendered once; each request costs about
20 microseconds, so that the gateway in front of it is what is measured.
"""

import argparse
import asyncio
import json

import httptools
import uvloop

_WORDS = ("the", "quick", "brown", "fox", "jumps", "over", "the", "lazy", "dog", "and", "runs", "away")
_HEAD = {"id": "chatcmpl-bench", "created": 1_764_000_000, "model": "bench", "system_fingerprint": "fp"}
_USAGE = {"prompt_tokens": 256, "completion_tokens": 50, "total_tokens": 306}


def whole(words: int) -> bytes:
    """The plain reply, with its head."""
    text = " ".join(_WORDS[n % len(_WORDS)] for n in range(words))
    message = {"role": "assistant", "content": text, "refusal": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    body = json.dumps({**_HEAD, "object": "chat.completion", "choices": [choice], "usage": _USAGE}).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


def chunks(count: int) -> list[bytes]:
    """The frames of a stream, as HTTP chunks; the first one is led by the head of the reply."""

    def frame(choices: list[object], **more: object) -> bytes:
        data = json.dumps({**_HEAD, "object": "chat.completion.chunk", "choices": choices, **more})
        return f"data: {data}\n\n".encode()

    def choice(delta: dict[str, str], reason: str | None = None) -> dict[str, object]:
        return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}

    frames = [frame([choice({"role": "assistant", "content": ""})])]
    frames += [frame([choice({"content": f"{_WORDS[n % len(_WORDS)]} "})]) for n in range(count)]
    frames += [frame([choice({}, "stop")]), frame([], usage=_USAGE), b"data: [DONE]\n\n"]
    pieces = [b"%x\r\n%b\r\n" % (len(one), one) for one in frames]
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    return [head + pieces[0], *pieces[1:-1], pieces[-1] + b"0\r\n\r\n"]


class Model(asyncio.Protocol):
    """One connection."""

    def __init__(self, reply: bytes, frames: list[bytes], gap_s: float) -> None:
        self._reply = reply
        self._frames = frames
        self._gap_s = gap_s
        self._parser = httptools.HttpRequestParser(self)
        self._body = b""
        self._streams: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, data: bytes) -> None:
        self._body += data

    def on_message_complete(self) -> None:
        streamed = b'"stream":true' in self._body or b'"stream": true' in self._body
        self._body = b""
        if not streamed:
            self._transport.write(self._reply)
        elif not self._gap_s:
            self._transport.write(b"".join(self._frames))
        else:
            task = asyncio.ensure_future(self._drip())
            self._streams.add(task)
            task.add_done_callback(self._streams.discard)

    async def _drip(self) -> None:
        first, *rest = self._frames  # the head says nothing: the first word comes with it
        self._transport.write(first + rest[0])
        for frame in rest[1:]:
            await asyncio.sleep(self._gap_s)
            self._transport.write(frame)

    def connection_lost(self, _error: Exception | None) -> None:
        for task in self._streams:
            task.cancel()


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("--chunks", type=int, default=50)
    parser.add_argument("--gap-ms", type=float, default=0.0)
    options = parser.parse_args()
    reply, frames = whole(options.chunks), chunks(options.chunks)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Model(reply, frames, options.gap_ms / 1e3), "127.0.0.1", options.port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
