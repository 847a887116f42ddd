import json
from urllib.parse import parse_qs, urlsplit

import pytest

from answerable.agents.tools import wikipedia
from answerable.agents.tools.base.http import USER_AGENT, HttpClient
from answerable.agents.tools.base.services import Caller
from answerable.core.errors import ToolFailed
from tests.data.tool_samples import WIKIPEDIA, services
from tests.support.upstream import Respond, Upstream, saying, upstream

ARTICLE = b"""{"batchcomplete": true, "query": {"redirects": [{"from": "ZRH", "to": "Zurich"}], "pages": [
 {"pageid": 1, "ns": 0, "title": "Zurich", "extract": "Zurich is a city.\\n\\n== History ==\\nIt is old.",
  "canonicalurl": "https://en.wikipedia.org/wiki/Zurich"}]}}"""
MISSING = b'{"query": {"pages": [{"ns": 0, "title": "Nope", "missing": true}]}}'
LAGGED = b'{"error": {"code": "maxlag", "info": "Waiting for a server: 7 seconds lagged."}}'


async def ask(respond: Respond, **arguments: object) -> tuple[str | ToolFailed, Upstream]:
    async with upstream(respond) as server:
        client = HttpClient()
        tool = wikipedia.build(wikipedia.Config(base_url=f"{server.url}/{{language}}"), services(http=client))
        try:
            return await tool.run(json.dumps(arguments), Caller()), server
        except ToolFailed as error:
            return error, server


async def test_a_search_gives_introductions_in_the_order_of_the_search() -> None:
    text, server = await ask(saying(WIKIPEDIA), query="zurich", language="de", results=2)
    assert isinstance(text, str)
    assert text.index("largest city") < text.index("An airport")
    assert "CC BY-SA" in text
    (request,) = server.requests
    query = parse_qs(urlsplit(request.path).query)
    assert request.path.startswith("/de?")
    assert (query["gsrsearch"], query["gsrlimit"], query["maxlag"]) == (["zurich"], ["2"], ["5"])
    assert request.headers["user-agent"] == USER_AGENT


async def test_an_article_is_read_whole_by_its_title() -> None:
    text, _ = await ask(saying(ARTICLE), article="ZRH")
    assert str(text).startswith("Zurich (https://en.wikipedia.org/wiki/Zurich)")
    assert "== History ==" in str(text)


@pytest.mark.parametrize(
    ("answer", "arguments", "says"),
    [
        (MISSING, {"article": "Nope"}, "has no article 'Nope'"),
        (LAGGED, {"query": "x"}, "asks to slow down; try again in 5 s"),
        (b'{"error": {"code": "badvalue", "info": "No such value"}}', {"query": "x"}, "refused: No such value"),
        (b"{}", {}, "give words to search for"),
        (b"{}", {"query": "x", "language": "evil.example/"}, "is no language code"),
    ],
)  # fmt: skip
async def test_what_goes_wrong_is_said_in_words(answer: bytes, arguments: dict[str, object], says: str) -> None:
    error, _ = await ask(saying(answer), **arguments)
    assert isinstance(error, ToolFailed)
    assert says in error.message


async def test_nothing_found_is_an_answer_and_no_failure() -> None:
    text, _ = await ask(saying(b'{"batchcomplete": true}'), query="qqqq")
    assert "has nothing for 'qqqq'" in str(text)
