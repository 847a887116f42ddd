"""Anthropic's Messages API, always streamed. What OpenAI says differently (tools, images, schemas) is mapped here."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from answerable.core import counting
from answerable.core.errors import ProviderRefused
from answerable.core.messages import (
    Emit,
    Event,
    Finished,
    FinishReason,
    Image,
    Message,
    Text,
    TextDelta,
    Tool,
    ToolCallDelta,
)
from answerable.core.ports import Model
from answerable.core.tasks import Chat, Sampling, Task
from answerable.core.usage import Usage
from answerable.providers.tasks.rendering import prompt_text, render
from answerable.providers.wire.errors import from_payload
from answerable.providers.wire.relay import count, mapping, parse, relay
from answerable.providers.wire.sse import ServerEvent
from answerable.providers.wire.transport import EventStream, Timeouts, Transport, check_base_url

_REASONS: dict[str, FinishReason] = {
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}
_OWN_PARAMETERS = ("metadata", "output_config", "service_tier", "thinking", "top_k")
_SAMPLING = ("temperature", "top_k", "top_p")
_REFUSED = re.compile(r"(?:temperature|top_[kp]).*(?:deprecated|support|permitted|both)", re.DOTALL)
_JSON_ONLY = "Reply with one JSON object and nothing else."


@dataclass(frozen=True, slots=True)
class Config:
    """One model. `max_tokens` limits replies that set no limit themselves: this API demands one, and
    counts the thinking of newer models in it.

    `headers` are sent along (`anthropic-beta`, for one); the timeouts are described at `Timeouts`.
    """

    name: str
    model: str
    base_url: str = "https://api.anthropic.com"
    api_key: str = field(default="", repr=False)
    api_version: str = "2023-06-01"
    max_tokens: int = 8_192
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    connect_s: float = 10.0
    first_token_s: float = 120.0
    idle_s: float = 60.0
    total_s: float = 600.0


def build(config: Config) -> Model:
    """The model; nothing is sent until the first task. Raises SetupError for a base_url that is none."""
    check_base_url(config.name, config.base_url)
    return Anthropic(config)


class Anthropic:
    """Keeps one session; remembers whether its model takes sampling parameters."""

    def __init__(self, config: Config) -> None:
        self.name = config.name
        self._config = config
        self._unwanted: set[str] = set()
        url = f"{config.base_url.rstrip('/').removesuffix('/v1')}/v1/messages"
        timeouts = Timeouts(config.connect_s, config.first_token_s, config.idle_s, config.total_s)
        headers = {**config.headers, "anthropic-version": config.api_version}
        if config.api_key:
            headers["x-api-key"] = config.api_key.strip()
        self._transport = Transport(config.name, url, headers, timeouts, (config.api_key.strip(),))

    async def run(self, task: Task, emit: Emit) -> None:
        """Carry out `task`."""
        chat = render(task)
        stream = await self._open(chat)
        reply = _Reply(self.name, (self._config.api_key.strip(),))
        characters = await relay(self.name, stream, reply, emit)
        usage = reply.usage() or counting.estimated(len(prompt_text(chat)), characters)
        await emit(Finished(reply.reason or "stop", usage, reply.model or self._config.model))

    async def close(self) -> None:
        """Release connections."""
        await self._transport.close()

    async def _open(self, chat: Chat) -> EventStream:
        """The stream; sent again without sampling when the model takes none (Claude Opus 4.7 and later refuse it)."""
        body, unwanted = request_body(self._config, chat), set(self._unwanted)
        while True:
            try:
                sent = {key: value for key, value in body.items() if key not in unwanted}
                stream = await self._transport.open(sent)
            except ProviderRefused as error:
                named = _refused_sampling(error.message) & sent.keys()
                if not named:
                    raise
                unwanted |= named
            else:
                self._unwanted |= unwanted
                return stream


def _refused_sampling(message: str) -> set[str]:
    """The sampling parameters that a 400 forbids; of two that exclude each other, the second."""
    if "(400)" not in message or not _REFUSED.search(message):
        return set()
    return {"top_p"} if "both" in message else set(_SAMPLING)


def request_body(config: Config, chat: Chat) -> dict[str, Any]:
    """The JSON of a request."""
    sampling = chat.sampling
    wanted = dict(chat.response_format or {})
    system = [m.text for m in chat.messages if m.role in ("system", "developer") and m.text.strip()]
    if wanted.get("type") == "json_object":
        system.append(_JSON_ONLY)
    ours: dict[str, Any] = {
        "model": config.model,
        "max_tokens": sampling.max_tokens or config.max_tokens,
        "messages": _messages(chat.messages),
        "stream": True,
        "system": "\n\n".join(system) or None,
        "tools": [_tool(tool) for tool in chat.tools] or None,
        "tool_choice": _tool_choice(chat),
    } | _sampled(sampling)
    body = {key: value for key, value in ours.items() if value is not None}
    if wanted.get("type") == "json_schema":
        schema = {
            "type": "json_schema",
            "schema": mapping(wanted.get("json_schema")).get("schema") or {"type": "object"},
        }
        body["output_config"] = {**mapping(body.get("output_config")), "format": schema}
    return body


def _sampled(sampling: Sampling) -> dict[str, Any]:
    """Parameters that this API knows; OpenAI's other ones (a seed, penalties) would be refused and are left out."""
    return {
        # OpenAI's range ends at 2, this one's at 1
        "temperature": None if sampling.temperature is None else min(sampling.temperature, 1.0),
        "top_p": sampling.top_p,
        "stop_sequences": [stop for stop in sampling.stop if stop.strip()] or None,
        **{key: sampling.extra[key] for key in _OWN_PARAMETERS if key in sampling.extra},
    }


def _messages(messages: tuple[Message, ...]) -> list[dict[str, Any]]:
    """User and assistant turns; neighbours of one role are one turn, as tool results belong to a user turn."""
    found: list[dict[str, Any]] = []
    for message in messages:
        if message.role in ("system", "developer"):
            continue
        role = "assistant" if message.role == "assistant" else "user"
        blocks = _blocks(message)
        if found and found[-1]["role"] == role:
            found[-1]["content"] += blocks
        elif blocks:
            found.append({"role": role, "content": blocks})
    for turn in found:  # results before words, or the API misses the answer to its call
        turn["content"].sort(key=lambda block: block["type"] != "tool_result")
    return found


def _blocks(message: Message) -> list[dict[str, Any]]:
    """The blocks of a turn; blank text is refused by the API and left out."""
    content = [_part(part) for part in message.content if isinstance(part, Image) or part.text.strip()]
    if message.role == "tool":
        return [{"type": "tool_result", "tool_use_id": message.tool_call_id or "", "content": content}]
    calls = [
        {"type": "tool_use", "id": call.id, "name": call.name, "input": _input(call.arguments)}
        for call in message.tool_calls
    ]
    return content + calls


def _part(part: Text | Image) -> dict[str, Any]:
    if isinstance(part, Text):
        return {"type": "text", "text": part.text}
    head, comma, data = part.url.partition(",")
    if comma and head.startswith("data:"):
        media = head.removeprefix("data:").partition(";")[0]
        return {"type": "image", "source": {"type": "base64", "media_type": media, "data": data}}
    return {"type": "image", "source": {"type": "url", "url": part.url}}


def _input(arguments: str) -> dict[str, Any]:
    """The arguments of an earlier call; this API takes an object, whatever a model once wrote."""
    try:
        return mapping(json.loads(arguments or "{}"))
    except ValueError:
        return {"arguments": arguments}


def _tool(tool: Tool) -> dict[str, Any]:
    found: dict[str, Any] = {"name": tool.name, "input_schema": {"type": "object", **tool.parameters}}
    if tool.description:
        found["description"] = tool.description
    if tool.strict is not None:
        found["strict"] = tool.strict
    return found


def _tool_choice(chat: Chat) -> dict[str, Any] | None:
    if not chat.tools:
        return None
    one_at_a_time = {"disable_parallel_tool_use": True} if chat.parallel_tool_calls is False else {}
    match chat.tool_choice:
        case "none":
            return {"type": "none"}
        case "required":
            return {"type": "any", **one_at_a_time}
        case Mapping() as choice:
            return {"type": "tool", "name": mapping(choice.get("function")).get("name", ""), **one_at_a_time}
        case "auto":
            return {"type": "auto", **one_at_a_time}
        case _:
            return {"type": "auto", **one_at_a_time} if one_at_a_time else None


class _Reply:
    """Reads the events of one message; usage comes in two halves, cumulative."""

    def __init__(self, name: str, secrets: tuple[str, ...]) -> None:
        self.reason: FinishReason | None = None
        self.done = False
        self.model = ""
        self._name = name
        self._secrets = secrets
        self._tokens: dict[str, Any] = {}
        self._calls: dict[int, int] = {}
        self._silent: set[int] = set()

    def take(self, event: ServerEvent) -> list[Event]:
        """What an event adds; pings, thinking and events of later versions add nothing."""
        found = parse(self._name, event)
        index = count(found.get("index"))
        match found.get("type"):
            case "error":
                raise from_payload(self._name, found.get("error"), self._secrets)
            case "message_start":
                message = mapping(found.get("message"))
                self.model = str(message.get("model") or "")
                self._count(message.get("usage"))
            case "content_block_start":
                return self._start(index, mapping(found.get("content_block")))
            case "content_block_delta":
                return self._delta(index, mapping(found.get("delta")))
            case "content_block_stop" if index in self._silent:
                return [ToolCallDelta(self._calls[index], "{}")]
            case "message_delta":
                self._count(found.get("usage"))
                if reason := mapping(found.get("delta")).get("stop_reason"):
                    self.reason = _REASONS.get(str(reason), "stop")
            case "message_stop":
                self.done = True
                self.reason = self.reason or "stop"
        return []

    def usage(self) -> Usage | None:
        """Tokens as reported. Read and written cache tokens are not in `input_tokens` and are added."""
        if not self._tokens:
            return None
        cached = count(self._tokens.get("cache_read_input_tokens"))
        written = count(self._tokens.get("cache_creation_input_tokens"))
        thinking = mapping(self._tokens.get("output_tokens_details")).get("thinking_tokens")
        prompt = count(self._tokens.get("input_tokens")) + cached + written
        return Usage(prompt, count(self._tokens.get("output_tokens")), cached, count(thinking))

    def _start(self, index: int, block: dict[str, Any]) -> list[Event]:
        if block.get("type") == "text" and block.get("text"):
            return [TextDelta(str(block["text"]))]
        if block.get("type") != "tool_use":
            return []
        self._calls[index] = len(self._calls)
        self._silent.add(index)
        return [ToolCallDelta(self._calls[index], "", str(block.get("id")), str(block.get("name")))]

    def _delta(self, index: int, delta: dict[str, Any]) -> list[Event]:
        if delta.get("type") == "text_delta" and delta.get("text"):
            return [TextDelta(str(delta["text"]))]
        if delta.get("type") == "input_json_delta" and delta.get("partial_json") and index in self._calls:
            self._silent.discard(index)
            return [ToolCallDelta(self._calls[index], str(delta["partial_json"]))]
        return []

    def _count(self, usage: object) -> None:
        self._tokens |= {key: value for key, value in mapping(usage).items() if value is not None}
