"""GET /v1/models and POST /v1/embeddings on the OpenAI wire."""

import base64
from typing import Any, Literal

from fastapi import APIRouter, Request
from pydantic import ConfigDict
from starlette.responses import Response

from answerable.api import sse
from answerable.api.access import Guarded, access_of, allow
from answerable.api.bodies import Body
from answerable.api.dependencies import platform, reader
from answerable.api.observed import take_over
from answerable.api.reply_headers import ReplyHeaders
from answerable.core.errors import InvalidRequest
from answerable.core.messages import Collected, Finished
from answerable.flows import models
from answerable.flows.embeddings import Embeddings, embed_texts
from answerable.telemetry.requests import CLIENT_GONE

router = APIRouter(tags=["models"], route_class=Guarded)

_CREATED = 1_764_000_000
"""OpenAI's field for when a model was made; we list configuration, so one fixed moment."""


@router.get("/v1/models")
@allow("models.read")
async def list_models(request: Request) -> dict[str, Any]:
    """What a caller may name: the extractive engine, models, `auto` and named routes, and the embedding model last."""
    return {"object": "list", "data": [_model(name) for name in models.offered(reader(request), platform(request))]}


@router.get("/v1/models/{name:path}")
@allow("models.read")
async def get_model(name: str, request: Request) -> dict[str, Any]:
    """One of them."""
    models.check_offered(name, reader(request), platform(request))
    return _model(name)


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": _CREATED, "owned_by": "answerable"}


class EmbeddingsBody(Body):
    """POST /v1/embeddings."""

    model_config = ConfigDict(extra="allow")
    input: str | list[str] | list[int] | list[list[int]]
    model: str | None = None
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = None


@router.post("/v1/embeddings", response_model=None)
@allow("embeddings.create")
async def create_embeddings(body: EmbeddingsBody, request: Request, response: Response) -> dict[str, Any] | Response:
    """Vectors of texts by the program's embedding model, as numbers or as base64 of little-endian float32."""
    p, who, access, events = platform(request), reader(request), access_of(request.scope), Collected()
    address = access.address(request.scope)
    wanted = Embeddings(_texts(body.input), body.model, body.dimensions, who, address)
    take_over(request.scope)  # the flow counts and logs the request from here on
    async with sse.cancelled_when_gone(request.receive) as gone:
        with access.watch(who):
            vectors = await embed_texts(wanted, events, p)
    if gone.happened:
        return Response(status_code=CLIENT_GONE)
    response.headers.update(ReplyHeaders.of(events.events))
    data = [
        {
            "object": "embedding",
            "index": index,
            "embedding": vector.tolist()
            if body.encoding_format == "float"
            else base64.b64encode(vector.astype("<f4").tobytes()).decode(),
        }
        for index, vector in enumerate(vectors)
    ]
    (tokens,) = (event.usage.prompt_tokens for event in events.events if isinstance(event, Finished))
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return {"object": "list", "data": data, "model": p.embedder.name, "usage": usage}


def _texts(given: str | list[str] | list[int] | list[list[int]]) -> tuple[str, ...]:
    """Raises InvalidRequest for token ids: they are those of another model."""
    texts = tuple(text for text in ([given] if isinstance(given, str) else given) if isinstance(text, str))
    if len(texts) != (1 if isinstance(given, str) else len(given)):
        raise InvalidRequest("every input must be text that is not empty; token ids are not accepted", param="input")
    return texts
