from pathlib import Path
from typing import Any

from answerable.storage import documents
from tests.support.stack import Stack, document, open_stack


async def read(stack: Stack, query: Any, *more: Any) -> Any:
    async with stack.database.read() as connection:
        return await query(connection, *more)


async def test_a_new_version_ends_the_one_before_at_the_same_moment(tmp_path: Path, database_url: str) -> None:
    async with open_stack(tmp_path, url=database_url) as stack:
        (first,) = await stack.add(document("a", "old"))
        await stack.add(document("a", "new", "and more"))
        newest, oldest = await read(stack, documents.list_versions, first.document_id)
        assert (newest.number, newest.valid_to, newest.chunk_count) == (2, None, 2)
        assert (oldest.number, oldest.valid_to) == (1, newest.valid_from)
        assert (await read(stack, documents.find_live_version, first.document_id)).id == newest.id
        text, blocks = await read(stack, documents.find_text, oldest.id)
        assert text == "old"
        assert blocks[0][:2] == [0, 3]


async def test_a_removed_document_comes_back_under_its_old_id_with_its_history(
    tmp_path: Path, database_url: str
) -> None:
    async with open_stack(tmp_path, url=database_url) as stack:
        (first,) = await stack.add(document("a", "old"))
        await stack.remove([first.document_id])
        assert await read(stack, documents.find_document, "c", first.document_id) is None
        (again,) = await stack.add(document("a", "old"))
        assert again.document_id == first.document_id
        assert (await read(stack, documents.last_numbers, [first.document_id])) == {first.document_id: 2}


async def test_a_document_is_found_by_id_source_and_file_name(tmp_path: Path, database_url: str) -> None:
    async with open_stack(tmp_path, url=database_url) as stack:
        (one, *_) = await stack.add(document("/x/a_b.md", "one"), document("/y/a_b.md", "two"), document("/x/aXb.md"))
        for name, count in ((one.document_id, 1), ("/x/a_b.md", 1), ("a_b.md", 2), ("b.md", 0), ("%", 0)):
            assert len(await read(stack, documents.find_documents_by_name, "c", name)) == count, name


async def test_a_listing_goes_on_after_a_source_and_looks_into_titles(tmp_path: Path, database_url: str) -> None:
    async with open_stack(tmp_path, url=database_url) as stack:
        await stack.add(*(document(name, "text") for name in ("c", "a", "b", "d%")))
        assert [row.source for row in await read(stack, documents.list_documents, "c", 2)] == ["a", "b"]
        assert [row.source for row in await read(stack, documents.list_documents, "c", 2, "b")] == ["c", "d%"]
        assert [row.source for row in await read(stack, documents.list_documents, "c", 9, "", "D%")] == ["d%"]


async def test_records_of_a_file_are_known_by_it(tmp_path: Path, database_url: str) -> None:
    async with open_stack(tmp_path, url=database_url) as stack:
        added = await stack.add(document("f.jsonl#1", "x"), document("f.jsonl#2", "y"), document("fXjsonl#3", "z"))
        under = await read(stack, documents.live_documents_under, "c", "f.jsonl")
        assert sorted(under) == sorted(one.document_id for one in added[:2])


async def test_the_catalogue_is_told_only_what_changed_since_a_revision(tmp_path: Path, database_url: str) -> None:
    async with open_stack(tmp_path, url=database_url) as stack:
        await stack.add(document("a", "one"))
        spans = await read(stack, documents.changed_spans, "c", 0)
        revision = (await stack.library.get("c")).catalog.revision
        assert [span.source for span in spans] == ["a"]
        assert await read(stack, documents.changed_spans, "c", revision) == []
        await stack.add(document("a", "two"))
        changed = await read(stack, documents.changed_spans, "c", revision)
        assert [span.valid_to is None for span in changed] == [False, True]


async def test_erasing_a_document_returns_the_chunks_that_indexes_must_forget(
    tmp_path: Path, database_url: str
) -> None:
    async with open_stack(tmp_path, url=database_url) as stack:
        (one, _) = await stack.add(document("a", "one", "two"), document("b", "three"))
        await stack.add(document("a", "four"))
        spans = await stack.database.write(lambda connection: documents.purge_document(connection, one.document_id))
        assert sorted(count for _, count in spans) == [1, 2]
        assert await read(stack, documents.list_versions, one.document_id) == []
        assert [row.source for row in await read(stack, documents.list_documents, "c", 9)] == ["b"]
