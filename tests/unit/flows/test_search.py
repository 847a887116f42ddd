from datetime import UTC, datetime
from pathlib import Path

import pytest

from answerable.core.errors import NotFound
from answerable.core.filters import parse_filter
from answerable.core.identity import Principal
from answerable.flows.ingest import GivenText, Ingest, embed, ingest
from answerable.flows.search import Search, search
from tests.support.platform import open_small_platform


async def test_passages_and_the_trace_of_how_they_came_about(tmp_path: Path) -> None:
    async with open_small_platform(tmp_path) as p:
        texts = (GivenText("a", "A", "the red fox\n\nthe blue whale"), GivenText("b", "B", "a green tree"))
        await ingest(Ingest("c", texts=texts), p)
        await embed("c", p)
        found, trace = await search(Search("c", "red fox", k=1), p)
        assert [passage.text for passage in found] == ["the red fox"]
        told = trace.as_json()
        assert (told["collection"], told["mode"]) == ("c", "hybrid")
        assert told["fused"][0]["keyword_rank"] == told["fused"][0]["vector_rank"] == 1
        assert (told["fused"][0]["title"], told["fused"][0]["heading_path"]) == ("A", [])


async def test_what_the_filter_the_date_and_the_reader_forbid_is_not_found(tmp_path: Path) -> None:
    async with open_small_platform(tmp_path) as p:
        text = (GivenText("a", "A", "the red fox"),)
        await ingest(Ingest("c", texts=text, metadata={"team": "red"}, readers=("anna",)), p)
        before = datetime(2020, 1, 1, tzinfo=UTC)
        seen = [
            Search("c", "fox", mode="keyword"),
            Search("c", "fox", mode="keyword", where=parse_filter("team=red"), reader=Principal("anna")),
        ]
        unseen = [
            Search("c", "fox", mode="keyword", where=parse_filter("team=blue")),
            Search("c", "fox", mode="keyword", as_of=before),
            Search("c", "fox", mode="keyword", reader=Principal("ben")),
        ]
        assert [len((await search(wanted, p))[0]) for wanted in (*seen, *unseen)] == [1, 1, 0, 0, 0]


async def test_an_unknown_collection_is_said(tmp_path: Path) -> None:
    async with open_small_platform(tmp_path) as p:
        with pytest.raises(NotFound, match="no collection 'none'"):
            await search(Search("none", "x"), p)
