"""Our one extra field on the OpenAI wire, `answerable`: what each event and each collected answer says in it.

The official SDKs keep the field and ignore it.
"""

import dataclasses
from collections.abc import Iterable
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
    TextDelta,
    ToolCallDelta,
    ToolRan,
)
from answerable.core.usage import Usage

_COLLECTED = {"routed": "route", "cache_hit": "cache"}
_PLAIN = (TextDelta, ToolCallDelta)


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
    if isinstance(event, _PLAIN):
        return None
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
        case Routed():
            return {"type": "routed", **_routed(event)}
        case CacheHit(kind, similarity, age_s):
            return {"type": "cache_hit", "kind": kind, "similarity": round(similarity, 4), "age_s": round(age_s, 1)}
        case ToolRan():
            return {"type": "tool_ran", **dataclasses.asdict(event)}
        case Finished():
            return {"type": "settled", **_settled(event)}
        case _:
            return None


def _routed(event: Routed) -> dict[str, Any]:
    return {
        "model": event.model,
        "reason": event.reason,
        "complexity": None if event.complexity is None else round(event.complexity, 1),
        "confidence": None if event.confidence is None else round(event.confidence, 3),
        "fallbacks": event.fallbacks,
        "degraded": event.degraded,
    }


def _settled(event: Finished) -> dict[str, Any]:
    cost = None if event.cost_usd is None else f"{event.cost_usd:f}"
    return {"model": event.model, "usage": usage_json(event.usage), "cost_usd": cost, "request_id": event.request_id}


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
                found |= {"cost_usd": extra["cost_usd"], "request_id": extra["request_id"]}
            case _:
                found[_COLLECTED[kind]] = extra
    return found
