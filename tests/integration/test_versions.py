"""Updates, deletions, history and access on the real stores: what a search sees is exactly what is live."""

import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from answerable.core.errors import NotFound
from answerable.core.identity import Principal
from answerable.knowledge.publish import Labels
from tests.support.stack import Stack, document, open_stack

_WORDS = ["alpha", "beta", "gamma", "delta", "omega"]


async def test_a_new_document_is_found_by_keywords_at_once_and_by_meaning_after_embedding(
    tmp_path: Path, database_url: str
) -> None:
    async with open_stack(tmp_path, url=database_url) as stack:
        await stack.add(document("a", "the quick brown fox", "jumps over the dog"))
        assert (await stack.find("fox", "keyword"))[0].text == "the quick brown fox"
        assert await stack.find("fox", "vector") == []
        await stack.embed()
        assert (await stack.find("quick fox", "vector"))[0].text == "the quick brown fox"


async def test_an_update_switches_both_searches_and_keeps_the_past(tmp_path: Path, database_url: str) -> None:
    async with open_stack(tmp_path, url=database_url) as stack:
        await stack.add(document("a", "leave is 25 days"))
        await stack.embed()
        before = time.time_ns() // 1_000
        await stack.add(document("a", "leave is 30 days"))
        await stack.embed()
        for mode in ("keyword", "vector", "hybrid"):
            found = await stack.find("leave days", mode)
            assert [p.text for p in found] == ["leave is 30 days"], mode
            assert found[0].version == 2
        assert [p.text for p in await stack.find("leave", as_of_us=before)] == ["leave is 25 days"]


async def test_one_edited_paragraph_embeds_one_text(tmp_path: Path, database_url: str) -> None:
    async with open_stack(tmp_path, url=database_url) as stack:
        paragraphs = [f"paragraph number {n} about {_WORDS[n % 5]}" for n in range(100)]
        await stack.add(document("a", *paragraphs))
        assert await stack.embed() == 100
        stack.embedder.embedded.clear()
        paragraphs[50] = "a new sentence"
        await stack.add(document("a", *paragraphs))
        await stack.embed()
        assert stack.embedder.embedded == ["a new sentence"]


async def test_adding_the_same_again_changes_nothing(tmp_path: Path, database_url: str) -> None:
    async with open_stack(tmp_path, url=database_url) as stack:
        await stack.add(document("a", "one"), document("b", "two"))
        await stack.embed()
        revision = (await stack.library.get("c")).catalog.revision
        assert {p.status for p in await stack.add(document("a", "one"), document("b", "two"))} == {"unchanged"}
        assert (await stack.library.get("c")).catalog.revision == revision
        assert await stack.embed() == 0


async def test_a_removed_document_is_gone_at_once_and_comes_back_with_its_history(
    tmp_path: Path, database_url: str
) -> None:
    async with open_stack(tmp_path, url=database_url) as stack:
        (added,) = await stack.add(document("a", "secret plan"))
        await stack.embed()
        await stack.remove([added.document_id])
        assert await stack.find("secret plan") == []
        (again,) = await stack.add(document("a", "secret plan"))
        assert again.document_id == added.document_id
        assert (await stack.find("secret plan"))[0].version == 2


async def test_a_purged_document_leaves_nothing_behind(tmp_path: Path, database_url: str) -> None:
    async with open_stack(tmp_path, url=database_url) as stack:
        (added,) = await stack.add(document("a", "the zebra password"))
        await stack.embed()
        now = time.time_ns() // 1_000
        await stack.remove([added.document_id], purge=True)
        assert await stack.find("zebra", as_of_us=now) == []
        async with stack.database.read() as connection:
            for table in ("documents", "versions", "chunks", "embeddings"):
                count = await connection.exec_driver_sql(f"SELECT count(*) FROM {table}")
                assert count.scalar_one() == 0, table


async def test_removing_what_is_not_there_is_an_error(tmp_path: Path, database_url: str) -> None:
    async with open_stack(tmp_path, url=database_url) as stack:
        with pytest.raises(NotFound):
            await stack.remove(["doc_nothing"])


async def test_access_lists_hold_in_both_searches(tmp_path: Path, database_url: str) -> None:
    async with open_stack(tmp_path, url=database_url) as stack:
        await stack.add(document("open", "salary bands for all"))
        await stack.add(document("closed", "salary of the board"), labels=Labels({}, ("board",)))
        await stack.embed()
        for mode in ("keyword", "vector", "hybrid"):
            seen = await stack.find("salary", mode, reader=Principal("bob"))
            assert [p.source for p in seen] == ["open"], mode
        member = Principal("ann", frozenset({"board"}))
        assert len(await stack.find("salary", reader=member)) == 2


async def test_a_second_process_sees_what_the_first_one_added(tmp_path: Path, database_url: str) -> None:
    async with open_stack(tmp_path, url=database_url) as one, open_stack(tmp_path, url=database_url) as two:
        await one.add(document("a", "written by one"))
        await one.embed()
        assert len(await two.find("written", "hybrid")) == 1
        await two.add(document("b", "written by two"))
        await two.embed()
        assert {p.source for p in await one.find("written", "vector")} == {"a", "b"}
        assert {p.source for p in await one.find("written", "keyword")} == {"a", "b"}


async def test_lost_indexes_are_built_again_from_the_database(tmp_path: Path, database_url: str) -> None:
    async with open_stack(tmp_path, url=database_url) as stack:
        await stack.add(*(document(f"s{n}", f"text {n} of {_WORDS[n % 5]}") for n in range(40)))
        await stack.embed()
    for path in sorted((tmp_path / "indexes").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    async with open_stack(tmp_path, url=database_url) as stack:
        assert len(await stack.find("text", "keyword")) == 40
        assert len(await stack.find("text", "vector")) == 40


_OPERATIONS = st.lists(
    st.tuples(st.sampled_from(["add", "update", "remove", "purge", "embed"]), st.integers(0, 4), st.integers(0, 99)),
    max_size=14,
)


@settings(max_examples=15, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
@given(_OPERATIONS)
async def test_after_any_operations_both_indexes_hold_exactly_the_live_chunks(
    operations: list[tuple[str, int, int]],
) -> None:
    expected: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        async with open_stack(Path(folder)) as stack:
            for name, which, seed in operations:
                await _apply(stack, name, f"s{which}", seed, expected)
            await stack.embed()
            await _check(stack, expected)
        async with open_stack(Path(folder)) as stack:  # and again from what is on disk
            await _check(stack, expected)


async def _apply(stack: Stack, name: str, source: str, seed: int, expected: dict[str, list[str]]) -> None:
    if name in ("add", "update"):
        texts = [f"common {_WORDS[(seed + n) % 5]} {seed} {n} {source}" for n in range(1 + seed % 3)]
        await stack.add(document(source, *texts))
        expected[source] = texts
    elif name == "embed":
        await stack.embed()
    elif source in expected:
        from answerable.knowledge.publish import document_id

        await stack.remove([document_id("c", source)], purge=name == "purge")
        del expected[source]


async def _check(stack: Stack, expected: dict[str, list[str]]) -> None:
    wanted = sorted((source, text) for source, texts in expected.items() for text in texts)
    for mode in ("keyword", "vector"):
        found = await stack.find("common", mode)
        assert sorted((p.source, p.text) for p in found) == wanted, mode
