"""Four services that search the web: how each is asked, what it allows, and where its results stand."""

import html
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from answerable.agents.tools.base.http import HttpClient, Request, Response, Unavailable
from answerable.agents.tools.base.service import Service

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
    """One service. `request` is given (base address, key, query, results, timeout in seconds).

    Its bounds: so many characters and words in a query, so many results of one. `refused` tells what is wrong there
    most often, where that is not the key.
    """

    title: str
    base_url: str
    key_env: str
    request: Callable[[str, str, str, int, float], Request]
    read: Callable[[Any], Iterator[Found]]
    max_characters: int = 400
    max_words: int = 50
    max_results: int = 20
    refused: str = ""


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
    "searxng": Wire(
        "SearXNG", "", "", _ask_searxng, _reader(("results",), "url", "content", "publishedDate"),
        refused="its settings.yml must list json under search.formats, and its limiter must let this program in",
    ),
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


class WebSearch:
    """One of the services, ready to be asked."""

    def __init__(
        self, client: HttpClient, name: str, base_url: str, key: str, timeout_s: float, tries: int = 1
    ) -> None:
        self.name = name
        self.wire = SERVICES[name]
        self._service = Service(client, self.wire.title, remember_s=900.0, alone=False)
        self._base_url = base_url or self.wire.base_url
        self._key = key
        self._timeout_s = timeout_s
        self._tries = tries

    async def find(self, query: str, results: int) -> list[Found]:
        """At most `results` results that have an address, best first. Raises ToolFailed."""
        results = min(results, self.wire.max_results)
        request = self.wire.request(self._base_url, self._key, query, results, self._timeout_s)
        try:
            response = await self._service.ask(request, self._check, self._tries)
        except Unavailable as error:
            if self.wire.refused and "(403)" in error.message:
                raise Unavailable(f"{error.message}: {self.wire.refused}") from error
            raise
        return [one for one in self.wire.read(response.json(self.wire.title)) if one.url][:results]

    def fitted(self, query: str) -> str:
        """The query within the service's bounds: whole words from its beginning."""
        kept: list[str] = []
        for word in query.split()[: self.wire.max_words]:
            if len(" ".join((*kept, word))) > self.wire.max_characters:
                break
            kept.append(word)
        return " ".join(kept) or query.strip()[: self.wire.max_characters]

    def _check(self, response: Response) -> None:
        found = response.json(self.wire.title)
        if not isinstance(found, Mapping):
            raise Unavailable(f"{self.wire.title} answered with something unexpected; try another source")
        silent = found.get("unresponsive_engines")
        if not found.get("results") and isinstance(silent, list) and silent:
            engines = ", ".join(sorted({str(one[0] if isinstance(one, list) and one else one)[:40] for one in silent}))
            raise Unavailable(f"{self.wire.title} has no results: its engines do not answer ({engines})", again=True)


def ready(service: str, base_url: str, secrets: Mapping[str, str]) -> tuple[Sequence[str], str]:
    """The services that can be asked, in the order of asking, and what is missing where none can.

    `service` names one, or is `auto`: SearXNG where its address is set, then each whose key is there.
    """
    keyed = [name for name, wire in SERVICES.items() if wire.key_env and secrets.get(wire.key_env)]
    if service == "auto":
        if found := [*(["searxng"] if base_url else []), *keyed]:
            return found, ""
        service = "searxng"
    key_env = SERVICES[service].key_env
    if key_env and service not in keyed:
        return (), f"set {key_env} in the environment"
    if service == "searxng" and not base_url:
        keys = ", ".join(wire.key_env for wire in SERVICES.values() if wire.key_env)
        return (), f"set base_url of web_search to a SearXNG server, or one of these keys: {keys}"
    return (service,), ""


def search_of(
    client: HttpClient, name: str, base_url: str, secrets: Mapping[str, str], timeout_s: float, tries: int = 1
) -> WebSearch:
    """The service `name` of those that are `ready`; a `base_url` is SearXNG's, or that of the one that was named."""
    return WebSearch(client, name, base_url, secrets.get(SERVICES[name].key_env, ""), timeout_s, tries)
