"""Any server that speaks OpenAI's chat completions: OpenAI, Azure, vLLM, Ollama, llama.cpp, Groq, OpenRouter.

Streams where somebody reads along, else fetches the reply whole. What a server does not know (`stream_options`,
`max_completion_tokens`) is left out after its first no.
"""

import functools
import json
import re
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

from answerable.core import counting
from answerable.core.errors import ProviderDown, ProviderRefused
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
from answerable.core.tasks import Chat, Task
from answerable.core.usage import Usage
from answerable.providers.tasks.rendering import prompt_text, render
from answerable.providers.wire.errors import from_payload
from answerable.providers.wire.relay import count, mapping, parse, relay, visible_characters
from answerable.providers.wire.sse import ServerEvent
from answerable.providers.wire.transport import Timeouts, Transport, check_base_url

T = TypeVar("T")

_REASONS: dict[str, FinishReason] = {
    "length": "length",
    "max_tokens": "length",
    "model_length": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
}
_UNKNOWN = re.compile(
    r"\((?:400|422)\).*(?:unsupported|not support|n't support|unrecogni|unknown|not permitted|unexpected|extra)",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Config:
    """One model of one server. `api_version` and the `api-key` header are Azure's, where `model` is the deployment.

    `headers` are sent along; the timeouts are described at `Timeouts`.
    """

    name: str
    model: str
    base_url: str = "https://api.openai.com/v1"
    api_key: str = field(default="", repr=False)
    api_version: str = ""
    organization: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    connect_s: float = 10.0
    first_token_s: float = 120.0
    idle_s: float = 60.0
    total_s: float = 600.0


def build(config: Config) -> Model:
    """The model; nothing is sent until the first task. Raises SetupError for a base_url that is none."""
    check_base_url(config.name, config.base_url)
    return OpenAI(config)


class OpenAI:
    """Keeps one session; remembers what its server does not know."""

    def __init__(self, config: Config) -> None:
        self.name = config.name
        self._config = config
        self._unknown: set[str] = set()
        timeouts = Timeouts(config.connect_s, config.first_token_s, config.idle_s, config.total_s)
        self._transport = Transport(config.name, _url(config), _headers(config), timeouts, (config.api_key.strip(),))

    async def run(self, task: Task, emit: Emit) -> None:
        """Carry out `task`."""
        chat = render(task)
        reply = _Reply(self.name, (self._config.api_key.strip(),))
        if chat.stream:
            stream = await self._send(request_body(self._config, chat), self._transport.open)
            characters = await relay(self.name, stream, reply, emit)
        else:
            found = await self._send(request_body(self._config, chat), self._transport.fetch)
            events = reply.read_whole(found)
            characters = 0 if reply.usage else sum(visible_characters(event) for event in events)
            for event in events:
                await emit(event)
        usage = reply.usage or counting.estimated(len(prompt_text(chat)), characters)
        await emit(Finished(reply.reason or "stop", usage, reply.model or self._config.model))

    async def close(self) -> None:
        """Release connections."""
        await self._transport.close()

    async def _send(self, body: dict[str, Any], post: Callable[[dict[str, Any]], Awaitable[T]]) -> T:
        """What `post` returns; sent again without a field that the server says it does not know (each field once)."""
        unknown = set(self._unknown)
        while True:
            try:
                found = await post(_without(body, unknown) if unknown else body)
            except ProviderRefused as error:
                named = _named(error.message, body) - unknown
                if not named:
                    raise
                unknown |= named
            else:
                self._unknown |= unknown
                return found


def request_body(config: Config, chat: Chat) -> dict[str, Any]:
    """The JSON of a request."""
    sampling = chat.sampling
    body: dict[str, Any] = {
        **sampling.extra,
        "model": config.model,
        "messages": [_message(message) for message in chat.messages],
    }
    if chat.stream:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    if sampling.max_tokens is not None:
        body[_limit_field(config.base_url, config.api_version)] = sampling.max_tokens
    if chat.tools:
        body["tools"] = [_tool(tool) for tool in chat.tools]
    given = (
        ("temperature", sampling.temperature),
        ("top_p", sampling.top_p),
        ("stop", list(sampling.stop) or None),
        ("seed", sampling.seed),
        ("tool_choice", chat.tool_choice),
        ("parallel_tool_calls", chat.parallel_tool_calls),
        ("response_format", dict(chat.response_format) if chat.response_format else None),
    )
    body.update((name, value) for name, value in given if value is not None)
    return body


@functools.lru_cache(256)
def _limit_field(base_url: str, api_version: str) -> str:
    """OpenAI's and Azure's newer models know only the newer name, other servers often only the older one."""
    newer = _is_azure(base_url, api_version) or urlsplit(base_url).hostname == "api.openai.com"
    return "max_completion_tokens" if newer else "max_tokens"


def _named(message: str, body: Mapping[str, Any]) -> set[str]:
    """Fields of ours that a refusal says it does not know; a limit that is too large is another matter."""
    if not _UNKNOWN.search(message):
        return set()
    if "max_tokens" in body and "max_completion_tokens" in message:
        return {"max_tokens"}
    fields = {"stream_options", "max_completion_tokens"} & body.keys()
    return {name for name in fields if name in message}


def _without(body: Mapping[str, Any], unknown: set[str]) -> dict[str, Any]:
    """The body for a server that does not know some fields; a limit goes under its other name."""
    other = {"max_completion_tokens": "max_tokens", "max_tokens": "max_completion_tokens"}
    kept = {key: value for key, value in body.items() if key not in unknown}
    renamed = {other[key]: body[key] for key in unknown & body.keys() & other.keys() if other[key] not in unknown}
    return kept | renamed


def _is_azure(base_url: str, api_version: str) -> bool:
    return bool(api_version) or (urlsplit(base_url).hostname or "").endswith(".azure.com")


def _url(config: Config) -> str:
    base = config.base_url.rstrip("/")
    if not config.api_version:
        return f"{base}/chat/completions"
    if "/deployments/" not in base:
        base = f"{base.removesuffix('/openai')}/openai/deployments/{quote(config.model, safe='')}"
    return f"{base}/chat/completions?api-version={quote(config.api_version, safe='')}"


def _headers(config: Config) -> dict[str, str]:
    headers = dict(config.headers)
    if config.api_key and _is_azure(config.base_url, config.api_version):
        headers["api-key"] = config.api_key.strip()
    elif config.api_key:
        headers["Authorization"] = f"Bearer {config.api_key.strip()}"
    if config.organization:
        headers["OpenAI-Organization"] = config.organization
    return headers


def _message(message: Message) -> dict[str, Any]:
    """One turn on the wire. A developer turn is sent as system, which every server knows and OpenAI treats alike."""
    found: dict[str, Any] = {"role": "system" if message.role == "developer" else message.role}
    if len(message.content) == 1 and isinstance(message.content[0], Text):
        found["content"] = message.content[0].text
    elif any(isinstance(part, Image) for part in message.content):
        found["content"] = [_part(part) for part in message.content]
    elif message.content or not message.tool_calls:
        found["content"] = message.text
    if message.name:
        found["name"] = message.name
    if message.tool_call_id is not None:
        found["tool_call_id"] = message.tool_call_id
    if message.tool_calls:
        found["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in message.tool_calls
        ]
    return found


def _part(part: Text | Image) -> dict[str, Any]:
    if isinstance(part, Text):
        return {"type": "text", "text": part.text}
    return {"type": "image_url", "image_url": {"url": part.url, "detail": part.detail}}


def _tool(tool: Tool) -> dict[str, Any]:
    function: dict[str, Any] = {"name": tool.name}
    if tool.description:
        function["description"] = tool.description
    if tool.parameters:
        function["parameters"] = dict(tool.parameters)
    if tool.strict is not None:
        function["strict"] = tool.strict
    return {"type": "function", "function": function}


class _Reply:
    """Reads chunks; forgives what servers do differently: usage anywhere, tool calls without index or id."""

    def __init__(self, name: str, secrets: tuple[str, ...]) -> None:
        self.reason: FinishReason | None = None
        self.done = False
        self.usage: Usage | None = None
        self.model = ""
        self._name = name
        self._secrets = secrets
        self._visible = False
        self._calls: list[str] = []
        self._at: dict[int, int] = {}

    def take(self, event: ServerEvent) -> list[Event]:
        """What a chunk adds."""
        data = event.data.strip()
        if data.startswith("[DONE]"):
            self.done = True
            self.reason = self.reason or ("stop" if self._visible else None)
            return []
        if not data:
            return []
        chunk = parse(self._name, event)
        if chunk.get("error") or event.event == "error":
            raise from_payload(self._name, chunk.get("error") or chunk, self._secrets)
        return self._read(chunk)

    def read_whole(self, completion: dict[str, Any]) -> list[Event]:
        """What a reply that was fetched whole holds. Raises ProviderDown for one without a choice."""
        choices = completion.get("choices")
        choice = mapping(choices[0]) if isinstance(choices, list) and choices else {}
        if not isinstance(choice.get("message"), dict):
            raise ProviderDown(f"{self._name}: the provider's reply is not the JSON that was expected")
        whole = {"index": 0, "delta": choice["message"], "finish_reason": choice.get("finish_reason") or "stop"}
        return self._read({**completion, "choices": [whole]})

    def _read(self, chunk: dict[str, Any]) -> list[Event]:
        self.model = str(chunk.get("model") or self.model)
        if usage := chunk.get("usage") or mapping(chunk.get("x_groq")).get("usage"):
            self.usage = _usage(usage) or self.usage
        choices = chunk.get("choices")
        for choice in choices if isinstance(choices, list) else ():
            if mapping(choice).get("index", 0) == 0:
                return self._choice(mapping(choice))
        return []

    def _choice(self, choice: dict[str, Any]) -> list[Event]:
        delta = mapping(choice.get("delta"))
        said = (delta.get("content"), delta.get("refusal"))
        found: list[Event] = [TextDelta(text) for one in said if one and (text := _text(one))]
        if calls := delta.get("tool_calls"):
            found += [self._call(mapping(call)) for call in calls] if isinstance(calls, list) else []
        self._visible = self._visible or bool(found)
        reason = choice.get("finish_reason")
        if reason == "error":
            raise ProviderDown(f"{self._name}: the provider failed while it answered")
        if reason:
            self.reason = _REASONS.get(str(reason), "tool_calls" if self._calls else "stop")
        return found

    def _call(self, call: dict[str, Any]) -> ToolCallDelta:
        """A fragment under our own index: a new id under a known index is a new call (Ollama sends all under 0)."""
        function = mapping(call.get("function"))
        given, name = str(call.get("id") or ""), str(function.get("name") or "")
        theirs = call.get("index")
        theirs = theirs if isinstance(theirs, int) else (len(self._calls) if given or name else len(self._calls) - 1)
        arguments = _arguments(function.get("arguments"))
        known = self._at.get(theirs)
        if known is not None and (not given or self._calls[known] == given):
            return ToolCallDelta(known, arguments)
        self._at[theirs] = len(self._calls)
        self._calls.append(given or f"call_{uuid.uuid4().hex[:24]}")
        return ToolCallDelta(len(self._calls) - 1, arguments, self._calls[-1], name)


def _text(value: object) -> str:
    """Content is a string; some servers send a list of parts."""
    if isinstance(value, list):
        return "".join(str(mapping(part).get("text") or "") for part in value)
    return value if isinstance(value, str) else ""


def _arguments(value: object) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value) if value is not None else ""


def _usage(found: object) -> Usage | None:
    usage = mapping(found)
    if not usage:
        return None
    return Usage(
        count(usage.get("prompt_tokens")),
        count(usage.get("completion_tokens")),
        count(mapping(usage.get("prompt_tokens_details")).get("cached_tokens")),
        count(mapping(usage.get("completion_tokens_details")).get("reasoning_tokens")),
    )
