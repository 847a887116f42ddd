import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from answerable.agents.lookups.web_search import SERVICES
from answerable.agents.tools import web_search
from answerable.agents.tools.base.http import HttpClient
from answerable.agents.tools.base.services import Caller
from answerable.agents.tools.web_search import Config
from answerable.core.errors import ToolFailed
from tests.data.tool_samples import SEARXNG, services
from tests.support.upstream import Upstream, saying, upstream

KEYS = {"TAVILY_API_KEY": "tvly-secret", "BRAVE_API_KEY": "brave-secret", "SERPER_API_KEY": "serper-secret"}
ANSWERS: dict[str, Any] = {
    "tavily": {"query": "q", "answer": None, "response_time": 1.2,
               "results": [{"title": "T", "url": "https://e.org/t", "content": "Words", "score": 0.9}]},
    "brave": {"type": "search", "web": {"type": "search", "results": [
        {"title": "<strong>T</strong>", "url": "https://e.org/t", "description": "W&#39;s <strong>word</strong>",
         "page_age": "2026-01-02T03:04:05"}]}},
    "serper": {"searchParameters": {"q": "q"}, "organic": [
        {"title": "T", "link": "https://e.org/t", "snippet": "Words", "position": 1, "date": "Jan 2, 2026"}]},
}  # fmt: skip


async def ask(answer: bytes, config: dict[str, Any], secrets: dict[str, str]) -> tuple[str, Upstream]:
    async with upstream(saying(answer)) as server:
        client = HttpClient()
        tool = web_search.build(Config(base_url=server.url, **config), services(http=client, secrets=secrets))
        return await tool.run('{"query": "q", "results": 3}', Caller()), server


async def test_searxng_is_asked_for_json() -> None:
    text, server = await ask(SEARXNG, {}, {})
    (request,) = server.requests
    assert urlsplit(request.path).path == "/search"
    assert parse_qs(urlsplit(request.path).query)["format"] == ["json"]
    assert text == "[1] About Zurich (https://example.org/a)\nA city & more"


@pytest.mark.parametrize(
    ("name", "header", "value"),
    [
        ("tavily", "authorization", "Bearer tvly-secret"),
        ("brave", "x-subscription-token", "brave-secret"),
        ("serper", "x-api-key", "serper-secret"),
    ],
)
async def test_each_service_is_spoken_to_on_its_own_wire(name: str, header: str, value: str) -> None:
    text, server = await ask(json.dumps(ANSWERS[name]).encode(), {"service": name}, KEYS)
    (request,) = server.requests
    assert request.headers[header] == value
    assert text.startswith("[1] T (https://e.org/t)")
    if name == "brave":
        assert parse_qs(urlsplit(request.path).query)["count"] == ["3"]
        assert "2026-01-02T03:04:05\nW's word" in text
    else:
        assert request.body[{"tavily": "query", "serper": "q"}[name]] == "q"


@pytest.mark.parametrize(
    ("config", "secrets", "missing"),
    [
        (Config(), {}, "set base_url of web_search to a SearXNG server, or one of these keys: TAVILY_API_KEY, "),
        (Config(service="searxng"), KEYS, "set base_url of web_search"),
        (Config(service="brave"), {}, "set BRAVE_API_KEY in the environment"),
        (Config(service="brave"), KEYS, ""),
        (Config(), {"SERPER_API_KEY": "k"}, ""),
        (Config(base_url="http://searx:8888"), {}, ""),
    ],
)
def test_what_is_missing_is_said(config: Config, secrets: dict[str, str], missing: str) -> None:
    found = web_search.build(config, services(secrets=secrets)).traits.missing
    assert found.startswith(missing) if missing else not found


async def test_a_refused_key_is_never_shown() -> None:
    async def refuse(caller: Any) -> None:
        await caller.refuse("401 Unauthorized", {"detail": {"error": f"bad key {caller.headers['authorization']}"}})

    async with upstream(refuse) as server:
        client = HttpClient()
        config = Config(service="tavily", base_url=server.url)
        tool = web_search.build(config, services(http=client, secrets=KEYS))
        with pytest.raises(ToolFailed, match="its key or settings are wrong") as raised:
            await tool.run('{"query": "q"}', Caller())
    assert "tvly" not in raised.value.message


async def test_long_queries_and_empty_answers_are_said() -> None:
    tool = web_search.build(Config(base_url="http://127.0.0.1:9"), services())
    with pytest.raises(ToolFailed, match="at most 50 words"):
        await tool.run(json.dumps({"query": "a " * 51}), Caller())
    text, _ = await ask(b'{"results": []}', {}, {})
    assert "found nothing for 'q'" in text


def test_options_are_checked() -> None:
    with pytest.raises(ValueError, match="service is one of auto, searxng"):
        Config(service="bing")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="base_url begins with http"):
        Config(base_url="searx:8888")
    assert list(SERVICES) == ["searxng", "tavily", "brave", "serper"]
