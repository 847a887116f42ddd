"""Open collections stay level with SQL, whoever wrote to it. Updates and history: integration/test_versions.py."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from answerable.core.errors import IndexMismatch, NotFound, StorageDown
from answerable.knowledge.indexes import faiss
from answerable.storage import collections
from tests.support.outage import away
from tests.support.stack import Stack, document, open_stack


async def _erase(stack: Stack) -> None:
    await stack.database.write(lambda connection: collections.delete_collection(connection, "c"))
    await stack.library.drop("c")


async def test_an_unknown_collection_is_not_found(tmp_path: Path, database_url: str) -> None:
    async with open_stack(tmp_path, url=database_url) as stack:
        with pytest.raises(NotFound, match="there is no collection 'other'"):
            await stack.library.get("other")


async def test_a_collection_that_another_process_erased_is_not_found(tmp_path: Path, database_url: str) -> None:
    async with open_stack(tmp_path, url=database_url) as one, open_stack(tmp_path, url=database_url) as two:
        await one.add(document("a", "old text"))
        assert await two.find("old", "keyword")
        await _erase(one)
        with pytest.raises(NotFound):
            await two.find("old", "keyword")


async def test_a_collection_erased_and_made_anew_elsewhere_shows_only_the_new_documents(
    tmp_path: Path, database_url: str
) -> None:
    async with open_stack(tmp_path, url=database_url) as one, open_stack(tmp_path, url=database_url) as two:
        await one.add(document("a", "old text"))
        assert await two.find("old", "keyword")
        await _erase(one)
        one.collection = await one.publisher.open_collection("c", {"name": "paragraph"})
        await one.add(document("b", "new text"))
        assert [p.source for p in await two.find("text", "keyword")] == ["b"]


async def test_while_the_database_is_away_a_collection_is_used_as_it_was_but_not_for_ever(tmp_path: Path) -> None:
    async with open_stack(tmp_path) as stack:
        now = 100.0
        stack.library._clock = lambda: now
        await stack.add(document("a", "old text"))
        collection = await stack.library.get("c")
        with away(stack.database):
            now += 300
            assert await stack.library.get("c") is collection
            now += 1
            with pytest.raises(StorageDown):
                await stack.library.get("c")
        assert await stack.library.get("c") is collection


async def test_a_database_that_is_only_busy_keeps_no_old_collection_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_stack(tmp_path) as stack:
        await stack.library.get("c")

        @contextlib.asynccontextmanager
        async def busy() -> AsyncIterator[None]:
            raise StorageDown("all connections to it are in use")
            yield

        with monkeypatch.context() as patched:
            patched.setattr(stack.database, "read", busy)
            with pytest.raises(StorageDown):
                await stack.library.get("c")


async def test_another_embedding_model_is_refused_with_what_to_do(tmp_path: Path, database_url: str) -> None:
    async with open_stack(tmp_path, url=database_url) as one:
        await one.add(document("a", "text"))
    async with open_stack(tmp_path, url=database_url) as two:
        two.embedder.name = "another"
        with pytest.raises(IndexMismatch, match="configure hash-words"):
            await two.library.get("c")


async def test_indexes_of_an_erased_collection_or_of_another_database_are_not_believed(
    tmp_path: Path, database_url: str
) -> None:
    """Two machines: each has a folder, and the collection is erased and made anew on the other one."""
    here, there = tmp_path / "here", tmp_path / "there"
    async with open_stack(here, url=database_url) as one:
        await one.add(*(document(f"old{n}", "an old text") for n in range(5)))
        await one.embed()
    async with open_stack(there, url=database_url) as two:
        await two.database.write(lambda connection: collections.delete_collection(connection, "c"))
        two.collection = await two.publisher.open_collection("c", {"name": "paragraph"})
        await two.add(document("new", "a new text"))
        await two.embed()
    async with open_stack(here, url=database_url) as one:
        for mode in ("keyword", "vector"):
            assert [found.source for found in await one.find("text", mode)] == ["new"]
    assert len(list((here / "indexes" / "c").glob("*/"))) == 1


async def test_vectors_that_another_machine_made_come_to_this_ones_disk(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("answerable.knowledge.library._RANGE", 10)

    def build(folder: Path, width: int) -> faiss.FaissIndex:
        return faiss.FaissIndex(faiss.Config(merge_rows=5), folder, width)

    here, there = tmp_path / "here", tmp_path / "there"
    async with open_stack(here, url=database_url) as one, open_stack(there, url=database_url) as two:
        two.library._build_vectors = build
        await one.add(*(document(f"s{n}", f"text {n}") for n in range(20)))
        await one.embed()
        assert len(await two.find("text", "vector")) == 20
        vectors = (await two.library.get("c")).vectors
        assert isinstance(vectors, faiss.FaissIndex)
        assert vectors.cursor > 0
        assert len(vectors._state.tail_ids) == 0


async def test_searches_beside_updates_see_each_document_once_and_never_go_back(
    tmp_path: Path, database_url: str
) -> None:
    async with open_stack(tmp_path, url=database_url) as stack:
        await stack.add(document("a", "state 0"))

        async def search() -> list[int]:
            return [int((await stack.find("state", "keyword"))[0].text.split()[1]) for _ in range(15)]

        async def update() -> None:
            for number in range(1, 15):
                await stack.add(document("a", f"state {number}"))

        *seen, _ = await asyncio.gather(search(), search(), search(), update())
        assert all(numbers == sorted(numbers) for numbers in seen if numbers)
        assert (await stack.find("state", "keyword"))[0].text == "state 14"
        assert await stack.find("state", as_of_us=time.time_ns() // 1_000)
