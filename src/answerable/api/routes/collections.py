"""/v1/collections: collections, their documents with versions and chunks, search, ask, progress of embedding."""

import asyncio
import contextlib
import shutil
import tempfile
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import Field, ValidationError
from starlette.datastructures import UploadFile
from starlette.responses import Response

from answerable.api import sse
from answerable.api.access import Guarded, access_of, allow
from answerable.api.bodies import Body
from answerable.api.dependencies import platform, reader
from answerable.api.observed import take_over
from answerable.api.own_field import passage_json
from answerable.api.reply_headers import ReplyHeaders
from answerable.api.views import chunk_json, collection_json, document_json, result_json, version_json
from answerable.core.errors import InvalidRequest, NotFound
from answerable.core.filters import parse_filter
from answerable.core.identity import Principal
from answerable.core.messages import Collected
from answerable.core.moments import parse_moment
from answerable.flows import collections as flow
from answerable.flows.ingest import GivenFile, GivenText, Ingest, ItemResult, ingest
from answerable.flows.search import Search, counted_search
from answerable.telemetry.requests import CLIENT_GONE

router = APIRouter(prefix="/v1/collections", tags=["collections"], route_class=Guarded)
_DOCUMENT = "/{name}/documents/{document:path}"
_NAME_CHARACTERS = 500
_ENDING_CHARACTERS = 20


class CollectionBody(Body):
    """POST /v1/collections."""

    name: str


class DocumentBody(Body):
    """POST .../documents as JSON: an address to fetch, or a text."""

    url: str | None = None
    title: str | None = None
    text: str | None = None
    source: str | None = None
    metadata: dict[str, str | int | float | bool | list[str]] = Field(default_factory=dict)
    readers: list[str] | None = None


class SearchBody(Body):
    """POST .../search."""

    query: str = Field(min_length=1, max_length=20_000)
    k: int = Field(default=10, ge=1, le=100)
    mode: Literal["hybrid", "keyword", "vector"] = "hybrid"
    filter: dict[str, Any] | str | None = None
    as_of: str | None = None
    explain: bool = False


@router.get("")
@allow("collections.read")
async def list_collections(request: Request) -> dict[str, Any]:
    """All collections with their counts; `default` is the one that is asked when none is named, if there is any."""
    p, who = platform(request), reader(request)
    views = await flow.list_collections(p, who)
    usual = flow.usual_of([view.row.name for view in views], p.policy.default_collection)
    return {"object": "list", "data": [collection_json(view) for view in views], "default": usual}


@router.post("", status_code=201)
@allow("collections.write")
async def make_collection(body: CollectionBody, request: Request) -> dict[str, Any]:
    """Make a collection; one that is there stays as it is."""
    return collection_json(await flow.make_collection(body.name, platform(request), reader(request)))


@router.get("/{name}")
@allow("collections.read")
async def get_collection(name: str, request: Request) -> dict[str, Any]:
    """One collection."""
    return collection_json(await flow.get_collection(name, platform(request), reader(request)))


@router.delete("/{name}", status_code=204)
@allow("collections.delete")
async def delete_collection(name: str, request: Request) -> Response:
    """Erase a collection and all its history."""
    await flow.delete_collection(name, platform(request), reader(request))
    return Response(status_code=204)


@router.get("/{name}/progress")
@allow("collections.read")
async def get_progress(name: str, request: Request) -> dict[str, Any]:
    """How far the embeddings are."""
    p = platform(request)
    await flow.get_collection(name, p, reader(request))
    progress = await p.backfill.progress(name)
    return {
        "pending": progress.pending,
        "done": progress.done,
        "rate_per_s": round(progress.rate_per_s, 1),
        "eta_s": None if progress.eta_s is None else round(progress.eta_s, 1),
    }


@router.post("/{name}/search", response_model=None)
@allow("collections.read")
async def search_collection(
    name: str, body: SearchBody, request: Request, response: Response
) -> dict[str, Any] | Response:
    """Ranked passages."""
    moment = parse_moment(body.as_of) if body.as_of else None
    wanted = Search(name, body.query, body.k, body.mode, parse_filter(body.filter), moment, reader(request))
    address, events = access_of(request.scope).address(request.scope), Collected()
    take_over(request.scope)  # the flow counts and logs the request from here on
    async with sse.cancelled_when_gone(request.receive) as gone:
        passages, trace = await counted_search(wanted, address, events, platform(request))
    if gone.happened:
        return Response(status_code=CLIENT_GONE)
    response.headers.update(ReplyHeaders.of(events.events))
    found = [passage_json(passage) for passage in passages]
    return {"object": "list", "data": found, **({"trace": trace.as_json()} if body.explain else {})}


@router.get("/{name}/documents")
@allow("collections.read")
async def list_documents(
    name: str, request: Request, limit: Annotated[int, Query(ge=1, le=1_000)] = 100, after: str = "", q: str = ""
) -> dict[str, Any]:
    """A page of live documents by source; `next` is the cursor of the following page."""
    p, who = platform(request), reader(request)
    rows, following = await flow.list_documents(name, p, who, limit=limit, after=after, contains=q)
    data = [document_json(row) for row in rows]
    return {"object": "list", "data": data, "has_more": following is not None, "next": following}


@router.post("/{name}/documents")
@allow("collections.write")
async def add_documents(name: str, request: Request) -> dict[str, Any]:
    """Add uploaded files (multipart field `files`), or one address or text (JSON). One bad file stops no other."""
    flow.check_name(name)
    p = platform(request)
    kind = request.headers.get("content-type", "").partition(";")[0]
    if kind == "multipart/form-data":
        results = await _add_files(name, request)
    elif kind == "application/json":
        results = await ingest(_as_request(name, await _document_body(request), reader(request)), p)
    else:
        raise InvalidRequest(
            "send multipart/form-data with `files`, or JSON with `url` or `text`", param="content-type"
        )
    rows = [await _row(name, result, request) for result in results.items]
    return {"object": "list", "data": rows}


async def _document_body(request: Request) -> DocumentBody:
    try:
        return DocumentBody.model_validate_json(await request.body())
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_url=False)) from error


def _as_request(name: str, body: DocumentBody, who: Principal) -> Ingest:
    readers = tuple(body.readers) if body.readers else None
    if body.url:
        return Ingest(name, sources=(body.url,), metadata=body.metadata, readers=readers, urls_only=True, who=who)
    if body.text and body.text.strip():
        title = body.title or body.text.strip().splitlines()[0][:80]
        given = GivenText(body.source or title, title, body.text)
        return Ingest(name, texts=(given,), metadata=body.metadata, readers=readers, who=who)
    raise InvalidRequest("give a `url`, or a `text` that is not empty", param="text")


async def _add_files(name: str, request: Request) -> Any:
    async with request.form(max_files=1_000) as form:
        uploads = [part for part in form.getlist("files") if isinstance(part, UploadFile)]
        if not uploads:
            raise InvalidRequest("there is no file in the form field `files`", param="files")
        with tempfile.TemporaryDirectory(prefix="answerable-upload-") as folder:
            given = [await asyncio.to_thread(_save, upload, Path(folder), n) for n, upload in enumerate(uploads)]
            return await ingest(Ingest(name, files=tuple(given), who=reader(request)), platform(request))


def _save(upload: UploadFile, folder: Path, number: int) -> GivenFile:
    """The upload as a file, known by its name or its path inside an uploaded folder: two may each hold a README.
    What it is called is only ever a source, never a path on this machine.
    """
    named = "".join(letter for letter in (upload.filename or "") if letter.isprintable())[-_NAME_CHARACTERS:]
    parts = [part for part in PurePosixPath(named.replace("\\", "/")).parts if part not in ("/", "..")] or ["upload"]
    endings = "".join(PurePosixPath(parts[-1]).suffixes[-2:])
    target = folder / f"{number}{endings if len(endings) <= _ENDING_CHARACTERS else ''}"
    with target.open("wb") as out:
        shutil.copyfileobj(upload.file, out)
    return GivenFile(target, "/".join(parts))


async def _row(name: str, result: ItemResult, request: Request) -> dict[str, Any]:
    row = None
    if result.document_id:
        with contextlib.suppress(NotFound):  # it was added for others to read
            row = await flow.get_document(name, result.document_id, platform(request), reader(request))
    return result_json(result, document_json(row) if row else None)


@router.get(_DOCUMENT + "/versions")
@allow("collections.read")
async def list_versions(name: str, document: str, request: Request) -> dict[str, Any]:
    """The versions of a document, newest first."""
    rows = await flow.list_versions(name, document, platform(request), reader(request))
    return {"object": "list", "data": [version_json(row) for row in rows]}


@router.get(_DOCUMENT + "/text")
@allow("collections.read")
async def read_document(name: str, document: str, request: Request, version: int | None = None) -> dict[str, Any]:
    """The stored text of a version, with its blocks."""
    found = await flow.read_document(name, document, platform(request), version, reader(request))
    keys = ("start", "end", "kind", "heading_path", "page")
    return {
        "document_id": found.version.document_id,
        "version": found.version.number,
        "title": found.version.title,
        "text": found.text,
        "blocks": [dict(zip(keys, block, strict=True)) for block in found.blocks],
    }


@router.get(_DOCUMENT + "/chunks")
@allow("collections.read")
async def list_chunks(name: str, document: str, request: Request, version: int | None = None) -> dict[str, Any]:
    """The chunks of a version in reading order."""
    p = platform(request)
    rows = await flow.list_chunks(name, document, p, version, reader(request))
    return {"object": "list", "data": [chunk_json(row, p.embedder) for row in rows]}


@router.get(_DOCUMENT)
@allow("collections.read")
async def get_document(name: str, document: str, request: Request) -> dict[str, Any]:
    """One document."""
    return document_json(await flow.get_document(name, document, platform(request), reader(request)))


@router.delete(_DOCUMENT, status_code=204)
@allow("collections.write")
async def remove_document(name: str, document: str, request: Request, purge: bool = False) -> Response:
    """Stop serving a document at once; `purge=true` erases its history too."""
    await flow.remove_document(name, document, platform(request), reader(request), purge=purge)
    return Response(status_code=204)
