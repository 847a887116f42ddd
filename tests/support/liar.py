"""An upstream that misbehaves in every way the issue lists; the model's name says how, streamed or whole as asked.

A fault may come at once, or `late`: after the first half of the answer. Refused connections need no server: `nobody`.
"""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any

from tests.support.upstream import Caller, Upstream, upstream

WORDS = ("The ", "answer ", "is ", "42.")
HALF = "".join(WORDS[:2])
WHOLE = "".join(WORDS)

FAULTS = ("refuse", "429", "5xx", "hang", "drip", "cut", "garbage", "error")
LATE = ("hang late", "drip late", "cut late", "garbage late", "error late")
"""A server that has begun to answer cannot refuse any more."""

MORE = ("no-head", "not-http", "page", "empty", "unfinished")
"""Cut before the status, bytes that are no HTTP, a log-in page, an answer without words, one without its end."""

RETRY_AFTER_S = 7
DRIP_S = 0.05
_OVERLOADED = {"error": {"message": "we are overloaded", "type": "server_error", "code": None}}


@contextlib.contextmanager
def nobody() -> Iterator[str]:
    """An address at which nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


@contextlib.asynccontextmanager
async def liar() -> AsyncIterator[Upstream]:
    """The server; `requests` holds what it was asked."""
    async with upstream(_answer) as found:
        yield found


async def _answer(caller: Caller) -> None:
    fault, _, late = str(caller.body["model"]).partition(" ")
    if caller.body.get("stream"):
        await _streamed(caller, fault, bool(late))
    else:
        await _plain(caller, fault)


async def _streamed(caller: Caller, fault: str, late: bool) -> None:
    if await _refused(caller, fault) or await _broke(caller, fault):
        return
    if late or fault != "hang":
        await caller.begin()
    for word in WORDS[:2] if late else ():
        await caller.send(_chunk(word))
    if fault == "hang":
        await caller.hung_up()
    elif fault == "drip":
        await _drip(caller, b": ping\n\n")
    elif fault == "cut":
        caller.writer.close()
    else:
        if rest := _rest(fault):
            await caller.send(rest)
        await caller.end()


def _rest(fault: str) -> bytes:
    if fault == "garbage":
        return b"data: {not json\n\n"
    if fault == "error":
        return f"data: {json.dumps(_OVERLOADED)}\n\n".encode()
    if fault == "unfinished":
        return b""
    words = () if fault == "empty" else WORDS
    return b"".join(_chunk(word) for word in (*words, None)) + b"data: [DONE]\n\n"


async def _drip(caller: Caller, nothing: bytes) -> None:
    while True:
        await caller.send(nothing)
        await asyncio.sleep(DRIP_S)


async def _plain(caller: Caller, fault: str) -> None:
    """The whole reply as JSON; `late` makes no difference where nothing is shown before the end."""
    if await _refused(caller, fault) or await _broke(caller, fault):
        return
    body = json.dumps(_completion()).encode()
    if fault == "hang":
        await caller.hung_up()
    elif fault == "drip":
        await caller.begin("application/json")
        await _drip(caller, b" ")
    elif fault == "cut":
        await caller.begin("application/json")
        await caller.send(body[: len(body) // 2])
        caller.writer.close()
    else:
        lies = {
            "garbage": b"<<<not json",
            "error": json.dumps(_OVERLOADED).encode(),
            "empty": body.replace(WHOLE.encode(), b""),
            "unfinished": json.dumps({"id": "1", "object": "chat.completion", "choices": []}).encode(),
        }
        await caller.say(lies.get(fault, body), "application/json")


async def _refused(caller: Caller, fault: str) -> bool:
    if fault == "429":
        await caller.refuse("429 Too Many Requests", _error("rate_limit_error"), f"Retry-After: {RETRY_AFTER_S}")
    elif fault == "5xx":
        await caller.refuse("500 Internal Server Error", _error("server_error"))
    else:
        return False
    return True


async def _broke(caller: Caller, fault: str) -> bool:
    if fault == "page":
        await caller.say(b"<html>Log in to the network</html>", "text/html")
    elif fault in ("no-head", "not-http"):
        caller.writer.write(b"\x00\x01 not http at all\r\n\r\n" if fault == "not-http" else b"")
        caller.writer.close()
    else:
        return False
    return True


def _error(kind: str) -> dict[str, Any]:
    return {"error": {"message": "no", "type": kind, "code": None, "param": None}}


def _chunk(word: str | None) -> bytes:
    """A piece of the answer; its end and the usage for None."""
    delta = {"content": word} if word is not None else {}
    choice = {"index": 0, "delta": delta, "finish_reason": None if word is not None else "stop"}
    chunk = _shell("chat.completion.chunk", choice) | ({} if word is not None else {"usage": _USAGE})
    return f"data: {json.dumps(chunk)}\n\n".encode()


def _completion() -> dict[str, Any]:
    message = {"role": "assistant", "content": WHOLE}
    return _shell("chat.completion", {"index": 0, "message": message, "finish_reason": "stop"}) | {"usage": _USAGE}


_USAGE = {"prompt_tokens": 11, "completion_tokens": 4, "total_tokens": 15}


def _shell(kind: str, choice: dict[str, Any]) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": kind, "created": 1, "model": "honest", "choices": [choice]}
