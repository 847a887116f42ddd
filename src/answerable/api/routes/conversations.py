"""/v1/conversations: one's own conversations, their messages, labels, search, import and export."""

import tempfile
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field
from starlette.datastructures import UploadFile
from starlette.responses import JSONResponse, Response, StreamingResponse

from answerable.api.access import Guarded, allow
from answerable.api.attachments import as_file
from answerable.api.bodies import Strict
from answerable.api.conversation_views import conversation_json, found_json, imported_json, labels_json, page_json
from answerable.api.dependencies import platform, reader
from answerable.chats.markdown import file_name
from answerable.chats.settings import ConversationSettings
from answerable.core.errors import InvalidRequest
from answerable.flows import conversations as flow
from answerable.flows import message_search, transfer
from answerable.flows.conversations import Change, NewConversation
from answerable.storage.conversations import Place, Shelf

router = APIRouter(prefix="/v1/conversations", tags=["conversations"], route_class=Guarded)

PLAIN = r"^[^\x00]*$"
"""Text without NUL, which Postgres cannot store."""

TalkId = Annotated[str, Path(alias="id", max_length=60, pattern=PLAIN)]
Id = Annotated[str, Path(max_length=60, pattern=PLAIN)]
Title = Annotated[str, Field(max_length=200, pattern=PLAIN)]
Folder = Annotated[str, Field(max_length=200, pattern=PLAIN)]
Tags = Annotated[list[Annotated[str, Field(max_length=50, pattern=PLAIN)]], Field(max_length=20)]
Limit = Annotated[int, Query(ge=1, le=200)]
FolderQuery = Annotated[str | None, Query(max_length=200, pattern=PLAIN)]
IdQuery = Annotated[str | None, Query(max_length=60, pattern=PLAIN)]
_IN_MEMORY = 1_000_000


class NewConversationBody(Strict):
    """POST /v1/conversations; without a title the first question gives one."""

    title: Title | None = None
    folder: Folder = ""
    tags: Tags = Field(default_factory=list)
    settings: ConversationSettings = ConversationSettings()


class ConversationBody(Strict):
    """PATCH /v1/conversations/{id}; what is left out stays. `settings` are given whole."""

    title: Title | None = None
    folder: Folder | None = None
    tags: Tags | None = None
    archived: bool | None = None
    settings: ConversationSettings | None = None
    leaf: str | None = Field(default=None, max_length=60, pattern=PLAIN)


class LabelBody(Strict):
    """PATCH /v1/conversations/labels: an empty `to` takes the folder or tag away."""

    kind: Literal["folder", "tag"]
    name: Folder
    to: Folder


@router.get("")
@allow("conversations.read")
async def list_conversations(
    request: Request,
    limit: Limit = 50,
    after: IdQuery = None,
    folder: FolderQuery = None,
    tag: FolderQuery = None,
    archived: bool = False,
) -> dict[str, Any]:
    """A page, the conversation where something was said last first; `next` is the cursor of the following page."""
    shelf = Shelf(reader(request).id, archived, flow.checked_folder(folder) if folder else None, tag)
    place = None if after is None else parse_place(after)
    rows, following = await flow.list_conversations(shelf, platform(request).database, limit, place)
    data = [conversation_json(row) for row in rows]
    return {"object": "list", "data": data, "has_more": following is not None, "next": place_text(following)}


@router.post("", status_code=201)
@allow("conversations.write")
async def make_conversation(body: NewConversationBody, request: Request) -> dict[str, Any]:
    """A new, empty conversation."""
    new = NewConversation(body.title, body.folder, tuple(body.tags), body.settings.stored())
    return conversation_json(await flow.create_conversation(new, reader(request), platform(request)))


@router.get("/labels")
@allow("conversations.read")
async def list_labels(request: Request) -> dict[str, Any]:
    """Folders and tags, with how many conversations have each."""
    return labels_json(await flow.list_labels(reader(request), platform(request).database))


@router.patch("/labels")
@allow("conversations.write")
async def rename_label(body: LabelBody, request: Request) -> dict[str, Any]:
    """Rename a folder or a tag in all of one's conversations, or take it away."""
    number = await flow.rename_label(body.kind, body.name, body.to, reader(request), platform(request).database)
    return {"changed": number}


@router.get("/search")
@allow("conversations.read")
async def search(
    request: Request,
    q: Annotated[str, Query(max_length=500, pattern=PLAIN)],
    order: message_search.Order = "newest",
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    after: Annotated[int | None, Query(ge=0, le=2**62)] = None,
) -> dict[str, Any]:
    """Full text of one's own messages and titles; nothing that is typed is an error."""
    asked = message_search.Asked(q, order, limit, after)
    return found_json(await message_search.search_messages(asked, reader(request), platform(request).database))


@router.get("/export")
@allow("conversations.read")
async def export_all(
    request: Request, kind: Annotated[Literal["json", "jsonl"], Query(alias="format")] = "json"
) -> Response:
    """Everything that is one's own, as one JSON document or a line for each conversation."""
    pieces = transfer.export_all(reader(request), platform(request).database, lines=kind == "jsonl")
    media_type = "application/x-ndjson" if kind == "jsonl" else "application/json"
    return StreamingResponse(pieces, headers=as_file(f"answerable-conversations.{kind}"), media_type=media_type)


@router.post("/import")
@allow("conversations.write")
async def import_conversations(request: Request) -> dict[str, Any]:
    """Take in ChatGPT's export or ours: a form with the field `file`, or the file as the body."""
    p, who = platform(request), reader(request)
    with p.imports.place(), tempfile.SpooledTemporaryFile(_IN_MEMORY) as spooled:
        if request.headers.get("content-type", "").partition(";")[0] == "multipart/form-data":
            async with request.form(max_files=1) as form:
                upload = form.get("file")
                if not isinstance(upload, UploadFile):
                    raise InvalidRequest("there is no file in the form field `file`", param="file")
                async with p.imports.turn:
                    return imported_json(await transfer.import_conversations(upload.file, who, p.database))
        async for piece in request.stream():
            spooled.write(piece)
        async with p.imports.turn:
            return imported_json(await transfer.import_conversations(spooled, who, p.database))


@router.get("/{id}")
@allow("conversations.read")
async def get_conversation(talk: TalkId, request: Request) -> dict[str, Any]:
    """One conversation, without its messages."""
    return conversation_json(await flow.get_conversation(talk, reader(request), platform(request).database))


@router.patch("/{id}")
@allow("conversations.write")
async def change_conversation(talk: TalkId, body: ConversationBody, request: Request) -> dict[str, Any]:
    """Change what is given; `leaf` is any message of the branch to show."""
    tags = None if body.tags is None else tuple(body.tags)
    settings = None if body.settings is None else body.settings.stored()
    change = Change(body.title, body.folder, tags, body.archived, settings, body.leaf)
    return conversation_json(await flow.change_conversation(talk, change, reader(request), platform(request)))


@router.delete("/{id}", status_code=204)
@allow("conversations.write")
async def delete_conversation(talk: TalkId, request: Request) -> Response:
    """Erase it with all that hangs on it."""
    await flow.delete_conversation(talk, reader(request), platform(request).database)
    return Response(status_code=204)


@router.get("/{id}/messages")
@allow("conversations.read")
async def list_messages(
    talk: TalkId,
    request: Request,
    leaf: IdQuery = None,
    limit: Limit = 50,
    before: IdQuery = None,
) -> dict[str, Any]:
    """A page of the branch that ends in `leaf`, the newest page first, each page in reading order."""
    database = platform(request).database
    page = await flow.read_messages(talk, reader(request), database, leaf=leaf, limit=limit, before=before)
    return page_json(page)


@router.get("/{id}/export")
@allow("conversations.read")
async def export_conversation(
    talk: TalkId,
    request: Request,
    kind: Annotated[Literal["json", "markdown"], Query(alias="format")] = "json",
    leaf: IdQuery = None,
) -> Response:
    """The whole tree as JSON, or one branch as Markdown."""
    who, database = reader(request), platform(request).database
    if kind == "markdown":
        row, text = await transfer.export_markdown(talk, who, database, leaf)
        return Response(text, headers=as_file(file_name(row.title, "md")), media_type="text/markdown")
    found = await transfer.export_conversation(talk, who, database)
    return JSONResponse(found, headers=as_file(file_name(found["title"], "json")))


def place_text(place: Place | None) -> str | None:
    """A place in a list as a cursor."""
    return None if place is None else f"{place[0]}.{place[1]}"


def parse_place(cursor: str) -> Place:
    """Raises InvalidRequest for what is no cursor."""
    at, _, id_ = cursor.partition(".")
    if not (at.isascii() and at.isdigit() and len(at) < 19 and id_):
        raise InvalidRequest("`after` is the `next` of the page before", param="after")
    return int(at), id_
