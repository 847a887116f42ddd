"""Research runs, their events, outlines and evidence as the JSON of our own endpoints. Money is text, times are UTC."""

from collections.abc import Mapping, Sequence
from typing import Any

from answerable.agents.evidence import Evidence
from answerable.api.account_views import time_json
from answerable.core.money import from_nano
from answerable.flows.research_reading import EvidenceView, SourceView, Step, Why
from answerable.storage.research import CallRow, EventRow, RunRow


def run_json(row: RunRow) -> dict[str, Any]:
    """A run: what was asked for, where it stands, what it took."""
    settings = {name: value for name, value in row.settings.items() if name != "replay_of"}
    return {
        "id": row.id,
        "object": "research.run",
        "topic": row.topic,
        "title": row.title,
        "status": row.status,
        "stage": row.stage,
        "waiting_for": row.waiting_for or None,
        "error": row.error or None,
        "settings": settings,
        "replay_of": row.settings.get("replay_of") or None,
        "spent": {"tokens": row.tokens, "usd": _usd(row.cost_nano), "seconds": row.active_ms / 1e3},
        "has_report": row.report is not None,
        "created_at": time_json(row.created_at),
        "updated_at": time_json(row.updated_at),
    }


def event_json(row: EventRow) -> dict[str, Any]:
    """Something that happened. The same row gives the same JSON, whichever worker tells it."""
    return {
        "number": row.number,
        "at": time_json(row.at),
        "agent": row.agent,
        "kind": row.kind,
        "text": row.text,
        "data": dict(row.data),
    }


def source_json(view: SourceView) -> dict[str, Any]:
    """A source, and what it lacks."""
    return {"name": view.name, "network": view.network, "ready": not view.missing, "missing": view.missing or None}


def outline_json(outline: Mapping[str, Any], documents: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    """An outline as a person decides about it: each section with what it would be written from."""
    sections = [
        {
            "id": one["id"],
            "heading": one["heading"],
            "question": one["question"],
            "parts": [part["heading"] for part in one["parts"]],
            "passages": len(one["evidence"]),
            "documents": [dict(document) for document in documents[one["id"]]],
        }
        for one in outline["sections"]
    ]
    return {"object": "research.outline", "title": outline["title"], "sections": sections}


def evidence_json(view: EvidenceView) -> dict[str, Any]:
    """A piece of evidence in its text."""
    context = view.context
    around = {"text": context.text, "start": context.start, "length": context.length} if context else None
    return {
        "object": "research.evidence",
        **_passage_json(view.evidence),
        "context": around,
        "found_by": [_search_json(one) for one in view.found_by],
    }


def why_json(found: Why) -> dict[str, Any]:
    """The way back from a sentence."""
    return {
        "object": "research.why",
        "section": found.section,
        "number": found.number,
        "text": found.sentence.text,
        "kind": found.sentence.kind,
        "steps": [_step_json(one) for one in found.steps],
        "written_by": _call_json(found.call, found.agent) if found.call else None,
        "events": [event_json(one) for one in found.events],
    }


def _step_json(step: Step) -> dict[str, Any]:
    span = step.span
    return {
        "number": span.number,
        "quote": span.quote,
        "start": span.start,
        "end": span.end,
        "support": span.support,
        "evidence": _passage_json(step.evidence),
        "found_by": [_search_json(one) for one in step.found_by],
    }


def _passage_json(one: Evidence) -> dict[str, Any]:
    passage = one.passage
    return {
        "id": one.id,
        "kind": one.kind,
        "question": one.query,
        "title": passage.title or passage.source,
        "address": passage.source,
        "collection": passage.collection or None,
        "document_id": passage.document_id,
        "version": passage.version,
        "page": passage.page,
        "headings": list(passage.heading_path),
        "start": passage.start,
        "end": passage.end,
        "text": passage.text,
        "date": one.date,
        "authors": one.authors,
        "licence": one.licence,
    }


def _search_json(event: EventRow) -> dict[str, Any]:
    data = event.data
    sources, ms = data["sources"], data["ms"]
    return {"event": event.number, "at": time_json(event.at), "question": event.text, "sources": sources, "ms": ms}


def _call_json(call: CallRow, agent: str) -> dict[str, Any]:
    return {
        "agent": agent,
        "task": call.kind,
        "model": call.model,
        "tokens": call.tokens,
        "usd": None if call.cost_nano is None else _usd(call.cost_nano),
        "ms": call.ms,
        "request_id": call.request_id or None,
        "at": time_json(call.at),
    }


def _usd(nano: int) -> str:
    return f"{from_nano(nano):f}"
