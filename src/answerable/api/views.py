"""Stored rows as the JSON of our own endpoints. Times are ISO 8601 in UTC."""

from typing import Any

from answerable.core.moments import from_us
from answerable.core.ports import Tokenizer
from answerable.flows.collections import CollectionView
from answerable.flows.ingest import ItemResult
from answerable.storage.chunks import ChunkRow
from answerable.storage.documents import DocumentRow, VersionRow


def _time(value: int | None) -> str | None:
    return None if value is None else from_us(value).isoformat().replace("+00:00", "Z")


def collection_json(view: CollectionView) -> dict[str, Any]:
    """A collection and its counts."""
    row, counts = view.row, view.counts
    return {
        "name": row.name,
        "documents": counts.documents,
        "chunks": counts.chunks,
        "embedded_chunks": counts.chunks - counts.pending_chunks,
        "pending_chunks": counts.pending_chunks,
        "embedder": row.embedder,
        "chunker": dict(row.chunker),
        "settings": {key: value for key, value in row.settings.items() if key != "examples"},
        "examples": list(row.settings.get("examples", ())),
        "revision": row.revision,
        "created_at": _time(row.created_at),
        "updated_at": _time(row.updated_at),
    }


def document_json(row: DocumentRow) -> dict[str, Any]:
    """A document with its live version."""
    version = row.version
    return {
        "id": row.id,
        "collection": row.collection,
        "source": row.source,
        "title": version.title,
        "media_type": version.media_type,
        "status": "embedded" if row.embedded_chunks == version.chunk_count else "searchable",
        "version": version.number,
        "versions": row.versions,
        "chunks": version.chunk_count,
        "embedded_chunks": row.embedded_chunks,
        "size_chars": version.size_chars,
        "created_at": _time(row.created_at),
        "updated_at": _time(version.valid_from),
        "metadata": dict(version.metadata),
        "readers": list(version.readers),
        "warnings": list(version.warnings),
    }


def version_json(row: VersionRow) -> dict[str, Any]:
    """One version."""
    return {
        "id": row.id,
        "number": row.number,
        "title": row.title,
        "valid_from": _time(row.valid_from),
        "valid_to": _time(row.valid_to),
        "chunks": row.chunk_count,
        "size_chars": row.size_chars,
    }


def chunk_json(row: ChunkRow, tokenizer: Tokenizer) -> dict[str, Any]:
    """One chunk; `tokens` counts what is embedded, header included."""
    return {
        "id": row.id,
        "ordinal": row.ordinal,
        "start": row.start,
        "end": row.end,
        "text": row.text,
        "header": row.header,
        "heading_path": list(row.heading_path),
        "page": row.page,
        "kind": row.kind,
        "tokens": tokenizer.count(f"{row.header}\n{row.text}" if row.header else row.text),
        "embedded": row.embedded,
    }


def result_json(result: ItemResult, document: dict[str, Any] | None) -> dict[str, Any]:
    """What became of one thing that was added."""
    error = {"message": result.error.message, "code": result.error.code} if result.error else None
    return {"source": result.source, "status": result.status, "document": document, "error": error}
