from pathlib import Path

from answerable.api.views import chunk_json, collection_json, document_json, result_json, version_json
from answerable.core.errors import UnreadableDocument
from answerable.flows.collections import get_collection, get_document, list_chunks, list_versions
from answerable.flows.ingest import GivenText, Ingest, ItemResult, embed, ingest
from tests.support.platform import open_small_platform


async def test_stored_rows_as_json_for_programs(tmp_path: Path) -> None:
    async with open_small_platform(tmp_path) as p:
        wanted = Ingest("c", texts=(GivenText("note", "A note", "one two\n\nthree"),), metadata={"team": "red"})
        await ingest(wanted, p)
        before = document_json(await get_document("c", "note", p))
        assert (before["status"], before["embedded_chunks"], before["metadata"]) == ("searchable", 0, {"team": "red"})
        await embed("c", p)
        document = document_json(await get_document("c", "note", p))
        assert (document["status"], document["chunks"], document["embedded_chunks"]) == ("embedded", 2, 2)
        assert document["created_at"].endswith("Z")
        collection = collection_json(await get_collection("c", p))
        assert (collection["documents"], collection["chunks"], collection["pending_chunks"]) == (1, 2, 0)
        (version,) = [version_json(row) for row in await list_versions("c", "note", p)]
        assert (version["number"], version["valid_to"], version["size_chars"]) == (1, None, 14)
        first = chunk_json((await list_chunks("c", "note", p))[0], p.embedder)
        assert (first["text"], first["start"], first["end"], first["tokens"]) == ("one two", 0, 7, 2)


def test_what_failed_says_why_and_what_worked_has_no_error() -> None:
    error = UnreadableDocument("a.pdf", "encrypted", "remove the password first")
    failed = result_json(ItemResult("a.pdf", "failed", error=error), None)
    assert failed["error"] == {"message": "a.pdf: remove the password first", "code": "unreadable_document"}
    assert result_json(ItemResult("a.txt", "added"), {"id": "x"})["error"] is None
