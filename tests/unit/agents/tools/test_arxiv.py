import json
from urllib.parse import parse_qs, urlsplit

import pytest

from answerable.agents.tools import arxiv
from answerable.agents.tools.base.http import HttpClient
from answerable.agents.tools.base.services import Caller
from answerable.core.errors import ToolFailed
from tests.data.tool_samples import ARXIV, services
from tests.support.upstream import saying, upstream

ERROR = b"""<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><entry>
<id>https://arxiv.org/api/errors#malformed_id</id><title>Error</title><summary>malformed id</summary></entry></feed>"""


async def ask(answer: bytes, *queries: str, **more: object) -> tuple[list[str], list[dict[str, list[str]]]]:
    async with upstream(saying(answer)) as server:
        client = HttpClient()
        tool = arxiv.build(arxiv.Config(base_url=server.url, interval_s=0), services(http=client))
        texts = [await tool.run(json.dumps({"query": query, **more}), Caller()) for query in queries]
        return texts, [parse_qs(urlsplit(one.path).query) for one in server.requests]


async def test_papers_come_with_what_a_citation_needs() -> None:
    (text,), _ = await ask(ARXIV, "attention")
    assert text == (
        "Attention Is All You Need (http://arxiv.org/abs/1706.03762v7)\n"
        "Ashish Vaswani, Noam Shazeer; submitted 2017-06-12, cs.CL\n"
        "The dominant sequence transduction models are based on recurrent networks."
    )


async def test_words_fields_and_ids_are_asked_for_in_arxivs_words() -> None:
    _, asked = await ask(ARXIV, "deep (learning)", "au:hinton AND ti:dropout", "arXiv:1706.03762", sort="newest")
    assert asked[0]["search_query"] == ["all:deep AND all:learning"]
    assert asked[0]["sortBy"] == ["submittedDate"]
    assert asked[1]["search_query"] == ["au:hinton AND ti:dropout"]
    assert asked[2]["id_list"] == ["1706.03762"]
    assert "search_query" not in asked[2]


async def test_the_same_question_is_asked_once() -> None:
    _, asked = await ask(ARXIV, "attention", "attention")
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("answer", "query", "says"),
    [
        (ERROR, "1706.03762v99", "refused the query: malformed id"),
        (b"<feed", "x", "cannot be read"),
        (ARXIV, "((", "no words"),
    ],
)
async def test_what_goes_wrong_is_said_in_words(answer: bytes, query: str, says: str) -> None:
    with pytest.raises(ToolFailed, match=says):
        await ask(answer, query)
