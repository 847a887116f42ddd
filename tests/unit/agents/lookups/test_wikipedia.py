import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from answerable.agents.lookups.wikipedia import Wikipedia
from answerable.agents.tools.base.http import HttpClient, Unavailable
from answerable.core.errors import ToolFailed
from tests.support.upstream import Upstream, saying, upstream

DISAMBIGUATION = {
    "query": {"pages": [{"title": "Mercury", "extract": "Mercury may be:", "pageprops": {"disambiguation": ""}}]}
}


async def search(answer: Any) -> tuple[list[Any], Upstream]:
    data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    async with upstream(saying(data)) as server:
        lookup = Wikipedia(HttpClient(), server.url, 5.0)
        return await lookup.search("mercury", 3, "en"), server


async def test_the_day_and_the_kind_of_a_page_are_asked_for() -> None:
    (page,), server = await search(DISAMBIGUATION)
    assert page.is_disambiguation
    assert (page.address, page.date) == ("", "")
    query = parse_qs(urlsplit(server.requests[0].path).query)
    assert query["prop"] == ["extracts|info|revisions|pageprops"]
    assert query["maxlag"] == ["5"]


@pytest.mark.parametrize("answer", [b"[]", b"<html>", b"null"])
async def test_what_is_no_answer_is_the_services_fault(answer: bytes) -> None:
    with pytest.raises(Unavailable):
        await search(answer)


@pytest.mark.parametrize(
    "answer", [{}, {"query": None}, {"query": {"pages": {}}}, {"query": {"pages": ["x"]}}, {"query": {"pages": []}}]
)
async def test_an_answer_without_pages_is_nothing(answer: Any) -> None:
    assert (await search(answer))[0] == []


@pytest.mark.parametrize(
    ("code", "kind"), [("internal_api_error_DBQueryError", Unavailable), ("missingparam", ToolFailed)]
)
async def test_errors_of_the_api_are_told_apart(code: str, kind: type[ToolFailed]) -> None:
    with pytest.raises(ToolFailed) as raised:
        await search({"error": {"code": code, "info": "why"}})
    assert type(raised.value) is kind


async def test_an_error_is_not_remembered_as_an_answer() -> None:
    answers = [json.dumps({"error": {"code": "x", "info": "once"}}).encode(), json.dumps(DISAMBIGUATION).encode()]
    async with upstream(*map(saying, answers)) as server:
        lookup = Wikipedia(HttpClient(), server.url, 5.0)
        with pytest.raises(ToolFailed):
            await lookup.search("mercury", 3, "en")
        assert await lookup.search("mercury", 3, "en")
