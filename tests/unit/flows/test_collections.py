import dataclasses
from pathlib import Path

import pytest

from answerable.core.errors import InvalidRequest, NotFound
from answerable.flows import collections as flow
from answerable.flows.ingest import GivenText, Ingest, ingest
from answerable.flows.platform import Platform
from tests.support.platform import open_small_platform


async def put(p: Platform, source: str, text: str = "some words", collection: str = "c") -> None:
    await ingest(Ingest(collection, texts=(GivenText(source, source, text),)), p)


@pytest.mark.parametrize(
    ("there", "chosen"),
    [
        (("c", "default", "handbook"), "default"),
        (("c", "handbook"), "c"),
        (("c", "d", "handbook"), "handbook"),
        (("c", "d"), "c"),
        (("c",), "c"),
    ],
)
async def test_the_collection_to_ask_when_none_is_named(tmp_path: Path, there: tuple[str, ...], chosen: str) -> None:
    async with open_small_platform(tmp_path) as p:
        for name in there:
            await flow.make_collection(name, p)
        assert await flow.choose_collection(p) == chosen
        policy = dataclasses.replace(p.policy, default_collection="mine")
        assert await flow.choose_collection(dataclasses.replace(p, policy=policy)) == "mine"


def test_what_is_configured_is_usual_only_for_those_who_see_it() -> None:
    assert flow.usual_of(("c", "default", "mine"), "mine") == "mine"
    assert flow.usual_of(("c",), "mine") == "c"
    assert flow.usual_of((), "mine") is None


async def test_with_nothing_to_ask_the_error_says_what_to_do(tmp_path: Path) -> None:
    async with open_small_platform(tmp_path) as p:
        await flow.delete_collection("c", p)
        with pytest.raises(NotFound, match="answerable add"):
            await flow.choose_collection(p)


@pytest.mark.parametrize("name", ["a", "a-b_c.d", "9", "A" * 64])
def test_a_name_that_can_be_a_folder(name: str) -> None:
    flow.check_name(name)


@pytest.mark.parametrize("name", ["", ".a", "-a", "a/b", "a b", "A" * 65, "é"])
def test_a_name_that_cannot(name: str) -> None:
    with pytest.raises(InvalidRequest, match="letter or digit first"):
        flow.check_name(name)


async def test_making_a_collection_twice_keeps_it(tmp_path: Path) -> None:
    async with open_small_platform(tmp_path) as p:
        await put(p, "a")
        assert (await flow.make_collection("c", p)).counts.documents == 1


async def test_erasing_a_collection_takes_its_index_folder_too(tmp_path: Path) -> None:
    async with open_small_platform(tmp_path) as p:
        await put(p, "a")
        folder = p.library.folder_of("c")
        assert folder.is_dir()
        await flow.delete_collection("c", p)
        assert not folder.exists()
        with pytest.raises(NotFound):
            await flow.get_collection("c", p)


async def test_documents_come_in_pages(tmp_path: Path) -> None:
    async with open_small_platform(tmp_path) as p:
        for source in ("a", "b", "c"):
            await put(p, source)
        first, after = await flow.list_documents("c", p, limit=2)
        assert ([row.source for row in first], after) == (["a", "b"], "b")
        last, end = await flow.list_documents("c", p, limit=2, after="b")
        assert ([row.source for row in last], end) == (["c"], None)


async def test_a_name_that_fits_several_documents_is_refused_with_their_sources(tmp_path: Path) -> None:
    async with open_small_platform(tmp_path) as p:
        await put(p, "x/note.md")
        await put(p, "y/note.md")
        with pytest.raises(InvalidRequest, match=r"x/note\.md, y/note\.md"):
            await flow.get_document("c", "note.md", p)
        assert (await flow.get_document("c", "x/note.md", p)).source == "x/note.md"


async def test_any_version_can_be_read_and_one_that_is_not_there_is_said(tmp_path: Path) -> None:
    async with open_small_platform(tmp_path) as p:
        await put(p, "a", "old words")
        await put(p, "a", "new words")
        assert (await flow.read_document("c", "a", p)).text == "new words"
        assert (await flow.read_document("c", "a", p, 1)).text == "old words"
        assert [row.text for row in await flow.list_chunks("c", "a", p, 1)] == ["old words"]
        with pytest.raises(NotFound, match="no version 3; it has 2"):
            await flow.read_document("c", "a", p, 3)
