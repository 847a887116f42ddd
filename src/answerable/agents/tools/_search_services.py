"""The wire of four web search services: how each is asked, and where its results stand."""

import html
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from answerable.agents.tools.base.http import Request

_TAG = re.compile(r"</?[a-z]{1,10}>")


@dataclass(frozen=True, slots=True)
class Found:
    """One result of a search; `date` as the service writes it."""

    title: str
    url: str
    text: str
    date: str = ""


@dataclass(frozen=True, slots=True)
class Wire:
    """One service. `request` is given (base address, key, query, results, timeout in seconds)."""

    title: str
    base_url: str
    key_env: str
    request: Callable[[str, str, str, int, float], Request]
    read: Callable[[Any], Iterator[Found]]


def _ask_searxng(base: str, key: str, query: str, results: int, timeout_s: float) -> Request:  # noqa: ARG001
    params = {"q": query, "format": "json", "safesearch": "1"}
    return Request(f"{base.rstrip('/')}/search", params, timeout_s=timeout_s)


def _ask_tavily(base: str, key: str, query: str, results: int, timeout_s: float) -> Request:
    body = {"query": query, "max_results": results, "search_depth": "basic"}
    return Request(f"{base}/search", headers={"Authorization": f"Bearer {key}"}, body=body, timeout_s=timeout_s)


def _ask_brave(base: str, key: str, query: str, results: int, timeout_s: float) -> Request:
    params = {"q": query, "count": str(results)}
    headers = {"X-Subscription-Token": key, "Accept": "application/json"}
    return Request(f"{base}/res/v1/web/search", params, headers, timeout_s=timeout_s)


def _ask_serper(base: str, key: str, query: str, results: int, timeout_s: float) -> Request:
    return Request(f"{base}/search", headers={"X-API-KEY": key}, body={"q": query, "num": results}, timeout_s=timeout_s)


def _reader(path: tuple[str, ...], url: str, text: str, *dates: str) -> Callable[[Any], Iterator[Found]]:
    """Reads the list at `path`; what is not there or has another type reads as nothing."""

    def read(answer: Any) -> Iterator[Found]:
        for step in path:
            answer = answer.get(step) if isinstance(answer, Mapping) else None
        for one in answer if isinstance(answer, list) else ():
            if isinstance(one, Mapping):
                date = next((str(one[key]) for key in dates if one.get(key)), "")
                yield Found(_plain(one.get("title")), str(one.get(url) or ""), _plain(one.get(text)), date[:40])

    return read


def _plain(text: object) -> str:
    """Without the marks that some services put around the words that fit."""
    return " ".join(html.unescape(_TAG.sub("", str(text or ""))).split())


SERVICES: Final[Mapping[str, Wire]] = {
    "searxng": Wire("SearXNG", "", "", _ask_searxng, _reader(("results",), "url", "content", "publishedDate")),
    "tavily": Wire(
        "Tavily", "https://api.tavily.com", "TAVILY_API_KEY", _ask_tavily,
        _reader(("results",), "url", "content", "published_date"),
    ),
    "brave": Wire(
        "Brave Search", "https://api.search.brave.com", "BRAVE_API_KEY", _ask_brave,
        _reader(("web", "results"), "url", "description", "page_age", "age"),
    ),
    "serper": Wire(
        "Serper", "https://google.serper.dev", "SERPER_API_KEY", _ask_serper,
        _reader(("organic",), "link", "snippet", "date"),
    ),
}  # fmt: skip
