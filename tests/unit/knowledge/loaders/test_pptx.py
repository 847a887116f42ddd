"""Presentations: pages, titles, order."""

from pathlib import Path

from answerable.knowledge.loaders import pptx as pptx_loader
from tests.data.samples import pptx, shape


def test_slides_are_pages_and_titles_open_them(tmp_path: Path) -> None:
    first = shape("low", top=9_000_000) + shape("high", top=1_000_000) + shape("Hours", kind="title", top=5_000_000)
    path = tmp_path / "a.pptx"
    path.write_bytes(pptx(first, shape("7", kind="sldNum") + shape("one\ntwo", kind="body")))
    [document] = pptx_loader.build(pptx_loader.Config()).load(path, "a.pptx")
    assert document.text == "Hours\n\nhigh\n\nlow\n\n- one\n- two"
    assert [block.page for block in document.blocks] == [1, 1, 1, 2]
    assert document.blocks[3].heading_path == ()
