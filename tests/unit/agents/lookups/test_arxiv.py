import pytest

from answerable.agents.lookups.arxiv import Arxiv, Paper
from answerable.agents.tools.base.http import HttpClient, Unavailable
from answerable.core.errors import ToolFailed
from tests.data.tool_samples import ARXIV
from tests.support.upstream import saying, upstream

BOMB = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'


async def search(answer: bytes) -> list[Paper]:
    async with upstream(saying(answer)) as server:
        return await Arxiv(HttpClient(), server.url, 5.0, 0.0).search("attention", 3)


async def test_a_paper_has_what_a_reference_needs() -> None:
    (paper,) = await search(ARXIV)
    assert paper == Paper(
        "Attention Is All You Need",
        "http://arxiv.org/abs/1706.03762v7",
        "The dominant sequence transduction models are based on recurrent networks.",
        ("Ashish Vaswani", "Noam Shazeer"),
        "2017-06-12",
        "cs.CL",
    )


@pytest.mark.parametrize("answer", [b"", b"<html><body>Rate exceeded.</body></html>", b"<feed", b"\xff\xfe"])
async def test_what_is_no_feed_is_the_services_fault(answer: bytes) -> None:
    with pytest.raises(Unavailable):
        await search(answer)


async def test_entities_are_never_looked_up() -> None:
    feed = ARXIV.split(b"?>", 1)[1].replace(b"Attention Is", b"&b; Is")
    try:
        found = await search(BOMB + feed)
    except ToolFailed:
        return
    assert "haha" not in found[0].title


async def test_an_empty_feed_is_nothing_found() -> None:
    assert await search(b'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"></feed>') == []
