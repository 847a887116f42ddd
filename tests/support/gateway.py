"""A served platform with accounts whose models answer over OpenAI's wire from a server of ours: what a client of the
gateway sees, and what reaches the model behind it.
"""

import asyncio
import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from answerable.api.access import Door
from answerable.config import Settings
from answerable.core.identity import OWNER
from answerable.flows.admin import HERE, NewUser, create_user
from answerable.flows.keys import NewKey, create_key
from answerable.flows.platform import Platform
from answerable.wiring import open_platform
from tests.support.guarded import FAST
from tests.support.server import serving
from tests.support.upstream import Caller, upstream

GREETING = "Hello there, friend."
WEATHER = {"city": "Paris"}
USAGE = {"prompt_tokens": 12, "completion_tokens": 5, "total_tokens": 17}
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
TOKENS_PER_MINUTE = 60_000
KEYS: dict[str, NewKey] = {
    "ann": NewKey("all"),
    "ben": NewKey("all"),
    "hasty": NewKey("few requests", limits={"requests_per_hour": 2}),
    "hasty-node": NewKey("few requests", limits={"requests_per_hour": 2}),
    "greedy": NewKey("few tokens", limits={"tokens_per_minute": TOKENS_PER_MINUTE}),
    "reader": NewKey("reads only", scopes=("knowledge.read",)),
}
"""A member of the enterprise tier for each, with one key."""


@dataclass
class Gateway:
    """`asked` holds the bodies that the model was sent."""

    url: str = ""
    keys: dict[str, str] = field(default_factory=dict)
    key_ids: dict[str, str] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)
    ready: threading.Event = field(default_factory=threading.Event)

    @property
    def base_url(self) -> str:
        return f"{self.url}/v1"


@contextlib.contextmanager
def serving_a_gateway(folder: Path) -> Iterator[Gateway]:
    """Model `remote` is behind the wire."""
    gateway = Gateway()
    with _upstream(gateway) as url:
        settings = _settings(folder, url)

        async def opened() -> Platform:
            p = await open_platform(settings)
            for name, new in KEYS.items():
                wanted = NewUser(f"{name}@example.org", name, "member", tier="enterprise", service=True)
                user, _ = await create_user(OWNER, wanted, HERE, p.accounts)
                row, gateway.keys[name] = await create_key(OWNER, user.id, new, HERE, p.accounts)
                gateway.key_ids[name] = row.id
            gateway.ready.set()
            return p

        with serving(opened, Door(accounts=True)) as gateway.url:
            assert gateway.ready.wait(180)
            yield gateway


def _settings(folder: Path, url: str) -> Settings:
    remote = {
        "provider": "openai",
        "model": "remote-1",
        "base_url": f"{url}/v1",
        "api_key_env": "REMOTE_KEY",
        "usd_per_million_input": 1.0,
        "usd_per_million_output": 2.0,
        "images": True,
        "json_schema": True,
    }
    given = {"data": folder, "models": {"remote": remote}, "secrets": {"REMOTE_KEY": "sk-remote"}}
    return Settings.model_validate(given | {"policies": FAST, "default_model": "remote"})


@contextlib.contextmanager
def _upstream(gateway: Gateway) -> Iterator[str]:
    """The model's server in a thread of its own."""
    loop, found = asyncio.new_event_loop(), list[str]()
    ready, over = threading.Event(), asyncio.Event()

    async def respond(caller: Caller) -> None:
        gateway.asked.append(caller.body)
        await _answer(caller)

    async def run() -> None:
        async with upstream(respond) as server:
            found.append(server.url)
            ready.set()
            await over.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(run(),), name="upstream")
    thread.start()
    try:
        assert ready.wait(60)
        yield found[0]
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(60)
        assert not thread.is_alive()
        loop.close()


async def _answer(caller: Caller) -> None:
    message, reason, usage = _reply(caller.body)
    if not caller.body.get("stream"):
        whole = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": reason}
        await caller.say(json.dumps(_shell("chat.completion", whole) | {"usage": usage}).encode(), "application/json")
        return
    await caller.begin()
    for delta in _deltas(message):
        await caller.send(_frame(_shell("chat.completion.chunk", {"index": 0, "delta": delta, "finish_reason": None})))
    end = _shell("chat.completion.chunk", {"index": 0, "delta": {}, "finish_reason": reason})
    await caller.send(_frame(end | {"usage": usage}) + b"data: [DONE]\n\n")
    await caller.end()


def _reply(body: dict[str, Any]) -> tuple[dict[str, Any], str, dict[str, int]]:
    """Message, finish reason and usage: a call of the first tool, then what the tool said; JSON; or a greeting."""
    last = body["messages"][-1]
    text = last["content"] if isinstance(last["content"], str) else ""
    if last["role"] == "tool":
        return {"content": f"The tool says: {text}"}, "stop", USAGE
    if body.get("tools"):
        arguments = {"expression": "6 * 7"} if _first(body) == "calculator" else WEATHER
        call = {
            "id": "call_7",
            "type": "function",
            "function": {"name": _first(body), "arguments": json.dumps(arguments)},
        }
        return {"content": None, "tool_calls": [call]}, "tool_calls", USAGE
    if body.get("response_format"):
        return {"content": json.dumps({"city": "Paris", "rainy": True})}, "stop", USAGE
    if isinstance(last["content"], list):
        images = sum(part["type"] == "image_url" for part in last["content"])
        return {"content": f"I see {images} image."}, "stop", USAGE
    if text.startswith("Spend"):
        return {"content": GREETING}, "stop", USAGE | {"completion_tokens": int(text.split()[1])}
    return {"content": GREETING}, "stop", USAGE


def _first(body: dict[str, Any]) -> str:
    return str(body["tools"][0]["function"]["name"])


def _deltas(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield {"role": "assistant", "content": ""}
    text = message["content"] or ""
    yield from ({"content": text[at : at + 7]} for at in range(0, len(text), 7))
    for index, call in enumerate(message.get("tool_calls", ())):
        arguments = call["function"]["arguments"]
        first = {"name": call["function"]["name"], "arguments": arguments[:5]}
        yield {"tool_calls": [{"index": index, "id": call["id"], "type": "function", "function": first}]}
        yield {"tool_calls": [{"index": index, "function": {"arguments": arguments[5:]}}]}


def _shell(kind: str, choice: dict[str, Any]) -> dict[str, Any]:
    return {"id": "chatcmpl-up", "object": kind, "created": 1, "model": "remote-1", "choices": [choice]}


def _frame(value: object) -> bytes:
    return f"data: {json.dumps(value)}\n\n".encode()
