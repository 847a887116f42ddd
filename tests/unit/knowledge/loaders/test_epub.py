"""Books: chapters are pages, in the order of the spine."""

from pathlib import Path

from answerable.knowledge.loaders import epub as epub_loader
from tests.data.samples import epub


def test_chapters_are_pages_with_title_and_author(tmp_path: Path) -> None:
    path = tmp_path / "a.epub"
    path.write_bytes(epub("<h1>One</h1><p>First.</p>", "<p>Second.</p>"))
    [document] = epub_loader.build(epub_loader.Config()).load(path, "a.epub")
    assert (document.title, document.metadata["author"]) == ("The Book", "A. Writer")
    assert [(block.page, block.heading_path) for block in document.blocks] == [(1, ("One",)), (1, ("One",)), (2, ())]
