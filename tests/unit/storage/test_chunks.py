"""What the indexes read of a chunk."""

from pathlib import Path

from answerable.storage.chunks import chunk_texts
from tests.support.stack import Stack, document, open_stack


async def _texts(stack: Stack, first: int, count: int) -> dict[int, str]:
    async with stack.database.read() as connection:
        return dict(await chunk_texts(connection, first, count))


async def test_a_chunk_is_indexed_with_what_was_said_before_it_in_its_own_document(
    tmp_path: Path, database_url: str
) -> None:
    async with open_stack(tmp_path, url=database_url) as stack:
        await stack.add(document("a", "fox", "dog"), document("b", "cat"))
        found = await _texts(stack, 1, 3)
    assert [text.split() for text in found.values()] == [["fox", "fox"], ["dog", "dog", "fox"], ["cat", "cat"]]


async def test_a_range_that_begins_inside_a_document_knows_what_precedes_it(tmp_path: Path, database_url: str) -> None:
    async with open_stack(tmp_path, url=database_url) as stack:
        await stack.add(document("a", "fox", "dog", "owl"))
        whole = await _texts(stack, 1, 3)
        assert await _texts(stack, 2, 1) == {2: whole[2]}
