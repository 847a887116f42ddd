"""Conversations as JSON that goes out and comes back: versioned, with the whole tree, equal but for the ids.

An id of the file names an origin and nothing else: what is taken in gets ids of its own and the importer as its owner.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, ValidationError

from answerable.chats.branches import Tree
from answerable.chats.incoming import read_answer, read_part
from answerable.chats.liveness import status_now
from answerable.chats.settings import ConversationSettings
from answerable.core.errors import DataError
from answerable.core.moments import from_us, now_us, to_us
from answerable.storage.conversations import ConversationRow, new_conversation_id
from answerable.storage.messages import MessageRow, Node, new_message_id

FORMAT, VERSION = "answerable.conversations", 1

LATEST_US = 4_000_000_000_000_000
"""The end of 2096: what claims to be younger has a broken clock."""

_ORIGIN = 200


@dataclass(frozen=True, slots=True)
class Incoming:
    """A conversation that is ready to be stored; owner and workspace are still to be filled in. `original_id` is what
    it is called where it comes from.
    """

    row: ConversationRow
    messages: tuple[MessageRow, ...]
    original_id: str

    @property
    def characters(self) -> int:
        """Of all its messages."""
        return sum(len(one.text) for one in self.messages)


class _Message(BaseModel):
    id: Annotated[str, Field(min_length=1, max_length=100)]
    parent: str | None = None
    role: Literal["system", "developer", "user", "assistant", "tool"]
    status: Literal["done", "streaming", "stopped", "failed", "interrupted"] = "done"
    error: Annotated[str, Field(max_length=80)] = ""
    model: Annotated[str, Field(max_length=200)] = ""
    content: str
    parts: list[dict[str, Any]] = []
    answer: dict[str, Any] | None = None
    created_at: datetime
    updated_at: datetime


class _Conversation(BaseModel):
    id: Annotated[str, Field(min_length=1, max_length=100)]
    origin: Annotated[str, Field(max_length=_ORIGIN)] | None = None
    title: Annotated[str, Field(min_length=1, max_length=200)]
    named: bool = False
    folder: Annotated[str, Field(max_length=200)] = ""
    tags: Annotated[list[Annotated[str, Field(max_length=50)]], Field(max_length=20)] = []
    settings: ConversationSettings = ConversationSettings()
    archived: bool = False
    leaf: str | None = None
    created_at: datetime
    updated_at: datetime
    messages: list[_Message] = []


def conversation_json(row: ConversationRow, rows: Sequence[MessageRow]) -> dict[str, Any]:
    """A conversation with all its branches."""
    now = now_us()
    return {
        "format": FORMAT,
        "version": VERSION,
        "id": row.id,
        "origin": row.origin,
        "title": row.title,
        "named": row.named,
        "folder": row.folder,
        "tags": list(row.tags),
        "settings": dict(row.settings or {}),
        "archived": row.archived,
        "leaf": row.leaf,
        "created_at": _time(row.created_at),
        "updated_at": _time(row.updated_at),
        "messages": [_message_json(one, now) for one in rows],
    }


def _message_json(row: MessageRow, now: int) -> dict[str, Any]:
    answer = None if row.answer is None else {name: row.answer[name] for name in row.answer if name != "request_id"}
    return {
        "id": row.id,
        "parent": row.parent,
        "role": row.role,
        "status": status_now(row, now),
        "error": row.error,
        "model": row.model,
        "content": row.text,
        "parts": [dict(part) for part in row.parts],
        "answer": answer,
        "created_at": _time(row.created_at),
        "updated_at": _time(row.updated_at),
    }


def read_conversation(value: Mapping[str, Any]) -> Incoming:
    """A conversation of our own export. Raises DataError that says what is wrong with it."""
    if value.get("version", VERSION) != VERSION:
        raise DataError(f"it is of version {str(value['version'])[:20]}; this program reads version {VERSION}")
    try:
        given = _Conversation.model_validate(cleaned_values(value))
        times = [_us(moment) for moment in (given.created_at, given.updated_at)]
        rows = [_message_row(one) for one in given.messages]
    except ValidationError as error:
        first = error.errors()[0]
        raise DataError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    row = ConversationRow(
        id=new_conversation_id(),
        owner="",
        workspace="",
        title=given.title,
        created_at=times[0],
        updated_at=times[1],
        named=given.named,
        folder=given.folder,
        tags=tuple(given.tags),
        settings=given.settings.stored(),
        archived=given.archived,
        leaf=given.leaf,
        origin=given.origin or f"answerable:{given.id}",
    )
    return renamed(row, rows, given.id)


def renamed(row: ConversationRow, rows: Sequence[MessageRow], original_id: str) -> Incoming:
    """The rows with ids of our own, in the order in which they came. Raises DataError for a tree that is none."""
    names, at = dict[str, str](), 0
    for one in rows:
        at = max(at + 1, one.created_at)
        names[one.id] = new_message_id(at)
    if len(names) < len(rows):
        raise DataError("two of its messages have the same id")
    if gone := [one for one in rows if one.parent is not None and one.parent not in names]:
        raise DataError(f"a message follows '{str(gone[0].parent)[:60]}', which is not there")
    if row.leaf is not None and row.leaf not in names:
        raise DataError(f"the message that is shown last, '{row.leaf[:60]}', is not there")
    new = [
        replace(one, id=names[one.id], conversation=row.id, parent=names[one.parent] if one.parent else None)
        for one in rows
    ]
    _check_tree(new)
    leaf = names[row.leaf] if row.leaf else _newest_end(new)
    origin = (row.origin or "")[:_ORIGIN]
    return Incoming(replace(row, leaf=leaf, origin=origin), tuple(new), original_id)


def _check_tree(rows: Sequence[MessageRow]) -> None:
    """Raises DataError for messages that no first message leads to."""
    children: dict[str | None, list[str]] = {}
    for row in rows:
        children.setdefault(row.parent, []).append(row.id)
    reached, ahead = 0, list(children.get(None, ()))
    while ahead:
        reached += 1
        ahead += children.get(ahead.pop(), ())
    if reached < len(rows):
        raise DataError("its messages run in a circle")


def _newest_end(rows: Sequence[MessageRow]) -> str | None:
    """Where the newest branch ends."""
    tree = Tree([Node(row.id, row.parent) for row in rows])
    roots = [row.id for row in rows if row.parent is None]
    return tree.newest_leaf(roots[-1]) if roots else None


def cleaned(text: str) -> str:
    """Text that every database takes: no NUL, no half of a surrogate pair."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def cleaned_values(value: Any) -> Any:
    """The same for JSON, names too."""
    if isinstance(value, str):
        return cleaned(value)
    if isinstance(value, Mapping):
        return {cleaned(str(key)): cleaned_values(inner) for key, inner in value.items()}
    return [cleaned_values(inner) for inner in value] if isinstance(value, list) else value


def _message_row(given: _Message) -> MessageRow:
    return MessageRow(
        id=given.id,
        conversation="",
        parent=given.parent,
        role=given.role,
        text=given.content,
        created_at=_us(given.created_at),
        updated_at=_us(given.updated_at),
        status="interrupted" if given.status == "streaming" else given.status,
        error=given.error,
        model=given.model,
        parts=tuple(map(read_part, given.parts)),
        answer=read_answer(given.answer),
    )


def _us(moment: datetime) -> int:
    if moment.tzinfo is None or not 0 <= to_us(moment) <= LATEST_US:
        raise DataError(f"'{moment.isoformat()}' is no time of this century with a zone")
    return to_us(moment)


def _time(value: int) -> str:
    return from_us(value).isoformat().replace("+00:00", "Z")
