from pathlib import Path

import pytest

from answerable.flows.collections import HANDBOOK, delete_collection, get_collection, list_collections, list_documents
from answerable.flows.handbook import EXAMPLES, add_handbook
from answerable.flows.platform import Platform
from tests.support.platform import open_small_platform


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    (folder / "how-to").mkdir(parents=True)
    (folder / "index.md").write_text("# Handbook\n\nAdd documents with the add command.", "utf-8")
    (folder / "how-to" / "ask.md").write_text("# Ask\n\nAsk with the ask command.", "utf-8")
    (folder / "lab-log.md").write_text("# Lab log\n\n.81 .82 .83", "utf-8")
    (folder / "picture.png").write_bytes(b"\x89PNG")
    return folder


async def sources(p: Platform) -> dict[str, int]:
    return {row.source: row.version.number for row in (await list_documents(HANDBOOK, p))[0]}


async def test_an_empty_folder_gets_the_handbook_with_questions_to_try(tmp_path: Path, docs: Path) -> None:
    async with open_small_platform(tmp_path) as p:
        await delete_collection("c", p)
        assert await add_handbook(docs, p)
        assert [view.row.name for view in await list_collections(p)] == [HANDBOOK]
        assert (await get_collection(HANDBOOK, p)).row.settings["examples"] == list(EXAMPLES)
        assert await sources(p) == {"how-to/ask.md": 1, "index.md": 1}


async def test_a_folder_without_it_stays_without_it(tmp_path: Path, docs: Path) -> None:
    async with open_small_platform(tmp_path) as p:
        assert not await add_handbook(docs, p)
        assert [view.row.name for view in await list_collections(p)] == ["c"]


async def test_a_newer_program_brings_it_up_to_date(tmp_path: Path, docs: Path) -> None:
    async with open_small_platform(tmp_path) as p:
        await delete_collection("c", p)
        await add_handbook(docs, p)
        (docs / "index.md").write_text("# Handbook\n\nAdd documents with one command.", "utf-8")
        (docs / "how-to" / "ask.md").rename(docs / "new.md")
        assert await add_handbook(docs, p)
        assert await sources(p) == {"index.md": 2, "new.md": 1}
        revision = (await get_collection(HANDBOOK, p)).row.revision
        await add_handbook(docs, p)
        assert (await get_collection(HANDBOOK, p)).row.revision == revision
