from pathlib import Path

from answerable.flows.collections import HANDBOOK, delete_collection, get_collection, list_collections
from answerable.flows.handbook import EXAMPLES, add_handbook
from tests.support.platform import open_small_platform


async def test_an_empty_folder_gets_the_handbook_with_questions_to_try(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "index.md").write_text("# Handbook\n\nAdd documents with the add command.", "utf-8")
    async with open_small_platform(tmp_path) as p:
        assert not await add_handbook(docs, p)
        await delete_collection("c", p)
        assert await add_handbook(docs, p)
        assert [view.row.name for view in await list_collections(p)] == [HANDBOOK]
        view = await get_collection(HANDBOOK, p)
        assert view.counts.documents == 1
        assert view.row.settings["examples"] == list(EXAMPLES)
        assert not await add_handbook(docs, p)
