"""Storing documents: what is decided inside the transaction. What searches then see: integration/test_versions.py."""

import asyncio
from pathlib import Path

import pytest

from answerable.core.errors import NotFound
from answerable.knowledge.publish import Labels, as_ranges, document_id, text_hash
from tests.support.stack import document, open_stack


def test_neighbouring_ids_are_one_range() -> None:
    assert as_ranges([1, 2, 3, 7, 9, 10]) == [(1, 3), (7, 1), (9, 2)]
    assert as_ranges([]) == []


def test_the_same_source_is_another_document_in_another_collection() -> None:
    assert document_id("a", "x") == document_id("a", "x")
    assert document_id("a", "x") != document_id("b", "x")
    assert document_id("a", "bx") != document_id("ab", "x")


def test_equal_texts_have_one_address() -> None:
    assert text_hash("one") == text_hash("one") != text_hash("One")


async def test_results_come_in_the_order_given_and_say_what_happened(tmp_path: Path, database_url: str) -> None:
    async with open_stack(tmp_path, url=database_url) as stack:
        await stack.add(document("a", "one"), document("b", "two"))
        results = await stack.add(document("c", "three"), document("a", "one"), document("b", "two, edited"))
        assert [(r.source, r.status) for r in results] == [("c", "added"), ("a", "unchanged"), ("b", "updated")]


async def test_of_a_source_given_twice_in_one_batch_the_last_counts(tmp_path: Path, database_url: str) -> None:
    async with open_stack(tmp_path, url=database_url) as stack:
        await stack.add(document("a", "first"), document("a", "second"))
        assert [p.text for p in await stack.find("first second", "keyword")] == ["second"]


async def test_only_texts_that_were_never_embedded_wait_for_embedding(tmp_path: Path, database_url: str) -> None:
    async with open_stack(tmp_path, url=database_url) as stack:
        (first,) = await stack.add(document("a", "one", "two"))
        assert (first.chunks, first.chunks_to_embed) == (2, 2)
        await stack.embed()
        (copy,) = await stack.add(document("b", "two", "three"))
        assert (copy.chunks, copy.chunks_to_embed) == (2, 1)


async def test_new_labels_alone_make_a_new_version(tmp_path: Path, database_url: str) -> None:
    async with open_stack(tmp_path, url=database_url) as stack:
        await stack.add(document("a", "one"))
        (changed,) = await stack.add(document("a", "one"), labels=Labels({"product": "tv"}))
        assert changed.status == "updated"
        assert changed.chunks_to_embed == 1, "nothing was embedded yet"


async def test_two_writers_of_the_same_document_leave_one_live_version(tmp_path: Path, database_url: str) -> None:
    async with open_stack(tmp_path, url=database_url) as one, open_stack(tmp_path, url=database_url) as two:
        await asyncio.gather(
            *(
                stack.add(document("a", f"text {n} of {name}"))
                for n in range(4)
                for name, stack in (("1", one), ("2", two))
            )
        )
        assert len(await one.find("text", "keyword")) == 1
        assert len(await two.find("text", "keyword")) == 1


async def test_a_chunker_that_fails_leaves_nothing_behind(tmp_path: Path, database_url: str) -> None:
    async with open_stack(tmp_path, url=database_url) as stack:

        class Broken:
            def chunk(self, _document: object) -> list[object]:
                raise ValueError("broken")

        stack.publisher._build_chunker = lambda _name, _options: Broken()  # type: ignore[assignment,return-value]
        with pytest.raises(ValueError, match="broken"):
            await stack.add(document("a", "one"))
        assert await stack.find("one", "keyword") == []


async def test_records_that_a_file_no_longer_holds_are_named(tmp_path: Path, database_url: str) -> None:
    async with open_stack(tmp_path, url=database_url) as stack:
        await stack.add(document("f.jsonl#1", "one"), document("f.jsonl#2", "two"), document("other", "three"))
        missing = await stack.publisher.missing_records("c", "f.jsonl", ["f.jsonl#2"])
        assert missing == [document_id("c", "f.jsonl#1")]


async def test_removing_twice_is_an_error_the_second_time(tmp_path: Path, database_url: str) -> None:
    async with open_stack(tmp_path, url=database_url) as stack:
        (added,) = await stack.add(document("a", "one"))
        await stack.remove([added.document_id])
        with pytest.raises(NotFound):
            await stack.remove([added.document_id])
