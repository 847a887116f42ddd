"""ChatGPT's export into conversations: a tree in `mapping`, of which the hidden nodes are left out.

The format is not documented by its maker; this follows exports of 2023 to 2026.
"""

import math
import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from typing import Any

from answerable.chats.archive import LATEST_US, Incoming, cleaned, renamed
from answerable.chats.titles import UNTITLED
from answerable.core.errors import DataError
from answerable.storage.conversations import ConversationRow, new_conversation_id
from answerable.storage.messages import MessageRow

_ROLES = {"user": "user", "assistant": "assistant", "tool": "tool", "system": "system"}
_HIDDEN_KINDS = ("user_editable_context", "model_editable_context", "thoughts", "reasoning_recap")
_MARKUP = re.compile("\ue200[^\ue201]*\ue201|[\ue200-\ue2ff]")
"""Places of citations that only ChatGPT's own pages can show."""


def is_chatgpt(value: object) -> bool:
    """Whether this looks like a conversation of ChatGPT's export."""
    return isinstance(value, Mapping) and isinstance(value.get("mapping"), Mapping)


def read_conversation(value: Mapping[str, Any]) -> Incoming:
    """A conversation with all its branches. Raises DataError that says what is wrong with it."""
    original = cleaned(str(value.get("conversation_id") or value.get("id") or ""))[:100]
    if not original:
        raise DataError("it has no id")
    nodes = {str(id_): node for id_, node in value["mapping"].items() if isinstance(node, Mapping)}
    began = _us(value.get("create_time"), 0)
    rows = _rows(nodes, began)
    if not rows:
        raise DataError("it has no messages")
    shown = _visible(str(value.get("current_node") or ""), nodes, {row.id for row in rows}, {})
    last = max(row.created_at for row in rows)
    row = ConversationRow(
        id=new_conversation_id(),
        owner="",
        workspace="",
        title=" ".join(cleaned(str(value.get("title") or UNTITLED)).split())[:200] or UNTITLED,
        created_at=began or rows[0].created_at,
        updated_at=_us(value.get("update_time"), last),
        named=bool(value.get("title")),
        archived=value.get("is_archived") is True,
        leaf=shown,
        origin=f"chatgpt:{original}",
    )
    return renamed(row, rows, original)


def _rows(nodes: Mapping[str, Mapping[str, Any]], began: int) -> list[MessageRow]:
    """The nodes that are shown, each below the nearest one above it that is; in the order of time."""
    kept = {id_: row for id_, node in nodes.items() if (row := _row(id_, node.get("message"), began))}
    above: dict[str, str | None] = {}
    rows = [replace(row, parent=_visible(_parent(nodes[id_]), nodes, kept, above)) for id_, row in kept.items()]
    return sorted(rows, key=lambda row: row.created_at)


def _visible(
    id_: str, nodes: Mapping[str, Mapping[str, Any]], kept: Container[str], above: dict[str, str | None]
) -> str | None:
    """A node, or the nearest one above it that is shown; `above` remembers. Raises DataError for a circle."""
    passed = dict[str, None]()
    while id_ not in kept and id_ not in above and id_ in nodes:
        if id_ in passed:
            raise DataError("its messages run in a circle")
        passed[id_] = None
        id_ = _parent(nodes[id_])
    found = id_ if id_ in kept else above.get(id_)
    above.update(dict.fromkeys(passed, found))
    return found


def _parent(node: Mapping[str, Any]) -> str:
    return str(node.get("parent") or "")


def _row(id_: str, message: object, began: int) -> MessageRow | None:
    """A message that a person saw; None for what is hidden or empty."""
    if not isinstance(message, Mapping):
        return None
    author, content, about = (_object(message.get(name)) for name in ("author", "content", "metadata"))
    role = _ROLES.get(str(author.get("role")), "")
    hidden = about.get("is_visually_hidden_from_conversation") is True
    if not role or hidden or content.get("content_type") in _HIDDEN_KINDS:
        return None
    text, parts = _said(content)
    to = str(message.get("recipient") or "all")
    if to != "all":  # a call of a tool: no answer to the reader
        role, parts = "tool", [{"type": "tool_call", "name": cleaned(to)[:100]}, *parts]
    if not text and not parts:
        return None
    at = _us(message.get("create_time"), began)
    model = cleaned(str(about.get("model_slug") or ""))[:200] if role == "assistant" else ""
    return MessageRow(id_, "", None, role, text, at, at, model=model, parts=tuple(parts))


def _said(content: Mapping[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    """The text, and what beside it is named but not in the file: images, recordings."""
    given = content.get("parts")
    pieces: Sequence[Any] = given if isinstance(given, list) else [content.get("text") or content.get("result")]
    texts, parts = list[str](), list[dict[str, Any]]()
    for piece in pieces:
        if isinstance(piece, str):
            texts.append(piece)
        elif isinstance(piece, Mapping):
            if isinstance(piece.get("text"), str):  # what was said aloud
                texts.append(piece["text"])
            else:
                name = piece.get("asset_pointer") or piece.get("name") or ""
                kind = cleaned(str(piece.get("content_type") or "file"))[:60]
                parts.append({"type": "attachment", "kind": kind, "name": cleaned(str(name))[:200]})
    text = "\n\n".join(texts).strip()
    if content.get("content_type") in ("code", "execution_output") and text:
        text = f"```\n{text}\n```"
    return cleaned(_MARKUP.sub("", text)), parts


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _us(value: object, otherwise: int) -> int:
    """Seconds since 1970 as microseconds."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return otherwise
    if isinstance(value, float) and not math.isfinite(value):
        return otherwise
    return round(min(max(value, 0), LATEST_US // 1_000_000) * 1_000_000)
