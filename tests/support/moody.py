"""A clerk with the manners of real models, on the wires of OpenAI and Anthropic: it wraps and breaks its JSON, says
nothing, stops at its length, is busy, breaks off, calls tools that nobody offered, invents sources and quotes.

`moods` are, by purpose ("" for any), those of the first prompts of that purpose; after them it is good. What it bills
is kept as it says it; the length that a request allows is kept to.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.support.clerk import Clerk

INVENTED = (
    " The first tram was a gift of NASA in 1875 [99].",
    ' The mayor said: "We shall fly by 2030" [1].',
    " Every tram carries 4,711 passengers [1].",
)
USD = {"prompt": 1_000, "completion": 2_000}
"""Nano-dollars a token: 1 and 2 USD a million."""


@dataclass(frozen=True)
class Bill:
    """A reply as its server counted it. `most` is what the request allowed."""

    purpose: str
    mood: str
    prompt: int
    completion: int
    most: int

    @property
    def nano(self) -> int:
        return self.prompt * USD["prompt"] + self.completion * USD["completion"]


class Moody(Clerk):
    """`bills` are of the replies that were whole."""

    def __init__(self, moods: Mapping[str, Sequence[str]] | None = None) -> None:
        super().__init__(0)
        self.pause_s = 0.0
        self.moods = {purpose: list(some) for purpose, some in (moods or {}).items()}
        self.bills: list[Bill] = []
        self.refused: Counter[str] = Counter()

    async def complete(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        system, user = _said(body)
        purpose, text = self._reply(system, user)
        listed = self.moods.get(purpose) or self.moods.get("") or ["good"]
        mood = listed.pop(0)
        if mood in ("busy", "overloaded"):
            self.refused[mood] += 1
            return _refusal(mood)
        self.prompts.append((purpose, system + user))
        await asyncio.sleep(self.pause_s)
        most = body.get("max_tokens") or body["max_completion_tokens"]
        text, reason = _in_mood(text, mood, most)
        bill = Bill(purpose, mood, (len(system) + len(user)) // 4 + 1, min(len(text) // 4 + 1, most), most)
        if mood != "torn":
            self.bills.append(bill)
        frames = (_anthropic if request.path.endswith("/messages") else _openai)(text, reason, bill, mood)
        return await _sent(request, frames, torn=mood == "torn")


def _said(body: Mapping[str, Any]) -> tuple[str, str]:
    if "system" in body:
        return body["system"], "".join(one["text"] for one in body["messages"][0]["content"])
    system, user = (one["content"] for one in body["messages"][:2])
    return system, user


def _in_mood(text: str, mood: str, most: int) -> tuple[str, str]:
    """What is said, and why it ends."""
    reason = "stop"
    match mood:
        case "fenced":
            text = f"```json\n{text}\n```"
        case "chatty":
            text = f"Sure! Here is what you asked for:\n\n{text}\n\nLet me know if you need anything else."
        case "broken":
            text = text[: len(text) // 2]
        case "empty" | "calls":
            text = ""
        case "cut":
            text, reason = text[: len(text) * 2 // 5], "length"
        case "thinking":
            text, reason = "", "length"
        case "invented":
            text += "".join(INVENTED)
        case "long":
            text = f"{text}\n\n" + "And so on and on, as the passages say. " * most
    if len(text) > 4 * most:
        text, reason = text[: 4 * most], "length"
    return text, reason


def _refusal(mood: str) -> web.Response:
    told = {"error": {"message": "slow down", "type": "rate_limit_error", "code": None, "param": None}}
    if mood == "busy":
        return web.json_response(told, status=429, headers={"Retry-After": "1"})
    return web.json_response(told, status=503)


async def _sent(request: web.Request, frames: Sequence[bytes], *, torn: bool) -> web.StreamResponse:
    response = web.StreamResponse(headers={"content-type": "text/event-stream"})
    await response.prepare(request)
    try:
        for frame in frames[: len(frames) // 2] if torn else frames:
            await response.write(frame)
            await asyncio.sleep(0)
    except ConnectionError:  # who asked was killed
        return response
    if torn and request.transport is not None:
        request.transport.close()
    return response


def _pieces(text: str) -> list[str]:
    size = max(40, len(text) // 6)
    return [text[at : at + size] for at in range(0, len(text), size)]


def _openai(text: str, reason: str, bill: Bill, mood: str) -> list[bytes]:
    whole = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "moody-2026"}
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}, *({"content": one} for one in _pieces(text))]
    if mood == "calls":
        call = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "browse", "arguments": "{}"}}
        deltas, reason = [{"role": "assistant", "tool_calls": [call]}], "tool_calls"
    usage = {
        "prompt_tokens": bill.prompt,
        "completion_tokens": bill.completion,
        "total_tokens": bill.prompt + bill.completion,
    }
    chunks: list[dict[str, Any]] = [
        *({"choices": [{"index": 0, "delta": one, "finish_reason": None}]} for one in deltas),
        {"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]},
        {"choices": [], "usage": usage},
    ]
    return [b"data: " + json.dumps(whole | one).encode() + b"\n\n" for one in chunks] + [b"data: [DONE]\n\n"]


def _anthropic(text: str, reason: str, bill: Bill, mood: str) -> list[bytes]:
    usage = {"input_tokens": bill.prompt, "output_tokens": 1}
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": {"id": "m", "role": "assistant", "model": "moody-2026", "usage": usage}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *(
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": one}}
            for one in _pieces(text)
        ),
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": {"length": "max_tokens"}.get(reason, "end_turn")},
            "usage": {"output_tokens": bill.completion},
        },
        {"type": "message_stop"},
    ]
    return [f"event: {one['type']}\ndata: {json.dumps(one)}\n\n".encode() for one in events]
