"""OpenAI's JSON, both ways: requests into flow requests, events into chunks or one completion.

Our additions ride in one extra field, `answerable`, which the official SDKs keep and ignore. The text itself carries
the source numbers (`... text [1]`), so a client that knows nothing of us shows cited answers too.
"""

import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from answerable.api.bodies import Body
from answerable.core.documents import Citation, Passage
from answerable.core.errors import InvalidRequest
from answerable.core.messages import (
    Abstained,
    Event,
    Explained,
    Finished,
    Image,
    Message,
    Retrieved,
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

_MAX_MESSAGES = 2_000


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


class ChatBody(Body):
    """POST /v1/chat/completions. Fields we do not know travel on to the provider untouched."""

    model_config = ConfigDict(extra="allow")
    messages: list[MessageBody] = Field(min_length=1, max_length=_MAX_MESSAGES)
    model: str | None = None
    stream: bool = False
    stream_options: StreamOptions | None = None
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, ge=0, le=1)
    max_tokens: int | None = Field(default=None, ge=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)
    stop: str | list[str] | None = None
    seed: int | None = None
    n: int | None = None
    tools: list[ToolBody] | None = None
    tool_choice: str | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    response_format: dict[str, Any] | None = None
    # ours
    collection: str | None = None
    as_of: str | None = None
    filter: dict[str, Any] | str | None = None
    explain: bool = False

    def to_messages(self) -> tuple[Message, ...]:
        """The messages as the program speaks of them. Raises InvalidRequest for a part it cannot pass on."""
        return tuple(_message(number, body) for number, body in enumerate(self.messages))

    def to_tools(self) -> tuple[Tool, ...]:
        """The offered functions."""
        found = [tool.function for tool in self.tools or ()]
        return tuple(Tool(f.name, f.description or "", f.parameters, f.strict) for f in found)

    def to_sampling(self) -> Sampling:
        """Generation parameters; unknown fields ride along in `extra`."""
        if self.n not in (None, 1):
            raise InvalidRequest("only n = 1 is supported", param="n")
        extra = dict(self.model_extra or {})
        if self.max_completion_tokens is not None and self.max_tokens is None:
            extra["max_completion_tokens"] = self.max_completion_tokens
        stop = (self.stop,) if isinstance(self.stop, str) else tuple(self.stop or ())
        return Sampling(self.temperature, self.top_p, self.max_tokens, stop, self.seed, extra)


def _message(number: int, body: MessageBody) -> Message:
    calls = tuple(ToolCall(c.id, c.function.name, c.function.arguments) for c in body.tool_calls or ())
    if isinstance(body.content, str):
        content: tuple[Text | Image, ...] = (Text(body.content),)
    else:
        content = tuple(_part(part, f"messages[{number}].content[{i}]") for i, part in enumerate(body.content or ()))
    return Message(body.role, content, calls, body.tool_call_id, body.name)


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


def passage_json(passage: Passage, number: int | None = None) -> dict[str, Any]:
    """A passage for our own fields."""
    found: dict[str, Any] = {
        "chunk_id": passage.chunk_id,
        "document_id": passage.document_id,
        "version_id": passage.version_id,
        "version": passage.version,
        "collection": passage.collection,
        "title": passage.title,
        "source": passage.source,
        "page": passage.page,
        "heading_path": list(passage.heading_path),
        "start": passage.start,
        "end": passage.end,
        "text": passage.text,
        "score": round(passage.score, 4),
        "metadata": dict(passage.metadata),
    }
    return found if number is None else {"number": number, **found}


def citation_json(citation: Citation) -> dict[str, Any]:
    """A citation for our own fields."""
    return {
        "number": citation.number,
        "document_id": citation.document_id,
        "version_id": citation.version_id,
        "version": citation.version,
        "collection": citation.collection,
        "title": citation.title,
        "source": citation.source,
        "start": citation.start,
        "end": citation.end,
        "quote": citation.quote,
        "support": round(citation.support, 3),
        "page": citation.page,
        "heading_path": list(citation.heading_path),
    }


def marked(sentence: Sentence) -> str:
    """The sentence with its source numbers: ` Text. [1][3]`; below a code block and inside a table row's last cell."""
    marks = "".join(f"[{number}]" for number in dict.fromkeys(citation.number for citation in sentence.citations))
    if not marks:
        return sentence.text
    if sentence.text.endswith("```"):
        return f"{sentence.text}\n{marks}"
    return f"{sentence.text[:-2]} {marks} |" if sentence.text.endswith(" |") else f"{sentence.text} {marks}"


def extra_json(event: Event) -> dict[str, Any] | None:
    """What an event adds in our own field; None for plain text and for what no client is told."""
    match event:
        case Retrieved(passages, confidence):
            shown = [passage_json(p, number) for number, p in enumerate(passages, 1)]
            return {"type": "retrieved", "confidence": round(confidence, 3), "passages": shown}
        case Sentence(text, citations):
            return {"type": "sentence", "text": text, "citations": [citation_json(c) for c in citations]}
        case Abstained(message, searched, closest):
            found = [passage_json(p) for p in closest]
            return {"type": "abstained", "message": message, "searched": list(searched), "closest": found}
        case Explained(trace):
            return {"type": "explained", "trace": dict(trace)}
        case _:
            return None


def usage_json(usage: Usage) -> dict[str, Any]:
    """OpenAI's usage object."""
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.total_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cached_tokens},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
    }


class Chunks:
    """Turns the events of one run into stream chunks; id, time and model are the same in all of them."""

    def __init__(self, model: str, *, include_usage: bool) -> None:
        self._head = {
            "id": f"chatcmpl-{uuid.uuid4().hex}",
            "object": "chat.completion.chunk",
            "created": int(time.time()),
            "model": model,
        }
        self._include_usage = include_usage
        self._begun = False

    def of(self, event: Event) -> list[dict[str, Any]]:
        """The chunks of one event, in order; the first of a run is led by the role."""
        chunks: list[dict[str, Any]] = []
        if not self._begun:
            self._begun = True
            chunks.append(self._chunk({"role": "assistant", "content": ""}))
        if isinstance(event, Finished):
            chunks.append(self._chunk({}, event.reason))
            if self._include_usage:
                chunks.append({**self._head, "choices": [], "usage": usage_json(event.usage)})
            return chunks
        delta, extra = _delta(event), extra_json(event)
        if delta is not None or extra is not None:
            chunk = self._chunk(delta or {})
            chunks.append(chunk if extra is None else {**chunk, "answerable": extra})
        return chunks

    def _chunk(self, delta: Mapping[str, Any], reason: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": dict(delta), "finish_reason": reason, "logprobs": None}
        return {**self._head, "choices": [choice], **({"usage": None} if self._include_usage else {})}


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


def completion(model: str, events: Sequence[Event]) -> dict[str, Any]:
    """The plain reply: the same events, collected."""
    text = "".join(delta["content"] for event in events if (delta := _delta(event)) and "content" in delta)
    calls = _collect_calls(event for event in events if isinstance(event, ToolCallDelta))
    message: dict[str, Any] = {"role": "assistant", "content": text if text or not calls else None, "refusal": None}
    if calls:
        message["tool_calls"] = calls
    finished = next((event for event in reversed(events) if isinstance(event, Finished)), Finished("stop", Usage()))
    return {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": finished.reason, "logprobs": None}],
        "usage": usage_json(finished.usage),
        **({"answerable": answer} if (answer := answer_json(events)) else {}),
    }


def answer_json(events: Iterable[Event]) -> dict[str, Any]:
    """Everything our own field says of a collected answer; empty for a plain, uncited reply."""
    found: dict[str, Any] = {}
    for event in events:
        extra = extra_json(event)
        match event:
            case Retrieved():
                found |= {"abstained": False, "sentences": [], **(extra or {})}
            case Sentence():
                found["sentences"].append({k: v for k, v in (extra or {}).items() if k != "type"})
            case Abstained():
                found |= {"abstained": True, **(extra or {})}
            case Explained(trace):
                found["trace"] = dict(trace)
    found.pop("type", None)
    return found


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
