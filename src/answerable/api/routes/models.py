"""GET /v1/models and POST /v1/embeddings on the OpenAI wire."""

import asyncio
import base64
from typing import Any, Literal

from fastapi import APIRouter, Request
from pydantic import ConfigDict

from answerable.api.access import Guarded, allow
from answerable.api.bodies import Body
from answerable.api.dependencies import platform, reader
from answerable.core.errors import InvalidRequest, ModelNotFound
from answerable.flows import models

router = APIRouter(tags=["models"], route_class=Guarded)

_MAX_INPUTS = 2_048
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


@router.post("/v1/embeddings")
@allow("embeddings.create")
async def create_embeddings(body: EmbeddingsBody, request: Request) -> dict[str, Any]:
    """Vectors of texts by the program's embedding model, as numbers or as base64 of little-endian float32."""
    embedder = platform(request).embedder
    if body.model not in (None, embedder.name):
        raise ModelNotFound(f"'{body.model}' is not the embedding model here; it is '{embedder.name}'", param="model")
    if body.dimensions not in (None, embedder.dimensions):
        raise InvalidRequest(f"'{embedder.name}' has {embedder.dimensions} dimensions, no others", param="dimensions")
    texts = [body.input] if isinstance(body.input, str) else body.input
    if not texts or len(texts) > _MAX_INPUTS:
        raise InvalidRequest(f"give between 1 and {_MAX_INPUTS} texts", param="input")
    inputs = [text for text in texts if isinstance(text, str) and text.strip()]
    if len(inputs) != len(texts):
        raise InvalidRequest("every input must be text that is not empty; token ids are not accepted", param="input")
    vectors = await asyncio.to_thread(embedder.embed, inputs)
    tokens = await asyncio.to_thread(lambda: sum(embedder.count(text) for text in inputs))
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
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return {"object": "list", "data": data, "model": embedder.name, "usage": usage}
