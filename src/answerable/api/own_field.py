"""Our one extra field on the OpenAI wire, `answerable`: what each event and each collected answer says in it.

The official SDKs keep the field and ignore it.
"""

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from answerable.core.documents import Citation, Passage
from answerable.core.messages import (
    Abstained,
    CacheHit,
    Event,
    Explained,
    Finished,
    Retrieved,
    Routed,
    Sentence,
    ToolRan,
)
from answerable.core.usage import Usage

_COLLECTED = {"routed": "route", "cache_hit": "cache"}


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
    write = _WRITERS.get(type(event))
    return None if write is None else write(event)


def _retrieved(event: Retrieved) -> dict[str, Any]:
    shown = [passage_json(p, number) for number, p in enumerate(event.passages, 1)]
    return {"type": "retrieved", "confidence": round(event.confidence, 3), "passages": shown}


def _sentence(event: Sentence) -> dict[str, Any]:
    return {"type": "sentence", "text": event.text, "citations": [citation_json(c) for c in event.citations]}


def _abstained(event: Abstained) -> dict[str, Any]:
    closest = [passage_json(p) for p in event.closest]
    return {"type": "abstained", "message": event.message, "searched": list(event.searched), "closest": closest}


def _cache_hit(event: CacheHit) -> dict[str, Any]:
    similarity, age_s = round(event.similarity, 4), round(event.age_s, 1)
    return {"type": "cache_hit", "kind": event.kind, "similarity": similarity, "age_s": age_s}


def _routed(event: Routed) -> dict[str, Any]:
    return {
        "type": "routed",
        "model": event.model,
        "reason": event.reason,
        "complexity": None if event.complexity is None else round(event.complexity, 1),
        "confidence": None if event.confidence is None else round(event.confidence, 3),
        "fallbacks": event.fallbacks,
        "degraded": event.degraded,
    }


def _settled(event: Finished) -> dict[str, Any]:
    cost = None if event.cost_usd is None else f"{event.cost_usd:f}"
    usage = usage_json(event.usage)
    return {
        "type": "settled",
        "model": event.model,
        "usage": usage,
        "cost_usd": cost,
        "request_id": event.request_id,
    }


_WRITERS: Mapping[type, Callable[[Any], dict[str, Any]]] = {
    Retrieved: _retrieved,
    Sentence: _sentence,
    Abstained: _abstained,
    Explained: lambda event: {"type": "explained", "trace": dict(event.trace)},
    Routed: _routed,
    CacheHit: _cache_hit,
    ToolRan: lambda event: {"type": "tool_ran", **dataclasses.asdict(event)},
    Finished: _settled,
}
"""By kind: a look-up, where a `match` asks eight times for what has nothing to say."""


def usage_json(usage: Usage) -> dict[str, Any]:
    """OpenAI's usage object."""
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.total_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cached_tokens},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
    }


def answer_json(events: Iterable[Event]) -> dict[str, Any]:
    """Everything our own field says of a collected answer."""
    found: dict[str, Any] = {}
    for event in events:
        extra = extra_json(event)
        if extra is None:
            continue
        kind = extra.pop("type")
        match kind:
            case "retrieved":
                found |= {"abstained": False, "sentences": [], **extra}
            case "sentence":
                found["sentences"].append(extra)
            case "abstained":
                found |= {"abstained": True, **extra}
            case "explained":
                found["trace"] = extra["trace"]
            case "tool_ran":
                found.setdefault("tools", []).append(extra)
            case "settled":
                found |= {name: extra[name] for name in ("usage", "cost_usd", "request_id")}
            case _:
                found[_COLLECTED[kind]] = extra
    return found
