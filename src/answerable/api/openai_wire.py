"""OpenAI's JSON, both ways: requests into flow requests, events into chunks or one completion.

Our additions ride in one extra field, `answerable`, which the official SDKs keep and ignore. The text itself carries
the source numbers (`... text [1]`), so a client that knows nothing of us shows cited answers too.
"""

import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field

from answerable.api.own_field import answer_json, extra_json, marked, usage_json
from answerable.core.errors import InvalidRequest
from answerable.core.messages import (
    Abstained,
    Event,
    Finished,
    Image,
    Message,
    Role,
    Sentence,
    Text,
    TextDelta,
    Tool,
    ToolCall,
    ToolCallDelta,
)
from answerable.core.tasks import Sampling
from answerable.core.usage import Usage
from answerable.gateway.cache.key import Control

_MAX_MESSAGES = 2_000
_MAX_TOOLS = 1_000
_NOTHING_ASKED = Control()
_MARK = "text"
"""Stands for the text where a chunk is cut into what is before and after it."""


class FunctionBody(BaseModel):
    """A function that the model may call."""

    model_config = ConfigDict(extra="allow")
    name: str
    description: str | None = None
    parameters: dict[str, Any] = Field(default_factory=dict)
    strict: bool | None = None


class ToolBody(BaseModel):
    """One entry of `tools`."""

    type: Literal["function"]
    function: FunctionBody


class CallFunctionBody(BaseModel):
    """The function part of a tool call in an assistant message."""

    name: str
    arguments: str = "{}"


class CallBody(BaseModel):
    """A tool call in an assistant message."""

    id: str
    type: Literal["function"] = "function"
    function: CallFunctionBody


class MessageBody(BaseModel):
    """One message; `content` is text or a list of text and image parts."""

    model_config = ConfigDict(extra="allow")
    role: Role
    content: str | list[dict[str, Any]] | None = None
    name: str | None = None
    tool_calls: list[CallBody] | None = None
    tool_call_id: str | None = None


class StreamOptions(BaseModel):
    """Options of a stream."""

    model_config = ConfigDict(extra="allow")
    include_usage: bool = False


class CacheBody(BaseModel):
    """What a request may ask of the caches: no stored answer, none kept, or kept no longer than so many seconds."""

    model_config = ConfigDict(extra="forbid")
    no_cache: bool = False
    no_store: bool = False
    ttl_s: float | None = Field(default=None, gt=0)


class TurnBody(BaseModel):
    """What a turn may ask beside what is said. Fields we do not know travel on to the provider untouched. Its JSON is
    read by orjson, which takes only valid Unicode and finite numbers.
    """

    model_config = ConfigDict(extra="allow")
    model: str | None = None
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, ge=0, le=1)
    max_tokens: int | None = Field(default=None, ge=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)
    stop: str | list[str] | None = None
    seed: int | None = None
    n: int | None = None
    # ours
    collection: str | None = None
    as_of: str | None = None
    filter: dict[str, Any] | str | None = None
    explain: bool = False
    answerable_tools: tuple[str, ...] | Literal["auto"] = ()
    cache: CacheBody | None = None

    def to_cache_control(self) -> Control:
        """What the request asks of the caches."""
        asked = self.cache
        return _NOTHING_ASKED if asked is None else Control(asked.no_cache, asked.no_store, asked.ttl_s)

    def to_sampling(self) -> Sampling:
        """Generation parameters; unknown fields ride along in `extra`."""
        if self.n not in (None, 1):
            raise InvalidRequest("only n = 1 is supported", param="n")
        extra = dict(self.model_extra or {})
        if self.max_completion_tokens is not None and self.max_tokens is None:
            extra["max_completion_tokens"] = self.max_completion_tokens
        stop = (self.stop,) if isinstance(self.stop, str) else tuple(self.stop or ())
        return Sampling(self.temperature, self.top_p, self.max_tokens, stop, self.seed, extra)


class ChatBody(TurnBody):
    """POST /v1/chat/completions."""

    messages: list[MessageBody] = Field(min_length=1, max_length=_MAX_MESSAGES)
    stream: bool = False
    stream_options: StreamOptions | None = None
    tools: list[ToolBody] | None = Field(default=None, max_length=_MAX_TOOLS)
    tool_choice: str | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    response_format: dict[str, Any] | None = None
    temporary: bool = False

    def to_messages(self) -> tuple[Message, ...]:
        """The messages as the program speaks of them. Raises InvalidRequest for a part it cannot pass on."""
        return tuple(_message(number, body) for number, body in enumerate(self.messages))

    def to_tools(self) -> tuple[Tool, ...]:
        """The offered functions."""
        found = [tool.function for tool in self.tools or ()]
        return tuple(Tool(f.name, f.description or "", f.parameters, f.strict) for f in found)


def _message(number: int, body: MessageBody) -> Message:
    calls = tuple(ToolCall(c.id, c.function.name, c.function.arguments) for c in body.tool_calls or ())
    content = to_content(() if body.content is None else body.content, f"messages[{number}].content")
    return Message(body.role, content, calls, body.tool_call_id, body.name)


def to_content(content: str | Sequence[dict[str, Any]], where: str) -> tuple[Text | Image, ...]:
    """Text, or text and image parts. Raises InvalidRequest for a part that is neither."""
    if isinstance(content, str):
        return (Text(content),)
    return tuple(_part(part, f"{where}[{i}]") for i, part in enumerate(content))


def _part(part: Mapping[str, Any], where: str) -> Text | Image:
    if part.get("type") == "text" and isinstance(part.get("text"), str):
        return Text(part["text"])
    image = part.get("image_url")
    if part.get("type") == "image_url" and isinstance(image, dict) and isinstance(image.get("url"), str):
        detail = image.get("detail", "auto")
        return Image(image["url"], detail if detail in ("low", "high") else "auto")
    raise InvalidRequest(
        f"{where}: a part is {{type: text, text}} or {{type: image_url, image_url: {{url}}}}", param=where
    )


# --- events out -----------------------------------------------------------------------------------------------------


class Chunks:
    """Turns the events of one run into stream chunks; id, time and model are the same in all of them."""

    def __init__(self, model: str, *, include_usage: bool) -> None:
        self.head = {
            "id": new_id(),
            "object": "chat.completion.chunk",
            "created": int(time.time()),
            "model": model,
        }
        self._include_usage = include_usage
        self._begun = False
        head, _, tail = orjson.dumps(self._chunk({"content": _MARK})).partition(orjson.dumps(_MARK))
        self.shell = head, tail

    def data(self, event: Event) -> list[bytes]:
        """The chunks of one event as JSON. Text, which is most of a run, differs in nothing but itself."""
        if self._begun and type(event) is TextDelta:
            head, tail = self.shell
            return [head + orjson.dumps(event.text) + tail]
        return [orjson.dumps(chunk) for chunk in self.of(event)]

    def of(self, event: Event) -> list[dict[str, Any]]:
        """The chunks of one event, in order; the first of a run is led by the role."""
        chunks: list[dict[str, Any]] = []
        if not self._begun:
            self._begun = True
            chunks.append(self._chunk({"role": "assistant", "content": ""}))
        if isinstance(event, Finished):
            chunks.append({**self._chunk({}, event.reason), "answerable": extra_json(event)})
            if self._include_usage:
                chunks.append({**self.head, "choices": [], "usage": usage_json(event.usage)})
            return chunks
        delta, extra = _delta(event), extra_json(event)
        if delta is not None or extra is not None:
            chunk = self._chunk(delta or {})
            chunks.append(chunk if extra is None else {**chunk, "answerable": extra})
        return chunks

    def _chunk(self, delta: Mapping[str, Any], reason: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": dict(delta), "finish_reason": reason, "logprobs": None}
        return {**self.head, "choices": [choice], **({"usage": None} if self._include_usage else {})}


def _delta(event: Event) -> dict[str, Any] | None:
    match event:
        case TextDelta(text):
            return {"content": text}
        case Sentence():
            return {"content": marked(event)}
        case Abstained(message):
            return {"content": message}
        case ToolCallDelta(index, arguments, call_id, name):
            call: dict[str, Any] = {"index": index, "function": {"arguments": arguments}}
            if call_id is not None:
                call |= {"id": call_id, "type": "function"}
                call["function"] = {"name": name, "arguments": arguments}
            return {"tool_calls": [call]}
        case _:
            return None


def text_of(event: Event) -> str:
    """What an event adds to the text that a reader sees."""
    delta = _delta(event)
    return "" if delta is None else str(delta.get("content", ""))


def completion(model: str, events: Sequence[Event]) -> dict[str, Any]:
    """The plain reply: the same events, collected."""
    text, fragments, finished = list[str](), list[ToolCallDelta](), Finished("stop", Usage())
    for event in events:
        if isinstance(event, TextDelta):
            text.append(event.text)
        elif isinstance(event, ToolCallDelta):
            fragments.append(event)
        elif isinstance(event, Finished):
            finished = event
        elif isinstance(event, Sentence):
            text.append(marked(event))
        elif isinstance(event, Abstained):
            text.append(event.message)
    content = "".join(text)
    message: dict[str, Any] = {"role": "assistant", "content": content if content or not fragments else None}
    message["refusal"] = None
    if fragments:
        message["tool_calls"] = _collect_calls(fragments)
    return {
        "id": new_id(),
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": finished.reason, "logprobs": None}],
        "usage": usage_json(finished.usage),
        "answerable": answer_json(events),
    }


def new_id() -> str:
    """What OpenAI's ids look like; 128 random bits."""
    return f"chatcmpl-{secrets.token_hex(16)}"


def _collect_calls(fragments: Iterable[ToolCallDelta]) -> list[dict[str, Any]]:
    calls: dict[int, dict[str, Any]] = {}
    for fragment in fragments:
        call = calls.setdefault(
            fragment.index, {"id": "", "type": "function", "function": {"name": "", "arguments": ""}}
        )
        call["id"] = fragment.id or call["id"]
        call["function"]["name"] = fragment.name or call["function"]["name"]
        call["function"]["arguments"] += fragment.arguments
    return [calls[index] for index in sorted(calls)]
