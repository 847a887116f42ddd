"""Conversations, messages, shares, marks and items of the review as the JSON of our own endpoints."""

from collections.abc import Sequence
from typing import Any

from answerable.api.account_views import time_json
from answerable.chats.citations import citations_of
from answerable.chats.liveness import status_now
from answerable.core.moments import now_us
from answerable.flows.conversations import Labels, MessagePage
from answerable.flows.message_search import Found, Hit
from answerable.flows.sharing import SharedBranch
from answerable.flows.transfer import Imported
from answerable.storage.conversations import ConversationRow
from answerable.storage.feedback import UP, MarkRow
from answerable.storage.messages import MessageRow
from answerable.storage.review import ReviewRow
from answerable.storage.shares import ShareRow

_FAILURES_TOLD = 100


def conversation_json(row: ConversationRow) -> dict[str, Any]:
    """A conversation without its messages."""
    return {
        "id": row.id,
        "object": "conversation",
        "title": row.title,
        "named": row.named,
        "folder": row.folder,
        "tags": list(row.tags),
        "settings": dict(row.settings or {}),
        "archived": row.archived,
        "leaf": row.leaf,
        "imported": row.origin is not None,
        "created_at": time_json(row.created_at),
        "updated_at": time_json(row.updated_at),
    }


def message_json(row: MessageRow) -> dict[str, Any]:
    """A message by itself."""
    return {
        "id": row.id,
        "object": "conversation.message",
        "parent": row.parent,
        "role": row.role,
        "status": status_now(row, now_us()),
        "error": row.error or None,
        "content": row.text,
        "parts": list(row.parts),
        "answer": row.answer,
        "model": row.model or None,
        "request_id": row.request_id or None,
        "created_at": time_json(row.created_at),
        "updated_at": time_json(row.updated_at),
    }


def page_json(page: MessagePage) -> dict[str, Any]:
    """A page of a branch, in reading order; `before` asks for the page that comes before it."""
    data = [message_json(row) | _place_json(page.versions[row.id], page.marks.get(row.id)) for row in page.rows]
    more = page.before is not None
    return {"object": "list", "data": data, "has_more": more, "before": page.before, "leaf": page.leaf}


def _place_json(versions: Sequence[str], mark: MarkRow | None) -> dict[str, Any]:
    """What a branch knows of a message: the ids of its siblings, oldest first, itself among them; and its mark."""
    return {"versions": list(versions), "feedback": None if mark is None else mark_json(mark)}


def labels_json(found: Labels) -> dict[str, Any]:
    """Folders and tags with counts."""
    folders = [{"name": name, "conversations": number} for name, number in found.folders.items()]
    tags = [{"name": name, "conversations": number} for name, number in found.tags.items()]
    return {"folders": folders, "tags": tags}


def found_json(found: Found) -> dict[str, Any]:
    """A page of matches."""
    following = found.following
    data = [_hit_json(hit) for hit in found.hits]
    return {"object": "list", "data": data, "has_more": following is not None, "next": following}


def _hit_json(hit: Hit) -> dict[str, Any]:
    snippet = hit.snippet
    return {
        "conversation": hit.entry.conversation,
        "title": hit.title,
        "message": hit.entry.message,
        "role": hit.entry.role,
        "created_at": time_json(hit.at),
        "snippet": {
            "text": snippet.text,
            "marks": [list(mark) for mark in snippet.marks],
            "cut_before": snippet.cut_before,
            "cut_after": snippet.cut_after,
        },
    }


def imported_json(report: Imported) -> dict[str, Any]:
    """What became of a file; the first hundred failures are told."""
    return {
        "imported": report.conversations,
        "messages": report.messages,
        "already_there": report.already_there,
        "failed": len(report.failed),
        "failures": [{"title": one.title, "reason": one.reason} for one in report.failed[:_FAILURES_TOLD]],
    }


def share_json(row: ShareRow) -> dict[str, Any]:
    """A share, but for its address."""
    return {
        "id": row.id,
        "leaf": row.leaf,
        "created_at": time_json(row.created_at),
        "expires_at": time_json(row.expires_at),
        "revoked_at": time_json(row.revoked_at),
    }


def shared_json(found: SharedBranch) -> dict[str, Any]:
    """What an address shows: texts and sources, and no id of anything."""
    return {
        "object": "shared_conversation",
        "title": found.title,
        "shared_at": time_json(found.share.created_at),
        "expires_at": time_json(found.share.expires_at),
        "messages": [_shared_message_json(row) for row in found.rows],
        "has_more": found.following is not None,
        "next": found.following,
    }


def _shared_message_json(row: MessageRow) -> dict[str, Any]:
    cited = [
        {"number": one.number, "title": one.title, "page": one.page, "quote": one.quote}
        for one in citations_of(row.answer)
    ]
    return {
        "role": row.role,
        "status": status_now(row, now_us()),
        "content": row.text,
        "model": row.model or None,
        "citations": cited,
        "created_at": time_json(row.created_at),
    }


def mark_json(row: MarkRow) -> dict[str, Any]:
    """A mark."""
    return {
        "mark": "up" if row.mark == UP else "down",
        "comment": row.comment,
        "updated_at": time_json(row.updated_at),
    }


def review_json(row: ReviewRow) -> dict[str, Any]:
    """An item of the review: what the reviewer may know, which is not whose it is."""
    return {
        "id": row.id,
        "object": "review.item",
        "kind": row.kind,
        "status": row.status,
        "request_id": row.request_id,
        "collection": row.collection,
        "question": row.question,
        "answer": row.answer,
        "comment": row.comment,
        "note": row.note,
        "settled_by": row.settled_by or None,
        "created_at": time_json(row.created_at),
        "updated_at": time_json(row.updated_at),
    }
